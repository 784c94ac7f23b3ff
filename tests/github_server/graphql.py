"""POST /graphql: checks a query against the schema, counts what it costs, runs it, and tells errors as GitHub does.

docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    build_schema,
    execute_sync,
    get_named_type,
    parse,
    validate,
)

from tests.github_server import shapes
from tests.github_server.asking import Answer, Ask
from tests.github_server.graphql_pages import Failed
from tests.github_server.graphql_types import FIELDS, Context, Resolver, kind_of
from tests.github_server.limits import Window

MAX_NODES = 500_000
MAX_PAGE = 100
OVER = "API rate limit exceeded for user ID 500."


@dataclass(slots=True)
class Parsed:
    """A body. ``operation``: the name of what is run, empty where it has none; ``refused``: it is no query."""

    query: str
    variables: dict[str, Any]
    operation: str
    refused: Answer | None = None


def parse_body(ask: Ask) -> Parsed:
    try:
        told = json.loads(ask.body)
    except ValueError:
        return Parsed("", {}, "", Answer(400, {"message": "Problems parsing JSON"}))
    query = told.get("query") if isinstance(told, dict) else None
    if not isinstance(query, str):
        message = "A query attribute must be specified and must be a string."
        return Parsed("", {}, "", Answer(400, {"message": message}))
    variables = told.get("variables")
    name = re.search(r"\bquery\s+(\w+)", query)
    operation = str(told.get("operationName") or (name[1] if name else ""))
    return Parsed(query, variables if isinstance(variables, dict) else {}, operation)


def answer_graphql(ask: Ask, parsed: Parsed, window: Window) -> Answer:
    """What was asked, as far as it can be given; errors beside it."""
    if parsed.refused is not None:
        return parsed.refused
    document = _checked(parsed.query)
    if isinstance(document, list):
        return Answer(200, {"errors": document})
    operation = _operation(document, parsed.operation)
    if operation is None:
        return Answer(200, {"errors": [{"message": f'No operation named "{parsed.operation}"'}]})
    measured = _Measure(document, parsed.variables)
    measured.walk(operation.selection_set, _schema().query_type, 1, ["query"])
    if measured.nodes > MAX_NODES:
        measured.refuse("MAX_NODE_LIMIT_EXCEEDED", ["query"], _too_many(measured.nodes))
    if measured.errors:
        return Answer(200, {"errors": measured.errors})
    cost = max(1, round(measured.requests / 100))
    if cost > window.remaining:
        return Answer(
            200, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 500."}]}
        )
    window.used += cost
    context = Context(ask, window, cost, measured.nodes)
    name = operation.name.value if operation.name else None
    done = execute_sync(
        _schema(), document, context_value=context, variable_values=parsed.variables, operation_name=name
    )
    told: dict[str, Any] = {"data": done.data}
    if done.errors:
        told["errors"] = [_shown(error) for error in done.errors]
    return Answer(200, told)


def _too_many(nodes: int) -> str:
    return f"This query requests up to {nodes:,} possible nodes which exceeds the maximum limit of {MAX_NODES:,}."


def _shown(error: GraphQLError) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if isinstance(error.original_error, Failed):
        told["type"] = error.original_error.kind
    elif error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        raise error.original_error
    if error.path:
        told["path"] = list(error.path)
    if error.locations:
        told["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return told | {"message": error.message}


@lru_cache(maxsize=200)
def _checked(query: str) -> DocumentNode | list[dict[str, Any]]:
    """The query, or what is wrong with it."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return [_shown(error)]
    errors = validate(_schema(), document)
    return [_shown(error) for error in errors] if errors else document


def _operation(document: DocumentNode, name: str) -> OperationDefinitionNode | None:
    known = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    named = [one for one in known if one.name is not None and one.name.value == name]
    return named[0] if named else (known[0] if len(known) == 1 and not name else None)


Owner = GraphQLNamedType | None


