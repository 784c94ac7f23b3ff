"""(pure) The query options of a request for rows: what is asked for, and the place where the next page begins."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from dashboard.datasets.columns import Column, Type
from dashboard.odata.filters import parse
from dashboard.odata.nodes import UNFILTERED, BadOption, Node
from dashboard.odata.tokens import LARGEST

OF_ROWS = ("$filter", "$select", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$format")
OF_ONE = ("$select", "$format")
INSTEAD = {
    "$apply": "Sum up in the tool, or ask /api/v1/metrics/ for figures.",
    "$expand": "There are no relations: join sets by the columns that they share.",
    "$search": "Use contains(property,'text') in $filter.",
}
MOST_ORDERED = 8


@dataclass(frozen=True, slots=True)
class Options:
    """``order``: columns, each with whether it falls; the last one tells rows apart. ``after``: their values in the
    row before the first that is asked for."""

    select: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]
    condition: Node | None = None
    top: int | None = None
    skip: int = 0
    count: bool = False
    after: tuple[Any, ...] | None = None


def read(query: Mapping[str, str], columns: Mapping[str, Column], key: str, known: Sequence[str] = OF_ROWS) -> Options:
    """What is asked for; options without a dollar sign are not OData's. Raises ``BadOption``."""
    for name in query:
        if name.startswith("$") and name not in known:
            raise BadOption(f"{name[:40]} is not supported here. {INSTEAD.get(name, '')}".rstrip())
    form = query.get("$format", "json").partition(";")[0].strip().lower()
    if form not in ("json", "application/json"):
        raise BadOption("There is $format=json alone.")
    order = _order(query.get("$orderby", ""), columns, key)
    token = query.get("$skiptoken")
    return Options(
        select=_select(query.get("$select", ""), columns),
        order=order,
        condition=parse(query["$filter"], columns) if query.get("$filter", "").strip() else None,
        top=_count("$top", query["$top"]) if "$top" in query else None,
        skip=_count("$skip", query["$skip"]) if "$skip" in query and token is None else 0,
        count=_flag("$count", query.get("$count", "false")),
        after=None if token is None else _values(token, [columns[name] for name, _ in order]),
    )


def token(values: tuple[Any, ...]) -> str:
    """The place behind a row, by its values of the columns of the order."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def _select(text: str, columns: Mapping[str, Column]) -> tuple[str, ...]:
    wanted = dict.fromkeys(name.strip() for name in text.split(",")) if text.strip() else {}
    if not wanted or "*" in wanted:
        return tuple(columns)
    for name in wanted:
        if name not in columns:
            raise BadOption(f"There is no property {name[:40]!r}.")
    return tuple(wanted)


def _order(text: str, columns: Mapping[str, Column], key: str) -> tuple[tuple[str, bool], ...]:
    found: dict[str, bool] = {}
    for part in text.split(",") if text.strip() else ():
        name, *way = part.split() or [""]
        if name not in columns or columns[name].type in UNFILTERED:
            raise BadOption(f"There is no property {name[:40]!r} to order by.")
        if way not in ([], ["asc"], ["desc"]):
            raise BadOption(f"$orderby={part.strip()[:40]!r} makes no sense. Use asc or desc.")
        found.setdefault(name, way == ["desc"])
    if len(found) > MOST_ORDERED:
        raise BadOption(f"$orderby takes up to {MOST_ORDERED} properties.")
    if key in found:  # what comes behind it orders nothing
        names = list(found)
        found = {name: found[name] for name in names[: names.index(key) + 1]}
    return (*found.items(), *(() if key in found else ((key, False),)))


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise BadOption(f"{name}={text[:40]!r} is no number of rows.")
    return int(text)


def _flag(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise BadOption(f"{name}={text[:40]!r} is neither true nor false.")
    return text == "true"


def _values(text: str, columns: list[Column]) -> tuple[Any, ...]:
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != len(columns):
            raise ValueError("other columns")
        return tuple(_value(column, value) for column, value in zip(columns, values, strict=True))
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise BadOption("This $skiptoken can't be read. Follow @odata.nextLink as it is.") from error


def _value(column: Column, value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case Type.TIME:
            return datetime.fromisoformat(value).astimezone(UTC)
        case Type.DAY:
            return date.fromisoformat(value)
        case Type.TEXT if isinstance(value, str) and "\0" not in value:
            return value
        case Type.BOOLEAN if isinstance(value, bool):
            return value
        case Type.INTEGER if isinstance(value, int) and abs(value) <= LARGEST:
            return value
        case Type.NUMBER if isinstance(value, int | float):
            return float(value)
    raise ValueError("of another type")
