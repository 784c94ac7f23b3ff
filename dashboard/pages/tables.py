"""Tables of scopes: rows of figures, sorted by what the URL says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.filters import Filters
from dashboard.pages.figures import HEADLINES, SHORT_LABELS, Shown

SORTABLE = ("name", *HEADLINES, "standards", "adoption", "phase")


@dataclass(frozen=True, slots=True)
class Row:
    """A team or service. ``remark`` stands softly behind its name."""

    name: str
    href: str
    figures: Sequence[Shown]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    label: str
    href: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    heads: Sequence[Head]
    rows: Sequence[Row]


def table(rows: Iterable[Row], *, first: str, path: str, filters: Filters, sort: str) -> Table:
    """Rows in the order of ``sort``: a column's name, with ``-`` for the largest first; anything else is by name."""
    column, falling = sort.removeprefix("-"), sort.startswith("-")
    if column not in SORTABLE:
        column, falling = "name", False
    labels = SHORT_LABELS | {"name": first}
    heads = [_head(name, labels[name], path=path, filters=filters, column=column, falling=falling) for name in SORTABLE]
    return Table(heads, in_order(rows, column, falling=falling))


def in_order(rows: Iterable[Row], column: str, *, falling: bool) -> list[Row]:
    """By name, or by a figure; rows without that figure come last either way."""
    by_name = sorted(rows, key=lambda row: row.name.casefold())
    if column == "name":
        return by_name[::-1] if falling else by_name
    with_value = [(value, row) for row in by_name if (value := _value(row, column)) is not None]
    without = [row for row in by_name if _value(row, column) is None]
    ordered = sorted(with_value, key=lambda pair: pair[0], reverse=falling)
    return [row for _, row in ordered] + without


def _value(row: Row, column: str) -> float | None:
    return next((figure.value for figure in row.figures if figure.metric == column), None)


def _head(name: str, label: str, *, path: str, filters: Filters, column: str, falling: bool) -> Head:
    here = name == column
    wanted = f"-{name}" if here and not falling else name
    direction = ("descending" if falling else "ascending") if here else ""
    return Head(label, f"{path}{filters.query(sort='' if wanted == 'name' else wanted)}", direction)
