"""``/odata/v4/``: the service document, ``$metadata``, and rows of each dataset in pages that follow each other."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from django.http import HttpResponse
from rest_framework.request import Request

from dashboard.datasets.columns import Type
from dashboard.datasets.dataset import Dataset, Rows
from dashboard.datasets.every import DATASETS
from dashboard.exports.writers import json_text, moment
from dashboard.odata import conditions, options
from dashboard.odata.feed import Feed, NotSupported, NotThere, answer
from dashboard.odata.filters import parse_key
from dashboard.odata.metadata import csdl, set_name
from dashboard.odata.nodes import BadOption
from dashboard.odata.options import OF_ONE, OF_ROWS, Options

PAGE, LARGEST_PAGE = 1_000, 5_000
SETS: Mapping[str, Dataset] = {set_name(name): dataset for name, dataset in DATASETS.items()}
TEXT = "text/plain;charset=utf-8"
_PREFERRED = re.compile(r"(?:^|[,;\s])(?:odata\.)?maxpagesize\s*=\s*(\d{1,9})", re.I)


class Service(Feed):
    """Which entity sets there are."""

    def get(self, request: Request) -> HttpResponse:
        sets = [
            {"name": name, "title": dataset.title, "kind": "EntitySet", "url": name} for name, dataset in SETS.items()
        ]
        return answer(request, "", {"value": sets})


class Metadata(Feed):
    """Their types."""

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(csdl(DATASETS.values()), content_type="application/xml;charset=utf-8")


class Entities(Feed):
    """Rows of a set; ``@odata.nextLink`` leads to those behind them, whatever is written in between."""

    def get(self, request: Request, name: str) -> HttpResponse:
        dataset, asked = _asked(request, name)
        rows = _rows(request, dataset, asked)
        body: dict[str, Any] = {"@odata.count": rows.count()} if asked.count else {}
        size = page_size(request)
        wanted = size if asked.top is None else min(size, asked.top)
        ordered = conditions.ordered(dataset, rows, asked.order)
        if asked.after is not None:
            ordered = conditions.after(dataset, ordered, asked.order, asked.after)
        names = (*asked.select, *(column for column, _ in asked.order))
        found = list(dataset.values(ordered, names)[asked.skip : asked.skip + wanted + 1]) if wanted else []
        body["value"] = _objects(dataset, asked.select, found[:wanted])
        left = None if asked.top is None else asked.top - wanted
        if len(found) > wanted and left != 0:
            body["@odata.nextLink"] = _next(request, options.token(found[wanted - 1][len(asked.select) :]), left)
        told = answer(request, f"#{set_name(dataset.name)}{_of(asked, dataset)}", body)
        if size != PAGE:
            told["Preference-Applied"] = f"odata.maxpagesize={size}"
        return told


class Count(Feed):
    """How many rows there are, as a number by itself."""

    def get(self, request: Request, name: str) -> HttpResponse:
        dataset, asked = _asked(request, name)
        return HttpResponse(str(_rows(request, dataset, asked).count()), content_type=TEXT)


class Entity(Feed):
    """One row, by its key."""

    def get(self, request: Request, name: str, key: str) -> HttpResponse:
        dataset, asked = _asked(request, name, OF_ONE)
        [row] = _objects(dataset, asked.select, [_row(request, dataset, key, asked.select)])
        return answer(request, f"#{set_name(dataset.name)}{_of(asked, dataset)}/$entity", row)


class Cell(Feed):
    """One value of a row, in JSON, or ``raw``; null has no content."""

    def get(self, request: Request, name: str, key: str, column: str, raw: str = "") -> HttpResponse:
        dataset, _ = _asked(request, name, ("$format",))
        if column not in dataset.column_by_name:
            raise NotThere(f"There is no property {column[:40]!r}.")
        [cell] = _objects(dataset, (column,), [_row(request, dataset, key, (column,))])
        value = cell[column]
        if value is None:
            return HttpResponse(status=204)
        if raw:
            return HttpResponse(_raw(dataset.column_by_name[column].type, value), content_type=TEXT)
        return answer(request, f"#{set_name(dataset.name)}({key})/{column}", {"value": value})


class Batch(Feed):
    """Several requests in one are refused."""

    def get(self, request: Request) -> NoReturn:
        raise NotSupported("$batch is not supported. Send each request by itself.")

    post = get


class Nothing(Feed):
    """Any other address."""

    def get(self, request: Request, rest: str) -> NoReturn:
        raise NotThere(f"There is nothing at {rest[:80]!r}.")


def page_size(request: Request) -> int:
    """What the client prefers, within reason."""
    found = _PREFERRED.search(request.headers.get("Prefer", ""))
    return min(max(int(found[1]), 1), LARGEST_PAGE) if found else PAGE


def _asked(request: Request, name: str, known: Sequence[str] = OF_ROWS) -> tuple[Dataset, Options]:
    dataset = SETS.get(set_name(name))
    if dataset is None:
        raise NotThere(f"There is no entity set {name[:40]!r}. There are {', '.join(SETS)}.")
    for option, values in request.query_params.lists():
        if option.startswith("$") and len(values) > 1:
            raise BadOption(f"{option[:40]} is given {len(values)} times. Give it once.")
    return dataset, options.read(request.query_params.dict(), dataset.column_by_name, dataset.key, known)


def _rows(request: Request, dataset: Dataset, asked: Options) -> Rows:
    """The rows that the token sees; as in the lists, some are told only where a filter asks for more."""
    rows = dataset.queryset(request.user)
    if asked.condition is not None:
        return conditions.narrowed(dataset, rows, asked.condition)
    return rows if dataset.hidden is None else rows.exclude(dataset.hidden)


def _row(request: Request, dataset: Dataset, key: str, names: Sequence[str]) -> Sequence[Any]:
    """The cells of one row, of those that the token sees."""
    condition = parse_key(key, dataset.column_by_name[dataset.key])
    rows = conditions.narrowed(dataset, dataset.queryset(request.user), condition)
    found: Sequence[Any] | None = dataset.values(rows.order_by("pk"), names).first()
    if found is None:
        raise NotThere(f"There is no row ({key[:80]}), or none that this token sees.")
    return found


def _objects(dataset: Dataset, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    kinds = [dataset.column_by_name[name].type for name in names]
    return [{name: _plain(kind, cell) for name, kind, cell in zip(names, kinds, row, strict=False)} for row in rows]


def _plain(kind: Type, value: Any) -> Any:
    return json_text(value) if kind in (Type.LIST, Type.JSON) and value is not None else value


def _raw(kind: Type, value: Any) -> str:
    if kind is Type.BOOLEAN:
        return "true" if value else "false"
    return moment(value) if kind is Type.TIME else str(value)


def _of(asked: Options, dataset: Dataset) -> str:
    return "" if asked.select == dataset.names else f"({','.join(asked.select)})"


def _next(request: Request, place: str, left: int | None) -> str:
    """The address of the next page: a count is told once, and rows are skipped once."""
    query = {
        name: value
        for name, value in request.query_params.dict().items()
        if name not in ("$skip", "$skiptoken", "$count", "$top")
    }
    if left is not None:
        query["$top"] = str(left)
    asked = urlencode(query | {"$skiptoken": place}, safe="$", quote_via=quote)
    return f"{request.build_absolute_uri(request.path)}?{asked}"
