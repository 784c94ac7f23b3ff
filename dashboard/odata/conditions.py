"""Conditions and orders of OData over a dataset's rows."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, F, Q, TextField
from django.db.models import Value as Constant
from django.db.models.expressions import OrderBy
from django.db.models.functions import Right, StrIndex, Substr
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual

from dashboard.datasets.columns import Column
from dashboard.datasets.dataset import Dataset, Rows
from dashboard.odata.expressions import at, expression, literal
from dashboard.odata.nodes import All, Compare, Flag, In, Matches, Node, Not, Some, Value, columns_of

COMPARED: Any = {"gt": GreaterThan, "ge": GreaterThanOrEqual, "lt": LessThan, "le": LessThanOrEqual}
OPPOSITE = {"gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}
NEVER = Q(pk__in=[])
ALWAYS = ~NEVER


def narrowed(dataset: Dataset, rows: Rows, node: Node) -> Rows:
    """The rows for which the conditions are true."""
    rows = rows.alias(**{at(name): dataset.expression(name) for name in sorted(columns_of(node))})
    return rows.filter(_turned(node, True))


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
        same &= Q(**{f"{at(name)}__isnull": True}) if value is None else Q(**{at(name): literal(column.type, value)})
    return rows.filter(behind)


def _order(column: Column, falling: bool) -> OrderBy:
    if not column.nullable:  # plain, so that an index serves it
        return F(at(column.name)).desc() if falling else F(at(column.name)).asc()
    return F(at(column.name)).desc(nulls_last=True) if falling else F(at(column.name)).asc(nulls_first=True)


def _beyond(column: Column, falling: bool, value: Any) -> Q:
    name = at(column.name)
    if value is None:
        return NEVER if falling else Q(**{f"{name}__isnull": False})
    if not falling:
        return Q(**{f"{name}__gt": literal(column.type, value)})
    less = Q(**{f"{name}__lt": literal(column.type, value)})
    return less | Q(**{f"{name}__isnull": True}) if column.nullable else less


def _turned(node: Node, true: bool) -> Q:
    """Where the conditions are true, or where they are false; never by a ``NOT`` over null."""
    match node:
        case Not(inner):
            return _turned(inner, not true)
        case All(parts) | Some(parts):
            found = [_turned(one, true) for one in parts]
            every = isinstance(node, All) is true
            whole = ALWAYS if every else NEVER
            for one in found:
                whole = whole & one if every else whole | one
            return whole
        case Flag(value):
            return Q(Exact(expression(value), Constant(true, output_field=BooleanField())))
        case In(left, values):
            return _turned(Some(tuple(Compare(left, "eq", value) for value in values)), true)
        case Matches():
            return _matches(node, true)
        case Compare():
            return _compares(node, true)


def _compares(node: Compare, true: bool) -> Q:
    left, right = expression(node.left), expression(node.right)
    if node.op in ("eq", "ne"):
        same = true is (node.op == "eq")
        if right is None:
            return _null(node.left) if same else ~_null(node.left)
        return _equal(node, left, right) if same else _differing(node, left, right)
    if right is None:
        return NEVER if true else ALWAYS
    if true:
        return Q(COMPARED[node.op](left, right))
    return Q(COMPARED[OPPOSITE[node.op]](left, right)) | _null(node.left) | _null(node.right)


def _equal(node: Compare, left: Any, right: Any) -> Q:
    both = _null(node.left) & _null(node.right) if node.left.nullable and node.right.nullable else NEVER
    return Q(Exact(left, right)) | both


def _differing(node: Compare, left: Any, right: Any) -> Q:
    one = _null(node.left) & ~_null(node.right) | ~_null(node.left) & _null(node.right)
    return ~Q(Exact(left, right)) | one


def _null(value: Value) -> Q:
    return Q(IsNull(expression(value), True)) if value.nullable else NEVER


def _matches(node: Matches, true: bool) -> Q:
    left, text = expression(node.left), Constant(node.text, output_field=TextField())
    if not node.text:
        return ~_null(node.left) if true else NEVER
    length = len(node.text)
    match node.function:
        case "contains":
            holds = Q(GreaterThan(StrIndex(left, text), Constant(0)))
        case "startswith":
            holds = Q(Exact(Substr(left, 1, length), text))
        case _:
            holds = Q(Exact(Right(left, length), text))
    return ~_null(node.left) & (holds if true else ~holds)
