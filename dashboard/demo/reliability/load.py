"""Puts what the demo's Prometheus told into the database, as if it had been read, and what came of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User

from dashboard.demo.reliability.courses import LONG, WINDOW_DAYS, Burst, counted, course_of, end_of
from dashboard.demo.reliability.told import EXEMPTION, FREEZE, GAMEDAYS, ROLLBACKS
from dashboard.demo.repositories.asked import STAFF
from ingest.models import PrometheusServer, Service, Signal, SignalKind, SignalSample, Slo, SloDay, Source
from ingest.models.inbox import SourceKind
from ingest.prometheus.slots import Slots, pack
from scorecards.models import BudgetStep, JudgedDeployment, JudgedIncident, ServiceBudget
from scorecards.reliability import gatekeeping, gating, policies, standing
from scorecards.reliability.burn import Days, budget_left
from scorecards.reliability.gating import Asked

NAME = "Demo Prometheus"
ADDRESS = "https://prometheus.demo.example"
SHARE_BY_SEVERITY = {"sev1": 0.3, "sev2": 0.12, "sev3": 0.04}
SHARE_OF_FAILED = 0.03
SHORTEST = timedelta(minutes=15)
ASKING = timedelta(days=4)
ASKED = 24
PIPELINE = "token: deploy pipeline"
LOOKED_EVERY = timedelta(hours=2)


def load_reliability(seed: int, now: datetime) -> None:
    """Objectives were found by the scans; here is what was counted, up to now.

    The server never answers, so its source is paused: nobody asks it. ``follow`` counts on.
    """
    now = now.replace(microsecond=0)
    source = Source.objects.create(kind=SourceKind.PROMETHEUS, name=NAME, paused_at=now)
    server = PrometheusServer.objects.create(source=source, url=ADDRESS, answered_at=now)
    Slo.objects.filter(ended_at=None).update(server=server)
    _steps(_count(seed, now), now)
    standing.compute(now)
    BudgetStep.objects.filter(mailed_at=None).update(mailed_at=now)
    _samples(server, now)
    _people(now)
    _pipelines(now)


# ---------------------------------------------------------------- what was counted


def _count(seed: int, now: datetime) -> dict[Slo, Mapping[date, Slots]]:
    """The days of every objective that was read."""
    found: dict[Slo, Mapping[date, Slots]] = {}
    slos = Slo.objects.filter(ended_at=None, problem_code="").select_related("service").order_by("pk")
    read = [(slo, slo.service, course_of(slo.service.slug, slo.name)) for slo in slos if slo.service is not None]
    bursts = _bursts([service.pk for _, service, _ in read], now)
    rows: list[SloDay] = []
    for slo, service, course in read:
        if course is None:
            continue
        days = counted(course, slo.objective, bursts[service.pk], now, seed, service.slug, slo.name)
        rows += [row_of(slo, day, slots) for day, slots in days.items()]
        slo.read_to, slo.answered_at = end_of(course, now), now - timedelta(hours=course.silent)
        slo.exact = bool(slo.bad_selector and slo.total_selector)
        found[slo] = days
    SloDay.objects.bulk_create(rows, batch_size=200)
    Slo.objects.bulk_update(list(found), ["read_to", "answered_at", "exact"], batch_size=200)
    return found


def row_of(slo: Slo, day: date, slots: Slots) -> SloDay:
    """A day with its sums."""
    sums = slots.sums()
    return SloDay(slo=slo, day=day, slots=pack(slots), bad=sums.bad, total=sums.total, measured=sums.measured)


def _bursts(services: Iterable[int], now: datetime) -> Mapping[int, list[Burst]]:
    """By service: its incidents that are over, and the deployments that failed, until they were restored."""
    since = now - timedelta(days=LONG)
    found: dict[int, list[Burst]] = defaultdict(list)
    ids = list(services)
    opened = JudgedIncident.objects.filter(service__in=ids, environment_class="production", opened_at__gte=since)
    for pk, severity, start, end in opened.values_list("service_id", "severity", "opened_at", "resolved_at"):
        if start is not None and end is not None:
            found[pk].append(Burst(start, max(end, start + SHORTEST), SHARE_BY_SEVERITY.get(severity, 0.04)))
    failed = JudgedDeployment.objects.filter(service__in=ids, environment_class="production", failed=True)
    for pk, start, end in failed.filter(finished_at__gte=since).values_list("service_id", "finished_at", "restored_at"):
        found[pk].append(Burst(start, max(end or start, start + SHORTEST), SHARE_OF_FAILED))
    return found


# ---------------------------------------------------------------- what came of it


def _steps(counted_by: Mapping[Slo, Mapping[date, Slots]], now: datetime) -> None:
    """The steps on the way, of the services that are known for longer than a window; looked at every two hours."""
    by_service: dict[Service, list[tuple[Slo, Days, datetime]]] = defaultdict(list)
    for slo, days in counted_by.items():
        course = course_of(slo.service.slug, slo.name) if slo.service else None
        if slo.service is not None and course is not None and course.history == LONG:
            by_service[slo.service].append((slo, Days.of(days), end_of(course, now)))
    rows: list[BudgetStep] = []
    for service, own in by_service.items():
        rows += _steps_of(service, own)
    BudgetStep.objects.bulk_create(rows)
    last = {row.service_id: row for row in sorted(rows, key=lambda row: row.at)}
    ServiceBudget.objects.bulk_create(
        ServiceBudget(service_id=pk, step=row.after, since=row.at, computed_at=now) for pk, row in last.items()
    )


def _steps_of(service: Service, own: Sequence[tuple[Slo, Days, datetime]]) -> Iterable[BudgetStep]:
    policy, before = policies.of(service), ""
    end = min(end for _, _, end in own)
    at = end - timedelta(days=WINDOW_DAYS)
    while at <= end:
        left, slo = min(((_left(slo, days, at), slo) for slo, days, _ in own), key=lambda pair: pair[0])
        step = policy.step(left)
        label = step.label if step is not None else ""
        if label != before:
            actions = [{"type": action.type, "text": action.text} for action in (step.actions if step else ())]
            yield BudgetStep(
                service=service, slo=slo, slo_name=slo.name, before=before, after=label, left=left, actions=actions,
                mailed_at=at, at=at,
            )  # fmt: skip
        before = label
        at += LOOKED_EVERY


def _left(slo: Slo, days: Days, at: datetime) -> float:
    sums = days.last(slo.window_seconds, at)
    left = budget_left(sums.bad, sums.total, slo.objective)
    return 1.0 if left is None else left


# ---------------------------------------------------------------- gamedays and rollbacks


def _samples(server: PrometheusServer, now: datetime) -> None:
    services = dict(Service.objects.values_list("slug", "pk"))
    kinds = (
        (SignalKind.GAMEDAY_SCORE, "gameday_score"),
        (SignalKind.GAMEDAY_MTTR, "gameday_mttr"),
        (SignalKind.ROLLBACK_DURATION, "deployment_rollback_duration_seconds"),
    )
    signals = {
        kind: Signal.objects.create(server=server, name=query, kind=kind, query=query, read_to=now, answered_at=now)
        for kind, query in kinds
    }
    rows = [
        SignalSample(
            signal=signals[kind], service_id=services.get(one.service), environment="production", label=one.scenario,
            series=one.scenario, value=value, at=now - timedelta(days=one.days_ago),
        )
        for one in GAMEDAYS
        for kind, value in ((SignalKind.GAMEDAY_SCORE, one.score), (SignalKind.GAMEDAY_MTTR, one.mttr))
        if not one.service or one.service in services
    ]  # fmt: skip
    rows += [
        SignalSample(
            signal=signals[SignalKind.ROLLBACK_DURATION], service_id=services[one.service], environment="production",
            series=one.service, value=one.seconds, at=now - timedelta(days=one.days_ago),
        )
        for one in ROLLBACKS
        if one.service in services
    ]  # fmt: skip
    SignalSample.objects.bulk_create(rows)


# ---------------------------------------------------------------- people and pipelines


def _people(now: datetime) -> None:
    """A freeze window that is to come, and an exemption that waits for its approval."""
    name, start, end, reason = FREEZE
    staff = User.objects.filter(username=STAFF).first()
    if staff is not None:
        midnight = now.replace(hour=0, minute=0, second=0)
        gatekeeping.set_freeze(
            name=name, starts_at=midnight + timedelta(days=start), ends_at=midnight + timedelta(days=end), by=staff,
            at=now, reason=reason,
        )  # fmt: skip
    slug, kind, text, asking = EXEMPTION
    service, by = Service.objects.filter(slug=slug).first(), User.objects.filter(username=asking).first()
    if service is not None and by is not None:
        until, at = now + timedelta(days=2), now - timedelta(hours=3)
        gatekeeping.request_exemption(service=service, kind=kind, text=text, until=until, by=by, at=at)


def _pipelines(now: datetime) -> None:
    """Pipelines asked the gate before they deployed, these last days."""
    recent = JudgedDeployment.objects.filter(
        service__slug__in=("payments-api", "payouts", "checkout-api", "search-api"),
        environment_class="production", finished_at__gte=now - ASKING,
    )  # fmt: skip
    for one in recent.select_related("deployment").order_by("-finished_at")[:ASKED]:
        asked = Asked(sha=one.deployment.sha)
        at = (one.deployment.started_at or one.finished_at) - timedelta(minutes=1)
        gating.ask(Service.objects.filter(pk=one.service_id), asked, by=PIPELINE, now=at)
    burning = Service.objects.filter(slug="ledger")
    if burning.exists():
        gating.ask(burning, Asked(), by=PIPELINE, now=now - timedelta(minutes=4))
