"""Facts -> rollups. What changed is recomputed whole from its facts, so a rollup always equals a recomputation.

First every marked service: judged anew, its rows and day buckets written where they differ. Then every day on which a
service's bucket changed: the teams' and the organisation's buckets merged anew from the services'. Both steps delete
the marks that they worked off in the transaction that wrote the result. Several builders share the marked services,
each locking those that it works on; the days are merged by one builder at a time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from ingest.catalogue.owners import periods_by_service, settle
from ingest.catalogue.ownership import owner_on
from ingest.facts import bulk
from ingest.models import ChangedService, Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.definitions.course import Span
from scorecards.definitions.held import Held
from scorecards.facts import ServiceFacts, service_facts
from scorecards.metrics.change_failure_rate import is_among
from scorecards.metrics.delivered import finish
from scorecards.metrics.recovery import began, is_replaced
from scorecards.models import (
    ChangedDay,
    DayRollup,
    DeliveredChange,
    JudgedDeployment,
    JudgedIncident,
    JudgedRollback,
    ScopeVersion,
    StoredSummary,
)
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.figures import FIGURES, NO_FIGURES, figures
from scorecards.rollups.judged import Judged, judged_service
from scorecards.rollups.tell import lock_services, tell_again
from scorecards.signals import rebuilt

SERVICES_A_TIME = 50
DAYS_A_TIME = 200
ORGANISATION_EXACT_LIMIT = 2_000  # durations a day, beyond which the organisation keeps a sketch
# PostgreSQL's advisory locks: of the one who merges days; of one service (beside its id); of who forgets rollups, which
# those who work on services share.
LOCK = 7_240_913
SERVICE_LOCK = 7_240_914
FORGET_LOCK = 7_240_915

Report = Callable[[str], None]
RollupKey = tuple[str, str, str, date]  # scope, tier, environment class, day


def build_rollups(report: Report | None = None) -> int:
    """Recompute all that is marked; how many services were, by this builder. Returns when no mark is left: it waits for
    what others are at."""
    total = 0
    while ids := _marked():
        count = _build_services(ids)
        total += count
        if report and count:
            report(f"{total} services recomputed")
    while _build_days():
        pass
    return total


def _lock(number: int, mode: str = "") -> None:
    """Until the transaction ends; SQLite's transactions keep each other out already."""
    if bulk.postgresql():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{mode}(%s)", [number])


# ---------------------------------------------------------------- services


class _Rows(NamedTuple):
    """Rows of one service, as they should be."""

    deployments: dict[Any, tuple[Any, ...]]
    changes: dict[Any, tuple[Any, ...]]
    incidents: dict[Any, tuple[Any, ...]]
    rollbacks: dict[Any, tuple[Any, ...]]
    buckets: dict[RollupKey, Bucket]


def _marked() -> list[int]:
    return list(ChangedService.objects.order_by("service_id").values_list("service_id", flat=True).distinct())


def _build_services(marked: Sequence[int]) -> int:
    """Recompute some of the marked services; how many. 0 where others were at all of them: they are done by then."""
    with transaction.atomic():
        _lock(FORGET_LOCK, "_shared")
        claimed = _claim(marked)
        marks = list(
            ChangedService.objects.filter(service__in=claimed).values_list("pk", "service_id", "regroup", "at")
        )
        ids = sorted({pk for _, pk, _, _ in marks})
        if ids:
            regrouped = {pk for _, pk, regroup, _ in marks if regroup}
            _rebuild(ids, regrouped, since=min(at for *_, at in marks))
            settle(sorted(regrouped))
            bulk.delete(ChangedService, [pk for pk, *_ in marks])
    if not claimed:
        _wait(marked[0])
    return len(ids)


