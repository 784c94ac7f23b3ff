"""``/reliability/``: which services have spent their error budget, what is burning, and what is not measured."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages import compared, downloads, drill
from dashboard.pages.budgets import rows as budgets
from dashboard.pages.budgets import words
from dashboard.pages.figures import Status
from dashboard.pages.frame import filters_of
from dashboard.pages.hosts import Place
from dashboard.pages.readings import beside
from dashboard.pages.reliability import gamedays
from dashboard.pages.reliability.places import places
from ingest.models import Service, Slo, Team
from scorecards.models import BudgetStep, SloStanding, TriggerFiring
from scorecards.rollups.read import Scope

PAGE = 50
LISTED = 50
RECENT = 5
NOW = 10
MAX_PAGE_DIGITS = 5
STATES = {
    "": "All budgets",
    "firing": "Alerts firing",
    "halted": "Deployments halted",
    "frozen": "Feature freeze",
    "slowed": "Slow rollout",
    "told": "Other steps reached",
    "above": "Above every step",
    "unknown": "Not known",
    "none": "Without an objective",
}


@dataclass(frozen=True, slots=True)
class Rung:
    """How many services stand on a rung of the ladder, from untouched budgets down to spent ones."""

    status: Status
    count: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something that holds now."""

    status: Status
    name: str
    text: str
    href: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Came:
    """A budget that came to another step."""

    row: BudgetStep
    before: str
    after: str
    asks: str
    left: str
    status: Status
    href: str


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """An objective that is not measured, and why."""

    slo: Slo
    status: Status
    why: str
    place: Place
    href: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the address asks for."""

    team: Team | None
    state: str
    number: int

    def query(self, **more: str) -> str:
        said = {"team": self.team.slug if self.team else "", "state": self.state} | more
        kept = {key: value for key, value in said.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Every error budget, the worst first."""
    choices, filters = choices_of(request), filters_of(request)
    services = access.owned_by(choices.team.pk) if choices.team else access.visible_services(request.user)
    services = services.filter(retired_on=None)
    every = budgets.told(services)
    fires = {pk for pk in budgets.firing(services).values_list("service_id", flat=True) if pk is not None}
    lacking = budgets.without(services)
    context = {
        "choices": choices,
        "teams": {"": "All teams"} | dict(_teams(request)),
        "states": STATES,
        "ladder": ladder(every, lacking.count(), choices),
        "has_budgets": bool(every),
        "now": [*_fires(services), *_triggers(services)],
        "came": came(BudgetStep.objects.filter(service__in=services)),
        **_chosen(every, fires, lacking, choices),
        **_unmeasured(services),
        "downloads": [downloads.of_dataset("slos", team=choices.team.slug if choices.team else "")]
        if not choices.state
        else [],
        "strangers": [] if choices.team else strangers(),
        "gamedays": gamedays.summary(services, timezone.now()),
        **beside(_scope(choices, filters), filters),
    }
    return render(request, "pages/reliability.html", context)


def _scope(choices: Choices, filters: Filters) -> Scope:
    return compared.team_scope(choices.team.pk, filters) if choices.team else compared.org_scope(filters)


def choices_of(request: HttpRequest) -> Choices:
    """The page's choices.

    Raises:
        Http404: the reader may not see the team, or the organisation.
    """
    slug, state, number = (request.GET.get(name, "") for name in ("team", "state", "page"))
    if not slug and not access.may_see_organisation(request.user):
        raise Http404
    team = drill.named(access.visible_teams(request.user), slug) if slug else None
    wanted = max(1, int(number)) if number.isdecimal() and len(number) <= MAX_PAGE_DIGITS else 1
    return Choices(team, state if state in STATES else "", wanted)


def _teams(request: HttpRequest) -> Iterable[tuple[str, str]]:
    return access.visible_teams(request.user).filter(retired_on=None).order_by("name").values_list("slug", "name")


def ladder(every: Sequence[budgets.Told], lacking: int, choices: Choices) -> list[Rung]:
    """How many services stand on each rung; each leads to them."""
    counts = Counter(one.group for one in every)
    path = reverse("reliability")
    found = [
        Rung(status, counts[group], f"{path}{choices.query(state=group)}", choices.state == group)
        for group, status in budgets.GROUPS.items()
    ]
    none = Rung(
        Status("none", "no objective"), lacking, f"{path}{choices.query(state='none')}", choices.state == "none"
    )
    return [*found, none]


