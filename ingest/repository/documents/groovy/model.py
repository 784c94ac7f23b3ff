"""(pure) What a Groovy file says as far as blocks, calls and strings go; nothing is evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class GroovyString(NamedTuple):
    """``text`` is what the quotes hold; ``line`` where it begins; ``interpolated``: Groovy fills in values."""

    text: str
    line: int
    interpolated: bool


class Annotation(NamedTuple):
    """Such as ``@Library('name@version') _``."""

    name: str
    arguments: str
    line: int
    strings: list[GroovyString]


@dataclass(slots=True)
class Assignment:
    """``value`` is the right side as written, empty for a declaration without one; ``strings`` are those in it."""

    name: str
    value: str
    line: int
    strings: list[GroovyString] = field(default_factory=list)


@dataclass(slots=True)
class Call:
    """A call or a block: ``name {}``, ``name(args) {}``, ``name args``; ``if``, ``else``, ``try`` and the like too.

    A definition of a method is a call of ``def``, whose arguments are the method's name and parameters. A call on
    another's result has both names: ``docker.image.push``. ``strings`` are those of its own arguments, without those
    of calls and closures within. ``children`` and ``assignments`` stand in its arguments or in its block.
    """

    name: str
    arguments: str
    line: int
    end_line: int
    block: str | None = None
    children: "list[Call]" = field(default_factory=list)
    strings: list[GroovyString] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The source within its braces; its arguments when it has none."""
        return self.arguments if self.block is None else self.block

    @property
    def first_string(self) -> str:
        """The first string of its arguments; empty when there is none."""
        return self.strings[0].text if self.strings else ""

    def find(self, *way: str) -> "list[Call]":
        """The calls at a way of names below this one, in the file's order."""
        return _find(self.children, way)

    def walk(self) -> "Iterator[Call]":
        """The calls below this one, in the file's order."""
        return _walk(self.children)


@dataclass(slots=True)
class Jenkinsfile:
    """``calls`` are those that stand in no other."""

    calls: list[Call] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)

    def find(self, *way: str) -> list[Call]:
        """The calls at a way of names: ``find("pipeline", "stages", "stage")``; nothing where the way ends."""
        return _find(self.calls, way)

    def walk(self) -> Iterator[Call]:
        """Every call at any depth, in the file's order."""
        return _walk(self.calls)


def _find(calls: list[Call], way: tuple[str, ...]) -> list[Call]:
    for depth, name in enumerate(way):
        calls = [call for call in calls if call.name == name]
        if depth + 1 < len(way):
            calls = [child for call in calls for child in call.children]
    return calls


def _walk(calls: list[Call]) -> Iterator[Call]:
    waiting = list(reversed(calls))
    while waiting:
        call = waiting.pop()
        yield call
        waiting.extend(reversed(call.children))
