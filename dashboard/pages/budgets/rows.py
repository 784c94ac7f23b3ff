"""Error budgets as rows, the worst first: what is left, what the policy asks, how fast it burns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast
from django.urls import reverse

from dashboard import access, formats
from dashboard.charts.budget import Bar, bar, left_by_day
from dashboard.charts.sparkline import Sparkline, sparkline
from dashboard.formats import Amount
from dashboard.pages.budgets import words
from dashboard.pages.figures import Status
from ingest.models import Service, Slo, SloDay, Team
from ingest.window import DAY
from scorecards.models import ServiceBudget, SloStanding
from scorecards.reliability import policies
from scorecards.reliability.policy import Policy

BURNS = ("1h", "6h", "3d")
LONGEST_LINE = 90
GROUPS = {
    "halted": Status("bad", "deployments halted"),
    "frozen": Status("bad", "feature freeze"),
    "slowed": Status("warn", "slow rollout"),
    "told": Status("warn", "step reached"),
    "above": Status("good", words.ABOVE),
    "unknown": Status("none", "not known"),
}


@dataclass(frozen=True, slots=True)
class Burn:
    """A burn rate over a window. ``fast``: the budget is being spent faster than it lasts."""

    label: str
    text: str
    fast: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A budget. ``status``: the policy's step; ``since``: since when. ``stale_since``: figures are as of then.

    ``why``: why there are none, or what is not known beside them.
    """

    name: str
    href: str
    team: str
    left: Amount | None
    bar: Bar | None
    status: Status
    since: Any
    objective: str
    burns: Sequence[Burn]
    firing: Sequence[Status]
    line: Sparkline | None
    stale_since: Any
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """A service's budget, as much of it as a list is sorted and counted by."""

    service_id: int
    name: str
    left: float | None
    group: str


def href(service: Service) -> str:
    return reverse("service-reliability", args=[service.slug])


def told(services: QuerySet[Service], *, reached: bool = False) -> list[Told]:
    """Every budget of these services, the worst first, those that are not known last. One query.

    ``reached``: only those that have come to a step of their policy.
    """
    found = ServiceBudget.objects.filter(service__in=services)
    rows = (found.exclude(step="") if reached else found).values_list(
        "service_id", "service__slug", "service__name", "left", "step", "slo__standing__state"
    )
    every = [
        Told(pk, name, left, group(_policy(slug, name), step, left, stale=state == SloStanding.State.STALE))
        for pk, slug, name, left, step, state in rows
    ]
    return sorted(every, key=lambda one: (one.left is None, one.left or 0.0, one.name.casefold()))


def _policy(slug: str, name: str) -> Policy:
    return policies.of(Service(slug=slug, name=name))


def without(services: QuerySet[Service]) -> QuerySet[Service]:
    """Services in use that have no objective."""
    return services.filter(retired_on=None, budget=None)


def in_use(found: QuerySet[Slo]) -> QuerySet[Slo]:
    """Objectives that are still told."""
    return found.filter(ended_at=None)


def firing(services: QuerySet[Service]) -> QuerySet[SloStanding]:
    """Objectives of which an alert fires. Alerts are kept as JSON, in which this word stands for nothing else."""
    written = SloStanding.objects.annotate(written=Cast(F("alerts"), TextField()))
    return written.filter(service__in=services, state=SloStanding.State.MEASURED, written__contains='"firing"')


def alarms(standing: SloStanding | None) -> list[Status]:
    """The alerts that fire, pages first; while data is missing nothing is said to fire."""
    if standing is None or standing.state != SloStanding.State.MEASURED:
        return []
    found = [one for one in standing.alerts if one.get("state") == "firing"]
    ordered = sorted(found, key=lambda one: one["severity"] != "page")
    return [Status("bad" if one["severity"] == "page" else "warn", words.alert_name(one)) for one in ordered]


def rows(service_ids: Sequence[int]) -> list[Row]:
    """The budgets of these services, in their order. Three queries."""
    found = ServiceBudget.objects.select_related("service", "slo__standing").defer("slo__state").in_bulk(service_ids)
    budgets = [found[pk] for pk in service_ids if pk in found]
    lines = sparklines([one.slo for one in budgets if one.slo is not None])
    teams = owners(service_ids)
    return [_row(one, lines, teams.get(one.pk, "")) for one in budgets]


def objective_rows(service: Service) -> list[Row]:
    """The objectives of one service as rows, the least budget first. Two queries."""
    found = in_use(Slo.objects.filter(service=service)).select_related("standing").defer("state")
    slos = sorted(found, key=lambda slo: worst_first(standing_of(slo), slo.name))
    lines, policy = sparklines(slos), policies.of(service)
    return [_objective_row(slo, lines.get(slo.pk), policy, href(service)) for slo in slos]


def worst_first(standing: SloStanding | None, name: str) -> tuple[bool, float, str]:
    left = standing.budget_left if standing is not None else None
    return left is None, left or 0.0, name


def _objective_row(slo: Slo, line: Sparkline | None, policy: Policy, path: str) -> Row:
    standing = standing_of(slo)
    left = standing.budget_left if standing is not None else None
    reason = slo.problem or (standing.reason if standing is not None else "") or "No data yet"
    return Row(
        name=slo.name,
        href=f"{path}#objective-{slo.pk}",
        team="",
        left=formats.budget_left(left) if left is not None else None,
        bar=bar(left),
        status=status(policy, standing.step if standing is not None else "", left, stale=is_stale(standing)),
        since=None,
        objective=words.sentence(slo),
        burns=burns(standing),
        firing=alarms(standing),
        line=line,
        stale_since=standing.data_until if standing is not None and is_stale(standing) else None,
        why=reason if left is None else "",
    )


