"""(pure) A column of a dataset: its name, its type and what it says. Told once for API, OData, files and SQL."""

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What the values of a column are. As Python values: ``str``, ``int``, ``float``, ``bool``, an aware ``datetime``,
    a ``date``, a list of ``str``, and whatever JSON holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"  # an instant, in UTC
    DAY = "day"  # of the organisation's time zone
    LIST = "list"  # of texts; JSON text where a cell holds one value
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``text``: what it says, for people. ``unit``: such as ``s``; ratios are 0 to 1 and have none.

    ``values``: all that it can be, where that is known. ``nullable``: null means not known or none, never zero.
    """

    name: str
    type: Type
    text: str
    unit: str = ""
    values: tuple[str, ...] = ()
    nullable: bool = True


def text(name: str, says: str, *, values: tuple[str, ...] = (), nullable: bool = False) -> Column:
    return Column(name, Type.TEXT, says, values=values, nullable=nullable)


def integer(name: str, says: str, *, nullable: bool = False, unit: str = "") -> Column:
    return Column(name, Type.INTEGER, says, unit=unit, nullable=nullable)


def number(name: str, says: str, *, nullable: bool = True, unit: str = "") -> Column:
    return Column(name, Type.NUMBER, says, unit=unit, nullable=nullable)


def seconds(name: str, says: str, *, nullable: bool = True) -> Column:
    return Column(name, Type.NUMBER, says, unit="s", nullable=nullable)


def flag(name: str, says: str, *, nullable: bool = False) -> Column:
    return Column(name, Type.BOOLEAN, says, nullable=nullable)


def time(name: str, says: str, *, nullable: bool = True) -> Column:
    return Column(name, Type.TIME, says, nullable=nullable)


def day(name: str, says: str, *, nullable: bool = True) -> Column:
    return Column(name, Type.DAY, says, nullable=nullable)


def list_of(name: str, says: str, *, nullable: bool = False) -> Column:
    return Column(name, Type.LIST, says, nullable=nullable)


def json(name: str, says: str, *, nullable: bool = False) -> Column:
    return Column(name, Type.JSON, says, nullable=nullable)


# Columns that many datasets have.
ID = integer("id", "Identity of the row; it stays for as long as the row does.")
SERVICE = text("service", "Slug of the service.")
TEAM = text("team", "Slug of the team that owns the service today; unassigned where nobody does.")
UPDATED_AT = time("updated_at", "When the row last changed, by which incremental readers go.", nullable=False)
