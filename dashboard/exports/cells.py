"""Columns as the database itself can write them to a file: what a Python value would cost a million times over."""

from typing import Any

from django.db.models import Func, TextField
from django.db.models.expressions import Combinable

from dashboard.datasets.columns import Type
from dashboard.exports.writers import FORMULA

_CODES = ", ".join(str(ord(character)) for character in FORMULA)
_AS_IT_IS = "{0}"
_POSTGRESQL = {
    Type.TEXT: f"CASE WHEN ASCII({{0}}) IN ({_CODES}) THEN '''' || {{0}} ELSE {{0}} END",
    Type.TIME: "REPLACE(({0} AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z'",
    Type.BOOLEAN: "({0})::text",
}
_SQLITE = {
    Type.TEXT: f"CASE WHEN UNICODE({{0}}) IN ({_CODES}) THEN '''' || {{0}} ELSE {{0}} END",
    Type.TIME: "REPLACE({0}, ' ', 'T') || 'Z'",
    Type.DAY: "({0}) || ''",
    Type.BOOLEAN: "CASE {0} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END",
}
# An expression has no declared type, by which the driver would make Python values.
_SQLITE_PLAIN = {Type.TIME: "({0}) || ''", Type.DAY: "({0}) || ''", Type.BOOLEAN: "({0}) + 0"}
_POSTGRESQL_PLAIN = {Type.TIME: "({0}) AT TIME ZONE 'UTC'"}


class Cell(Func):
    """A column's expression as a cell of CSV, which ``writers.cell`` would make of its value; or, ``plain``, as
    ``parquet.Sink`` reads it."""

    arity = 1

    def __init__(self, expression: Combinable, type_: Type, *, plain: bool) -> None:
        super().__init__(expression, output_field=TextField())
        self.type, self.plain = type_, plain

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        forms = _POSTGRESQL_PLAIN if self.plain else _POSTGRESQL
        return self._formed(compiler, forms.get(self.type, _AS_IT_IS))

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        forms = _SQLITE_PLAIN if self.plain else _SQLITE
        return self._formed(compiler, forms.get(self.type, _AS_IT_IS))

    def _formed(self, compiler: Any, form: str) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return form.format(sql), tuple(params) * form.count("{0}")
