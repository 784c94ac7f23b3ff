"""``GET /api/v1/<dataset>/`` and ``.../<key>/``: the rows of every dataset, by one view."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
from django.http import QueryDict
from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema_view
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard.api import schema, shapes
from dashboard.api.errors import BadQuery, UnknownScope
from dashboard.datasets import filters, incremental, paging
from dashboard.datasets.columns import Column, Type
from dashboard.datasets.dataset import Dataset, Rows
from dashboard.datasets.every import DATASETS
from dashboard.datasets.filters import BadFilter, Unknown
from ingest.models import CatalogueName

PAGE_SIZE, MAX_PAGE_SIZE = 100, 1_000
OWN = ("cursor", "page_size", "updated_since", "fields")


class Json(BaseRenderer):
    """Times as the REST framework writes them, at a tenth of the cost."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, option=orjson.OPT_UTC_Z)


class DatasetView(APIView):
    """What both views of a dataset share. Parameters that it does not know are refused: a filter that is passed over
    unseen would tell more than was asked for."""

    dataset: ClassVar[Dataset]
    renderer_classes = [Json]

    def fields(self, query: Mapping[str, str]) -> tuple[str, ...]:
        """The columns that are asked for: all, or those of ``fields``, in their order. Raises ``BadQuery``."""
        if "fields" not in query:
            return self.dataset.names
        wanted = tuple(dict.fromkeys(query["fields"].split(",")))
        for name in wanted:
            if name not in self.dataset.column_by_name:
                raise BadQuery(f"There is no field {name[:40]!r}. There are {', '.join(self.dataset.names)}.")
        return wanted

    def query(self, request: Request, known: tuple[str, ...]) -> dict[str, str]:
        """The query string, each parameter once. Raises ``BadQuery`` for what is not known."""
        asked: QueryDict = request.query_params
        for name, values in asked.lists():
            if name not in known:
                raise BadQuery(f"There is no parameter {name[:40]!r}. There are {', '.join(known)}.")
            if len(values) > 1:
                raise BadQuery(f"{name} is given {len(values)} times. Give it once.")
        return {name: str(value) for name, value in asked.items()}


class DatasetList(DatasetView):
    """A page of rows in the order of their changes, and, with ``updated_since``, of keys that were removed
    (``deleted``). ``as_of``: what to ask for as ``updated_since`` the next time."""

    def get(self, request: Request) -> Response:
        query = self.query(request, (*OWN, *filters.names(self.dataset)))
        as_of = incremental.as_of()
        etag = self.etag(request, query, as_of)
        if etag and etag in request.headers.get("If-None-Match", "").split(", "):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
        names = self.fields(query)
        try:
            since = filters.instant("updated_since", query["updated_since"]) if query.get("updated_since") else None
            asked = paging.Request(
                self.dataset, request.user, self.rows(request, query), names, page_size(query), since
            )
            place = paging.Place.parse(query["cursor"]) if query.get("cursor") else None
            page = paging.page(asked, place, as_of)
        except BadFilter as error:
            raise BadQuery(str(error)) from error
        except Unknown as error:
            raise UnknownScope(str(error)) from error
        except paging.BadCursor as error:
            raise BadQuery("This cursor can't be read. Follow next and previous as they are.") from error
        body = {
            "next": address(request, page.after),
            "previous": address(request, page.before),
            "as_of": page.as_of,
            "results": page.rows,
        }
        return Response(body, headers={"ETag": etag} if etag else None)

    def rows(self, request: Request, query: Mapping[str, str]) -> Rows:
        """The rows that the filters leave."""
        rows = filters.narrowed(self.dataset, request.user, query)
        hidden = self.dataset.hidden
        if hidden is not None and "updated_since" not in query and not {*query} & {*self.dataset.filters}:
            rows = rows.exclude(hidden)
        return rows

    def etag(self, request: Request, query: Mapping[str, str], as_of: datetime) -> str:
        """Weak, from when the dataset changed last, what is asked for, and whose token it is; empty while somebody
        writes who might still bring something older."""
        newest = incremental.newest(self.dataset)
        if newest is not None and newest >= as_of:
            return ""
        told = [self.dataset.name, str(newest), sorted(query.items()), getattr(request.user, "team_id", None)]
        return f'W/"{blake2b(orjson.dumps(told), digest_size=12).hexdigest()}"'


