"""What was received becomes evidence: scans as they are kept, deployments as figures are rebuilt, and each hour what
stands in the catalogue, what Prometheus answered, what scanners sent, and which repositories were looked at again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete
from django.utils import timezone

from ingest.facts import bulk
from ingest.models import Deployment, Ownership, PrometheusServer, Service, SignalSample, SloDay, Source
from ingest.models.inbox import SourceKind
from scorecards import signals
from scorecards.adoption import store
from scorecards.adoption.capabilities import ACTIVITY, Capabilities, Origin
from scorecards.adoption.settings import capabilities
from scorecards.adoption.sightings import sightings
from scorecards.adoption.spells import ACTIVE, Spell, cut, spells_of
from scorecards.adoption.store import Key, Note
from scorecards.models import (
    AdoptionDue,
    CapabilitySpell,
    DayRollup,
    ImportedRun,
    LookSpell,
    Scan,
    ScanDue,
    TriggerState,
)
from scorecards.rules.facts import KeptFacts
from scorecards.scans.claims import Claim
from scorecards.scans.fleet import newest_scans

PRODUCTION = "production"
PROMETHEUS = "prometheus"  # the look of every service at signals of Prometheus
_STATED = (Ownership.Basis.CATALOGUE, Ownership.Basis.EVENT, Ownership.Basis.SOURCE)


def day_of(at: datetime) -> date:
    return at.astimezone(settings.ORGANISATION_ZONE).date()


def due(since: date | None) -> None:
    """The days from ``since`` on are to be computed anew; ``None``: all."""
    AdoptionDue.objects.create(since=since)


# ---------------------------------------------------------------- scans


def read_scan(scan: Scan) -> None:
    """Take from a scan what it shows of its services, on its day."""
    if scan.facts is None or scan.state == Scan.State.REFUSED or not scan.claims:
        return
    day = day_of(scan.scanned_at)
    claims = [Claim(int(pk), tuple(globs)) for pk, globs in scan.claims.items()]
    known = set(Service.objects.filter(pk__in=[claim.service_id for claim in claims]).values_list("pk", flat=True))
    found = sightings(
        KeptFacts.unpacked(bytes(scan.facts)),
        capabilities().of(Origin.SCAN),
        [claim for claim in claims if claim.service_id in known],
        whole=scan.state == Scan.State.COMPLETE,
    )
    commit = {"repository": scan.repository_id, "commit": scan.commit}
    seen = {
        key: Note(day, scan.pk, {"path": place.path, "line": place.line} | commit) for key, place in found.seen.items()
    }
    looked = {key: Note(day, scan.pk) for key in found.looked}
    if any([store.add(CapabilitySpell, seen), store.add(LookSpell, looked)]):
        due(day)


def read_unread(every: bool = False) -> int:
    """Read the newest scan of each repository that was not read for each of its services, or all of them; how many."""
    read: dict[int, set[str]] = defaultdict(set)
    for scan_id, service_id in LookSpell.objects.filter(scan__isnull=False).values_list("scan", "service").distinct():
        read[scan_id].add(str(service_id))
    rows = newest_scans().filter(facts__isnull=False).values_list("pk", "claims")
    ids = [pk for pk, claims in rows if every or not set(claims or ()) <= read[pk]]
    for pk in ids:
        with transaction.atomic():
            read_scan(Scan.objects.get(pk=pk))
    return len(ids)


def look_again() -> None:
    """What the newest scan of a repository shows is there as long as its commit is known to be the newest."""
    newest = dict(newest_scans().values_list("pk", "repository_id"))
    looked = dict(ScanDue.objects.values_list("repository_id", "looked_at"))
    day_by_scan = {pk: day_of(at) for pk, of in newest.items() if (at := looked.get(of)) is not None}
    for model in (CapabilitySpell, LookSpell):
        extend(model, day_by_scan)


def looked_again(scan: Scan, at: datetime) -> None:
    """The commit of a scan was found to be the newest still."""
    for model in (CapabilitySpell, LookSpell):
        extend(model, {scan.pk: day_of(at)})


def extend(model: type[CapabilitySpell] | type[LookSpell], day_by_scan: Mapping[int, date]) -> None:
    """Add a day to the spells that scans showed last."""
    rows = model._default_manager.filter(scan__isnull=False)
    if len(day_by_scan) <= store.MANY:
        rows = rows.filter(scan__in=day_by_scan)
    notes: dict[Key, Note] = {}
    for row in rows.iterator():
        day = day_by_scan.get(row.scan_id or 0)
        if day is not None and day > row.last_day and row.service_id is not None:
            notes[row.service_id, row.signal] = Note(day, row.scan_id, getattr(row, "detail", {}))
    since = store.add(model, notes)
    if since is not None:
        due(since)


# ---------------------------------------------------------------- facts


def of_deployments(service_ids: Collection[int]) -> dict[Key, list[Spell]]:
    """The spells of deployments told by pipelines: of any environment and status, by any source but local clones."""
    signals = [signal.id for signal in capabilities().of(Origin.DEPLOYMENTS)]
    clones = set(Source.objects.filter(kind=SourceKind.GIT).values_list("pk", flat=True))
    zone = settings.ORGANISATION_ZONE
    is_utc = zone.utcoffset(None) == timedelta(0)
    days: dict[int, set[date]] = defaultdict(set)

    def read(rows: Iterator[Any]) -> None:
        for service_id, source_id, started_at, finished_at in rows:
            at = finished_at or started_at
            if at is None or source_id in clones:
                continue
            if is_utc and isinstance(at, datetime):  # as the database gives it: in UTC
                days[service_id].add(at.date())
            else:
                days[service_id].add(bulk.from_time(at).astimezone(zone).date())

    names = ("service", "source", "started_at", "finished_at")
    bulk.select(Deployment, names, ("service",), [(pk,) for pk in service_ids], ("bigint",), read)
    spells = {pk: spells_of(days[pk]) for pk in days}
    return {(pk, name): spells.get(pk, []) for pk in service_ids for name in signals}


def of_activity(service_ids: Collection[int]) -> dict[Key, list[Spell]]:
    """The spells of succeeded production deployments, as they are counted."""
    scopes = [f"service:{pk}" for pk in service_ids]
    rows = DayRollup.objects.filter(scope__in=scopes, tier="", environment_class=PRODUCTION, deployments__gt=0)
    days: dict[int, list[date]] = defaultdict(list)
    for scope, day in rows.values_list("scope", "day"):
        days[int(scope[8:])].append(day)
    return {(pk, ACTIVITY): spells_of(days.get(pk, ()), ACTIVE) for pk in service_ids}


def of_catalogue(service_ids: Collection[int] | None, today: date) -> dict[Key, list[Spell]]:
    """What was said of a service in the catalogue stands from the day on which it was said until it retires."""
    signals = [signal.id for signal in capabilities().of(Origin.CATALOGUE)]
    services, said = Service.objects.all(), Ownership.objects.filter(basis__in=_STATED)
    if service_ids is not None:
        services, said = services.filter(pk__in=service_ids), said.filter(service__in=service_ids)
    first: dict[int, date] = {}
    for service_id, at in said.order_by("service", "-at").values_list("service", "at"):
        first[service_id] = day_of(at)
    found: dict[Key, list[Spell]] = {}
    for pk, retired_on in services.values_list("pk", "retired_on"):
        stands = [Spell(first[pk], today)] if pk in first and first[pk] <= today else []
        for name in signals:
            found[pk, name] = cut(stands, retired_on)
    return found


def of_results(known: Capabilities) -> dict[Key, list[Spell]]:
    """The spells of results that other scanners sent of a service's repository."""
    signals = [signal.id for signal in known.of(Origin.SARIF)]
    days: dict[int, set[date]] = defaultdict(set)
    runs = ImportedRun.objects.filter(state=ImportedRun.State.READ, repository__isnull=False)
    for repository_id, at in runs.values_list("repository_id", "received_at"):
        days[repository_id].add(day_of(at))
    services = Service.objects.filter(repository__in=days) if signals else Service.objects.none()
    rows = list(services.values_list("pk", "repository_id"))
    return {(pk, name): spells_of(days[of]) for pk, of in rows if of is not None for name in signals}


