"""(pure) What Terratest's test functions do, in order: create, remove, look at."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from typing import Literal, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.directory import folder_of
from scorecards.reading.terraform.testing.go import Function, GoFile, Token, calls_at, closing, go_file

What = Literal["apply", "plan", "init", "destroy", "assert"]

LIBRARY = "gruntwork-io/terratest"
_RUNNERS = ("/modules/terraform", "/modules/terragrunt")
_WHAT: tuple[tuple[What, re.Pattern[str]], ...] = (
    ("apply", re.compile(r"(?:InitAnd|Tg|StackGenerateAnd|StackRun)?Apply\w{0,60}", re.A)),
    ("plan", re.compile(r"(?:InitAnd|Tg)?Plan\w{0,60}", re.A)),
    ("destroy", re.compile(r"(?:Tg)?Destroy\w{0,60}", re.A)),
    ("init", re.compile(r"Init(?:AndValidate)?(?:E|Context|ContextE)?", re.A)),
    ("assert", re.compile(r"(?:Assert|Require)\w{1,80}", re.A)),
)
_ASSERTING = (
    "stretchr/testify/assert", "stretchr/testify/require", "terratest/modules/http-helper",
    "terratest/modules/httphelper", "onsi/gomega",
)  # fmt: skip
_LOOKING = ("Assert", "Check", "WaitUntil", "HttpGetWithRetry", "DoWithRetry")
_TESTING = frozenset({"Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow"})
_NO_LOOK = frozenset({"NoError", "NoErrorf", "New"})
_PACKAGE = re.compile(r"^package[ \t]{1,20}(\w{1,200})", re.M | re.A)
_SETUP, _TEARDOWN = ("SetupSuite", "SetupTest", "BeforeTest"), ("TearDownSuite", "TearDownTest", "AfterTest")
_MAX_EACH, _MAX_STEPS = 1_000, 100


class Event(NamedTuple):
    """Something that a test does. ``deferred``: it happens when the test ends, however it ends."""

    what: What
    path: str
    line: int
    deferred: bool = False


class TestFunction(NamedTuple):
    """``events`` are in the order of the source, those of its package's functions that it calls put in."""

    file: GoFile
    function: Function
    events: tuple[Event, ...]
    followed: tuple[Function, ...]

    @property
    def runs(self) -> bool:
        """Whether it runs Terraform at all."""
        return any(event.what in ("apply", "plan", "init") for event in self.events)


def test_functions(tree: RepositoryTree) -> list[TestFunction]:
    """The test functions of files that import Terratest and that run Terraform."""
    return tree.derive(_test_functions)


def _test_functions(tree: RepositoryTree) -> list[TestFunction]:
    return [found for path in go_tests(tree) for found in _in_file(tree, path) if found.runs]


def go_tests(tree: RepositoryTree) -> list[str]:
    """The Go test files that import Terratest; none is read where no module of the repository requires it."""
    required = tree.all_files("**/go.mod")
    if required and not any(LIBRARY in (tree.text(path) or "") for path in required):
        return []
    return [path for path in tree.files("**/*_test.go") if LIBRARY in (tree.text(path) or "")]


def _in_file(tree: RepositoryTree, path: str) -> Iterator[TestFunction]:
    file = go_file(tree, path)
    reader = _Reader(tree.derive(_package, folder_of(path), _package_name(tree, path)))
    tests = [one for one in file.functions if one.name.startswith("Test") and not one.receiver]
    for function in tests[:_MAX_EACH]:
        reader.followed = {}
        events = reader.suite(file, function) if _runs_suite(function) else reader.events(file, function)
        yield TestFunction(file, function, tuple(islice(events, _MAX_EACH)), tuple(reader.followed.values()))


def _package(tree: RepositoryTree, folder: str, name: str) -> dict[str, tuple[GoFile, Function]]:
    """The functions and methods of a package by name."""
    found: dict[str, tuple[GoFile, Function]] = {}
    for path in tree.derive(_by_folder).get(folder, ()):
        if _package_name(tree, path) == name:
            file = go_file(tree, path)
            for function in file.functions:
                found.setdefault(function.name, (file, function))
    return found


def _package_name(tree: RepositoryTree, path: str) -> str:
    found = _PACKAGE.search(tree.text(path) or "")
    return found.group(1) if found else ""


def _by_folder(tree: RepositoryTree) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in tree.files("**/*.go"):
        found.setdefault(folder_of(path), []).append(path)
    return found


def _runs_suite(function: Function) -> bool:
    body = function.body
    return any(calls_at(body, at) == ("suite", "Run") for at in range(len(body)))


