"""An organisation of 200 teams and 2,000 services put straight into the tables, with a history as long as asked for.

The last 360 days hold the same 10,000 deployments whatever the size; what a greater size adds is older. So a page whose
cost grows with the history shows it, and one that reads more because more happened lately does not exist.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, models, transaction

from ingest.facts import bulk
from ingest.models import (
    Change,
    Delivery,
    Deployment,
    Environment,
    Incident,
    Ownership,
    Repository,
    Service,
    ServiceRepository,
    Source,
    Team,
)
from scorecards.models import DayRollup, DeliveredChange, JudgedDeployment, JudgedIncident, ScopeVersion
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.durations import Durations
from tests.benchmarks import campaigns, scorecards

TEAMS, SERVICES = 200, 2_000
RECENT, RECENT_DAYS = 10_000, 360
OLDER_A_DAY = 500
TIERS = ("critical", "standard", "low")
FAILED_EVERY = 25
INCIDENT_EVERY = 100
BATCH = 20_000
LEAD_TIME = 7_200.0  # seconds


class Shipped(NamedTuple):
    """One deployment: its number from 1 on, which is its primary key and its change's, and when it finished."""

    number: int
    service: int
    at: datetime

    @property
    def failed(self) -> bool:
        return self.number % FAILED_EVERY == 0


