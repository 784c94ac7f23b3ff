"""(pure) What git prints, read: commits, changed paths, tags, and the repository's name."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from ingest.parsers.fields import EPOCH, MAX_NAME, clean
from ingest.parsers.messages import Message, is_bot, read_message

COMMIT_FORMAT = "%H%x00%P%x00%at%x00%ct%x00%an%x00%ae%x00%B"
COMMIT_FIELDS = 7
PATHS_FORMAT = "%x00%H"
TAG_FORMAT = (
    "%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
    "%00%(taggerdate:unix)%00%(taggername)%00"
)
TAG_FIELDS = 7
MAX_MESSAGE = 20_000
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)
_SECONDS = int((_LATEST - EPOCH).total_seconds())


class Commit(NamedTuple):
    """One commit; ``parents`` is ``None`` where a shallow clone was cut."""

    sha: str
    parents: tuple[str, ...] | None
    authored_at: datetime
    committed_at: datetime
    author: str
    bot: bool
    message: Message

    @property
    def is_merge(self) -> bool:
        return self.parents is not None and len(self.parents) > 1


class Tag(NamedTuple):
    """A tag of a commit. ``commit`` is empty where it takes a look-up; ``tagged_at`` is ``None`` if lightweight."""

    name: str
    object_sha: str
    commit: str
    tagged_at: datetime | None
    tagger: str


def commits(fields: Iterable[bytes], shallow: frozenset[str] = frozenset()) -> Iterator[Commit]:
    """Commits out of ``git log -z --format=COMMIT_FORMAT``, in its order."""
    stream = iter(fields)
    while len(row := tuple(islice(stream, COMMIT_FIELDS))) == COMMIT_FIELDS:
        sha, parents = row[0].decode(), tuple(row[1].decode().split())
        author, address = text_of(row[4]), text_of(row[5])
        yield Commit(
            sha=sha,
            parents=None if sha in shallow else parents,
            authored_at=instant(row[2]),
            committed_at=instant(row[3]),
            author=author[:MAX_NAME],
            bot=is_bot(author, address),
            message=read_message(text_of(row[6][:MAX_MESSAGE])),
        )


def changed_paths(fields: Iterable[bytes]) -> dict[str, list[str]]:
    """Paths by sha out of ``git log -z --name-only --format=PATHS_FORMAT``.

    A header is an empty field and the sha; the first path after it comes with a line break before it.
    """
    paths_by_sha: dict[str, list[str]] = {}
    paths: list[str] = []
    header = False
    for field in fields:
        if header:
            paths = paths_by_sha[field.decode()] = []
        elif field:
            paths.append(name_of(field if paths else field.removeprefix(b"\n")))
        header = not header and not field
    return paths_by_sha


def tags(fields: Iterable[bytes]) -> Iterator[Tag]:
    """Tags out of ``git for-each-ref --format=TAG_FORMAT``; those of files and trees are left out."""
    stream = iter(fields)
    while len(row := tuple(islice(stream, TAG_FIELDS))) == TAG_FIELDS:
        name = name_of(row[0].removeprefix(b"\n").removeprefix(b"refs/tags/"))
        kind, sha, target_kind, target = (field.decode() for field in row[1:5])
        tagged_at = instant(row[5]) if row[5] else None
        if kind == "commit":
            yield Tag(name, sha, sha, None, "")
        elif kind == "tag" and target_kind in ("commit", "tag"):
            yield Tag(name, sha, target if target_kind == "commit" else "", tagged_at, text_of(row[6]))


def instant(seconds: bytes) -> datetime:
    """Seconds since 1970 as a time; what lies outside of 1970 to 9999, or is no number, is moved to its edge."""
    try:
        return EPOCH + timedelta(seconds=min(max(int(seconds), 0), _SECONDS))
    except ValueError:
        return EPOCH


def text_of(data: bytes) -> str:
    return clean(data.decode("utf-8", "replace"))


def name_of(data: bytes) -> str:
    """A path's or tag's name: two that differ stay different, though they be no UTF-8."""
    return clean(data.decode("utf-8", "backslashreplace"))


def repository_name(origin: str | None, folder: str) -> str:
    """``owner/name`` by the remote's address, without what stands before it; else the folder's name.

    Of a remote that is a folder itself, the last part.
    """
    address = (origin or "").strip()
    if "://" in address:
        parts = urlsplit(address)
        path = parts.path if parts.scheme != "file" else parts.path.rstrip("/").rpartition("/")[2]
    elif ":" in address.partition("/")[0]:
        path = address.partition(":")[2]
    else:
        path = address.rstrip("/").rpartition("/")[2]
    name = path.strip("/").removesuffix(".git").strip("/")
    return clean(name or folder.removesuffix(".git") or "repository")[:200]
