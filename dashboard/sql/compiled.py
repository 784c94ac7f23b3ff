"""A query of ours as SQL that stands alone: values written out, each column of its type."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Func, TextField
from django.db.models.expressions import Combinable
from psycopg.types.json import Jsonb

from dashboard.datasets.columns import Column, Type
from dashboard.datasets.dataset import Rows

_POSTGRESQL = {
    Type.TEXT: "({})::text",
    Type.INTEGER: "({})::bigint",
    Type.NUMBER: "({})::double precision",
    Type.BOOLEAN: "({})::boolean",
    Type.TIME: "({})::timestamp with time zone",
    Type.DAY: "({})::date",
    Type.LIST: "({})::jsonb",
    Type.JSON: "({})::jsonb",
}
_SQLITE = {Type.NUMBER: "CAST({} AS REAL)"}  # a field as it is keeps its index and its declared type


class _Typed(Func):
    arity = 1

    def __init__(self, expression: Combinable, type_: Type) -> None:
        super().__init__(expression, output_field=TextField())
        self.type = type_

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **more: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        forms = _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL
        return forms.get(self.type, "{}").replace("{}", sql), params


def select(rows: Rows, columns: Sequence[tuple[Column, Combinable]]) -> str:
    """The statement that reads these columns of the rows."""
    told = rows.values_list(*(_Typed(expression, column.type) for column, expression in columns))
    sql, params = told.query.sql_with_params()
    return str(sql % tuple(literal(one) for one in params))


def literal(value: Any) -> str:
    """A value as SQL writes it. Raises ``TypeError`` for what no query of a view needs."""
    if isinstance(value, Jsonb):
        return literal(json.dumps(value.obj)) + "::jsonb"
    match value:
        case None:
            return "NULL"
        case bool():
            return str(int(value)) if connection.vendor == "sqlite" else str(value).upper()
        case int() | float():
            return repr(value)
        case list():
            return f"ARRAY[{', '.join(map(literal, value))}]"  # the path of a key in JSON
        case str():
            return "'" + value.replace("'", "''") + "'"
    raise TypeError(f"{type(value).__name__} has no place in a view")
