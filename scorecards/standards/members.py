"""(pure) The members of one mapping of a pack, read to the end so that its author sees every mistake at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from yaml.nodes import MappingNode, Node

from ingest.catalogue.documents import BadEntry, Entry, Problem

SHORT = 200
LONG = 2_000
MAX_LISTED = 1_000
MAX_PROBLEMS = 200
_IDENTITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

E = TypeVar("E", bound=StrEnum)


@dataclass(slots=True)
class Problems:
    """What is wrong so far: the first ``MAX_PROBLEMS`` of it."""

    told: list[Problem] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        if len(self.told) < MAX_PROBLEMS:
            self.told.append(Problem(line, message[:LONG]))


class Members:
    """A mapping of the pack. What can't be read is told to ``problems``; an empty value stands in for it until the pack
    is refused.

    Raises:
        BadEntry: in the making, when the node is no mapping or its names make no sense.
    """

    def __init__(self, node: Node, known: Sequence[str], problems: Problems) -> None:
        self._entry = Entry(node)
        self._problems = problems
        self.line = self._entry.line
        self.nodes = {str(key.value): value for key, value in node.value} if isinstance(node, MappingNode) else {}
        for name in self.nodes:
            if name not in known:
                self.refuse(name, f"is not known here. Known are: {', '.join(known)}.")

    def __contains__(self, name: str) -> bool:
        return name in self._entry

    def line_of(self, name: str) -> int:
        """The line on which the member stands; of an absent one, the mapping's."""
        return self._entry.line_of(name)

    def refuse(self, name: str, message: str) -> None:
        self._problems.add(self.line_of(name), f"“{name[:60]}” {message}")

    def text(self, name: str, limit: int = SHORT) -> str | None:
        """A text on one line; ``None`` when it is absent or can't be taken."""
        try:
            return self._entry.text(name, limit)
        except BadEntry as error:
            self._problems.add(*error.problem)
            return None

    def required(self, name: str, limit: int = SHORT) -> str:
        found = self.text(name, limit)
        if found is None and not self._is_told(name):
            self.refuse(name, "is required.")
        return found or ""

    def identity(self, name: str) -> str:
        """A required name that can stand in an address."""
        found = self.required(name)
        if found and not _IDENTITY.fullmatch(found):
            self.refuse(name, "must be letters, digits, dots, dashes and underscores, at most 64.")
        return found

    def one_of(self, name: str, choices: type[E]) -> E:
        """A required word of a closed set."""
        members = list(choices)
        found = self.required(name)
        if found and found not in members:
            self.refuse(name, f"is not one of {', '.join(members)}: {found}.")
        return choices(found) if found in members else members[0]

    def items(self, name: str) -> list[Node]:
        """The members of a required list of at least one."""
        try:
            found = self._entry.items(name, MAX_LISTED)
        except BadEntry as error:
            self._problems.add(*error.problem)
            return []
        if not found:
            self.refuse(name, "must be a list of at least one.")
        return found

    def lists(self, name: str) -> dict[str, tuple[str, ...]]:
        """A mapping of names to lists of texts; empty where it is absent."""
        try:
            child = self._entry.child(name)
            return {key: tuple(child.texts(key) or ()) for key in sorted(child.names())} if child else {}
        except BadEntry as error:
            self._problems.add(*error.problem)
            return {}

    def _is_told(self, name: str) -> bool:
        """Whether the member holds something, so that its own mistake was told already."""
        try:
            return self._entry.text(name, LONG) is not None
        except BadEntry:
            return True
