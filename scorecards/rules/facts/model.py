"""(pure) What a fact is: a typed field of a row of a collection, known, absent or unknown."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, NamedTuple, Protocol, TypeAlias

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.secrets import redacted

MAX_ROWS = 20_000  # of one collection of one repository
MAX_TEXT = 500
MAX_LONG = 10_000
MAX_ITEMS = 100


class Absent(Enum):
    """A number or a truth that is certainly not set, unlike ``None``: nobody can tell."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT
Value: TypeAlias = str | float | bool | tuple[str, ...] | Absent | None


class Kind(StrEnum):
    """The types of fields. An empty text and an empty list mean that nothing is set."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    LIST = "list of texts"


class Field(NamedTuple):
    """``free``: a text that people write, in which secrets may stand; they are masked before anyone compares it.
    ``long``: a text of which up to ``MAX_LONG`` characters are kept."""

    name: str
    kind: Kind
    doc: str
    free: bool = False
    long: bool = False


class Row(NamedTuple):
    """One item. ``unit`` is its identity in findings; ``values`` stand in the order of the collection's fields."""

    unit: str
    place: Place
    values: tuple[Value, ...]


class Rows(NamedTuple):
    """``complete`` is false where there are more than are told."""

    rows: tuple[Row, ...]
    complete: bool = True


Told: TypeAlias = tuple[str, Place, Mapping[str, Any]]  # unit, place, values by field; one that is not told is unknown
Reader: TypeAlias = Callable[[RepositoryTree, str], Iterable[Told]]


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """``read`` takes the tree and the repository's name, owner/name in lower case. ``item``: what one row is called."""

    name: str
    item: str
    doc: str
    fields: tuple[Field, ...]
    read: Reader
    single: bool = False
    position: Mapping[str, int] = field(init=False)
    _is_free: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", {one.name: at for at, one in enumerate(self.fields)})
        object.__setattr__(self, "_is_free", any(one.free for one in self.fields))

    def rows(self, tree: RepositoryTree, repository: str) -> Rows:
        found: list[Row] = []
        for unit, place, values in self.read(tree, repository):
            if len(found) >= MAX_ROWS:
                return Rows(tuple(found), complete=False)
            name = redacted(unit) if self._is_free else unit[:MAX_TEXT]
            found.append(Row(name, place, tuple(_value(one, values.get(one.name)) for one in self.fields)))
        return Rows(tuple(found))


class Facts(Protocol):
    """Where rows come from: a tree, or what a scan kept."""

    def rows(self, collection: str) -> Rows | None:
        """The rows of a collection; ``None`` where nobody knows them."""


def _value(field: Field, found: Any) -> Value:
    """A value as its field takes it; what is of another type is unknown."""
    if found is None or found is ABSENT:
        return ABSENT if found is ABSENT and field.kind in (Kind.NUMBER, Kind.TRUTH) else None
    match field.kind:
        case Kind.TEXT:
            return _text(field, found) if isinstance(found, str) else None
        case Kind.NUMBER:
            is_number = isinstance(found, int | float) and not isinstance(found, bool)
            return found if is_number and abs(found) < 1e18 and math.isfinite(found) else None
        case Kind.TRUTH:
            return found if isinstance(found, bool) else None
    return tuple(_text(field, item) for item in list(found)[:MAX_ITEMS] if isinstance(item, str))


def _text(field: Field, text: str) -> str:
    if field.free:
        return "\n".join(redacted(_printable(line)) for line in text[:MAX_TEXT].split("\n"))
    return _printable(text[: MAX_LONG if field.long else MAX_TEXT])


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)