def _claim(marked: Sequence[int]) -> list[int]:
    """Lock some services that nobody else is at, until the transaction ends."""
    if not bulk.postgresql():
        return list(marked[:SERVICES_A_TIME])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::bigint[]) AS marked(id)"
            " WHERE pg_try_advisory_xact_lock(%s, (id %% 2147483647)::int) LIMIT %s",
            [list(marked), SERVICE_LOCK, SERVICES_A_TIME],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _wait(service_id: int) -> None:
    """Until who works on the service is done with it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, (%s %% 2147483647)::int)", [SERVICE_LOCK, service_id])


def _rebuild(ids: Sequence[int], regrouped: set[int], since: datetime) -> None:
    """Judge these services anew, and write what differs. Each day of those in ``regrouped`` is merged anew. ``since``:
    of their oldest mark."""
    now = timezone.now()
    held = Held.load()
    spans = held.judging(ids, periods_by_service(ids) if held.by_team else {})
    facts = service_facts(list(Service.objects.filter(pk__in=ids)))
    judged = [_judge(own, spans[own.service.pk], now) for own in facts]
    lock_services(ids)
    _write_judged(ids, judged, since)
    buckets = {key: bucket for rows in judged for key, bucket in rows.buckets.items()}
    scopes = {f"service:{pk}" for pk in regrouped}
    stale = {key for key in buckets if key[0] in scopes}
    changed = _write_rollups(buckets, _held_rollups("scope", {f"service:{pk}" for pk in ids}), stale)
    again = {(key[2], key[3]) for key in stale}
    moved = {(key[2], key[3]) for key in changed} - again
    rows = [(*day, False) for day in sorted(moved)] + [(*day, True) for day in sorted(again)]
    bulk.insert(ChangedDay, ("environment_class", "day", "regroup"), rows)
    rebuilt.send(sender=DayRollup, service_ids=ids, days={key[3] for key in changed}, regrouped=regrouped)


def _judge(facts: ServiceFacts, spans: Sequence[Span], now: datetime) -> _Rows:
    rows = _Rows({}, {}, {}, {}, {})
    scope = f"service:{facts.service.pk}"
    for part in judged_service(facts, spans, settings.ORGANISATION_ZONE, now):
        head = (facts.service.pk, part.environment_class)
        rows.deployments.update(_deployment_rows(part, head))
        rows.changes.update(_change_rows(part, head))
        rows.incidents.update(_incident_rows(part, head))
        rows.rollbacks.update(_rollback_rows(part, head))
        for day, bucket in part.buckets.items():
            key = (scope, "", part.environment_class, day)
            if key in rows.buckets:
                rows.buckets[key].merge(bucket)
            else:
                rows.buckets[key] = bucket
    return rows


_DEPLOYMENT = (
    "service", "environment_class", "status", "redeploy", "rollback", "hotfix", "failed", "failed_by", "corrected",
    "replaced", "counted", "content", "change_count", "unmapped_count", "incident_count", "unresolved", "restored_by",
    "finished_at", "restored_at",
)  # fmt: skip
_CHANGE = ("service", "environment_class", "seconds", "bot", "delivered_at")
_INCIDENT = (
    "service", "environment_class", "deployment", "linked_by", "reason", "severity", "corrected", "opened_at",
    "acknowledged_at", "resolved_at",
)  # fmt: skip
_ROLLBACK = ("service", "environment_class", "seconds", "restored_at")


def _deployment_rows(part: Judged, head: tuple[int, str]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    for pk, judgement in part.judged.judgements.items():
        if not part.decides(finish(judgement.deployment)):
            continue
        brought = part.judged.brought.get(pk)
        yield (
            (pk,),
            (
                *head,
                judgement.deployment.status,
                judgement.redeploy,
                judgement.rollback,
                judgement.deployment.kind == "hotfix",
                judgement.failed,
                ",".join(judgement.failed_by),
                judgement.deployment.corrected,
                is_replaced(judgement, part.judged),
                is_among(judgement, part.definitions),
                brought.content if brought else "",
                len(brought.changes) if brought else 0,
                brought.unmapped if brought else 0,
                len(judgement.incidents),
                "\n".join(judgement.unresolved),
                judgement.restored_by,
                finish(judgement.deployment),
                judgement.restored_at,
            ),
        )


def _change_rows(part: Judged, head: tuple[int, str]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    for brought in part.judged.brought.values():
        for change in brought.changes:
            if not part.decides(change.delivered_at):
                break  # all of one deployment
            row = (*head, change.seconds, change.bot, change.delivered_at)
            yield (change.deployment_id, change.change_id), row


def _incident_rows(part: Judged, head: tuple[int, str]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    for incident in part.incidents:
        if not part.decides_incident(incident):
            continue
        link = part.judged.links[incident.id]
        yield (
            (incident.id,),
            (
                *head,
                link.deployment_id,
                link.by or "",
                link.reason,
                incident.severity,
                incident.corrected,
                incident.opened_at,
                incident.acknowledged_at,
                incident.resolved_at,
            ),
        )


def _rollback_rows(part: Judged, head: tuple[int, str]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    for rollback in part.judged.rollbacks:
        if part.decides(began(rollback)):
            yield (rollback.id,), (*head, rollback.seconds, rollback.at)


def _write_judged(ids: Sequence[int], judged: Sequence[_Rows], since: datetime) -> None:
    now = timezone.now()
    gone: dict[str, list[int]] = {}
    for model, key, names, part in (
        (JudgedDeployment, ("deployment",), _DEPLOYMENT, "deployments"),
        (DeliveredChange, ("deployment", "change"), _CHANGE, "changes"),
        (JudgedIncident, ("incident",), _INCIDENT, "incidents"),
        (JudgedRollback, ("sample",), _ROLLBACK, "rollbacks"),
    ):
        wanted: dict[Any, tuple[Any, ...]] = {}
        for rows in judged:
            wanted.update(getattr(rows, part))
        gone[part] = _write_differences(model, key, names, wanted, ids, now)
    tell_again(ids, gone["deployments"], gone["incidents"], now, since)


def _write_differences(
    model: type[models.Model],
    key: tuple[str, ...],
    names: tuple[str, ...],
    wanted: dict[Any, Any],
    ids: Sequence[int],
    now: datetime,
) -> list[int]:
    """Make the rows of these services equal to ``wanted`` (values by key), writing only what differs; the primary keys
    of those that went."""
    pk_name = model._meta.pk.name
    held: dict[Any, tuple[int, tuple[Any, ...]]] = {}
    times = [index for index, name in enumerate(names) if name.endswith("_at")]
    flags = [index for index, name in enumerate(names) if isinstance(model._meta.get_field(name), models.BooleanField)]

    def read(rows: Iterator[Any]) -> None:
        for cells in rows:
            values = list(cells[1 + len(key) :])
            for index in times:
                values[index] = bulk.from_time(values[index])
            for index in flags:
                values[index] = bool(values[index])
            held[tuple(cells[1 : 1 + len(key)])] = (cells[0], tuple(values))

    bulk.select(model, (pk_name, *key, *names), ("service",), [(pk,) for pk in ids], ("bigint",), read)
    gone = [pk for identity, (pk, _) in held.items() if identity not in wanted]
    stamp = (now,) if "updated_at" in {field.name for field in model._meta.fields} else ()
    written = (*names, "updated_at") if stamp else names
    fresh = [(*identity, *values, *stamp) for identity, values in wanted.items() if identity not in held]
    changed = [
        (held[identity][0], *values, *stamp)
        for identity, values in wanted.items()
        if identity in held and held[identity][1] != values
    ]
    bulk.delete(model, gone, service__in=ids)  # not one that another builder wrote for the fact's new service
    _insert_judged(model, (*key, *written), fresh)
    bulk.update(model, written, changed)
    return gone


def _insert_judged(model: type[models.Model], names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert; where a fact changed hands, the rows that still stand under its former service give way."""
    try:
        with transaction.atomic():
            bulk.insert(model, names, rows)
    except IntegrityError:
        bulk.delete(model, sorted({row[0] for row in rows}), by=names[0])
        bulk.insert(model, names, rows)


