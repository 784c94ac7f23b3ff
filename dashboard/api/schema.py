"""What endpoints tell of themselves in the OpenAPI document: parameters and answers, in the words they share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from dashboard.api import shapes
from dashboard.api.shapes import Schema
from dashboard.filters import ENVIRONMENTS

View = TypeVar("View", bound=Callable[..., Any])
EXAMPLE_TEAM, EXAMPLE_SERVICE = "payments", "pay-api"


class Column(Protocol):
    """A column of a dataset, as ``dashboard.datasets.columns`` tells it."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> Any: ...
    @property
    def text(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def values(self) -> Sequence[str]: ...
    @property
    def nullable(self) -> bool: ...


TYPES: Mapping[str, Schema] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "time": shapes.MOMENT,
    "day": shapes.DAY,
    "list": {"type": "array", "items": {"type": "string"}},
    "json": {},
}


def columns_schema(columns: Iterable[Column]) -> Schema:
    """A row of a dataset: every column is always there; null only where the column says so."""
    return shapes.fields({column.name: _column(column) for column in columns})


def _column(column: Column) -> Schema:
    schema = shapes.told(TYPES[str(column.type).lower()], _says(column))
    if column.values:
        schema = schema | {"enum": list(column.values)}
    return shapes.maybe(schema) if column.nullable else schema


def _says(column: Column) -> str:
    return f"{column.text} Unit: {column.unit}." if column.unit else column.text


def page_of(row: Schema, **more: Schema) -> Schema:
    """A page of a list by cursor. ``more``: what stands beside the rows, such as ``as_of``."""
    address = shapes.maybe(shapes.text("Its address; null where there is none.", format="uri"))
    return shapes.fields({"next": address, "previous": address, **more, "results": shapes.list_of(row)})


# ---------------------------------------------------------------- parameters


def parameter(
    name: str, says: str, schema: Schema | None = None, *, example: str = "", required: bool = False
) -> OpenApiParameter:
    """A parameter of the query string."""
    examples = [OpenApiExample(name, value=example)] if example else []
    kind: Any = schema or shapes.text()
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, required=required, description=says, examples=examples)


def path(name: str, says: str, example: str) -> OpenApiParameter:
    """A parameter in the path."""
    examples = [OpenApiExample(name, value=example)]
    kind: Any = shapes.text(minLength=1)
    return OpenApiParameter(name, kind, OpenApiParameter.PATH, required=True, description=says, examples=examples)


def one_of(name: str, says: str, values: Iterable[str]) -> OpenApiParameter:
    return parameter(name, says, shapes.text(one_of=list(values)))


SCOPE = parameter(
    "scope", "`org`, `team:<slug>` or `service:<slug>`; by default `org`.", example=f"team:{EXAMPLE_TEAM}"
)
FROM = parameter("from", "The first day; by default 90 days before `to`.", shapes.day(), example="2026-03-02")
TO = parameter("to", "The day after the last; by default tomorrow.", shapes.day(), example="2026-03-09")
ENVIRONMENT = one_of("environment", "Class of environments; by default `production`.", ENVIRONMENTS)
STANDARD = parameter("standard", "Code of a standard in force; by default `DOP`.", example="DOP")
TEAM = parameter("team", "Only services that this team owns today, by its slug.", example=EXAMPLE_TEAM)
SERVICE = parameter("service", "Only this service, by its slug.", example=EXAMPLE_SERVICE)
UPDATED_SINCE = parameter(
    "updated_since",
    "Only rows that changed at or after this instant, told with its zone.",
    shapes.moment(),
    example="2026-03-02T12:00:00Z",
)
OF_LISTS = (TEAM, SERVICE, UPDATED_SINCE)


# ---------------------------------------------------------------- operations


def reads(
    name: str,
    summary: str,
    answer: Schema | type[Any],
    *parameters: OpenApiParameter,
    example: Any = None,
    tag: str = "",
    media_type: str = "application/json",
) -> Callable[[View], View]:
    """Describes a view's GET. ``name``: the operation's id."""
    examples = [OpenApiExample(name, value=example, response_only=True)] if example is not None else []
    return extend_schema(
        operation_id=name,
        summary=summary,
        tags=[tag or "Judgements"],
        parameters=list(parameters),
        responses={(200, media_type): OpenApiResponse(answer, description=summary, examples=examples)},
    )
