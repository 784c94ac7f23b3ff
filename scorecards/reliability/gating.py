"""The gate over what is in the database: three to six queries an answer, and never a question to Prometheus."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, JSONObject

from ingest.catalogue.names import environment_class
from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import owner_on
from ingest.models import Environment, Service, Team
from ingest.models.catalogue import UNASSIGNED, EnvironmentClass
from ingest.window import DAY, midnight
from scorecards.models import (
    BudgetExemption,
    ControlVerdict,
    FindingOutcome,
    FreezeWindow,
    GateAnswer,
    GateSetting,
    JudgedDeployment,
    JudgedIncident,
    ServiceBudget,
    SloStanding,
    TriggerFiring,
)
from scorecards.reliability import gate, policies
from scorecards.reliability.gate import Answer, Budget, Control, Exempted, Freeze, Known, OpenIncident, Trigger
from scorecards.reliability.policy import Policy
from scorecards.standards import pack
from scorecards.standards.standard import Level

MAX_ENVIRONMENT = 200
MAX_ROWS = 1_000
KEPT = timedelta(days=400)  # of answers; the report looks back 28 days, a live control 90
FORGOTTEN = 5_000  # answers at once, so that no other work waits for it
SEV1 = "sev1"
READ = (
    "slug", "name", "budget__left", "budget__step", "budget__unknown", "budget__computed_at", "budget__slo__name",
    "budget__slo__standing__data_until",
)  # fmt: skip


class Mode(NamedTuple):
    """How the gate answers. ``own``: said of the service itself, and not of all."""

    mode: str = gate.DRY_RUN
    deny_unknown: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: of an environment by its name or class, of a commit or (empty) of any."""

    environment: str = gate.PRODUCTION
    sha: str = ""


def forget(now: datetime) -> int:
    """Delete answers older than ``KEPT``, some at a time; how many."""
    old = GateAnswer.objects.filter(would_be__in=GateAnswer.Decision.values, at__lt=now - KEPT)
    count, _ = GateAnswer.objects.filter(pk__in=list(old.order_by().values_list("pk", flat=True)[:FORGOTTEN])).delete()
    return count


def ask(services: QuerySet[Service], asked: Asked, *, by: str, now: datetime) -> GateAnswer:
    """The answer for the one service in ``services``, recorded.

    Raises:
        Service.DoesNotExist: there is none.
    """
    service, answer = _answer(services, asked, now)
    return GateAnswer.objects.create(
        service=service,
        environment=asked.environment[:MAX_ENVIRONMENT],
        sha=asked.sha,
        decision=answer.decision,
        would_be=answer.would_be,
        mode=answer.mode,
        reasons=[
            {"code": one.code, "text": one.text, "denies": one.decision is gate.Decision.DENY} for one in answer.reasons
        ],
        would_change=answer.would_change,
        asked_by=by[:200],
        at=now,
    )


def answer_now(service: Service, asked: Asked, now: datetime) -> Answer:
    """The answer as of now; nothing is recorded."""
    return _answer(Service.objects.filter(pk=service.pk), asked, now)[1]


def mode_of(service: Service) -> Mode:
    """How the gate answers for the service."""
    return _mode(_with_settings(Service.objects.filter(pk=service.pk)).get())


def mode_of_all() -> Mode:
    """How the gate answers for every service without a setting of its own."""
    newest = GateSetting.objects.filter(service=None).order_by("-at", "-pk").first()
    return Mode(newest.mode, newest.deny_unknown) if newest is not None else Mode()


def own_settings(services: QuerySet[Service]) -> QuerySet[GateSetting]:
    """The settings in force of the services that do not follow what holds for all, by the service's name."""
    newest = GateSetting.objects.filter(service=OuterRef("service")).order_by("-at", "-pk").values("pk")[:1]
    found = GateSetting.objects.filter(service__in=services, pk=Subquery(newest), inherits=False)
    return found.order_by("service__name", "pk")


def _answer(services: QuerySet[Service], asked: Asked, now: datetime) -> tuple[Service, Answer]:
    service = _found(services, asked)
    return service, gate.decide(_known(service, asked, now))


