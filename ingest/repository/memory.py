"""(pure) A tree of texts at hand: rendered skeletons, previews, small examples."""

from collections.abc import Mapping
from hashlib import sha1
from typing import Any

from ingest.repository.tree import Entry, RepositoryTree


class Kept:
    """Bytes by blob id."""

    def __init__(self, blobs: Mapping[str, bytes]) -> None:
        self._blobs = blobs

    def read(self, entry: Entry) -> bytes | None:
        return self._blobs.get(entry.blob)


def tree_of(files: Mapping[str, bytes | str], **options: Any) -> RepositoryTree:
    """A tree of these files; ``options`` as ``RepositoryTree`` takes them."""
    contents = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    entries = [Entry(path, blob_id(data), len(data)) for path, data in contents.items()]
    return RepositoryTree(entries, Kept({blob_id(data): data for data in contents.values()}), **options)


def blob_id(data: bytes) -> str:
    """The id that git gives a content."""
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