def _chosen(
    every: Sequence[budgets.Told], fires: set[int], lacking: QuerySet[Service], choices: Choices
) -> dict[str, Any]:
    """The rows of the page that is asked for."""
    start = (choices.number - 1) * PAGE
    if choices.state == "none":
        found = list(lacking.order_by("name").select_related("repository")[start : start + PAGE + 1])
        return {"lacking": found[:PAGE], "rows": [], **_pager(choices, more=len(found) > PAGE)}
    wanted = [one for one in every if _is_wanted(one, fires, choices.state)]
    shown = budgets.rows([one.service_id for one in wanted[start : start + PAGE]])
    return {"rows": shown, "row_count": len(wanted), **_pager(choices, more=len(wanted) > start + PAGE)}


def _is_wanted(one: budgets.Told, fires: set[int], state: str) -> bool:
    if not state:
        return one.left is not None  # the others stand in a table of their own, each with its reason
    return one.service_id in fires if state == "firing" else one.group == state


def _pager(choices: Choices, *, more: bool) -> dict[str, str]:
    path = reverse("reliability")
    return {
        "newest": f"{path}{choices.query()}" if choices.number > 1 else "",
        "older": f"{path}{choices.query(page=str(choices.number + 1))}" if more else "",
    }


def _fires(services: QuerySet[Service]) -> list[Sentence]:
    """Alerts that fire, pages first."""
    found = [
        (standing, [one for one in standing.alerts if one.get("state") == "firing"])
        for standing in budgets.firing(services).select_related("slo", "service").order_by("budget_left")[: 5 * NOW]
        if standing.service is not None
    ]
    paged = sorted(found, key=lambda pair: not any(one["severity"] == "page" for one in pair[1]))
    return [_fire(standing, alerts) for standing, alerts in paged[:NOW]]


def _fire(standing: SloStanding, alerts: Sequence[dict[str, Any]]) -> Sentence:
    worst = next((one for one in alerts if one["severity"] == "page"), alerts[0])
    paging = worst["severity"] == "page"
    burning = f"{words.rate(worst.get('long_rate'))} over {words.span(worst['long'])}"
    text = f"{standing.slo.name} burns its budget {burning}"
    service = standing.service
    return Sentence(
        Status("bad" if paging else "warn", worst["severity"]),
        service.name if service else "",
        text,
        budgets.href(service) if service else "",
        None,
    )


def _triggers(services: QuerySet[Service]) -> list[Sentence]:
    """Triggers of the rollback policy that have fired and still hold."""
    found = TriggerFiring.objects.filter(service__in=services, until=None).select_related("service")
    return [
        Sentence(
            Status("bad", "rollback"),
            one.service.name,
            f"{words.trigger(one.trigger)}, the policy asks for: {one.action.replace('_', ' ')}",
            f"{budgets.href(one.service)}#triggers",
            one.fired_at,
        )
        for one in found[:NOW]
    ]


def came(found: QuerySet[BudgetStep], most: int = RECENT) -> list[Came]:
    """Steps that budgets came to, the latest first."""
    return [_came(one) for one in found.select_related("service")[:most]]


def _came(row: BudgetStep) -> Came:
    fell = _height(row.after) < _height(row.before)
    return Came(
        row,
        words.label_name(row.before),
        words.label_name(row.after),
        words.asked_then(row.actions) if row.after else "",
        str(formats.budget_left(row.left)),
        Status("warn", "fell") if fell else Status("good", "recovered"),
        budgets.href(row.service),
    )


def _height(label: str) -> float:
    try:
        return float(label) if label else float("inf")
    except ValueError:
        return float("inf")


def _unmeasured(services: QuerySet[Service]) -> dict[str, Any]:
    """Objectives that can't be measured, or of which there is no data."""
    lacking = (SloStanding.State.INVALID, SloStanding.State.NO_DATA)
    found = SloStanding.objects.filter(state__in=lacking, slo__ended_at=None, service__in=services)
    related = found.select_related("slo__repository", "service").defer("slo__state").order_by("state", "service__name")
    shown = list(related[: LISTED + 1])
    where = places([one.slo for one in shown])
    return {
        "unmeasured": [_lacking(one, where) for one in shown[:LISTED]],
        "unmeasured_count": found.count() if len(shown) > LISTED else len(shown),
    }


def _lacking(standing: SloStanding, where: Mapping[int, Place]) -> Unmeasured:
    slo = standing.slo
    return Unmeasured(
        slo,
        words.STATES[standing.state],
        _first_sentence(slo.problem or standing.reason or slo.error),
        where[slo.pk],
        budgets.href(standing.service) if standing.service else "",
    )


def _first_sentence(text: str) -> str:
    """What is wrong; the service's page says all of it, and what to do."""
    first, stop, _ = text.partition(". ")
    return f"{first}." if stop else text


def strangers() -> list[Unmeasured]:
    """Objectives that name no service that is known."""
    found = list(budgets.in_use(Slo.objects.filter(service=None)).select_related("repository").defer("state")[:LISTED])
    where = places(found)
    return [Unmeasured(one, Status("none", "no service"), "", where[one.pk], "") for one in found]