def owners(service_ids: Iterable[int]) -> Mapping[int, str]:
    """The name of the team that owns each service today."""
    owned = Service.objects.filter(pk__in=list(service_ids)).annotate(owner_team=access.owner())
    by_service = dict(owned.values_list("pk", "owner_team"))
    names = dict(Team.objects.filter(pk__in=set(by_service.values())).values_list("pk", "name"))
    return {pk: names.get(team, "") for pk, team in by_service.items()}


def _row(budget: ServiceBudget, lines: Mapping[int, Sparkline | None], team: str) -> Row:
    service, slo = budget.service, budget.slo
    policy = policies.of(service)
    standing = standing_of(slo)
    step = policy.labelled(budget.step) or policy.step(budget.left)
    return Row(
        name=service.name,
        href=href(service),
        team=team,
        left=formats.budget_left(budget.left) if budget.left is not None else None,
        bar=bar(budget.left),
        status=status(policy, budget.step, budget.left, stale=is_stale(standing)),
        since=budget.since if step is not None else None,
        objective=f"{slo.name} {formats.objective(slo.objective)}" if slo is not None else "",
        burns=burns(standing),
        firing=alarms(standing),
        line=lines.get(slo.pk) if slo is not None else None,
        stale_since=standing.data_until if standing is not None and is_stale(standing) else None,
        why=_why(budget, standing),
    )


def group(policy: Policy, label: str, left: float | None, *, stale: bool = False) -> str:
    """Where a budget stands, one of ``GROUPS``. Without new data a step that was reached still holds, but nothing is
    known to be well."""
    found = words.group(policy, label, left)
    return "unknown" if stale and found == "above" else found


def status(policy: Policy, label: str, left: float | None, *, stale: bool = False) -> Status:
    """Which step of the policy a budget has reached, and the gravest that it asks."""
    where = group(policy, label, left, stale=stale)
    step, known = policy.labelled(label) or policy.step(left), GROUPS[where]
    if step is None or left is None:
        return known
    return Status(known.kind, f"{words.step_name(step)}: {words.asks(step) if where == 'told' else known.word}")


def is_stale(standing: SloStanding | None) -> bool:
    return standing is not None and standing.state == SloStanding.State.STALE


def _why(budget: ServiceBudget, standing: SloStanding | None) -> str:
    """Why nothing is known, or what is not known beside it."""
    others = unmeasured(budget, standing)
    if budget.left is not None:
        return f"{formats.plural(others, 'objective')} not measured" if others else ""
    if standing is not None and standing.reason:
        return standing.reason
    return f"No data: {formats.plural(others, 'objective')} not measured" if others else "No data yet"


def unmeasured(budget: ServiceBudget, standing: SloStanding | None) -> int:
    """Objectives without figures of now, beside the one that is shown."""
    return max(0, budget.unknown - is_stale(standing)) if budget.left is not None else budget.unknown


def standing_of(slo: Slo | None) -> SloStanding | None:
    found: SloStanding | None = getattr(slo, "standing", None) if slo is not None else None
    return found


def burns(standing: SloStanding | None, windows: Sequence[str] = BURNS) -> list[Burn]:
    """How fast the budget burns; nothing of an objective that is not measured."""
    if standing is None or standing.budget_left is None:
        return []
    rates = {name: standing.burn_rates.get(name) for name in windows}
    return [Burn(words.span(name), words.rate(found), found is not None and found > 1) for name, found in rates.items()]


def sparklines(slos: Sequence[Slo]) -> dict[int, Sparkline | None]:
    """How the budget of each was spent over its window, by day. One query, of the days of the longest window."""
    last = {slo.pk: until for slo in slos if (until := _until(slo)) is not None}
    if not last:
        return {}
    first = {
        slo.pk: max(_first(slo, last[slo.pk]), last[slo.pk] - LONGEST_LINE * DAY) for slo in slos if slo.pk in last
    }
    days = SloDay.objects.filter(slo__in=list(last), day__gte=min(first.values()), day__lte=max(last.values()))
    sums: dict[int, dict[date, tuple[float, float]]] = defaultdict(dict)
    for pk, day, bad, total in days.filter(measured__gt=0).values_list("slo_id", "day", "bad", "total"):
        sums[pk][day] = (bad, total)
    return {slo.pk: _line(slo, sums[slo.pk], first[slo.pk], last[slo.pk]) for slo in slos if slo.pk in last}


def _until(slo: Slo) -> date | None:
    standing = standing_of(slo)
    return standing.data_until.date() if standing is not None and standing.data_until is not None else None


def _first(slo: Slo, last: date) -> date:
    return last - timedelta(seconds=slo.window_seconds) + DAY


def _line(slo: Slo, sums: Mapping[date, tuple[float, float]], first: date, last: date) -> Sparkline | None:
    days = [sums.get(first + DAY * number) for number in range((last - first).days + 1)]
    title = f"Budget left of {slo.name}, day by day over {formats.whole_span(slo.window_seconds)}"
    return sparkline(left_by_day(days, slo.objective), title=title, width=72, height=18)
