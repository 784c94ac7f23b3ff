"""A tree from a local folder: of a clone, what git would commit; of any other folder, all that lies in it.

Nothing is followed that leads out of it: no link, no pipe, no device.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ingest.git.log import repository_name
from ingest.git.program import Clone, Unreadable
from ingest.repository.history import History, NoHistory
from ingest.repository.memory import blob_id
from ingest.repository.past import Past
from ingest.repository.tree import Content, Entry, Limits, Mode

LIMITS = Limits()
MAX_HASHED = 2 << 30  # bytes
SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn"})


@dataclass(slots=True)
class Opened:
    """What was found: the names, where their bytes are, and what is known around them.

    ``commit`` is ``None`` outside git; ``changed`` says that the files are not those of the commit. ``name`` is
    owner/name by the clone's remote, else the folder's. ``cut``: there are more names than these.
    """

    entries: list[Entry]
    content: Content
    name: str
    commit: str | None = None
    changed: bool = False
    history: History = field(default_factory=NoHistory)
    cut: bool = False


class Folder:
    """Bytes of files below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, entry: Entry) -> bytes | None:
        return self.bytes_of(entry.path, LIMITS.file_bytes + 1)  # it may have grown since

    def bytes_of(self, path: str, limit: int = -1) -> bytes | None:
        """The bytes of a regular file; ``None`` for anything else, what can't be read, and below a link."""
        full = os.path.join(self.root, os.fsencode(path).decode("utf-8", "surrogateescape"))
        try:
            if os.path.realpath(os.path.dirname(full)) != os.path.normpath(os.path.dirname(full)):
                return None
            handle = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError):
            return None
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            try:
                return file.read(limit)
            except OSError:  # a broken disk, or a file that is none, such as those of /proc
                return None


def open_folder(path: Path, now: datetime, limits: Limits = LIMITS) -> Opened:
    """What a folder holds.

    Raises:
        Unreadable: it is no folder, or can't be listed.
    """
    root = path.resolve()
    if not root.is_dir():
        raise Unreadable(f"{path} is no folder. Name the folder of a repository.")
    clone = _clone(root)
    folder = Folder(root)
    if clone is None:
        return Opened(list(_entries(folder, _walk(root, limits), limits)), folder, root.name.lower())
    commit = clone.resolve("HEAD")
    entries = list(_entries(folder, _listed(clone), limits))
    origin = clone.ask("remote", "get-url", "origin")
    return Opened(
        entries,
        folder,
        repository_name(origin, root.name).lower(),
        commit,
        commit is not None and _differs(clone, entries),
        Past(clone, commit, now) if commit else NoHistory(),
    )


def _clone(root: Path) -> Clone | None:
    if not (root / ".git").exists():
        return None
    try:
        return Clone(root)
    except Unreadable:
        return None


def _listed(clone: Clone) -> Iterator[str]:
    """The names that git has or would add: what the ignore files name is left out."""
    seen = set()
    for name in clone.fields("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name"):
        if name and name not in seen:
            seen.add(name)
            yield os.fsdecode(name)


def _walk(root: Path, limits: Limits) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        below = os.path.relpath(folder, root)
        prefix = "" if below == "." else below + "/"
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        deep = prefix.count("/") >= limits.depth
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS and name not in links and not deep)
        yield from (prefix + name for name in sorted([*files, *links]))


def _entries(folder: Folder, names: Iterator[str], limits: Limits) -> Iterator[Entry]:
    hashed = 0
    for count, name in enumerate(names):
        if count > limits.entries:
            return
        entry = _entry(folder, name, limits if hashed < MAX_HASHED else replace(limits, file_bytes=-1))
        if entry is not None:
            hashed += min(entry.size, limits.file_bytes)
            yield entry


def _entry(folder: Folder, name: str, limits: Limits) -> Entry | None:
    if ".." in name.split("/"):
        return None  # only a made index names what lies outside
    try:
        found = os.lstat(os.path.join(folder.root, name))
    except (OSError, ValueError):
        return None  # git knows it, but it was deleted
    if stat.S_ISLNK(found.st_mode):
        return Entry(name, "", 0, "link")
    if stat.S_ISDIR(found.st_mode):
        return Entry(name.rstrip("/"), "", 0, "submodule")
    if not stat.S_ISREG(found.st_mode):
        return None
    mode: Mode = "executable" if found.st_mode & stat.S_IXUSR else "file"
    return Entry(name, _blob(folder, name, found, limits), found.st_size, mode)


def _blob(folder: Folder, name: str, found: os.stat_result, limits: Limits) -> str:
    """The content's id; of what is not read, what changes with it most likely."""
    data = folder.bytes_of(name, limits.file_bytes + 1) if found.st_size <= limits.file_bytes else None
    return blob_id(data) if data is not None else f"{found.st_mtime_ns} {found.st_size} bytes"


def _differs(clone: Clone, entries: list[Entry]) -> bool:
    """Whether the files are not those of the commit; files too large to read are compared by name alone."""
    committed = {}
    for row in clone.fields("ls-tree", "-r", "-z", "--full-tree", "HEAD"):
        about, _, name = row.partition(b"\t")
        mode, _, blob = about.decode("ascii", "replace").split(" ", 2)
        if mode.startswith("100"):
            committed[os.fsdecode(name)] = blob
    files = {entry.path: entry.blob for entry in entries if entry.mode in ("file", "executable")}
    return files.keys() != committed.keys() or any(
        blob != committed[path] for path, blob in files.items() if not blob.endswith(" bytes")
    )
