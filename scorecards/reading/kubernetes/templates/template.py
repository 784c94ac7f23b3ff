"""(pure) A template file, apart from any values: masked text, actions, branches and definitions."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from ingest.repository.documents.helm import Action, Masked
from ingest.repository.documents.helm.actions import actions_of
from ingest.repository.tree import RepositoryTree

MAX_LEVELS = 50
_OPENS = frozenset({"if", "range", "with", "define", "block"})


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of a block: ``condition`` is empty for the last ``else``. Lines are those within, both included."""

    condition: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """An ``if``, ``with`` or ``range`` with what follows its ``else``. ``is_whole``: it holds whole objects."""

    word: str
    line: int
    end_line: int
    branches: tuple[Branch, ...]
    is_whole: bool
    around: "Chain | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Define:
    """A named template: the text from ``start`` to ``end`` of a file, on the lines within."""

    name: str
    start: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Template:
    """``lines`` are the masked ones. Blocks nested deeper than ``MAX_LEVELS`` are not seen as blocks."""

    path: str
    text: str
    masked: Masked
    actions: tuple[Action, ...]
    lines: tuple[str, ...]

    @cached_property
    def blocks(self) -> "tuple[tuple[Chain, ...], tuple[Define, ...]]":
        """The chains and the definitions, in the order of their lines."""
        reader = _Blocks([number for number, line in enumerate(self.lines, 1) if line.startswith("apiVersion:")])
        for action in self.actions:
            reader.take(action)
        return tuple(_linked(reader.chains)), tuple(reader.defines)

    @property
    def chains(self) -> tuple[Chain, ...]:
        return self.blocks[0]

    @property
    def defines(self) -> tuple[Define, ...]:
        return self.blocks[1]

    @cached_property
    def assigned(self) -> dict[str, list[Action]]:
        """The assignments of each variable."""
        found: dict[str, list[Action]] = {}
        for action in self.actions:
            name, sign, _ = action.body.partition("=")
            if sign and action.word in ("=", "range", "with", "if"):
                for part in name.split():
                    if part.startswith("$"):
                        found.setdefault(part.rstrip(",:"), []).append(action)
        return found

    def around(self, line: int) -> Iterator[Chain]:
        """The chains that a line stands in, the innermost first."""
        at = bisect_right(self._starts, line) - 1
        chain = self.chains[at] if at >= 0 else None
        while chain is not None:
            if chain.end_line >= line:
                yield chain
            chain = chain.around

    @cached_property
    def _starts(self) -> list[int]:
        return [chain.line for chain in self.chains]


@dataclass(slots=True)
class _Open:
    """A block whose end has not come yet."""

    action: Action
    condition: str
    begin: int
    branches: list[Branch]


class _Blocks:
    """Takes the actions of a file in order."""

    def __init__(self, objects: list[int]) -> None:
        self.objects = objects  # the lines on which objects begin
        self.open: list[_Open] = []
        self.chains: list[Chain] = []
        self.defines: list[Define] = []

    def take(self, action: Action) -> None:
        if action.word in _OPENS:
            self.open.append(_Open(action, condition_of(action), action.end_line, []))
        elif self.open and action.word in ("else", "end"):
            top = self.open[-1]
            top.branches.append(Branch(top.condition, top.begin + 1, action.line - 1))
            top.condition, top.begin = condition_of(action), action.end_line
            if action.word == "end":
                self.open.pop()
                self._close(top, action)

    def _close(self, top: _Open, end: Action) -> None:
        start = top.action
        if start.word == "define":
            name = start.body[len("define") :].strip().strip('"`')
            self.defines.append(Define(name, start.end, end.start, start.end_line + 1, end.line - 1))
        elif start.word != "block" and len(self.open) < MAX_LEVELS:
            at = bisect_left(self.objects, start.line)
            is_whole = at < len(self.objects) and self.objects[at] <= end.line
            self.chains.append(Chain(start.word, start.line, end.end_line, tuple(top.branches), is_whole))


def _linked(chains: list[Chain]) -> Iterator[Chain]:
    """The chains by line, each with the one that it stands in."""
    above: list[Chain] = []
    for chain in sorted(chains, key=lambda chain: (chain.line, -chain.end_line)):
        while above and above[-1].end_line < chain.end_line:
            above.pop()
        own = replace(chain, around=above[-1] if above else None)
        above.append(own)
        yield own


def condition_of(action: Action) -> str:
    """The expression of ``if x``, ``with x``, ``range x`` and ``else if x``; empty for ``else``."""
    body = action.body.removeprefix("else").strip() if action.word == "else" else action.body
    word = next((word for word in ("if", "with", "range") if body.startswith(word)), "")
    return body[len(word) :].strip() if word else ""


def template_at(tree: RepositoryTree, path: str) -> Template | None:
    """The template in a file; ``None`` for what has no text."""
    return tree.derive(_template, path)


def _template(tree: RepositoryTree, path: str) -> Template | None:
    masked, text = tree.masked(path), tree.text(path)
    if masked is None or text is None:
        return None
    actions, _ = actions_of(text)
    return Template(path, text, masked, tuple(actions), tuple(masked.text.split("\n")))
