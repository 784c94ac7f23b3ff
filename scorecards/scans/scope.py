"""Which services the latest scan of a repository speaks of; when that changes, its findings follow.

A service that joins, leaves or takes another part of its repository is judged anew by what is known already, so that
such a change has its cause and waits for no commit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from ingest.models import Repository, Service
from scorecards.models import Finding, Scan, VerdictChange
from scorecards.scans.claims import Claim, claimed_by
from scorecards.scans.fleet import newest_scans
from scorecards.scans.verdicts import judge_services
from scorecards.standards.standard import Standard

Claims = Mapping[str, Sequence[str]]


class _Alike(NamedTuple):
    """What the rows of one finding share, whichever service they are of."""

    tool: str
    standard: str
    control: str
    identity: str
    unit: str
    path: str


def services_of(repository: Repository) -> list[Service]:
    """The services of a repository that are not retired, in the order of their slugs."""
    return list(Service.objects.filter(repository=repository, retired_on__isnull=True).order_by("slug"))


def claims_of(services: Iterable[Service]) -> dict[str, list[str]]:
    """The globs of each service by its id, as a scan keeps them; in the services' order, which counts."""
    return {str(service.pk): list(service.path_globs) for service in services}


def follow(standards: Sequence[Standard], at: datetime) -> int:
    """Judge anew the services of every repository whose claims differ from those of its latest scan; how many."""
    held: dict[int, dict[str, list[str]]] = defaultdict(dict)
    active = Service.objects.filter(retired_on__isnull=True, repository__isnull=False).order_by("slug")
    for repository_id, pk, globs in active.values_list("repository_id", "pk", "path_globs"):
        held[repository_id][str(pk)] = list(globs)
    scans = newest_scans().filter(claims__isnull=False).values_list("pk", "repository_id", "claims")
    return _follow([pk for pk, repository_id, told in scans if _differ(told, held[repository_id])], standards, at)


def follow_one(repository: Repository, standards: Sequence[Standard], at: datetime) -> int:
    """As ``follow``, for one repository."""
    scan = latest_told(repository)
    if scan is None or not _differ(scan.claims, claims_of(services_of(repository))):
        return 0
    return _follow([scan.pk], standards, at)


def take_from_others(services: Sequence[Service], repository: Repository) -> set[int]:
    """The services that other repositories still had findings of, which are gone then: they moved here."""
    elsewhere = Finding.objects.filter(service__in=services).exclude(repository=repository)
    moved = set(elsewhere.values_list("service_id", flat=True).distinct())
    elsewhere.delete()
    return moved


def latest_told(repository: Repository) -> Scan | None:
    """The latest scan that could read anything."""
    scans = Scan.objects.filter(repository=repository).exclude(state=Scan.State.REFUSED)
    return scans.order_by("-scanned_at", "-pk").defer("receipt", "facts", "inventory", "problems").first()


def _differ(told: Claims | None, now: Claims) -> bool:
    """Of a scan that gave its findings to nobody, none are left to follow: such a repository is scanned again."""
    return bool(told) and list((told or {}).items()) != list(now.items())


@transaction.atomic
def _follow(scan_ids: Sequence[int], standards: Sequence[Standard], at: datetime) -> int:
    """Findings first, in all repositories: a service that moved may be met in two of them."""
    concerned: set[int] = set()
    for scan in Scan.objects.filter(pk__in=scan_ids).select_related("repository").order_by("repository_id"):
        services = services_of(scan.repository)
        concerned |= {int(pk) for pk in scan.claims or {}} | {service.pk for service in services}
        _hand_out(scan.repository, services, at)
        key = scan.key if services else f"left {scan.pk}"  # nothing stays: the same commit is to be scanned again
        Scan.objects.filter(pk=scan.pk).update(claims=claims_of(services), key=key)
    found = list(Service.objects.filter(pk__in=concerned, retired_on__isnull=True).order_by("pk"))
    judge_services(found, standards, cause=VerdictChange.Cause.SCOPE, at=at)
    return len(found)


def _hand_out(repository: Repository, services: Sequence[Service], at: datetime) -> None:
    """Give each finding to the services that claim it, and take it from the others."""
    claims = [Claim(service.pk, tuple(service.path_globs)) for service in services]
    kept: set[int] = set()
    new: list[Finding] = []
    for alike, by_service in _by_service(Finding.objects.filter(repository=repository)).items():
        every = max(by_service.values(), key=len)
        for service_id in claimed_by(alike.path, claims):
            known = by_service.get(service_id, [])
            kept.update(row.pk for row in known)
            new += [_copy(row, service_id, at) for row in every[len(known) :]]
    Finding.objects.filter(repository=repository).exclude(pk__in=kept).delete()
    Finding.objects.bulk_create(new, batch_size=500)


def _by_service(rows: QuerySet[Finding]) -> dict[_Alike, dict[int, list[Finding]]]:
    found: dict[_Alike, dict[int, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.order_by("pk"):
        alike = _Alike(row.tool, row.standard, row.control, row.identity, row.unit, row.path)
        found[alike][row.service_id].append(row)
    return found


def _copy(row: Finding, service_id: int, at: datetime) -> Finding:
    values = {field.attname: getattr(row, field.attname) for field in Finding._meta.concrete_fields}
    return Finding(**values | {"id": None, "service_id": service_id, "waiver_id": None, "first_seen_at": at})
