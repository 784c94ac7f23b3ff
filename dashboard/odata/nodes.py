"""(pure) What a ``$filter`` says: conditions over values, which are properties, constants and functions of these."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from dashboard.datasets.columns import Type

UNFILTERED = (Type.LIST, Type.JSON)


class BadOption(ValueError):
    """A query option can't be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Property:
    """A column."""

    name: str
    type: Type
    nullable: bool


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. ``type`` is ``None`` of null alone."""

    type: Type | None
    value: Any

    @property
    def nullable(self) -> bool:
        return self.type is None


@dataclass(frozen=True, slots=True)
class Call:
    """``function``: of ``functions.FUNCTIONS``; null where an argument is null."""

    function: str
    of: "tuple[Value, ...]"
    type: Type

    @property
    def nullable(self) -> bool:
        return any(one.nullable for one in self.of)


Value: TypeAlias = Property | Literal | Call


@dataclass(frozen=True, slots=True)
class Compare:
    """``op``: eq, ne, gt, ge, lt or le. A constant null stands on the right."""

    left: Value
    op: str
    right: Value


@dataclass(frozen=True, slots=True)
class In:
    left: Value
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """``function``: of ``functions.MATCHES``."""

    left: Value
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A value of truth, by itself."""

    of: Value


@dataclass(frozen=True, slots=True)
class Not:
    of: "Node"


@dataclass(frozen=True, slots=True)
class All:
    of: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    of: "tuple[Node, ...]"


Node: TypeAlias = Compare | In | Matches | Flag | Not | All | Some


def columns_of(node: Node | Value) -> set[str]:
    """The names of the columns that stand in it."""
    match node:
        case Property(name):
            return {name}
        case Literal():
            return set()
        case Compare(left, _, right):
            return columns_of(left) | columns_of(right)
        case In(left, _) | Matches(left, _, _):
            return columns_of(left)
        case All(parts) | Some(parts) | Call(_, parts):
            return set().union(*(columns_of(one) for one in parts))
        case Flag(inner) | Not(inner):
            return columns_of(inner)
