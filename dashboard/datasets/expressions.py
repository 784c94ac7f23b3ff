"""Columns that no field holds as it is: plain SQL, the same in a query of ours and in a view."""

from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    JSONField,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Replace

from ingest.models.catalogue import UNASSIGNED


def owner_at(path: str) -> Combinable:
    """The slug of the team that owns a service today, as it was last worked out: ``path`` leads to its ``owner``."""
    return Coalesce(F(f"{path}__slug"), Value(UNASSIGNED), output_field=TextField())


class told(NullIf):
    """The text at ``path``, null where it is empty."""

    def __init__(self, path: str) -> None:
        super().__init__(F(path), Value(""), output_field=TextField())
        self.path = path


def first_of(*paths: str | Combinable, otherwise: Any = None) -> Combinable:
    """The first that is not null."""
    found = [F(path) if isinstance(path, str) else path for path in paths]
    return Coalesce(*found, *([] if otherwise is None else [Value(otherwise)]))


def or_false(path: str) -> Combinable:
    return Coalesce(F(path), Value(False), output_field=BooleanField())


def is_there(path: str) -> Combinable:
    return Case(When(**{f"{path}__isnull": False}, then=Value(True)), default=Value(False), output_field=BooleanField())


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


def ratio(part: str | Combinable, whole: str | Combinable) -> Combinable:
    """One by the other; null where the whole is nothing."""
    above, below = (Cast(F(one) if isinstance(one, str) else one, FloatField()) for one in (part, whole))
    return ExpressionWrapper(above / NullIf(below, Value(0.0)), output_field=FloatField())


def scope_at(service: str, team: str) -> Combinable:
    """Whose figures a row holds: ``org``, ``team:<slug>`` or ``service:<slug>``."""
    return Case(
        When(**{f"{service}__isnull": False}, then=Concat(Value("service:"), F(f"{service}__slug"))),
        When(**{f"{team}__isnull": False}, then=Concat(Value("team:"), F(f"{team}__slug"))),
        default=Value("org"),
        output_field=TextField(),
    )


def number_in(path: str, whole: bool = True) -> Combinable:
    """A number in JSON, by the path of its key; null where there is none."""
    field, _, key = path.partition("__")
    transform: Any = F(field)
    for part in key.split("__"):
        transform = KeyTextTransform(part, transform) if part == key.split("__")[-1] else KeyTransform(part, transform)
    return Cast(transform, BigIntegerField() if whole else FloatField())


class Picked(Func):
    """An object of some keys of another one; null where it has none of a name."""

    output_field = JSONField()
    arity = 1

    def __init__(self, path: Any, keys: tuple[str, ...]) -> None:
        super().__init__(F(path) if isinstance(path, str) else path)
        self.keys = keys

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self._object(compiler, "JSONB_BUILD_OBJECT", "{} -> '{}'")

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self._object(compiler, "JSON_OBJECT", "JSON_EXTRACT({}, '$.\"{}\"')")

    def _object(self, compiler: Any, function: str, pick: str) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        pairs = ", ".join(f"'{key}', {pick.format(sql, key)}" for key in self.keys)
        return f"{function}({pairs})", tuple(params) * len(self.keys)


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
