"""A folder of blobs and an index of one commit: how what an API gave reaches the child process that reads it.

The folder is private and temporary; whoever made it deletes it. Files are named by ids alone, never by a repository.
"""

import os
import re
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args

import orjson

from ingest.git.program import Unreadable
from ingest.repository.local import Opened
from ingest.repository.tree import Entry, Limits, Mode, shown

LIMITS = Limits()
INDEX = "index.json"
MAX_INDEX = 256 << 20
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_MODES = frozenset(get_args(Mode))


def is_id(text: str) -> bool:
    """Whether this is an object's id: nothing else becomes the name of a file."""
    return bool(_ID.match(text))


def write_pack(
    folder: Path, commit: str, entries: Iterable[Entry], read: Callable[[Entry], bytes | None], *, cut: bool = False
) -> None:
    """Write the commit into an empty folder. ``read`` is asked once for each id; ``None``: it is left out.

    ``cut``: there are more names than these. Raises ``ValueError`` for an id that is none.
    """
    rows, seen = [], set()
    for entry in entries:
        if not is_id(entry.blob):
            raise ValueError(f"{entry.blob[:80]!r} is no id.")
        rows.append([shown(entry.path), entry.blob, entry.size, entry.mode])
        if entry.mode in ("file", "executable") and entry.blob not in seen:
            seen.add(entry.blob)
            data = read(entry)
            if data is not None:
                (folder / entry.blob).write_bytes(data)
    (folder / INDEX).write_bytes(orjson.dumps({"commit": commit, "cut": cut, "entries": rows}))


def open_pack(path: Path) -> Opened:
    """What the folder holds.

    Raises:
        Unreadable: it holds no pack, or a broken one.
    """
    data = _bytes_of(path / INDEX, MAX_INDEX)
    try:
        told = orjson.loads(data or b"")
        entries = [_entry(row) for row in told["entries"]]
        commit, cut = told["commit"], told["cut"]
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable(f"{path} holds no pack that can be read.") from error
    if not isinstance(commit, str) or not is_id(commit):
        raise Unreadable(f"{path} holds a pack of no commit.")
    return Opened(entries, Blobs(path), "", commit, cut=cut is not False)


def _entry(row: Any) -> Entry:
    path, blob, size, mode = row
    if not (isinstance(path, str) and isinstance(blob, str) and type(size) is int and mode in _MODES):
        raise ValueError("an entry of other types")
    if not is_id(blob) or size < 0:
        raise ValueError("an entry without an id")
    return Entry(path, blob, size, mode)


class Blobs:
    """Bytes by id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, entry: Entry) -> bytes | None:
        return _bytes_of(self._folder / entry.blob, LIMITS.file_bytes + 1) if is_id(entry.blob) else None


def _bytes_of(path: Path, limit: int) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(limit) if stat.S_ISREG(os.fstat(handle).st_mode) else None
