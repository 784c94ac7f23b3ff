"""(pure) Version constraints of Terraform: which bounds they set."""

import re
from typing import NamedTuple

_CLAUSE = re.compile(r"(>=|<=|!=|~>|=|>|<)?\s*v?(\d{1,9}(?:\.\d{1,9}){0,5})(?:[-+][\w.+-]{1,60})?", re.A)
_LOWER = frozenset({">=", ">", "=", "~>"})
_UPPER = frozenset({"<=", "<", "=", "~>"})


class Clause(NamedTuple):
    operator: str
    version: tuple[int, ...]


class Constraint(NamedTuple):
    """Clauses that must all hold. ``valid`` is false where a clause is none; such a text bounds nothing."""

    text: str
    clauses: tuple[Clause, ...]
    valid: bool

    @property
    def lower(self) -> bool:
        return any(clause.operator in _LOWER for clause in self.clauses)

    @property
    def upper(self) -> bool:
        return any(clause.operator in _UPPER for clause in self.clauses)

    @property
    def floor(self) -> tuple[int, ...] | None:
        """The lowest version that may be taken; ``None`` without a lower bound."""
        return max((clause.version for clause in self.clauses if clause.operator in _LOWER), default=None)


def constraint(*texts: str) -> Constraint:
    """The constraint that comma-separated clauses make; several texts hold together."""
    parts = [part.strip() for text in texts for part in text[:2000].split(",")]
    found = [_CLAUSE.fullmatch(part) for part in parts]
    if not texts or not all(found):
        return Constraint(", ".join(texts), (), False)
    clauses = tuple(
        Clause(match.group(1) or "=", tuple(int(number) for number in match.group(2).split(".")))
        for match in found
        if match
    )
    return Constraint(", ".join(texts), clauses, True)