class Measured(NamedTuple):
    """Days with data of Prometheus: of objectives and of signals, by service; and days on which it answered."""

    objectives: dict[int, set[date]]
    metrics: dict[int, set[date]]
    answered: set[date]


def measured() -> Measured:
    objectives: dict[int, set[date]] = defaultdict(set)
    rows = SloDay.objects.filter(measured__gt=0, slo__service__isnull=False)
    for service_id, day in rows.values_list("slo__service", "day").distinct():
        objectives[service_id].add(day)
    metrics: dict[int, set[date]] = defaultdict(set)
    samples = SignalSample.objects.filter(service__isnull=False)
    states = TriggerState.objects.filter(value__isnull=False)
    for told in (samples, states):
        for service_id, at in told.values_list("service", "at"):
            metrics[service_id].add(day_of(at))
    times = PrometheusServer.objects.values_list("answered_at", flat=True)
    answered = {day_of(at) for at in times if at is not None}.union(*objectives.values(), *metrics.values())
    return Measured(objectives, metrics, answered)


# ---------------------------------------------------------------- when


def rebuilt(service_ids: Collection[int], days: Iterable[date], regrouped: Collection[int], **_: Any) -> None:
    """Figures of services were recomputed: their deployments may be others. In the transaction that recomputed them."""
    today = day_of(timezone.now())
    wanted = of_deployments(service_ids) | of_activity(service_ids) | of_catalogue(service_ids, today)
    moved = store.replace(wanted)
    if regrouped:
        due(None)
    elif since := min((day for day in (*days, moved) if day is not None), default=None):
        due(since)


def scanned(scan: Scan, **_: Any) -> None:
    read_scan(scan)


def forgotten(**_: Any) -> None:
    """A service is no more, and was in the sums of every day."""
    due(None)


def keep(now: datetime, *, anew: bool = False) -> None:
    """What an hour may bring. ``anew``: other capabilities may be in force, so all scans that are there are read."""
    today, known = day_of(now), capabilities()
    read_unread(every=anew)
    look_again()
    stands = of_catalogue(None, today) | of_results(known)
    told = measured()
    objectives = {signal.id: told.objectives for signal in known.of(Origin.OBJECTIVES)}
    metrics = {signal.id: told.metrics for signal in known.of(Origin.METRICS)}
    with transaction.atomic():
        moved = [
            store.replace(stands),
            store.grow(objectives | metrics),
            store.grow_looks(PROMETHEUS, told.answered),
        ]
        if since := min((day for day in moved if day is not None), default=None):
            due(since)


def connect() -> None:
    """Called once, when the app is ready."""
    signals.scanned.connect(scanned, dispatch_uid="scorecards.adoption.scanned")
    signals.rebuilt.connect(rebuilt, dispatch_uid="scorecards.adoption.rebuilt")
    post_delete.connect(forgotten, sender=Service, dispatch_uid="scorecards.adoption.forgotten")
