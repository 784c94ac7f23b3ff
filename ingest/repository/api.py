"""A tree from GitHub's API: the newest commit's id, all names, and the blobs that a check can ask for."""

import shutil
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

import orjson

from ingest.repository import clone
from ingest.repository.github import Calls, Reply, check
from ingest.repository.packed import is_id, write_pack
from ingest.repository.refused import CommitGone, RepositoryUnavailable
from ingest.repository.tree import Entry, Limits, Mode, shown

PREFIX = f"{clone.PREFIX}pack-"  # so that the same sweep finds what a killed process left
TOTAL_BYTES = 128 << 20
MAX_BLOBS = 2_000
MAX_TREES = 500
WALL_SECONDS = 600.0
MAX_KNOWN = 10_000
NO_TEXT = b"\0"
SHA = "application/vnd.github.sha"
LIMITS = Limits()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# No check reads these: documents and pictures are known by their names alone.
MEDIA = _words(
    "7z a aac apk avi avif bin bmp bz2 class dat db dll dmg doc docx dylib eot exe flac gif gz icns ico iso jar jpeg"
    " jpg keystore lib lz4 map mkv mo mov mp3 mp4 mpeg o obj odp ods odt ogg onnx otf parquet pdf pickle pkl png ppt"
    " pptx psd pt pyc rar rpm so sqlite svg swf tar tgz tif tiff ttf war wasm wav webm webp whl woff woff2 xls xlsx xz"
    " zip zst"
)
BUILT = frozenset({"node_modules", "vendor", ".terraform", "third_party", "dist"})
# Asked for last: few checks read them, and there may be many.
CODE = _words(
    "c cc clj cpp cs css dart ex exs erl fs go h hpp hs html java jl js jsx kt lua m mjs ml php pl py r rb rs scala"
    " scss sql swift ts tsx vue"
)
KnownHeads = MutableMapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Packed:
    """A folder with one commit, as ``ingest.repository.packed`` reads it."""

    path: Path
    commit: str


@dataclass(slots=True)
class Trees:
    """Trees of an API. ``heads`` keeps what is known of branches, by name: asking for an unchanged one is free."""

    calls: Calls
    heads: KnownHeads = field(default_factory=dict)

    def head(self, name: str) -> str:
        """The id of the newest commit of the default branch. Raises as ``ingest.repository.github.check`` does."""
        etag, known = self.heads.get(name, ("", ""))
        headers = {"Accept": SHA} | ({"If-None-Match": etag} if etag else {})
        reply = self.calls.get(f"/repos/{name}/commits/HEAD", headers)
        if reply.status == 304 and known:
            return known
        if reply.status == 422:
            raise clone.no_default_branch()
        check(reply, time.time())
        found = reply.body.strip().strip('"')
        if not is_id(found):
            raise _unreadable()
        self._remember(name, reply.headers.get("etag", ""), found)
        return found

    def _remember(self, name: str, etag: str, found: str) -> None:
        if len(self.heads) >= MAX_KNOWN:
            self.heads.clear()
        self.heads[name] = (etag[:200], found)

    @contextmanager
    def packed(self, name: str, commit: str) -> Iterator[Packed]:
        """The commit, for as long as the context is open. Raises as ``head`` does; ``CommitGone``: not this commit."""
        clone.sweep()
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            bringing = _Bringing(self.calls, name, time.monotonic() + WALL_SECONDS)
            entries = bringing.entries(commit)
            write_pack(folder, commit, entries, bringing.reader(entries), cut=bringing.cut)
            yield Packed(folder, commit)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class _Bringing:
    """One commit on its way. ``cut``: there are more names than were listed."""

    calls: Calls
    name: str
    deadline: float
    cut: bool = False
    trees: int = 0

    # ------------------------------------------------------------ names

    def entries(self, commit: str) -> list[Entry]:
        """All names, also where one answer is too small for them: then folder by folder."""
        found: list[Entry] = []
        waiting = [(commit, "")]
        while waiting:
            tree, prefix = waiting.pop()
            if self.trees >= MAX_TREES or len(found) > LIMITS.entries or prefix.count("/") > LIMITS.depth:
                self.cut = True
                continue
            rows, whole = self._rows(tree, recursive=True)
            if not whole:
                rows, whole = self._rows(tree, recursive=False)
                self.cut |= not whole
                waiting += [(row["sha"], f"{prefix}{row['path']}/") for row in rows if row["type"] == "tree"]
            found += [_entry(row, prefix) for row in rows if row["type"] != "tree"]
        self.cut |= len(found) > LIMITS.entries
        return found

    def _rows(self, tree: str, *, recursive: bool) -> tuple[list[dict[str, Any]], bool]:
        """The rows of a tree, and whether all below it are among them."""
        self.trees += 1
        reply = self._get(f"git/trees/{tree}" + ("?recursive=1" if recursive else ""))
        if reply.status in (404, 422):
            raise CommitGone(f"GitHub does not give the commit {tree[:12]} any more.")
        told = _told(reply)
        rows = told.get("tree")
        if not isinstance(rows, list) or not all(map(_is_row, rows)):
            raise _unreadable()
        return rows, told.get("truncated") is False and not (recursive and _is_flat(rows))

    # ------------------------------------------------------------ contents

    def wanted(self, entries: list[Entry]) -> set[str]:
        """The ids of the blobs to ask for, within the limits; settings and documents before code."""
        files = [one for one in entries if one.mode in ("file", "executable") and _is_asked_for(one)]
        chosen: set[str] = set()
        total = 0
        for one in sorted(files, key=lambda one: (_suffix(one.path) in CODE, one.path.count("/"), one.path)):
            if one.blob not in chosen and len(chosen) < MAX_BLOBS and total + one.size <= TOTAL_BYTES:
                chosen.add(one.blob)
                total += one.size
        return chosen

    def reader(self, entries: list[Entry]) -> Callable[[Entry], bytes | None]:
        """Gives what is wanted; of what media alone hold, a byte that no text has: it is there, and nothing to read."""
        wanted, media = self.wanted(entries), _media(entries)

        def read(entry: Entry) -> bytes | None:
            if entry.blob in wanted:
                return self.blob(entry)
            return NO_TEXT if entry.blob in media else None

        return read

    def blob(self, entry: Entry) -> bytes | None:
        """Its bytes; ``None`` where they are not those of the id."""
        reply = self._get(f"git/blobs/{entry.blob}")
        if reply.status == 404:
            return None
        told = _told(reply)
        text = told.get("content")
        if told.get("encoding") != "base64" or not isinstance(text, str):
            return None
        try:
            data = b64decode(text)
        except ValueError:
            return None
        return data if _id_of(data, len(entry.blob)) == entry.blob else None

    def _get(self, path: str) -> Reply:
        if time.monotonic() > self.deadline:
            raise RepositoryUnavailable("GitHub did not give the repository in time. It is tried again.")
        reply = self.calls.get(f"/repos/{self.name}/{path}")
        if reply.status not in (404, 422):
            check(reply, time.time())
        return reply


