"""(pure) A read-only view of one commit: paths, texts, parsed files with line numbers, each read and parsed once.

It never follows a link, never runs anything, and keeps limits; what it could not read is told in ``problems``. It also
remembers who read what, so that a scan of the next commit need not do again what no change touches.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from ingest.repository.documents.dockerfile import Dockerfile, read_dockerfile
from ingest.repository.documents.groovy import Jenkinsfile, read_groovy
from ingest.repository.documents.hcl import HclFile, read_hcl
from ingest.repository.documents.helm import Masked, mask
from ingest.repository.documents.json import JsonFile, read_json
from ingest.repository.documents.markdown import Markdown, read_markdown
from ingest.repository.documents.shell import Script, read_shell
from ingest.repository.documents.toml import read_toml
from ingest.repository.documents.yaml import Document, read_yaml
from ingest.repository.globs import glob_pattern
from ingest.repository.node import Node, Problem

__all__ = [
    "BINARY_LOOK",
    "EVERY_NAME",
    "EXCLUDED",
    "SETTLED",
    "Content",
    "Dependency",
    "Entry",
    "Limits",
    "Mode",
    "RepositoryTree",
    "Watch",
    "glob_pattern",
    "shown",
]

T = TypeVar("T")

EXCLUDED = frozenset(
    {"vendor", "node_modules", ".terraform", "third_party", "testdata", "fixtures", "dist", "generated", "examples"}
)
BINARY_LOOK = 8_000
SETTLED = "settled:"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one scan reads at most. Bytes, counts and levels."""

    entries: int = 200_000
    depth: int = 64
    path_bytes: int = 4_096
    file_bytes: int = 1 << 20
    total_bytes: int = 256 << 20


Mode = Literal["file", "executable", "link", "submodule"]


class Entry(NamedTuple):
    """A name in the tree. ``blob`` identifies the content: equal blobs have equal bytes."""

    path: str
    blob: str
    size: int
    mode: Mode = "file"


class Content(Protocol):
    """Where the bytes come from."""

    def read(self, entry: Entry) -> bytes | None:
        """The bytes; ``None`` where they are not at hand."""


class Dependency(NamedTuple):
    """What a reader looked at: a file (content and mode), whether it is there, the names that match a pattern or begin
    with a text, or a key of a reader's own."""

    kind: Literal["read", "path", "glob", "under", "key"]
    what: str


EVERY_NAME = Dependency("under", "")


@dataclass(slots=True)
class Watch:
    """What was looked at while it was open."""

    seen: set[Dependency] = field(default_factory=set)