# ---------------------------------------------------------------- rollups


_ROLLUP_KEY = ("scope", "tier", "environment_class", "day", "service", "team")
_ROLLUP = ("deployments", "bucket", "recheck_at", *FIGURES, "updated_at")


def _scope_columns(scope: str) -> tuple[int | None, int | None]:
    """The service and the team of a scope."""
    kind, _, pk = scope.partition(":")
    return (int(pk) if kind == "service" else None, int(pk) if kind == "team" else None)


def _held_rollups(field: str, values: Iterable[Any]) -> dict[RollupKey, tuple[int, bytes]]:
    rows = DayRollup.objects.filter(**{f"{field}__in": list(values)})
    return {
        (scope, tier, environment_class, day): (pk, bytes(bucket))
        for pk, scope, tier, environment_class, day, bucket in rows.values_list(
            "pk", "scope", "tier", "environment_class", "day", "bucket"
        )
    }


def _write_rollups(
    wanted: dict[RollupKey, Bucket], held: dict[RollupKey, tuple[int, bytes]], stale: Iterable[RollupKey] = ()
) -> set[RollupKey]:
    """Make the held rollups equal to the wanted ones; the keys that changed. The versions of their scopes, and of the
    ``stale`` ones', go up."""
    now = timezone.now()
    fresh, changed, touched = [], [], set()
    for key, bucket in wanted.items():
        data = bucket.pack()
        known = held.get(key)
        if known is not None and known[1] == data:
            continue
        told = (bucket.deployments, data, bucket.recheck_at, *(NO_FIGURES if key[1] else figures(bucket)), now)
        touched.add(key)
        if known is None:
            fresh.append((*key, *_scope_columns(key[0]), *told))
        else:
            changed.append((known[0], *told))
    gone = {key: pk for key, (pk, _) in held.items() if key not in wanted}
    bulk.delete(DayRollup, list(gone.values()))
    bulk.insert(DayRollup, (*_ROLLUP_KEY, *_ROLLUP), fresh)
    bulk.update(DayRollup, _ROLLUP, changed)
    touched |= gone.keys()
    _raise_versions(touched.union(stale), wanted)
    return touched


