"""A tree from a git directory at a commit: names by ``ls-tree``, bytes by one ``cat-file``; nothing is checked out."""

import os
import subprocess
import weakref
from collections.abc import Iterator
from pathlib import Path

from ingest.git.log import repository_name
from ingest.git.program import Clone, Unreadable
from ingest.repository.local import LIMITS, Opened
from ingest.repository.tree import Entry, Limits, Mode

MAX_LISTING = 64 << 20  # bytes


def open_bare(path: Path, revision: str = "HEAD", limits: Limits = LIMITS) -> Opened:
    """The commit of a clone, bare or not.

    Raises:
        Unreadable: there is no such commit.
    """
    clone = Clone(path)
    commit = clone.resolve(revision)
    if commit is None:
        raise Unreadable(f"There is no commit {revision!r} in {path}.")
    name = repository_name(clone.ask("remote", "get-url", "origin"), path.name).lower()
    rows, cut = _rows(clone, commit, limits)
    return Opened(list(_entries(clone, rows)), Blobs(clone), name, commit, cut=cut)


def _entries(clone: Clone, rows: list[tuple[str, str, Mode]]) -> Iterator[Entry]:
    """The names with their sizes."""
    sizes = _sizes(clone, [blob for _, blob, mode in rows if mode in ("file", "executable")])
    for path, blob, mode in rows:
        yield Entry(path, blob, sizes.get(blob, 0), mode)


_MODES: dict[str, Mode] = {"100755": "executable", "120000": "link", "160000": "submodule"}


def _rows(clone: Clone, commit: str, limits: Limits) -> tuple[list[tuple[str, str, Mode]], bool]:
    """Name, blob and mode of each; and whether the limits ended the listing."""
    rows: list[tuple[str, str, Mode]] = []
    size = 0
    for field in clone.fields("ls-tree", "-r", "-z", "--full-tree", commit):
        about, tab, name = field.partition(b"\t")
        if not tab:
            continue
        mode, _, blob = about.decode("ascii", "replace").split(" ", 2)
        rows.append((os.fsdecode(name), blob, _MODES.get(mode, "file")))
        size += len(field)
        if len(rows) > limits.entries or size > MAX_LISTING:
            return rows, True
    return rows, False


def _sizes(clone: Clone, blobs: list[str]) -> dict[str, int]:
    """Sizes by id; a blob that is not at hand has none and reads as missing."""
    given = "".join(f"{blob}\n" for blob in dict.fromkeys(blobs)).encode()
    found: dict[str, int] = {}
    for line in clone.lines("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", given=given):
        parts = line.decode("ascii", "replace").split(" ")
        if len(parts) == 3 and parts[1] == "blob" and parts[2].isdigit():
            found[parts[0]] = int(parts[2])
    return found


class Blobs:
    """Bytes by blob id, out of one ``cat-file --batch`` that lives as long as this."""

    def __init__(self, clone: Clone) -> None:
        self._process = clone.start("cat-file", "--batch")
        self._end = weakref.finalize(self, _end, self._process)

    def read(self, entry: Entry) -> bytes | None:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None or self._process.poll() is not None:
            return None
        try:
            stdin.write(entry.blob.encode("ascii") + b"\n")
            stdin.flush()
        except (BrokenPipeError, UnicodeEncodeError):
            return None
        head = stdout.readline().split()
        if len(head) != 3:
            return None  # "ID missing"
        data = stdout.read(int(head[2]))
        stdout.read(1)
        return data if head[1] == b"blob" else None


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    process.wait()
