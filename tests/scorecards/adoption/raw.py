"""A sheet of adoption from the rows of facts in the database, read one by one. What scans saw is told by the test."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from ingest.models import Deployment, Ownership, PrometheusServer, Service, SignalSample, SloDay, Team
from scorecards.adoption.capabilities import load
from scorecards.models import ImportedRun, TriggerState
from tests.scorecards.adoption.by_hand import Sheet

Seen = set[tuple[int, str, date]]
Looked = set[tuple[int | None, str, date]]


def day_of(at: datetime) -> date:
    return at.astimezone(settings.ORGANISATION_ZONE).date()


def sheet(today: date, scanned: Iterable[tuple[int, str, date]], scans: Iterable[tuple[int, str, date]]) -> Sheet:
    """``scanned``: what scans saw of services; ``scans``: what they could have seen."""
    seen: Seen = set(scanned)
    looked: Looked = set(scans)
    retired_on = {one.pk: one.retired_on for one in Service.objects.all() if one.retired_on is not None}
    _read_deployments(seen, looked)
    _read_statements(seen, retired_on, today)
    _read_prometheus(seen, looked)
    _read_results(seen, looked)
    owner = _Owners()
    return Sheet(load(), seen, looked, _production(), owner.on, [one.pk for one in Service.objects.all()], retired_on)


def _production() -> dict[tuple[int, date], int]:
    """Succeeded production deployments by service and day, less those of the version that was there already."""
    found: dict[tuple[int, date], int] = defaultdict(int)
    there: dict[tuple[int, int], str] = {}
    rows = Deployment.objects.filter(environment__environment_class="production", status="succeeded")
    for row in rows.order_by("finished_at", "pk"):
        assert row.finished_at is not None
        place, version = (row.service_id, row.environment_id), row.version or row.sha
        if there.get(place) != version:
            found[row.service_id, day_of(row.finished_at)] += 1
        there[place] = version
    return dict(found)


def _read_deployments(seen: Seen, looked: Looked) -> None:
    for row in Deployment.objects.exclude(source__kind="git"):
        at = row.finished_at or row.started_at
        if at is not None:
            seen.add((row.service_id, "deployment", day_of(at)))
            looked.add((None, "deployment", day_of(at)))


def _read_statements(seen: Seen, retired_on: dict[int, date], today: date) -> None:
    for row in Ownership.objects.filter(basis__in=["catalogue", "event", "source"]):
        on = max(day_of(row.at), today - timedelta(days=400))
        while on <= today and on < retired_on.get(row.service_id, date.max):
            seen.add((row.service_id, "declared", on))
            on += timedelta(days=1)


def _read_prometheus(seen: Seen, looked: Looked) -> None:
    told: list[tuple[int | None, str, date]] = []
    told += [(one.slo.service_id, "objective", one.day) for one in SloDay.objects.filter(measured__gt=0)]
    told += [(one.service_id, "metric", day_of(one.at)) for one in SignalSample.objects.all()]
    told += [(one.service_id, "metric", day_of(one.at)) for one in TriggerState.objects.exclude(value=None)]
    seen |= {(pk, name, on) for pk, name, on in told if pk is not None}
    days = {on for pk, _, on in told if pk is not None}
    days |= {day_of(one.answered_at) for one in PrometheusServer.objects.all() if one.answered_at is not None}
    looked |= {(None, name, on) for name in ("objective", "metric") for on in days}


def _read_results(seen: Seen, looked: Looked) -> None:
    for run in ImportedRun.objects.filter(state="read"):
        for service in Service.objects.filter(repository=run.repository_id):
            seen.add((service.pk, "scanner-result", day_of(run.received_at)))
            looked.add((None, "scanner-result", day_of(run.received_at)))


class _Owners:
    def __init__(self) -> None:
        self.nobody = set(Team.objects.filter(slug="unassigned").values_list("pk", flat=True))
        self.said: dict[int, list[Any]] = defaultdict(list)
        for row in Ownership.objects.exclude(basis="hint").order_by("at", "key"):
            self.said[row.service_id].append(row)
        for row in Ownership.objects.filter(basis="hint").order_by("at", "key"):
            if not self.said[row.service_id]:
                self.said[row.service_id].append(row)

    def on(self, service: int, day: date) -> int | None:
        """The team that was named last up to a day; the first one also before."""
        said = self.said.get(service, [])
        held = [row.team_id for row in said if day_of(row.at) <= day] or [row.team_id for row in said[:1]]
        return held[-1] if held and held[-1] not in self.nobody else None