def _raise_versions(touched: set[RollupKey], wanted: dict[RollupKey, Bucket]) -> None:
    first: dict[tuple[str, str, str], date | None] = {key[:3]: None for key in touched}
    for key in touched:
        bucket = wanted.get(key)
        if bucket is not None and bucket.finished:
            first[key[:3]] = min(first[key[:3]] or key[3], key[3])
    held = {
        (row.scope, row.tier, row.environment_class): row
        for row in ScopeVersion.objects.filter(scope__in={key[0] for key in first})
    }
    lost = {
        scope
        for scope, row in held.items()
        if scope in first and (*scope, row.first_deployed_on) in touched and first[scope] != row.first_deployed_on
    }
    found = _first_deployed(lost)
    fresh, changed = [], []
    for scope, day in first.items():
        row = held.get(scope)
        if row is None:
            fresh.append((*scope, 1, day))
        else:
            days = [day, found.get(scope) if scope in lost else row.first_deployed_on]
            changed.append((row.pk, row.version + 1, min((known for known in days if known), default=None)))
    bulk.insert(ScopeVersion, ("scope", "tier", "environment_class", "version", "first_deployed_on"), fresh)
    bulk.update(ScopeVersion, ("version", "first_deployed_on"), changed)


def _first_deployed(scopes: set[tuple[str, str, str]]) -> dict[tuple[str, str, str], date]:
    """The first day with a deployment that counts, succeeded or failed, looked up for those whose first was taken back.

    Seldom asked, so it opens the buckets one after the other, up to the first that holds one.
    """
    found = {}
    for scope, tier, environment_class in scopes:
        rows = DayRollup.objects.filter(scope=scope, tier=tier, environment_class=environment_class).order_by("day")
        days = rows.values_list("day", "bucket").iterator(chunk_size=20)
        day = next((day for day, bucket in days if Bucket.unpack(bytes(bucket)).finished), None)
        if day is not None:
            found[scope, tier, environment_class] = day
    return found


# ---------------------------------------------------------------- teams and the organisation


