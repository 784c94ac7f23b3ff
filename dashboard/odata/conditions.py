"""Conditions and orders of OData over a dataset's rows. Columns are reached by their expressions alone."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField as WholeField
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    F,
    Field,
    FloatField,
    Q,
    TextField,
    Value,
)
from django.db.models.expressions import OrderBy
from django.db.models.functions import Right, StrIndex, Substr
from django.db.models.lookups import Exact, GreaterThan

from dashboard.datasets.columns import Column, Type
from dashboard.datasets.dataset import Dataset, Rows
from dashboard.odata.filters import All, Compare, Flag, In, Matches, Node, Not, Some

OPPOSITE = {"gt": "lte", "ge": "lt", "lt": "gte", "le": "gt"}
LOOKUPS = {"gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}
NEVER = Q(pk__in=[])
ALWAYS = ~NEVER


def narrowed(dataset: Dataset, rows: Rows, node: Node) -> Rows:
    """The rows for which the conditions are true."""
    names = sorted(_columns(node))
    rows = rows.alias(**{at(name): dataset.expression(name) for name in names})
    return rows.filter(_Turned(dataset).of(node, True))


def ordered(dataset: Dataset, rows: Rows, order: Sequence[tuple[str, bool]]) -> Rows:
    """The rows in an order of columns, each with whether it falls; null is less than everything."""
    rows = rows.alias(**{at(name): dataset.expression(name) for name, _ in order})
    return rows.order_by(*(_order(dataset.column_by_name[name], falling) for name, falling in order))


def after(dataset: Dataset, rows: Rows, order: Sequence[tuple[str, bool]], values: Sequence[Any]) -> Rows:
    """The rows behind the one that holds ``values``, in an order whose last column tells rows apart."""
    rows = rows.alias(**{at(name): dataset.expression(name) for name, _ in order})
    behind, same = NEVER, ALWAYS
    for (name, falling), value in zip(order, values, strict=True):
        column = dataset.column_by_name[name]
        behind |= same & _beyond(column, falling, value)
        same &= Q(**{f"{at(name)}__isnull": True}) if value is None else Q(**{at(name): literal(column, value)})
    return rows.filter(behind)


def at(name: str) -> str:
    """The alias of a column, which no field is called."""
    return f"odata_{name}"


def literal(column: Column, value: Any) -> Value:
    """A value as the database compares it with the column, whatever field stands behind that."""
    kinds: dict[Type, Field[Any, Any]] = {
        Type.TEXT: TextField(),
        Type.INTEGER: FloatField() if isinstance(value, float) else WholeField(),
        Type.NUMBER: FloatField(),
        Type.BOOLEAN: BooleanField(),
        Type.TIME: DateTimeField(),
        Type.DAY: DateField(),
    }
    return Value(value, output_field=kinds[column.type])


def _order(column: Column, falling: bool) -> OrderBy:
    if not column.nullable:  # plain, so that an index serves it
        return F(at(column.name)).desc() if falling else F(at(column.name)).asc()
    return F(at(column.name)).desc(nulls_last=True) if falling else F(at(column.name)).asc(nulls_first=True)


def _beyond(column: Column, falling: bool, value: Any) -> Q:
    name = at(column.name)
    if value is None:
        return NEVER if falling else Q(**{f"{name}__isnull": False})
    if not falling:
        return Q(**{f"{name}__gt": literal(column, value)})
    less = Q(**{f"{name}__lt": literal(column, value)})
    return less | Q(**{f"{name}__isnull": True}) if column.nullable else less


def _columns(node: Node) -> set[str]:
    if isinstance(node, All | Some):
        return set().union(*(_columns(one) for one in node.of))
    return _columns(node.of) if isinstance(node, Not) else {node.column}


class _Turned:
    """Conditions as ``Q``: true where they are true, or where they are false; never by a ``NOT`` over null."""

    def __init__(self, dataset: Dataset) -> None:
        self.columns = dataset.column_by_name

    def of(self, node: Node, true: bool) -> Q:
        match node:
            case Not(inner):
                return self.of(inner, not true)
            case All(parts) | Some(parts):
                found = [self.of(one, true) for one in parts]
                every = isinstance(node, All) is true
                whole = ALWAYS if every else NEVER
                for one in found:
                    whole = whole & one if every else whole | one
                return whole
            case Flag(name):
                return Q(**{at(name): Value(true, output_field=BooleanField())})
            case In(name, values):
                equals = tuple(Compare(name, "eq", value) for value in values)
                return self.of(Some(equals), true)
            case Matches():
                return self._matches(node, true)
            case Compare():
                return self._compares(node, true)

    def _compares(self, node: Compare, true: bool) -> Q:
        name, column = at(node.column), self.columns[node.column]
        if node.op in ("eq", "ne"):
            same = true is (node.op == "eq")
            if node.value is None:
                return Q(**{f"{name}__isnull": same})
            value = literal(column, node.value)
            if same:
                return Q(**{name: value})
            null = Q(**{f"{name}__isnull": True})
            if column.type is Type.BOOLEAN:
                return null | Q(**{name: literal(column, not node.value)})
            return null | Q(**{f"{name}__lt": value}) | Q(**{f"{name}__gt": value})
        if node.value is None:
            return NEVER if true else ALWAYS
        value = literal(column, node.value)
        if true:
            return Q(**{f"{name}__{LOOKUPS[node.op]}": value})
        return Q(**{f"{name}__{OPPOSITE[node.op]}": value}) | Q(**{f"{name}__isnull": True})

    def _matches(self, node: Matches, true: bool) -> Q:
        name, text = at(node.column), Value(node.value, output_field=TextField())
        known = Q(**{f"{name}__isnull": False})
        if not node.value:
            return known if true else NEVER
        left, length = F(name), len(node.value)
        match node.function:
            case "contains":
                holds = Q(GreaterThan(StrIndex(left, text), Value(0)))
            case "startswith":
                holds = Q(Exact(Substr(left, 1, length), text))
            case _:
                holds = Q(Exact(Right(left, length), text))
        return known & (holds if true else ~holds)