class _Measure:
    """Counts what a query may at most ask for, before it is run; a connection without a bound is refused."""

    def __init__(self, document: DocumentNode, variables: dict[str, Any]) -> None:
        found = [one for one in document.definitions if isinstance(one, FragmentDefinitionNode)]
        self.fragments = {one.name.value: one for one in found}
        self.defaults = {
            one.variable.name.value: one.default_value
            for operation in document.definitions
            if isinstance(operation, OperationDefinitionNode)
            for one in operation.variable_definitions or ()
        }
        self.variables = variables
        self.requests = self.nodes = 0
        self.errors: list[dict[str, Any]] = []

    def refuse(self, kind: str, path: list[str], message: str) -> None:
        self.errors.append({"type": kind, "path": path, "message": message})

    def walk(
        self, chosen: SelectionSetNode | None, owner: GraphQLNamedType | None, times: int, path: list[str]
    ) -> None:
        for one in chosen.selections if chosen else ():
            match one:
                case FieldNode():
                    self._field(one, owner, times, path)
                case InlineFragmentNode(type_condition=condition):
                    self.walk(
                        one.selection_set, _schema().type_map[condition.name.value] if condition else owner, times, path
                    )
                case FragmentSpreadNode():
                    fragment = self.fragments[one.name.value]
                    kind = _schema().type_map[fragment.type_condition.name.value]
                    self.walk(fragment.selection_set, kind, times, path)

    def _field(self, one: FieldNode, owner: Owner, times: int, path: list[str]) -> None:
        name = one.name.value
        if not isinstance(owner, GraphQLObjectType | GraphQLInterfaceType) or name not in owner.fields:
            return
        kind, path = get_named_type(owner.fields[name].type), [*path, one.alias.value if one.alias else name]
        told = {arg.name.value: self._value(arg.value) for arg in one.arguments or ()}
        if kind.name.endswith("Connection"):
            size = self._bound(name, told, path)
            self.requests += times
            self.nodes += times * size
            times *= size
        elif name == "nodes" and isinstance(told.get("ids"), list):
            times *= max(len(told["ids"]), 1)
        self.walk(one.selection_set, kind, times, path)

    def _bound(self, name: str, told: dict[str, Any], path: list[str]) -> int:
        for side in ("first", "last"):
            size = told.get(side)
            if isinstance(size, int):
                if not 0 < size <= MAX_PAGE:
                    asked = f"Requesting {size} records on the `{name}` connection"
                    message = f"{asked} exceeds the `{side}` limit of {MAX_PAGE} records."
                    self.refuse("EXCESSIVE_PAGINATION", path, message)
                return size
        message = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        self.refuse("MISSING_PAGINATION_BOUNDARIES", path, message)
        return 0

    def _value(self, value: Any) -> Any:
        match value:
            case VariableNode():
                name = value.name.value
                return self.variables[name] if name in self.variables else self._value(self.defaults.get(name))
            case IntValueNode():
                return int(value.value)
            case ListValueNode():
                return list(value.values)
            case _:
                return None


# ------------------------------------------------------------ the schema


@cache
def _schema() -> GraphQLSchema:
    """The published names, with what each gives."""
    schema = build_schema(Path(__file__).with_name("schema.graphql").read_text())
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            for field, told in kind.fields.items():
                told.resolve = _resolver(FIELDS.get((name, field)), field)
        elif isinstance(kind, GraphQLInterfaceType):
            kind.resolve_type = lambda one, info, owner: kind_of(one)
    for name in ("DateTime", "GitTimestamp"):
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        vars(scalar).update(coerce_output_value=_written, coerce_input_value=_read, parse_value=_read)
    big = schema.type_map["BigInt"]
    assert isinstance(big, GraphQLScalarType)
    vars(big)["coerce_output_value"] = str
    return schema


def _resolver(told: Resolver | None, field: str) -> Resolver:
    name = re.sub(r"(?=[A-Z])", "_", field).lower()

    def resolve(source: Any, info: GraphQLResolveInfo[Context], **args: Any) -> Any:
        if told is not None:
            return told(source, info.context, **args)
        return source[field] if isinstance(source, dict) else getattr(source, name)

    return resolve


def _written(at: Any) -> Any:
    return shapes.time(at) if isinstance(at, datetime) else at


def _read(text: Any) -> datetime:
    """Raises ``GraphQLError``."""
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError as error:
        raise GraphQLError(f"{text!r} is no ISO 8601 timestamp.") from error


__all__ = ["Parsed", "answer_graphql", "parse_body"]
