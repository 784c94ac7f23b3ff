"""What a view is: a dataset with the keys that join it to dimensions, or SQL of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings
from django.db import connection
from django.db.models import DateField, F, Func

from dashboard.datasets.columns import Column, Type, day
from dashboard.datasets.dataset import Dataset, Source
from dashboard.sql import compiled
from dashboard.sql.days import day_of

PREFIX = "bi_v1_"


class View(Protocol):
    """``text`` and the texts of ``columns`` become comments of the database."""

    @property
    def name(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def columns(self) -> tuple[Column, ...]: ...

    def statement(self) -> str:
        """The SELECT behind it, for the database that is connected."""


@dataclass(frozen=True)
class OfDataset:
    """All rows and columns of a dataset; then ``keys``, each a column with where it comes from; then the days of the
    times that ``days`` names: ``finished`` is the day ``finished_on`` of ``finished_at``."""

    dataset: Dataset
    keys: Mapping[Column, Source] = field(default_factory=dict)
    days: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return PREFIX + self.dataset.name.replace("-", "_")

    @property
    def text(self) -> str:
        return self.dataset.text

    @property
    def columns(self) -> tuple[Column, ...]:
        days = (day(f"{name}_on", f"The day of {name}_at, in {PREFIX}dates.") for name in self.days)
        return (*self.dataset.columns, *self.keys, *days)

    def statement(self) -> str:
        told = [(column, self.dataset.expression(column.name)) for column in self.dataset.columns]
        told += [(key, F(source) if isinstance(source, str) else source) for key, source in self.keys.items()]
        for name, column in zip(self.days, self.columns[len(told) :], strict=True):
            told.append((column, DayOf(self.dataset.expression(f"{name}_at"))))
        return compiled.select(self.dataset.stored(), told)


@dataclass(frozen=True)
class Written:
    """SQL of its own: ``write`` makes it for a kind of database."""

    of: str
    text: str
    columns: tuple[Column, ...]
    write: Callable[[str], str]

    @property
    def name(self) -> str:
        return PREFIX + self.of

    def statement(self) -> str:
        return self.write(connection.vendor)


class DayOf(Func):
    """The day of the organisation's time zone on which an instant lies."""

    arity = 1
    output_field = DateField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **more: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        told = day_of("{}", settings.ORGANISATION_ZONE, connection.vendor)
        return told.replace("%", "%%").replace("{}", sql), tuple(params) * told.count("{}")


def key(name: str, says: str) -> Column:
    """A number that joins a fact to a dimension and says nothing else."""
    return Column(name, Type.INTEGER, says)