class RepositoryTree:
    """``announce`` is told each path just before it is parsed, and "" after.

    ``skip`` tells, by path, why one is not to be parsed. ``memory`` holds what an earlier tree remembered of single
    files; ``remembered`` is what this one does.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        content: Content,
        *,
        limits: Limits = Limits(),
        excluded: frozenset[str] = EXCLUDED,
        skip: Mapping[str, str] | None = None,
        memory: Mapping[str, Any] | None = None,
        announce: Callable[[str], None] | None = None,
    ) -> None:
        self._content = content
        self._limits = limits
        self._excluded = excluded
        self._skip = skip or {}
        self._memory = memory or {}
        self.remembered: dict[str, Any] = {}
        self.settled: dict[str, tuple[Any, frozenset[Dependency]]] = {}
        self._announce = announce
        self._read_bytes = 0
        self._watches: list[Watch] = []
        self._derived: dict[Any, tuple[Any, frozenset[Dependency]]] = {}
        self._problems: dict[Problem, None] = {}
        self._entries: dict[str, Entry] = {}
        self.links: list[str] = []
        self.submodules: list[str] = []
        self._take(entries)
        self._all_paths: list[str] = sorted(self._entries)
        self._paths: list[str] = [path for path in self._all_paths if not self.is_excluded(path)]
        self._texts: dict[str, str | None] = {}

    def _take(self, entries: Iterable[Entry]) -> None:
        for count, entry in enumerate(entries):
            if count >= self._limits.entries:
                self._tell("", 0, "left_out", f"Only the first {self._limits.entries:,} names were looked at.")
                return
            if entry.mode == "link":
                self.links.append(entry.path)
            elif entry.mode == "submodule":
                self.submodules.append(entry.path)
            elif problem := self._unsafe(entry.path):
                self._tell(shown(entry.path), 0, *problem)
            else:
                self._entries[entry.path] = entry

    def _unsafe(self, path: str) -> tuple[str, str] | None:
        parts = path.split("/")
        if len(parts) > self._limits.depth:
            return "too_deep", f"It lies deeper than {self._limits.depth} folders."
        if len(path) > self._limits.path_bytes:
            return "too_large", f"Its name is longer than {self._limits.path_bytes:,} bytes."
        if (
            "\\" in path
            or (not path.isascii() and shown(path) != path)
            or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
        ):
            return "unsafe_name", "A name like this is never opened."
        return None

    # ------------------------------------------------------------ names

    @property
    def all_paths(self) -> list[str]:
        """The files, sorted. Who reads this looked at every name: ``files`` and ``under`` tell what was meant."""
        self.depends(EVERY_NAME)
        return self._all_paths

    @property
    def paths(self) -> list[str]:
        """As ``all_paths``, without what is left out of scores."""
        self.depends(EVERY_NAME)
        return self._paths

    @property
    def problems(self) -> list[Problem]:
        """What could not be read so far, in the order in which it was met."""
        return list(self._problems)

    def is_excluded(self, path: str) -> bool:
        """Whether a folder on the way is vendored, generated, or holds samples or test data."""
        return not self._excluded.isdisjoint(path.split("/")[:-1])

    def entry(self, path: str) -> Entry | None:
        self.depends(Dependency("read", path))
        return self._entries.get(path)

    def exists(self, path: str) -> bool:
        """Whether there is a file, left out or not."""
        self.depends(Dependency("path", path))
        return path in self._entries

    def is_folder(self, path: str) -> bool:
        prefix = _prefix(path)
        self.depends(Dependency("under", prefix))
        at = bisect_left(self._all_paths, prefix)
        return at < len(self._all_paths) and self._all_paths[at].startswith(prefix)

    def files(self, *globs: str) -> list[str]:
        """The files that match any of the globs, sorted; what is left out is not among them.

        ``**/`` stands for any folders or none, ``*`` and ``?`` stay within a name, ``{a,b}`` is either.
        """
        return self._matching(self._paths, globs)

    def all_files(self, *globs: str) -> list[str]:
        """As ``files``, with what is left out of scores."""
        return self._matching(self._all_paths, globs)

    def under(self, folder: str) -> list[str]:
        """The files below a folder (``""``: all), whose name is taken as it is; what is left out is not among them."""
        prefix = _prefix(folder)
        self.depends(Dependency("under", prefix))
        if not prefix:
            return list(self._paths)
        first = bisect_left(self._paths, prefix)
        return self._paths[first : bisect_left(self._paths, f"{prefix[:-1]}0", first)]  # 0 follows the slash

    def _matching(self, paths: list[str], globs: tuple[str, ...]) -> list[str]:
        for glob in globs:
            self.depends(Dependency("glob", glob))
        key = (paths is self._paths, globs)
        if key not in self._derived:
            pattern = glob_pattern(globs)
            self._derived[key] = ([path for path in paths if pattern.match(path)], frozenset())
        found: list[str] = self._derived[key][0]
        return list(found)

    # ------------------------------------------------------------ contents

    def text(self, path: str) -> str | None:
        """A file's text, without a byte order mark; ``None``: no such file, no text, or beyond the limits."""
        self.depends(Dependency("read", path))
        if path not in self._texts:
            self._texts[path] = self._load(path)
        return self._texts[path]

    def lines(self, path: str) -> list[str]:
        """A file's lines without their ends; none for what has no text."""
        return self._once((_lines, path), _lines, path)

    def _load(self, path: str) -> str | None:
        entry = self._entries.get(path)
        if entry is None:
            return None
        if path in self._skip:
            return self._refuse(path, self._skip[path], "Reading it was given up.")
        if entry.size > self._limits.file_bytes:
            return self._refuse(
                path, "too_large", f"{entry.size:,} bytes; files up to {self._limits.file_bytes:,} are read."
            )
        if self._read_bytes + entry.size > self._limits.total_bytes:
            return self._refuse(
                path, "left_out", f"One scan reads {self._limits.total_bytes >> 20} MiB, which are used up."
            )
        data = self._content.read(entry)
        if data is None:
            return self._refuse(path, "missing", "Its content is not at hand.")
        self._read_bytes += len(data)
        if len(data) > self._limits.file_bytes:
            return self._refuse(
                path, "too_large", f"{len(data):,} bytes; files up to {self._limits.file_bytes:,} are read."
            )
        return self._decoded(path, data)

    def _decoded(self, path: str, data: bytes) -> str | None:
        if b"\0" in data[:BINARY_LOOK]:
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self._tell(path, line, "encoding", "This is no UTF-8; what can't be read stands as a question mark.")
            return data.decode("utf-8-sig", "replace")

    def _refuse(self, path: str, code: str, message: str) -> str | None:
        self._tell(path, 0, code, message)
        return None

    def _tell(self, path: str, line: int, code: str, message: str) -> None:
        self._problems[Problem(path, line, code, message)] = None

    def _parsed(self, path: str, read: Callable[[str, str], tuple[T, list[Problem]]], empty: T) -> T:
        def parse(tree: "RepositoryTree", path: str) -> T:
            text = tree.text(path)
            if text is None:
                return empty
            if tree._announce:
                tree._announce(path)
            parsed, problems = read(path, text)
            if tree._announce:
                tree._announce("")
            for problem in problems:
                tree._problems[problem] = None
            return parsed

        return self._once((read, path), parse, path)

    def yaml(self, path: str) -> list[Document]:
        """The documents of a YAML file that can be read."""
        return self._parsed(path, read_yaml, [])

    def json(self, path: str) -> JsonFile | None:
        return self._parsed(path, read_json, None)

    def toml(self, path: str) -> Node | None:
        return self._parsed(path, read_toml, None)

    def hcl(self, path: str) -> HclFile | None:
        return self._parsed(path, read_hcl, None)

    def dockerfile(self, path: str) -> Dockerfile | None:
        return self._parsed(path, read_dockerfile, None)

    def jenkinsfile(self, path: str) -> Jenkinsfile | None:
        return self._parsed(path, read_groovy, None)

    def shell(self, path: str) -> Script | None:
        return self._parsed(path, read_shell, None)

    def markdown(self, path: str) -> Markdown | None:
        return self._parsed(path, read_markdown, None)

    def masked(self, path: str) -> Masked | None:
        """A Helm template with its actions neutralised, lines and columns kept."""
        return self._parsed(path, mask, None)

    # ------------------------------------------------------------ derived values

    def derive(self, function: Callable[..., T], *arguments: Any) -> T:
        """``function(tree, *arguments)``, computed once; ``arguments`` are hashable."""
        return self._once((function, *arguments), function, *arguments)

    def remember(self, name: str, function: Callable[["RepositoryTree", str], T], path: str) -> T:
        """``function(tree, path)``, which looks at that one file alone; its value is kept between scans by content.

        The value is made of what JSON knows.
        """
        self.depends(Dependency("read", path))
        entry = self._entries.get(path)
        key = f"{name} {entry.blob if entry else ''} {entry.mode if entry else ''} {path}"
        if key not in self.remembered:
            if key in self._memory:
                self.remembered[key] = self._memory[key]
            else:
                with self.watching():
                    self.remembered[key] = function(self, path)
        known: T = self.remembered[key]
        return known

    def forget(self) -> None:
        """Take nothing over from an earlier tree."""
        self._memory = {}

    def settle(self, function: Callable[["RepositoryTree"], T]) -> T:
        """``function(tree)``, whose readers run again only when its value changes, whatever it looked at.

        The function is a module's own, and its value is made of what JSON knows: both are kept between scans.
        """
        name = f"{function.__module__}:{function.__qualname__}"
        self.depends(Dependency("key", SETTLED + name))
        if name not in self.settled:
            with self.watching() as watch:
                value = function(self)
            self.settled[name] = (value, frozenset(watch.seen))
        known: T = self.settled[name][0]
        return known

    def _once(self, key: Any, function: Callable[..., T], *arguments: Any) -> T:
        if key not in self._derived:
            with self.watching() as watch:
                value = function(self, *arguments)
            self._derived[key] = (value, frozenset(watch.seen))
        value, seen = self._derived[key]
        if self._watches:
            self._watches[-1].seen.update(seen)
        known: T = value
        return known

    def depends(self, *dependencies: Dependency) -> None:
        """Tell that the reader at work looked at something."""
        if self._watches:
            self._watches[-1].seen.update(dependencies)

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Collects what is looked at inside."""
        watch = Watch()
        self._watches.append(watch)
        try:
            yield watch
        finally:
            self._watches.pop()


def _prefix(folder: str) -> str:
    return folder.rstrip("/") + "/" if folder not in ("", ".") else ""


def _lines(tree: RepositoryTree, path: str) -> list[str]:
    return [line.removesuffix("\r") for line in (tree.text(path) or "").split("\n")]


def shown(path: str) -> str:
    """A name as it can be stored and shown, though it be no UTF-8."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")