def _found(services: QuerySet[Service], asked: Asked) -> Any:
    """The service, with what one row of it can bear."""
    verdicts = ControlVerdict.objects.filter(service=OuterRef("pk"), standard=pack.builtin().code)
    verdicts = verdicts.exclude(control__in=_live())  # those connected data decides, without any scan
    environment = Environment.objects.filter(name=asked.environment).values("environment_class")[:1]
    return (
        _with_settings(services)
        .annotate(scanned=Exists(verdicts), named_class=Subquery(environment))
        .select_related("budget__slo__standing")
        .only(*READ)
        .get()
    )


def _with_settings(services: QuerySet[Service]) -> QuerySet[Any]:
    said = JSONObject(mode=F("mode"), deny_unknown=F("deny_unknown"), inherits=F("inherits"))
    newest = GateSetting.objects.order_by("-at", "-pk").annotate(said=said).values("said")
    return services.annotate(
        own_setting=Subquery(newest.filter(service=OuterRef("pk"))[:1]),
        setting_of_all=Subquery(newest.filter(service=None)[:1]),
    )


def _known(service: Any, asked: Asked, now: datetime) -> Known:
    found = class_of(asked.environment, service.named_class)
    mode, policy = _mode(service), policies.of(service)
    rows = _conditions(service, asked, found, now)
    budget = _budget(service, policy, now)
    today = now.astimezone(settings.ORGANISATION_ZONE).date()
    counts = gate.counts_deployments(policy, budget)
    return Known(
        now=now,
        policy=policy,
        environment_class=found,
        enforced=mode.mode == gate.ENFORCE,
        deny_unknown=mode.deny_unknown,
        budget=budget,
        scanned=service.scanned,
        controls=tuple(Control(row.name, _title(row.name)) for row in rows["control"]),
        incidents=tuple(OpenIncident(row.detail or row.name, row.at) for row in rows["incident"]),
        freezes=tuple(Freeze(row.name, row.at, row.detail) for row in rows["freeze"]),
        triggers=tuple(Trigger(row.name, row.at, row.detail) for row in rows["trigger"]),
        exemptions=tuple(Exempted(row.name, row.at) for row in rows["exemption"]),
        deployed_today=_deployed(service, found, midnight(today, settings.ORGANISATION_ZONE)) if counts else 0,
        day_ends_at=midnight(today + DAY, settings.ORGANISATION_ZONE),
        zone=settings.ORGANISATION_ZONE,
    )


def class_of(name: str, registered: str | None) -> str:
    """The class of an environment: as the catalogue has it, else the class of that very name, else by its words."""
    if registered is not None or name in EnvironmentClass.values:
        return registered or name
    return environment_class(name, settings.ENVIRONMENT_CLASSES)


def _mode(service: Any) -> Mode:
    own, of_all = service.own_setting, service.setting_of_all
    if own is not None and not own["inherits"]:
        return Mode(own["mode"], bool(own["deny_unknown"]), own=True)
    return Mode(of_all["mode"], bool(of_all["deny_unknown"])) if of_all is not None else Mode()


def _budget(service: Any, policy: Policy, now: datetime) -> Budget | None:
    """The budget with the least left; where that is out of date, the least that is known now, if it is at a step."""
    budget: ServiceBudget | None = getattr(service, "budget", None)
    if budget is None:
        return None
    standing: SloStanding | None = getattr(budget.slo, "standing", None) if budget.slo is not None else None
    found = Budget(
        left=budget.left,
        step=policy.labelled(budget.step) or policy.step(budget.left),
        objective=budget.slo.name if budget.slo is not None else "",
        unmeasured=budget.unknown,
        data_until=standing.data_until if standing is not None else None,
        computed_at=budget.computed_at,
    )
    if not found.stale(now):
        return found
    fresh = _freshest(service, budget, policy, now)
    return fresh if fresh is not None and fresh.step is not None else found


def _freshest(service: Service, budget: ServiceBudget, policy: Policy, now: datetime) -> Budget | None:
    """Of the objectives that are measured up to now that with the least budget left."""
    rows = SloStanding.objects.filter(
        service=service, state=SloStanding.State.MEASURED, budget_left__isnull=False, slo__ended_at=None,
        data_until__gte=now - gate.STALE_AFTER, computed_at__gte=now - gate.STALE_AFTER,
    )  # fmt: skip
    row = rows.select_related("slo").order_by("budget_left", "pk").first()
    if row is None:
        return None
    step = policy.step(row.budget_left)
    return Budget(row.budget_left, step, row.slo.name, budget.unknown, row.data_until, row.computed_at)