def fill(size: int, now: datetime) -> None:
    """Put ``size`` deployments up to ``now`` into an empty, migrated database."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")
        source, production = _catalogue(now)
        _facts(size, now, source, production)
        _rollups(shipped(size, now))
    scorecards.fill(now)
    campaigns.fill(now)
    with connection.cursor() as cursor:
        # What a database does in the background after so many rows would be counted as the readers'.
        for statement in ("VACUUM ANALYZE", "CHECKPOINT") if connection.vendor == "postgresql" else ("ANALYZE",):
            cursor.execute(statement)


def shipped(size: int, now: datetime) -> Iterator[Shipped]:
    """The deployments, newest first."""
    for number in range(1, size + 1):
        recent, older = min(number, RECENT), max(number - RECENT, 0)
        days = recent * RECENT_DAYS / RECENT + older / OLDER_A_DAY
        yield Shipped(number, number * 7 % SERVICES + 1, (now - timedelta(days=days)).replace(microsecond=0))


def team_of(service: int) -> int:
    return service % TEAMS + 1


def tier_of(service: int) -> str:
    return TIERS[service // TEAMS % 3]


def _catalogue(now: datetime) -> tuple[int, int]:
    start = datetime(1999, 1, 1, tzinfo=UTC)
    ids = range(1, SERVICES + 1)
    Team.objects.bulk_create(
        Team(pk=pk, slug=f"team-{pk:03}", name=f"Team {pk}", updated_at=now) for pk in range(1, TEAMS + 1)
    )
    Repository.objects.bulk_create(Repository(pk=pk, name=f"example/service-{pk:04}") for pk in ids)
    Service.objects.bulk_create(
        Service(pk=pk, slug=f"service-{pk:04}", name=f"Service {pk}", repository_id=pk, tier=tier_of(pk)) for pk in ids
    )
    ServiceRepository.objects.bulk_create(ServiceRepository(service_id=pk, repository_id=pk) for pk in ids)
    Ownership.objects.bulk_create(
        Ownership(service_id=pk, team_id=team_of(pk), basis=Ownership.Basis.CATALOGUE, at=start) for pk in ids
    )
    source, _ = Source.objects.get_or_create(public_id="native", kind="native", defaults={"name": "Native events"})
    production, _ = Environment.objects.get_or_create(name="production", environment_class="production")
    Delivery.objects.create(
        source=source, key="history", body=b"", digest="", status="processed", received_at=now, processed_at=now
    )
    return source.pk, production.pk


# ---------------------------------------------------------------- facts, and what they were judged to be


def _facts(size: int, now: datetime, source: int, production: int) -> None:
    all_of = shipped(size, now)
    while batch := list(islice(all_of, BATCH)):
        broke = [one for one in batch if one.number % INCIDENT_EVERY == 0]
        _insert(Change, (
            {"id": one.number, "repository": one.service, "sha": f"{one.number:040x}", "title": "Change a line",
             "author": "Ada", "reverts": "[]", "authored_at": one.at - timedelta(seconds=LEAD_TIME),
             "committed_at": one.at - timedelta(seconds=LEAD_TIME), "updated_at": now, **_flags("bot", "merge",
             "revert", "reapply", "hotfix"), **_blank("stamps")} for one in batch))  # fmt: skip
        _insert(Deployment, (
            {"id": one.number, "source": source, "external_id": f"d{one.number}", "service": one.service,
             "environment": production, "repository": one.service, "status": "succeeded", "kind": "release",
             "version": f"v{one.number}", "sha": f"{one.number:040x}", "fixes": "[]", "same_as": "[]",
             "started_at": one.at, "finished_at": one.at, "updated_at": now, **_flags("bot"),
             **_blank("rollback_of", "url", "by", "stamps")}
            for one in batch))  # fmt: skip
        _insert(JudgedDeployment, (
            {"deployment": one.number, "service": one.service, "environment_class": "production",
             "status": "succeeded", "failed": one.failed, "failed_by": "incident" if one.failed else "",
             "content": "list", "change_count": 1, "unmapped_count": 0, "incident_count": 0, "finished_at": one.at,
             "restored_by": one.number - 1 if one.failed else None,
             "restored_at": one.at + timedelta(hours=1) if one.failed else None, "counted": True,
             "rollback": (one.number + 1) % FAILED_EVERY == 0,
             **_flags("redeploy", "hotfix", "corrected"), **_blank("unresolved")} for one in batch))  # fmt: skip
        _insert(DeliveredChange, (
            {"deployment": one.number, "change": one.number, "service": one.service, "seconds": LEAD_TIME,
             "environment_class": "production", "bot": False, "delivered_at": one.at} for one in batch))  # fmt: skip
        _insert(Incident, (
            {"id": one.number, "source": source, "external_id": f"i{one.number}", "service": one.service,
             "environment": production, "title": "Errors", "severity": "sev2", "caused_by": f"d{one.number}",
             "names_cause": True, "same_as": "[]", "opened_at": one.at,
             "acknowledged_at": one.at + timedelta(minutes=5), "resolved_at": one.at + timedelta(hours=1),
             "updated_at": now, **_blank("url", "stamps")}
            for one in broke))  # fmt: skip
        _insert(JudgedIncident, (
            {"incident": one.number, "service": one.service, "environment_class": "production",
             "deployment": one.number, "linked_by": "name", "severity": "sev2", "corrected": False, "opened_at": one.at,
             "resolved_at": one.at + timedelta(hours=1), **_blank("reason")} for one in broke))  # fmt: skip


def _flags(*names: str) -> dict[str, bool]:
    return dict.fromkeys(names, False)


def _blank(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "")


def _insert(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    told = list(rows)
    if told:
        bulk.insert(model, tuple(told[0]), [tuple(row.values()) for row in told])


# ---------------------------------------------------------------- rollups


def _rollups(all_of: Iterable[Shipped]) -> None:
    """Day buckets of services, teams and the organisation, by tier where they have one."""
    counts: dict[tuple[str, str], dict[date, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for one in all_of:
        team, tier, day = f"team:{team_of(one.service)}", tier_of(one.service), one.at.date()
        for key in ((f"service:{one.service}", ""), (team, ""), (team, tier), ("org", ""), ("org", tier)):
            held = counts[key][day]
            held[0] += 1
            held[1] += one.failed
    packed: dict[tuple[int, int], bytes] = {}
    rows: list[tuple[Any, ...]] = []
    for (scope, tier), days in counts.items():
        for day, (deployments, failed) in days.items():
            if (deployments, failed) not in packed:
                packed[deployments, failed] = _bucket(deployments, failed).pack()
            rows.append((scope, tier, "production", day, deployments, packed[deployments, failed]))
    names = ("scope", "tier", "environment_class", "day", "deployments", "bucket")
    for start in range(0, len(rows), BATCH):
        bulk.insert(DayRollup, names, rows[start : start + BATCH])
    _insert(ScopeVersion, (
        {"scope": scope, "tier": tier, "environment_class": "production", "version": 1, "first_deployed_on": min(days)}
        for (scope, tier), days in counts.items()))  # fmt: skip


def _bucket(deployments: int, failed: int) -> Bucket:
    bucket = Bucket(deployments=deployments, finished=deployments, failed=failed, mappable=deployments)
    bucket.mapped, bucket.failed_by["incident"] = deployments, failed
    bucket.restored, bucket.recovered, bucket.restoration_seconds = failed, failed, 3_600.0 * failed
    bucket.lead_times = Durations([LEAD_TIME + number for number in range(deployments)])
    bucket.recoveries = Durations([3_600.0] * failed)
    bucket.summarise(2_000)
    return bucket
