"""``/services/<slug>/reliability/``: the budgets of one service, what the policy asks of it, and what comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.formats import Amount
from dashboard.pages import compared, drill, trends
from dashboard.pages.budgets import rows as budgets
from dashboard.pages.budgets import words
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step as Crumb
from dashboard.pages.frame import filters_of
from dashboard.pages.gate import shown as gate
from dashboard.pages.readings import beside
from dashboard.pages.reliability.objectives import objectives
from dashboard.pages.reliability.overview import came
from dashboard.pages.service import trail
from scorecards.models import BudgetStep, ServiceBudget, TriggerFiring, TriggerState
from scorecards.reliability import policies
from scorecards.reliability.policy import Policy, standard

STEPS = 20
FIRINGS = 10
UNITS = {"high_error_rate": "percent", "latency_degradation": "seconds", "memory_leak": "bytes"}


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the policy. ``place``: ``passed`` (its demands still hold), ``here``, or ``ahead``."""

    name: str
    asks: str
    place: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Held:
    """A trigger of the rollback policy as it stands."""

    name: str
    value: str
    limit: str
    status: Status
    since: datetime | None
    at: datetime


@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One service."""
    filters = filters_of(request)
    service = drill.named(access.visible_services(request.user).select_related("repository"), slug)
    here = f"{reverse('service', args=[service.slug])}{filters.query()}"
    policy, now = policies.of(service), timezone.now()
    found = objectives(service, policy, now)
    budget = ServiceBudget.objects.filter(service=service).select_related("slo__standing").first()
    context = {
        "service": service,
        "trail": [*trail(request, service, filters), Crumb(service.name, here)],
        "budget": budget,
        **left_of(budget, policy),
        "next": next((one.next for one in found if budget and one.slo.pk == budget.slo_id), ""),
        "policy": policy,
        "policy_source": "the standard’s own (DOP 5.1)" if policy == standard() else policy.source,
        "rungs": rungs(policy, budget),
        "objectives": found,
        "gate": gate.now(service, request.user),
        "plotly_url": trends.plotly_url(),
        "came": came(BudgetStep.objects.filter(service=service), STEPS),
        "held": [_held(one) for one in TriggerState.objects.filter(service=service).order_by("-fired", "trigger")],
        "firings": [
            (words.trigger(one.trigger), _amount(one.trigger, one.peak), _amount(one.trigger, one.limit), one)
            for one in TriggerFiring.objects.filter(service=service)[:FIRINGS]
        ],
        **beside(compared.service_scope(service.pk), filters),
    }
    return render(request, "pages/service_reliability.html", context)


def left_of(budget: ServiceBudget | None, policy: Policy) -> dict[str, Any]:
    """The service's budget in words."""
    left: Amount | None = None
    if budget is not None and budget.left is not None:
        left = formats.budget_left(budget.left)
    worst = budgets.standing_of(budget.slo) if budget is not None else None
    stale = budgets.is_stale(worst)
    status = budgets.status(policy, budget.step, budget.left, stale=stale) if budget is not None else None
    return {
        "left": left,
        "status": status,
        "stale_since": worst.data_until if worst is not None and stale else None,
        "unmeasured": budgets.unmeasured(budget, worst) if budget is not None else 0,
    }


def rungs(policy: Policy, budget: ServiceBudget | None) -> list[Rung]:
    """The policy's steps from the top; those above the present one were passed, and what they ask still holds."""
    left = budget.left if budget is not None else None
    present = (policy.labelled(budget.step) or policy.step(left)) if budget is not None and left is not None else None
    return [
        Rung(
            words.step_name(step),
            words.asks(step),
            "here" if step == present else "passed" if present and step.remaining > present.remaining else "ahead",
            _texts(action.text for action in step.actions),
        )
        for step in policy.steps
    ]


def _texts(told: Iterable[str]) -> list[str]:
    return [text for text in told if text]


def _held(state: TriggerState) -> Held:
    if state.fired:
        status = Status("bad", "fired")
    elif state.value is None:
        status = Status("none", "no data")
    else:
        status = Status("warn", "holds, not for long enough yet") if state.since else Status("good", "quiet")
    return Held(
        words.trigger(state.trigger),
        _amount(state.trigger, state.value),
        _amount(state.trigger, state.limit),
        status,
        state.since,
        state.at,
    )


def _amount(trigger: str, value: float | None) -> str:
    """A trigger's value in its unit."""
    if value is None:
        return "no data"
    match UNITS.get(trigger):
        case "percent":
            return str(formats.percent(value))
        case "seconds":
            return f"{value:.3g}{formats.NO_BREAK}s"
        case "bytes":
            return f"{value * 60 / 1e6:,.1f}{formats.NO_BREAK}MB / min"
    return f"{value:,.10g}"
