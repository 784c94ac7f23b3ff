"""Rows -> what the signals of live controls say of some services, in a few queries whatever their number."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import owner_on
from ingest.models import Deployment, Service, Signal, SignalKind, SignalSample
from ingest.models.catalogue import EnvironmentClass, Tier
from ingest.models.inbox import SourceKind
from ingest.window import Window
from scorecards.live import answers
from scorecards.live.answers import QUARTER, Answer, Budget, Rollbacks
from scorecards.models import (
    AdoptionDay,
    BudgetExemption,
    BudgetStep,
    ControlVerdict,
    FindingOutcome,
    GateAnswer,
    JudgedDeployment,
    ScopeVersion,
    ServiceBudget,
)
from scorecards.reliability.exercises import runs_of
from scorecards.reliability.gamedays import Run
from scorecards.reliability.policy import FREEZING, HALTING
from scorecards.rollups.read import Computation, Scope
from scorecards.standards.verdict import Verdict

PRODUCTION = EnvironmentClass.PRODUCTION.value
MONTH, YEAR = timedelta(days=30), timedelta(days=366)
POLICY_WRITTEN = "DOP-5.1-06"  # where it fails there is no policy to enforce
FORBIDDING = FREEZING | HALTING
GAMEDAYS = (SignalKind.GAMEDAY_SCORE, SignalKind.GAMEDAY_MTTR)

Said = dict[str, Answer | None]  # by signal


class Known:
    """What holds for all services, read once. ``now``: its day is not looked at yet, as it is not over."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.today = now.astimezone(settings.ORGANISATION_ZONE).date()
        self.quarter = Window(self.today - QUARTER, self.today, settings.ORGANISATION_ZONE)
        self.month = Window(self.today - MONTH, self.today, settings.ORGANISATION_ZONE)
        self.owners = {pk: owner_on(periods, self.today) for pk, periods in periods_by_service().items()}
        self.tiers = dict(Service.objects.values_list("pk", "tier"))
        self.gamedays = Signal.objects.filter(kind__in=GAMEDAYS, enabled=True).exists()
        self.runs = runs_of() if self.gamedays else []
        self.adoption = _adoption()

    def answers(self, services: Collection[int]) -> dict[int, Said]:
        """What each signal says of each of these services."""
        delivery = Computation([Scope("service", pk) for pk in services], PRODUCTION, self.quarter, self.today)
        rollbacks, budgets = _rollbacks(services, self), _budgets(services, self)
        found: dict[int, Said] = {}
        for pk in services:
            scope = Scope("service", pk)
            month, quarter = delivery.summary(scope, self.month), delivery.summary(scope, self.quarter)
            found[pk] = {
                "deployed-daily": answers.deployed_daily(month),
                "lead-time-under-hour": answers.lead_time_under_hour(month),
                "change-failures-under-five-percent": answers.change_failures(month),
                "recovery-under-half-hour": answers.recovery(quarter, critical=self._is_critical(pk)),
                "incidents-answered-and-reviewed": answers.incidents_answered(quarter),
                "rollback-quick-and-drilled": answers.rolled_back(rollbacks[pk], self.today),
                "gamedays-held-regularly": self._gamedays(pk),
                "error-budget-enforced": budgets.get(pk),
                "teams-on-platform": self.adoption,
            }
        return found

    def _is_critical(self, service_id: int) -> bool:
        return self.tiers.get(service_id) == Tier.CRITICAL

    def _gamedays(self, service_id: int) -> Answer | None:
        """By team: gamedays of one of its services are all its services'."""
        if not self.gamedays:
            return None
        team = self.owners.get(service_id)
        own = {pk for pk in self.tiers if self.owners.get(pk) == team} if team is not None else {service_id}
        runs: list[Run] = [run for run in self.runs if run.service_id in own]
        critical, nameless = any(map(self._is_critical, own)), any(run.service_id is None for run in self.runs)
        return answers.gamedays(runs, self.now, critical=critical, nameless=nameless)


def _adoption() -> Answer | None:
    """Of the newest day that was computed, as ``scorecards.adoption.course`` writes it."""
    days = AdoptionDay.objects.filter(service=None, team=None).order_by("-day")
    told = days.values_list("figures", flat=True).first() or {}
    counts = (told.get(name, 0) for name in ("teams_using", "teams_possible", "teams"))
    return answers.teams_on_platform(*counts)


# ---------------------------------------------------------------- rollbacks


def _rollbacks(services: Collection[int], known: Known) -> dict[int, Rollbacks]:
    """Those of any class of environment: a drill may be held in staging."""
    since = Window(known.today - YEAR, known.today, settings.ORGANISATION_ZONE).starts_at
    seconds: dict[int, list[float]] = defaultdict(list)
    newest: dict[int, datetime] = {}
    for pk, at, took in _told_rollbacks(services, since):
        newest[pk] = max(at, newest.get(pk, at))
        if took is not None and took >= 0 and at >= known.quarter.starts_at:
            seconds[pk].append(took)
    seen = _seen_since(services)
    return {
        pk: Rollbacks(seconds[pk], _day(newest[pk]) if pk in newest else None, seen.get(pk)) for pk in services
    }  # fmt: skip


