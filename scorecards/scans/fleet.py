"""What the other repositories hold, for checks that look beyond their own."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery

from ingest.models import Deployment, Repository, Service
from scorecards.models import Scan
from scorecards.reading.subject import Fleet
from scorecards.scans.due import scannable


class Told(NamedTuple):
    """The inventory of one repository. ``name`` is lower case; empty where only a service's events are known."""

    repository_id: int
    name: str
    inventory: Mapping[str, Any]


def fleet_without(repository: Repository) -> Fleet:
    """The fleet as the latest scans of all other repositories tell it.

    Inventories are read once for all repositories, and again as soon as another scan is kept.
    """
    newest = Scan.objects.aggregate(Max("pk"), Max("scanned_at"), Count("pk"))
    return fleet_of(told for told in _told(tuple(newest.values())) if told.repository_id != repository.pk)


def around(repository: Repository) -> tuple[Fleet | None, bool]:
    """The fleet, once every other repository of an active service was scanned; and whether deployments are received.

    Until then absence proves nothing, and the fleet is ``None``; so it is where there is no other repository.
    """
    services = Service.objects.filter(repository=repository)
    ships_events = Deployment.objects.filter(service__in=services).exists()
    others = scannable().exclude(pk=repository.pk)
    scanned = Scan.objects.exclude(state=Scan.State.REFUSED).values("repository")
    complete = others.exists() and not others.exclude(pk__in=scanned).exists()
    return fleet_without(repository) if complete else None, ships_events


def newest_scans() -> QuerySet[Scan]:
    """The latest scan of each repository that is there, left out those that could not read anything."""
    scans = Scan.objects.filter(repository=OuterRef("pk")).exclude(state=Scan.State.REFUSED)
    newest = Subquery(scans.order_by("-scanned_at", "-pk").values("pk")[:1])
    known = Repository.objects.filter(deleted_at__isnull=True).annotate(newest=newest)
    return Scan.objects.filter(pk__in=known.filter(newest__isnull=False).values("newest"))


@lru_cache(maxsize=1)
def _told(newest: tuple[Any, ...]) -> tuple[Told, ...]:
    """``newest`` changes with every scan that is kept."""
    rows = newest_scans().order_by("repository_id")
    names = ("repository_id", "repository__name", "repository__placeholder", "inventory")
    return tuple(
        Told(pk, "" if placeholder else name.lower(), inventory if isinstance(inventory, dict) else {})
        for pk, name, placeholder, inventory in rows.values_list(*names)
    )


def fleet_of(told: Iterable[Told]) -> Fleet:
    """Inventories put together. What two repositories say of one name is joined."""
    known = list(told)
    parts: dict[str, Any] = {"repositories": frozenset(one.name for one in known if one.name)}
    for field in fields(Fleet):
        said = [(one, one.inventory[field.name]) for one in known if field.name in one.inventory]
        if field.name == "runbooks":
            parts["runbooks"] = frozenset(f"{one.name}/{page}".lower() for one, pages in said for page in pages)
        elif field.type in ("bool", bool):
            parts[field.name] = any(value for _, value in said)
        elif field.name in ("projects", "slo_services"):
            parts[field.name] = _joined(value for _, value in said)
        elif field.name != "repositories":
            parts[field.name] = frozenset(name for _, names in said for name in names)
    return Fleet(**parts)


def _joined(mappings: Iterable[Mapping[str, Iterable[str]]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for mapping in mappings:
        for name, values in mapping.items():
            found.setdefault(name, set()).update(values)
    return {name: tuple(sorted(values)) for name, values in found.items()}
