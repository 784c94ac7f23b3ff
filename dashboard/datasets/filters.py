"""Filters of a dataset as they stand in a query string, read strictly: what makes no sense is told, not passed over."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from dashboard import access
from dashboard.access import Actor
from dashboard.datasets.columns import Column, Type
from dashboard.datasets.dataset import Dataset, Rows
from ingest.models import Service

OF_SERVICES = ("service", "team")
FLAGS = {"true": True, "false": False}
LARGEST = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadFilter(ValueError):
    """A filter can't be read; the message says how to write it."""


class Unknown(LookupError):
    """There is no service or team of that name, or none that the actor may see: the two read the same."""


def names(dataset: Dataset) -> tuple[str, ...]:
    """The filters that a dataset has, as they are written."""
    found: list[str] = []
    for name in dataset.filters:
        kind = dataset.column_by_name[name].type
        found += [name] if kind is not Type.TIME else []
        found += [f"{name}_after", f"{name}_before"] if kind in (Type.TIME, Type.DAY) else []
    return (*found, *_of_services(dataset))


def narrowed(dataset: Dataset, actor: Actor, query: Mapping[str, str]) -> Rows:
    """The rows that the actor may see and that the filters in ``query`` hold for; what else is in it is passed over.

    Raises:
        BadFilter: a value makes no sense.
        Unknown: a service or team that there is not.
    """
    rows = dataset.queryset(actor)
    asked = {name: query[name] for name in _of_services(dataset) if name in query}
    if asked and dataset.within is not None:
        rows = dataset.within(rows, list(services(actor, asked).values_list("pk", flat=True)))
    for name in dataset.filters:
        column = dataset.column_by_name[name]
        if name in query and column.type is not Type.TIME:
            rows = dataset.where(rows, name, value_of(column, name, query[name]))
        if column.type in (Type.TIME, Type.DAY):
            for end, lookup in (("after", "gte"), ("before", "lt")):
                if (text := query.get(f"{name}_{end}")) is not None:
                    rows = dataset.where(rows, name, value_of(column, f"{name}_{end}", text), lookup)
    return rows


def services(actor: Actor, asked: Mapping[str, str]) -> "QuerySet[Service]":
    """The services of the ``team`` and of the slug ``service`` that are asked for, of those that the actor may see.

    Raises:
        Unknown: there is none of that name, or none that the actor may see.
    """
    found = access.listed_services(actor)
    for kind, slug in asked.items():
        if "\0" in slug:
            raise Unknown(f"No {kind} has such a character in its slug.")
        if kind == "service":
            found = found.filter(slug=slug)
            known = found.exists()
        else:
            team = access.visible_teams(actor).filter(slug=slug).first()
            found = found.alias(owner_team=access.owner()).filter(owner_team=team.pk if team else None)
            known = team is not None
        if not known:
            raise Unknown(f"This token sees no {kind} {slug[:120]!r}.")
    return found


def value_of(column: Column, name: str, text: str) -> Any:
    """A filter's value, of the column's type. Raises ``BadFilter``."""
    if "\0" in text:
        raise BadFilter(f"{name} holds a character that no text has.")
    if column.values and text not in column.values:
        raise BadFilter(f"{name}={text[:40]!r} makes no sense. Use one of {', '.join(column.values)}.")
    match column.type:
        case Type.BOOLEAN:
            if text not in FLAGS:
                raise BadFilter(f"{name}={text[:40]!r} makes no sense. Use true or false.")
            return FLAGS[text]
        case Type.INTEGER:
            return _whole(name, text)
        case Type.TIME:
            return instant(name, text)
        case Type.DAY:
            return _day(name, text)
    return text


def instant(name: str, text: str) -> datetime:
    """A time, told with its zone. Raises ``BadFilter``."""
    try:
        at = parse_datetime(text.replace(" ", "+"))  # a plus sign in an address that nobody quoted
        if at is None or at.tzinfo is None or at < EPOCH:
            raise ValueError("no instant")
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadFilter(f"{name}={text[:40]!r} is no time. Write it like 2026-11-23T12:00:00Z.") from error


def _day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadFilter(f"{name}={text[:40]!r} is no day. Write it like 2026-03-02.")
    return day


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 19 or int(text) > LARGEST:
        raise BadFilter(f"{name}={text[:40]!r} is no number. Write it like 12.")
    return int(text)


def _of_services(dataset: Dataset) -> tuple[str, ...]:
    return tuple(name for name in OF_SERVICES if dataset.within is not None and name not in dataset.filters)