def _build_days() -> int:
    with transaction.atomic():
        _lock(LOCK)
        marks = list(
            ChangedDay.objects.order_by("environment_class", "day")
            .values_list("environment_class", "day")
            .distinct()[:DAYS_A_TIME]
        )
        if not marks:
            return 0
        days_by_class: dict[str, set[date]] = defaultdict(set)
        for environment_class, day in marks:
            days_by_class[environment_class].add(day)
        for environment_class, days in days_by_class.items():
            read = ChangedDay.objects.filter(environment_class=environment_class, day__in=days)
            regroup_by_id = dict(read.values_list("pk", "regroup"))
            _merge_days(environment_class, days)
            if any(regroup_by_id.values()):
                groups = ScopeVersion.objects.exclude(scope__startswith="service:")
                groups.filter(environment_class=environment_class).update(version=models.F("version") + 1)
                StoredSummary.objects.filter(version=0).delete()  # of scopes that have no rollups, hence no version
            bulk.delete(ChangedDay, list(regroup_by_id))
    return len(marks)


def _merge_days(environment_class: str, days: set[date]) -> None:
    unassigned, _ = Team.objects.get_or_create(slug=UNASSIGNED, defaults={"name": "Unassigned"})
    owners = periods_by_service()
    tiers = dict(Service.objects.values_list("pk", "tier"))
    by_tier: dict[RollupKey, Bucket] = defaultdict(Bucket)
    held: dict[RollupKey, tuple[int, bytes]] = {}
    stale: set[RollupKey] = set()
    rows = DayRollup.objects.filter(environment_class=environment_class, day__in=days).order_by("day", "scope")
    for pk, scope, tier, day, data in rows.values_list("pk", "scope", "tier", "day", "bucket").iterator():
        if not scope.startswith("service:"):
            held[scope, tier, environment_class, day] = (pk, bytes(data))
            continue
        service_id = int(scope[8:])
        if service_id not in tiers:
            continue  # it came or went since: with a mark of the day that is worked off next
        periods = owners.get(service_id, ())
        team = f"team:{owner_on(periods, day) or unassigned.pk}"
        by_tier[team, tiers[service_id], environment_class, day].merge_packed(bytes(data))
        if len(periods) > 1:  # whether it is active, and daily, is told of each team that owned it within a window
            others = {f"team:{period.team_id}" for period in periods}
            stale |= {(other, tier, environment_class, day) for other in others for tier in ("", tiers[service_id])}
    _write_rollups(_pooled(by_tier), held, stale)


def _pooled(by_tier: dict[RollupKey, Bucket]) -> dict[RollupKey, Bucket]:
    """The buckets of teams by tier, with those of teams of all tiers and of the organisation by tier and of all."""
    wanted: dict[RollupKey, Bucket] = defaultdict(Bucket, by_tier)
    for (team, tier, environment_class, day), bucket in by_tier.items():
        for scope, its_tier in ((team, ""), ("org", tier), ("org", "")):
            wanted[scope, its_tier, environment_class, day].merge(bucket)
    for (scope, *_), bucket in wanted.items():
        if scope == "org":
            bucket.summarise(ORGANISATION_EXACT_LIMIT)
    return dict(wanted)


# ---------------------------------------------------------------- from outside


def mark_overdue(now: datetime) -> int:
    """Mark the services of which an incident has become overdue without anybody acknowledging it."""
    due = DayRollup.objects.filter(recheck_at__lte=now, scope__startswith="service:").values_list("scope", flat=True)
    ids = {int(scope[8:]) for scope in due}
    ChangedService.objects.bulk_create([ChangedService(service_id=pk) for pk in sorted(ids)])
    return len(ids)


def mark_all() -> int:
    """Mark every service, with all its days; for a rebuild."""
    ids = list(Service.objects.values_list("pk", flat=True))
    ChangedService.objects.bulk_create([ChangedService(service_id=pk, regroup=True) for pk in ids])
    return len(ids)


def drop_rollups(since: date | None) -> None:
    """Forget the rollups (from ``since`` on), to be built anew."""
    rows = DayRollup.objects.all() if since is None else DayRollup.objects.filter(day__gte=since)
    with transaction.atomic():
        _lock(FORGET_LOCK)
        _lock(LOCK)
        rows.delete()
        StoredSummary.objects.all().delete()
        if since is None:
            ScopeVersion.objects.all().delete()