class _Reader:
    """Reads a function; what it calls in its package is followed one level."""

    def __init__(self, package: dict[str, tuple[GoFile, Function]]) -> None:
        self.package = package
        self.followed: dict[Place, Function] = {}
        self._direct: dict[Place, list[Event]] = {}

    def suite(self, file: GoFile, function: Function) -> Iterator[Event]:
        """The methods of the suites in the file: what tears down runs in any case."""
        yield from self.events(file, function)
        methods = [one for one in file.functions if one.receiver][:_MAX_EACH]
        self.followed |= {one.place: one for one in methods}
        for one in methods:
            if one.name in _TEARDOWN:
                yield from (event._replace(deferred=True) for event in self.events(file, one))
        for one in methods:
            if one.name in _SETUP:
                yield from self.events(file, one)
        for one in methods:
            if one.name.startswith("Test"):
                yield from self.events(file, one)

    def events(self, file: GoFile, function: Function, follow: bool = True) -> Iterator[Event]:
        body = function.body
        later, asserting = _deferred(body), _asserting(file, body)
        for at in range(len(body)):
            called = calls_at(body, at)
            if called is None:
                continue
            what = _what(file, body, at, called, asserting)
            if what is not None:
                yield Event(what, file.path, body[at].line, later[at])
            elif follow and (callee := self._followed(file, called)) is not None:
                yield from self._inlined(*callee, later[at])

    def _followed(self, file: GoFile, called: tuple[str, str]) -> tuple[GoFile, Function] | None:
        owner, name = called
        found = self.package.get(name)
        if found is None or owner in file.imports or bool(owner) != bool(found[1].receiver):
            return None
        return found

    def _inlined(self, file: GoFile, callee: Function, deferred: bool) -> Iterator[Event]:
        if callee.place not in self._direct:
            self._direct[callee.place] = list(islice(self.events(file, callee, follow=False), _MAX_EACH))
        self.followed[callee.place] = callee
        for event in self._direct[callee.place]:
            yield event._replace(deferred=event.deferred or deferred)


def _what(
    file: GoFile, body: Sequence[Token], at: int, called: tuple[str, str], asserting: frozenset[str]
) -> What | None:
    owner, name = called
    path = file.imports.get(owner, "")
    if LIBRARY in path and path.endswith(_RUNNERS):
        return next((what for what, pattern in _WHAT if pattern.fullmatch(name)), None)
    if owner in asserting:
        return None if name in _NO_LOOK else "assert"
    if owner == "t" and name in _TESTING:
        return None if _reports_error(body, at - 2) else "assert"
    if LIBRARY in path and name.startswith(_LOOKING):
        return "assert"
    return "assert" if name == "Expect" and not owner else None


def _reports_error(body: Sequence[Token], at: int) -> bool:
    """Whether a call stands right behind ``if err != nil {``."""
    return [token.text for token in body[max(at - 5, 0) : at]] == ["err", "!", "=", "nil", "{"]


def _asserting(file: GoFile, body: Sequence[Token]) -> frozenset[str]:
    """The names that assertions are called on: packages, and what ``assert.New`` gave."""
    packages = {name for name, path in file.imports.items() if path.endswith(_ASSERTING)}
    made = {
        body[at - 4].text
        for at in range(4, len(body))
        if body[at].text == "New" and body[at - 2].text in packages and body[at - 3].text in (":=", "=")
    }
    return frozenset(packages | made)


def _deferred(body: Sequence[Token]) -> list[bool]:
    """Of each token, whether it runs only when the function or the test ends."""
    depths = [0] * (len(body) + 1)
    for at, token in enumerate(body):
        if token[:2] == ("ident", "defer"):
            depths[at] += 1
            depths[_statement_end(body, at + 1) + 1] -= 1
        elif token[:2] == ("ident", "Cleanup") and (called := calls_at(body, at)) and called[0]:
            depths[at + 1] += 1
            depths[closing(body, at + 1) + 1] -= 1
    return [depth > 0 for depth in accumulate(depths)]


def _statement_end(body: Sequence[Token], at: int) -> int:
    """The last token of the call that is deferred."""
    for _ in range(_MAX_STEPS):
        if at >= len(body):
            break
        if body[at].kind == "op" and body[at].text in ("(", "[", "{"):
            at = closing(body, at)
            following = body[at + 1] if at + 1 < len(body) else None
            if following is None or (body[at].text == ")" and following.line != body[at].line):
                return at
            if following.text not in ("(", "{", "."):
                return at
        at += 1
    return min(at, len(body) - 1)