def _title(control: str) -> str:
    found = pack.builtin().control_by_id.get(control)
    return found.title if found is not None else ""


# ---------------------------------------------------------------- what holds now, in one query


class _Row(NamedTuple):
    kind: str
    name: str
    detail: str
    at: datetime
    team_id: int | None


def _conditions(service: Service, asked: Asked, found: str, now: datetime) -> dict[str, list[_Row]]:
    """By kind: ``control``, ``incident``, ``freeze``, ``trigger``, ``exemption``."""
    parts = [
        _part("control", _failing(service), "control", Value(""), "since"),
        _part("incident", _grave(service), "incident__external_id", F("incident__title"), "opened_at"),
        _part("freeze", _frozen(service, found, now), "name", F("reason"), "ends_at", F("team_id")),
        _part("trigger", TriggerFiring.objects.filter(service=service, until=None), "trigger", F("action"), "fired_at"),
        _part("exemption", _exempted(service, asked, now), "kind", Value(""), "until"),
    ]
    rows: dict[str, list[_Row]] = defaultdict(list)
    for values in parts[0].union(*parts[1:], all=True)[:MAX_ROWS]:
        row = _Row(*values)
        rows[row.kind].append(row)
    if any(row.team_id is not None for row in rows["freeze"]):
        owner = _owner(service, now)
        rows["freeze"] = [row for row in rows["freeze"] if row.team_id in (None, owner)]
    return rows


def _part(
    kind: str, rows: QuerySet[Any], name: str, detail: Any, at: str, team_id: Any = None
) -> QuerySet[Any, tuple[Any, ...]]:
    """Rows as ``_Row``. The casts make the columns of all parts alike, which PostgreSQL asks for."""
    return rows.order_by().values_list(
        Value(kind, output_field=CharField()),
        Cast(F(name), TextField()),
        Cast(detail, TextField()),
        F(at),
        Cast(team_id if team_id is not None else Value(None), BigIntegerField()),
    )


def _failing(service: Service) -> QuerySet[ControlVerdict]:
    required = ControlVerdict.objects.filter(service=service, standard=pack.builtin().code, level=Level.REQUIRED)
    return required.filter(verdict=FindingOutcome.FAIL).exclude(control__in=_live())


@cache
def _live() -> tuple[str, ...]:
    """Controls that tell how deployments, incidents and rollbacks went: to deny a deployment mends none of them."""
    return tuple(control.id for control in pack.builtin().controls if control.is_live)


def _grave(service: Service) -> QuerySet[JudgedIncident]:
    incidents = JudgedIncident.objects.filter(service=service, environment_class=EnvironmentClass.PRODUCTION)
    return incidents.filter(severity=SEV1, resolved_at=None)


def _frozen(service: Service, found: str, now: datetime) -> QuerySet[FreezeWindow]:
    """Windows in force of the class, of all services, this one, or any team."""
    held = FreezeWindow.objects.filter(Q(service=service) | Q(service=None), cancelled_at=None, environment_class=found)
    return held.filter(starts_at__lte=now, ends_at__gt=now)


def _exempted(service: Service, asked: Asked, now: datetime) -> QuerySet[BudgetExemption]:
    held = BudgetExemption.objects.filter(service=service, state=BudgetExemption.State.APPROVED, until__gt=now)
    return held.filter(sha__in=("", asked.sha))


def _owner(service: Service, now: datetime) -> int | None:
    """The team that owns the service today; ``unassigned`` where nobody was ever named."""
    told: Sequence[Any] = periods_by_service([service.pk]).get(service.pk, [])
    owner = owner_on(told, now.astimezone(settings.ORGANISATION_ZONE).date())
    if owner is not None:
        return owner
    return Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first()


def _deployed(service: Service, found: str, since: datetime) -> int:
    """Deployments of the service that finished since then."""
    rows = JudgedDeployment.objects.filter(service=service, environment_class=found, finished_at__gte=since)
    return rows.count()