class DatasetRow(DatasetView):
    """One row, by its key. A slug that was given up leads to whoever bore it."""

    def get(self, request: Request, key: str) -> Response:
        names = self.fields(self.query(request, ("fields",)))
        rows = self.dataset.queryset(request.user)
        cells = self.dataset.values(self.named(rows, key), names).first()
        if cells is None:
            raise UnknownScope(f"This token sees no row {key[:120]!r} of {self.dataset.name}.")
        return Response(dict(zip(names, cells, strict=True)))

    def named(self, rows: Rows, key: str) -> Rows:
        column = self.dataset.column_by_name[self.dataset.key]
        try:
            value = filters.value_of(column, column.name, key)
        except BadFilter:
            return rows.none()
        found = self.dataset.where(rows, column.name, value).order_by("pk")
        if column.name != "slug" or found.exists():
            return found
        kinds = {"teams": CatalogueName.Kind.TEAM, "services": CatalogueName.Kind.SERVICE}
        before = CatalogueName.objects.filter(kind=kinds[self.dataset.name], name=key).values("object_id")
        return rows.filter(pk__in=before).order_by("pk")


def page_size(query: Mapping[str, str]) -> int:
    """Raises ``BadQuery``."""
    text = query.get("page_size")
    if text is not None and not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= MAX_PAGE_SIZE):
        raise BadQuery(f"page_size={text[:20]!r} makes no sense. Use 1 to {MAX_PAGE_SIZE}.")
    return int(text) if text else PAGE_SIZE


def address(request: Request, place: paging.Place | None) -> str | None:
    """The same query from another place on."""
    if place is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = place.text()
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


# ---------------------------------------------------------------- a pair of views for each dataset


def list_of(dataset: Dataset, base: type[DatasetList] = DatasetList) -> type[DatasetList]:
    """The list's view, with what the OpenAPI document says of it."""
    view = type(f"{_camel(dataset.name)}List", (base,), {"dataset": dataset, "__doc__": DatasetList.__doc__})
    row = schema.columns_schema(dataset.columns)
    told = schema.reads(
        dataset.name.replace("-", "_"),
        dataset.title,
        schema.page_of(row, as_of=shapes.moment("What to ask for as `updated_since` the next time.")),
        *_parameters(dataset),
        tag="Datasets",
    )
    return extend_schema_view(get=told)(view)


def row_of(dataset: Dataset) -> type[DatasetRow]:
    """The single row's view."""
    view = type(f"{_camel(dataset.name)}Row", (DatasetRow,), {"dataset": dataset, "__doc__": DatasetRow.__doc__})
    told = schema.reads(
        f"{dataset.name.replace('-', '_')}_row",
        f"{dataset.title}: one row",
        schema.columns_schema(dataset.columns),
        schema.path("key", f"Its {dataset.key}.", "12" if dataset.key == "id" else schema.EXAMPLE_SERVICE),
        FIELDS,
        tag="Datasets",
    )
    return extend_schema_view(get=told)(view)


FIELDS = schema.parameter("fields", "Only these fields, by commas.")
PAGING = (
    schema.parameter("cursor", "From `next` or `previous`."),
    schema.parameter("page_size", "Rows a page.", shapes.integer(minimum=1, maximum=MAX_PAGE_SIZE)),
    schema.UPDATED_SINCE,
    FIELDS,
)


def _parameters(dataset: Dataset) -> list[Any]:
    found: list[Any] = list(PAGING)
    for name in filters.names(dataset):
        if name == "service" and name not in dataset.filters:
            found.append(schema.SERVICE)
        elif name == "team" and name not in dataset.filters:
            found.append(schema.TEAM)
        else:
            found.append(_parameter(dataset, name))
    return found


def _parameter(dataset: Dataset, name: str) -> Any:
    column = dataset.column_by_name.get(name)
    if column is not None:
        return schema.parameter(name, f"Only rows of which it is this: {column.text}", _kind(column))
    base, _, end = name.rpartition("_")
    of = dataset.column_by_name[base]
    says = "at or after this" if end == "after" else "before this"
    return schema.parameter(name, f"Only rows of which `{base}` lies {says}.", _kind(of))


def _kind(column: Column) -> shapes.Schema:
    kinds: dict[Type, shapes.Schema] = {
        Type.INTEGER: shapes.integer(minimum=0),
        Type.BOOLEAN: shapes.boolean(),
        Type.TIME: shapes.moment(),
        Type.DAY: shapes.day(),
    }
    return kinds.get(column.type) or shapes.text(one_of=column.values)


def urls(skip: Collection[str] = (), bases: Mapping[str, type[DatasetList]] | None = None) -> Iterator[URLPattern]:
    """The routes of every dataset but of those to ``skip``; ``bases``: views that know more of their dataset."""
    for name, dataset in DATASETS.items():
        if name not in skip:
            base = (bases or {}).get(name, DatasetList)
            yield path(f"{name}/", list_of(dataset, base).as_view(), name=name)
            yield path(f"{name}/<str:key>/", row_of(dataset).as_view(), name=f"{name}-row")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
