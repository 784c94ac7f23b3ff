"""Values of a ``$filter`` as expressions of the database. Columns are reached by their aliases alone."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from django.db.models import BigIntegerField as WholeField
from django.db.models import BooleanField, DateField, DateTimeField, F, Field, FloatField, Func, IntegerField, TextField
from django.db.models import Value as Constant
from django.db.models.expressions import Combinable
from django.db.models.functions import (
    Abs,
    Ceil,
    ExtractDay,
    ExtractHour,
    ExtractMinute,
    ExtractMonth,
    ExtractSecond,
    ExtractYear,
    Floor,
    Length,
    Lower,
    Sign,
    StrIndex,
    Substr,
    Trim,
    TruncDate,
    Upper,
)

from dashboard.datasets.columns import Type
from dashboard.odata.nodes import Call, Literal, Property, Value


class _Joined(Func):
    """Two texts, one behind the other; null where one of them is."""

    template, arg_joiner, output_field = "(%(expressions)s)", " || ", TextField()


def at(name: str) -> str:
    """The alias of a column, which no field is called."""
    return f"odata_{name}"


def literal(type_: Type, value: Any) -> Constant:
    """A constant as the database compares it with a value of that type, whatever field stands behind that."""
    kinds: dict[Type, Field[Any, Any]] = {
        Type.TEXT: TextField(),
        Type.INTEGER: FloatField() if isinstance(value, float) else WholeField(),
        Type.NUMBER: FloatField(),
        Type.BOOLEAN: BooleanField(),
        Type.TIME: DateTimeField(),
        Type.DAY: DateField(),
    }
    return Constant(value, output_field=kinds[type_])


def expression(value: Value) -> Any:
    """The value; ``None`` for the constant null."""
    match value:
        case Property(name):
            return F(at(name))
        case Call("substring", (text, *places)):
            return _substring(expression(text), *(one.value for one in places if isinstance(one, Literal)))
        case Call(function, of):
            return _CALLS[function](*map(expression, of))
        case Literal(type_, constant):
            return None if type_ is None else literal(type_, constant)


def _substring(text: Any, start: int, length: int | None = None) -> Any:
    return Substr(text, start + 1, length)


def _index(text: Any, part: Any) -> Any:
    return StrIndex(text, part) - Constant(1, output_field=IntegerField())


def _round(number: Any) -> Any:
    """To the nearest whole number, halves away from zero."""
    half = Constant(0.5, output_field=FloatField())
    return _float(Sign(number)) * _float(Floor(_float(Abs(number)) + half))


def _float(number: Any) -> Any:
    return Func(number, template="%(expressions)s", output_field=FloatField())


_CALLS: Mapping[str, Callable[..., Combinable]] = {
    "tolower": Lower,
    "toupper": Upper,
    "trim": Trim,
    "concat": _Joined,
    "length": Length,
    "indexof": _index,
    "year": lambda at: ExtractYear(at, tzinfo=UTC),
    "month": lambda at: ExtractMonth(at, tzinfo=UTC),
    "day": lambda at: ExtractDay(at, tzinfo=UTC),
    "hour": lambda at: ExtractHour(at, tzinfo=UTC),
    "minute": lambda at: ExtractMinute(at, tzinfo=UTC),
    "second": lambda at: ExtractSecond(at, tzinfo=UTC),
    "date": lambda at: TruncDate(at, tzinfo=UTC),
    "floor": Floor,
    "ceiling": Ceil,
    "round": _round,
}
