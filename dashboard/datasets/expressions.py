"""Columns that no field holds as it is: plain SQL, the same in a query of ours and in a view."""

from typing import Any

from django.db.models import BooleanField, Case, F, FloatField, Func, JSONField, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat, NullIf, Replace

from ingest.models.catalogue import UNASSIGNED


def owner_at(path: str) -> Combinable:
    """The slug of the team that owns a service today, as it was last worked out: ``path`` leads to its ``owner``."""
    return Coalesce(F(f"{path}__slug"), Value(UNASSIGNED), output_field=TextField())


def told(path: str) -> Combinable:
    """A text, null where it is empty."""
    return NullIf(F(path), Value(""), output_field=TextField())


def first_of(*paths: str, output_field: Any = None) -> Combinable:
    """The first that is not null."""
    return Coalesce(*(F(path) for path in paths), output_field=output_field)


def or_false(path: str) -> Combinable:
    return Coalesce(F(path), Value(False), output_field=BooleanField())


def names_in(path: str) -> Combinable:
    """A text of names by commas as a JSON list of them."""
    parts = Replace(F(path), Value(","), Value('","'))
    some = Concat(Value('["'), parts, Value('"]'), output_field=TextField())
    return Case(
        When(**{f"{path}__isnull": True}, then=Value(None, output_field=TextField())),
        When(**{path: ""}, then=Value("[]", output_field=TextField())),
        default=some,
        output_field=JSONField(),
    )


class SecondsBetween(Func):
    """Seconds from the first instant to the second; negative where it lies before."""

    output_field = FloatField()
    arity = 2

    def __init__(self, start: Any, end: Any) -> None:
        super().__init__(*(F(one) if isinstance(one, str) else one for one in (start, end)))

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        start, end = self._parts(compiler)
        return f"EXTRACT(EPOCH FROM ({end[0]} - {start[0]}))::double precision", (*end[1], *start[1])

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        start, end = self._parts(compiler)  # it counts in milliseconds
        return f"ROUND((julianday({end[0]}) - julianday({start[0]})) * 86400.0, 3)", (*end[1], *start[1])

    def _parts(self, compiler: Any) -> Any:
        return [compiler.compile(one) for one in self.source_expressions]
