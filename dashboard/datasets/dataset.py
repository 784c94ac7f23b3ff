"""A dataset: columns, where each comes from in the database, and which rows an actor may see."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Combinable

from dashboard import access
from dashboard.access import Actor
from dashboard.datasets.columns import Column
from ingest.models import RemovedRow

Rows: TypeAlias = "QuerySet[Any]"
Source: TypeAlias = str | Combinable
Within: TypeAlias = Callable[[Rows, Collection[int]], Rows]


def by(path: str) -> Within:
    """The rows of some services: those whose field at ``path`` is one of them."""
    return lambda rows, services: rows.filter(**{f"{path}__in": services})


@dataclass(frozen=True)
class Dataset:
    """``name``: as in paths, such as ``pull-requests``. ``key``: the column that tells rows apart, ``id`` or ``slug``.

    ``sources``: by column, the path of a field (``service__slug``) or an expression over the model; by default the
    field of the column's name. ``within``: the rows of some services, by their ids; a team's token sees its own.
    ``visible`` says itself what an actor may see, where services do not decide it. ``all_of``: the rows, where they are
    not all of the model or expressions need something beside; ``keep`` brings them up to date before somebody reads.
    ``filters``: the columns that lists can be filtered by; times and days by ``_after`` and ``_before``, and
    ``service`` and ``team`` wherever services decide. ``changed``: what orders rows by their changes, with the primary
    key behind it. ``hidden``: rows that a list tells only where a filter or ``updated_since`` asks for more.
    """

    name: str
    title: str
    text: str
    model: type[Model]
    columns: tuple[Column, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    within: Within | None = None
    visible: Callable[[Actor], Rows] | None = None
    all_of: Callable[[], Rows] | None = None
    keep: Callable[[], None] | None = None
    hidden: Q | None = None
    key: str = "id"
    changed: str = "updated_at"

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def column_by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    def rows(self) -> Rows:
        """All of them, in no order."""
        if self.keep is not None:
            self.keep()
        return self.stored()

    def stored(self) -> Rows:
        """All of them as they are in the database, whether or not they are up to date."""
        return self.all_of() if self.all_of is not None else self.model._default_manager.order_by()

    def queryset(self, actor: Actor) -> Rows:
        """The rows that the actor may see, in no order; none for who may not read."""
        if not access.reads(actor):
            return self.rows().none()
        if self.visible is not None:
            return self.visible(actor)
        if access.may_see_organisation(actor) or self.within is None:
            return self.rows()
        # Their ids: a subquery of owners would be asked for each row.
        return self.within(self.rows(), list(access.listed_services(actor).values_list("pk", flat=True)))

    def ordered(self, rows: Rows) -> Rows:
        """By their changes: the order in which incremental readers go, total and stable."""
        return rows.order_by(self.changed, "pk")

    def values(self, rows: Rows, names: Iterable[str] | None = None) -> Rows:
        """Tuples of the columns' values, all or those of ``names``, in their order."""
        return rows.values_list(*(self.source(name) for name in (self.names if names is None else names)))

    def source(self, name: str) -> Source:
        """Where a column comes from: a field's path, or an expression."""
        return self.sources.get(name, name)

    def expression(self, name: str) -> Combinable:
        """The same as an expression, for conditions and orders: ``rows.alias(it=dataset.expression(name))``."""
        source = self.source(name)
        return F(source) if isinstance(source, str) else source

    def where(self, rows: Rows, name: str, value: Any, lookup: str = "exact") -> Rows:
        """The rows of which a column is, or compares so with, a value: by the field where the column is one."""
        source = self.source(name)
        path = source if isinstance(source, str) else getattr(source, "path", None)
        if path is None:
            path = f"{name}_told"
            rows = rows.alias(**{path: source})
        return rows.filter(**{f"{path}__{lookup}": value})

    def removed(self, actor: Actor) -> "QuerySet[RemovedRow]":
        """The keys that left the dataset, as far as the actor may know of them; some may have come back."""
        rows = RemovedRow.objects.filter(dataset=self.name)
        if access.may_see_organisation(actor):
            return rows
        teams = list(access.visible_teams(actor).values_list("pk", flat=True))
        nobodys = Q(team=None) if teams and self.key == "id" else Q(pk=None)  # a number tells nothing
        return rows.filter(Q(team__in=teams) | nobodys)