_MODES: dict[str, Mode] = {"100755": "executable", "120000": "link", "160000": "submodule"}


def _is_row(row: Any) -> bool:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("path", "mode", "type", "sha")):
        return False
    size = row.get("size", 0)
    return is_id(row["sha"]) and type(size) is int and size >= 0


def _is_flat(rows: list[dict[str, Any]]) -> bool:
    """Whether a folder is named and nothing below it: the answer was no recursive one, as after a rename."""
    filled = {row["path"].rpartition("/")[0] for row in rows}
    return any(row["type"] == "tree" and row["path"] not in filled for row in rows)


def _entry(row: dict[str, Any], prefix: str) -> Entry:
    mode = "submodule" if row["type"] == "commit" else _MODES.get(row["mode"], "file")
    return Entry(shown(prefix + row["path"]), row["sha"], row.get("size", 0), mode)


def _is_asked_for(entry: Entry) -> bool:
    folders = entry.path.split("/")[:-1]
    return entry.size <= LIMITS.file_bytes and _suffix(entry.path) not in MEDIA and BUILT.isdisjoint(folders)


def _media(entries: list[Entry]) -> set[str]:
    """The ids that only media have: what also stands under another name is not theirs to hide."""
    media = {one.blob for one in entries if _suffix(one.path) in MEDIA}
    return media - {one.blob for one in entries if _suffix(one.path) not in MEDIA}


def _suffix(path: str) -> str:
    """In lower case; empty where the name has none."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return suffix.lower() if dot else ""


def _id_of(data: bytes, digits: int) -> str:
    whole = b"blob %d\0" % len(data) + data
    return sha1(whole, usedforsecurity=False).hexdigest() if digits == 40 else sha256(whole).hexdigest()


def _told(reply: Reply) -> dict[str, Any]:
    try:
        told = orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        raise _unreadable() from error
    if not isinstance(told, dict):
        raise _unreadable()
    return told


def _unreadable() -> Exception:
    return RepositoryUnavailable("GitHub answered with something else than its API does. It is tried again.")