def _told_rollbacks(services: Collection[int], since: datetime) -> Iterator[tuple[int, datetime, float | None]]:
    gauges = SignalSample.objects.filter(signal__kind=SignalKind.ROLLBACK_DURATION, service__in=services, at__gte=since)
    yield from gauges.values_list("service", "at", "value")
    deployed = JudgedDeployment.objects.filter(
        service__in=services,
        environment_class__in=EnvironmentClass.values,
        finished_at__gte=since,
        rollback=True,
        status="succeeded",
    )
    for pk, finished_at, started_at in deployed.values_list("service", "finished_at", "deployment__started_at"):
        yield pk, finished_at, (finished_at - started_at).total_seconds() if started_at else None


def _seen_since(services: Collection[int]) -> dict[int, date]:
    """Since when deployments are known by something else than a counter, which could not tell of a rollback."""
    events = Deployment.objects.filter(service=OuterRef("pk")).exclude(source__kind=SourceKind.PROMETHEUS)
    told = Service.objects.filter(Exists(events), pk__in=services).values_list("pk", flat=True)
    scopes = {f"service:{pk}": pk for pk in told}
    rows = ScopeVersion.objects.filter(scope__in=scopes, environment_class=PRODUCTION, first_deployed_on__isnull=False)
    return {scopes[scope]: day for scope, day in rows.values_list("scope", "first_deployed_on") if day is not None}


def _day(at: datetime) -> date:
    return at.astimezone(settings.ORGANISATION_ZONE).date()


# ---------------------------------------------------------------- error budgets


def _budgets(services: Collection[int], known: Known) -> dict[int, Answer]:
    """Of those whose budget is measured: whether the gate is asked, and what was deployed in a freeze or halt."""
    measured = ServiceBudget.objects.filter(service__in=services, left__isnull=False)
    ids = set(measured.values_list("service", flat=True))
    if not ids:
        return {}
    unwritten = ControlVerdict.objects.filter(service__in=ids, control=POLICY_WRITTEN, verdict=FindingOutcome.FAIL)
    without = set(unwritten.values_list("service", flat=True))
    answered = GateAnswer.objects.filter(service__in=ids, at__gte=known.quarter.starts_at)
    asked = set(answered.order_by().values_list("service", flat=True).distinct())
    frozen = _frozen(ids, known)
    exemptions = _exemptions(frozen)
    breaches, exempt = defaultdict[int, int](int), defaultdict[int, int](int)
    for pk, at, sha in _deployed(frozen, known):
        if any(start <= at < end for start, end in frozen[pk]):
            breaches[pk] += 1
            exempt[pk] += any(start <= at <= end and only in ("", sha) for start, end, only in exemptions[pk])
    none = Answer(Verdict.NOT_APPLICABLE, "The service has no policy.")
    return {
        pk: none if pk in without else answers.budget_enforced(Budget(pk in asked, breaches[pk], exempt[pk]))
        for pk in ids
    }


def _frozen(services: Iterable[int], known: Known) -> dict[int, list[tuple[datetime, datetime]]]:
    """From when to when, within 90 days, the policy said freeze or halt."""
    steps: dict[int, list[BudgetStep]] = defaultdict(list)
    for step in BudgetStep.objects.filter(service__in=services).order_by("at", "pk"):
        steps[step.service_id].append(step)
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for pk, own in steps.items():
        ends = [*(step.at for step in own[1:]), known.now]
        spans = [(step.at, end) for step, end in zip(own, ends, strict=True) if _forbids(step.actions)]
        recent = [(start, end) for start, end in spans if end > known.quarter.starts_at]
        if recent:
            found[pk] = recent
    return found


def _forbids(actions: Sequence[object]) -> bool:
    types = {action.get("type") if isinstance(action, dict) else action for action in actions}
    return not FORBIDDING.isdisjoint(types)


def _deployed(services: Collection[int], known: Known) -> Iterator[tuple[int, datetime, str]]:
    """Succeeded deployments to production that are neither rollback nor hotfix: those a freeze leaves open."""
    rows = JudgedDeployment.objects.filter(
        service__in=services,
        environment_class=PRODUCTION,
        finished_at__gte=known.quarter.starts_at,
        finished_at__lt=known.quarter.ends_at,
        status="succeeded",
        rollback=False,
        hotfix=False,
        redeploy=False,
    )
    yield from rows.values_list("service", "finished_at", "deployment__sha")


def _exemptions(services: Mapping[int, object]) -> dict[int, list[tuple[datetime, datetime, str]]]:
    found: dict[int, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    approved = BudgetExemption.objects.filter(service__in=services, decided_at__isnull=False)
    approved = approved.exclude(state=BudgetExemption.State.DENIED)  # what was ended early held until then
    ends = Coalesce("ended_at", "until")
    for pk, start, end, sha in approved.values_list("service", "decided_at", ends, "sha"):
        if start is not None:
            found[pk].append((start, end, sha))
    return found
