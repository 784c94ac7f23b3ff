"""Facts that may be one and are counted as two: reports of different sources that share no name."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse

from dashboard import access, formats
from ingest.models import Deployment, Incident, Source

LOOKED_BACK = timedelta(days=28)
WITHIN = timedelta(minutes=30)
READ = 20_000  # facts of the last 28 days, the newest
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Report:
    """One source's word of a deployment or incident. ``same``: what two reports must agree in, to be taken for one."""

    id: int
    source_id: int
    service: str
    same: tuple[object, ...]
    starts_at: datetime
    ends_at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Double:
    """Two reports, the newest pair of ``count`` of one service and the same two sources."""

    service: str
    sources: str
    count: int
    first: Report
    second: Report
    first_href: str
    second_href: str


def pairs(reports: Iterable[Report], slack: timedelta) -> list[tuple[Report, Report]]:
    """Neighbours in time of different sources that agree, and whose times lie at most ``slack`` apart. Linear but for
    the sorting: each report is held against the one before it alone."""
    found, before = [], dict[tuple[object, ...], Report]()
    for one in sorted(reports, key=lambda report: (report.starts_at, report.id)):
        other = before.get(one.same)
        if other is not None and other.source_id != one.source_id and one.starts_at <= other.ends_at + slack:
            found.append((other, one))
        before[one.same] = one
    return found


def possible(request: HttpRequest, now: datetime) -> Sequence[Double]:
    """By service and pair of sources, the most first; deployments, then incidents."""
    names = dict(Source.objects.values_list("pk", "name"))
    return [
        *_grouped(pairs(_deployments(request, now), WITHIN), names, "deployment"),
        *_grouped(pairs(_incidents(request, now), timedelta(0)), names, "incident"),
    ]


def _grouped(found: Iterable[tuple[Report, Report]], names: dict[int, str], kind: str) -> list[Double]:
    counts, newest = Counter[tuple[str, frozenset[int]]](), {}
    for one, other in found:
        key = one.service, frozenset((one.source_id, other.source_id))
        counts[key] += 1
        newest[key] = one, other
    return [
        Double(
            key[0],
            " and ".join(sorted(names[pk] for pk in key[1])),
            count,
            *newest[key],
            *(reverse(kind, args=[report.id]) for report in newest[key]),
        )
        for key, count in counts.most_common(SHOWN)
    ]


def _deployments(request: HttpRequest, now: datetime) -> Iterable[Report]:
    found = Deployment.objects.filter(
        finished_at__gte=now - LOOKED_BACK,
        service__in=access.visible_services(request.user),
        duplicate_of=None,
        has_duplicates=False,
    ).order_by("-finished_at")
    rows = found.values_list(
        "pk", "source", F("service__name"), "service", "environment", "version", "sha", "finished_at"
    )
    for pk, source, name, service, environment, version, sha, at in rows[:READ]:
        told = sha or version
        if told:
            yield Report(pk, source, name, (service, environment, told), at, at, version or formats.sha_text(sha))


def _incidents(request: HttpRequest, now: datetime) -> Iterable[Report]:
    found = Incident.objects.filter(
        opened_at__gte=now - LOOKED_BACK,
        service__in=access.visible_services(request.user),
        duplicate_of=None,
        has_duplicates=False,
    ).order_by("-opened_at")
    rows = found.values_list(
        "pk", "source", F("service__name"), "service", "opened_at", "resolved_at", "title", "external_id"
    )
    for pk, source, name, service, opened, resolved, title, external_id in rows[:READ]:
        yield Report(pk, source, name, (service,), opened, resolved or now, title or external_id)
