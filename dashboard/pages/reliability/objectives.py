"""Objectives in full: attainment, budget, burn-down, alerts, what comes next, and how all that was computed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from dashboard import formats
from dashboard.charts import budget as charts
from dashboard.charts.budget import Bar, Deployed, Incident, Left, Threshold
from dashboard.charts.theme import Figure
from dashboard.formats import Amount
from dashboard.pages import deployments
from dashboard.pages.budgets import rows as budgets
from dashboard.pages.budgets import words
from dashboard.pages.budgets.rows import Burn
from dashboard.pages.figures import Status
from dashboard.pages.hosts import Place
from dashboard.pages.reliability.places import places
from ingest.models import Service, Slo, SloDay
from ingest.models.catalogue import EnvironmentClass
from ingest.prometheus.slots import SECONDS, Slots, floor, unpack
from scorecards.models import JudgedDeployment, JudgedIncident, SloStanding
from scorecards.reliability import burn
from scorecards.reliability.outlook import outlook
from scorecards.reliability.policy import Policy

CHARTS = 8  # the worst ones; a page of a hundred charts helps nobody
POINTS = 180
MARKS = 400
BURNS = ("1h", "6h", "3d", "30d")
SEVERITIES = {"page": "page somebody", "ticket": "open a ticket"}


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert of two windows: both burn rates have to be above the factor."""

    severity: str
    long: str
    long_rate: str
    short: str
    short_rate: str
    factor: str
    status: Status


@dataclass(frozen=True, slots=True)
class Chart:
    """The burn-down, and the same by day as a table."""

    id: str
    figure: Figure | None
    days: Sequence[Left]


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective as its page shows it."""

    slo: Slo
    status: Status
    sentence: str
    left: Amount | None
    bar: Bar | None
    kind: str
    attainment: Amount | None
    aim: str
    burns: Sequence[Burn]
    alerts: Sequence[AlertRow]
    why: str
    until: datetime | None
    chart: Chart | None
    next: str
    formula: str
    details: Sequence[tuple[str, str]]
    queries: Sequence[tuple[str, str]]
    place: Place


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to the service while its budgets were spent."""

    deployed: Sequence[Deployed] = ()
    incidents: Sequence[Incident] = ()


def objectives(service: Service, policy: Policy, now: datetime) -> list[Objective]:
    """Those of a service, the least budget first, those without a figure last. Six queries at most."""
    found = budgets.in_use(Slo.objects.filter(service=service)).select_related(
        "standing", "repository", "server__source"
    )
    slos = sorted(found.defer("state"), key=lambda slo: budgets.worst_first(budgets.standing_of(slo), slo.name))
    drawn = [slo for slo in slos if (standing := budgets.standing_of(slo)) and standing.budget_left is not None]
    slots = _slots(drawn[:CHARTS])
    where = places(slos)
    happened = _happened(service, drawn[:CHARTS], now)
    return [_objective(slo, policy, slots.get(slo.pk, {}), happened, where[slo.pk], now) for slo in slos]


def _end(slo: Slo) -> datetime | None:
    standing = budgets.standing_of(slo)
    return floor(standing.data_until) if standing is not None and standing.data_until is not None else None


def _slots(slos: Sequence[Slo]) -> Mapping[int, Mapping[date, Slots]]:
    """Of the days of their windows. One query."""
    ends = {slo.pk: end for slo in slos if (end := _end(slo)) is not None}
    if not ends:
        return {}
    first = {slo.pk: (ends[slo.pk] - timedelta(seconds=slo.window_seconds)).date() for slo in slos if slo.pk in ends}
    days = SloDay.objects.filter(slo__in=list(ends), day__gte=min(first.values()))
    found: dict[int, dict[date, Slots]] = defaultdict(dict)
    for pk, day, packed in days.values_list("slo_id", "day", "slots"):
        if day >= first[pk]:
            found[pk][day] = unpack(packed)
    return found


def _happened(service: Service, slos: Sequence[Slo], now: datetime) -> Happened:
    """Production deployments and incidents of the longest window that is drawn. Two queries."""
    ends = [(end, slo.window_seconds) for slo in slos if (end := _end(slo)) is not None]
    if not ends:
        return Happened()
    start = min(end - timedelta(seconds=window) for end, window in ends)
    production = EnvironmentClass.PRODUCTION
    deployed = JudgedDeployment.objects.filter(service=service, environment_class=production, finished_at__gte=start)
    opened = JudgedIncident.objects.filter(service=service, environment_class=production, opened_at__gte=start)
    newest = deployed.select_related("deployment").order_by("-finished_at")[:MARKS]
    return Happened(
        [Deployed(one.finished_at, one.failed, _deployment_text(one)) for one in newest],
        [
            Incident(one.opened_at, one.resolved_at, _incident_text(one))
            for one in opened.select_related("incident").order_by("-opened_at")[: MARKS // 10]
            if one.opened_at is not None
        ],
    )


def _deployment_text(judged: JudgedDeployment) -> str:
    deployment = judged.deployment
    what = deployment.version or formats.sha_text(deployment.sha) or deployment.external_id
    return words.plain(f"deployed {what}, {deployments.outcome_of(judged).word}")


def _incident_text(judged: JudgedIncident) -> str:
    return words.plain(f"{judged.severity}: {judged.incident.title or judged.incident.external_id}")


def _objective(
    slo: Slo, policy: Policy, slots: Mapping[date, Slots], happened: Happened, place: Place, now: datetime
) -> Objective:
    standing = budgets.standing_of(slo)
    left = standing.budget_left if standing is not None else None
    label = standing.step if standing is not None else ""
    attainment = standing.attainment if standing is not None else None
    return Objective(
        slo=slo,
        status=words.STATES[standing.state] if standing is not None else Status("none", "not looked at yet"),
        sentence=words.sentence(slo),
        left=formats.budget_left(left) if left is not None else None,
        bar=charts.bar(left),
        kind=budgets.status(policy, label, left, stale=budgets.is_stale(standing)).kind,
        attainment=formats.attainment(attainment, slo.objective) if attainment is not None else None,
        aim=formats.objective(slo.objective),
        burns=budgets.burns(standing, BURNS),
        alerts=[_alert(one) for one in standing.alerts] if standing is not None and left is not None else [],
        why=_why(slo, standing),
        until=standing.data_until if standing is not None else None,
        chart=_chart(slo, policy, slots, happened, now) if slots else None,
        next=_next(slo, policy, label, slots) if standing is not None and standing.state == "measured" else "",
        formula=formula(slo, standing),
        details=details(slo, standing),
        queries=_queries(slo),
        place=place,
    )


def _why(slo: Slo, standing: SloStanding | None) -> str:
    """Why there is no figure, or why it is not of now."""
    if standing is None:
        return "Nothing was computed yet: the worker looks each minute."
    if standing.state == SloStanding.State.MEASURED and standing.budget_left is not None:
        return ""
    return slo.problem or standing.reason or slo.error or "No data came yet."


def _alert(alert: Mapping[str, Any]) -> AlertRow:
    state = str(alert.get("state", "no_data"))
    kinds: dict[str, Status] = {
        "firing": Status("bad" if alert["severity"] == "page" else "warn", "firing"),
        "quiet": Status("good", "quiet"),
    }
    return AlertRow(
        SEVERITIES.get(alert["severity"], alert["severity"]),
        words.span(alert["long"]),
        words.rate(alert.get("long_rate")),
        words.span(alert["short"]),
        words.rate(alert.get("short_rate")),
        words.rate(alert.get("factor")),
        kinds.get(state, Status("none", "no data")),
    )


def _chart(slo: Slo, policy: Policy, slots: Mapping[date, Slots], happened: Happened, now: datetime) -> Chart | None:
    end = _end(slo)
    if end is None:
        return None
    step = max(SECONDS, slo.window_seconds // POINTS)
    points = [
        Left(at, left, _left_text(at, left))
        for at, left in burn.burn_down(slots, end, slo.window_seconds, slo.objective, step)
    ]
    start = end - timedelta(seconds=slo.window_seconds)
    figure = charts.burn_down(
        points,
        thresholds=[
            Threshold(one.remaining, words.plain(f"{one.label} % {words.in_a_word(one)}")) for one in policy.steps
        ],
        deployed=[one for one in happened.deployed if start <= one.at <= end],
        incidents=[one for one in happened.incidents if start <= one.since <= end],
        now=min(now, end),
    )
    return Chart(f"budget-{slo.pk}", figure, points[:: max(1, len(points) // 30)])


def _left_text(at: datetime, left: float | None) -> str:
    return f"{formats.budget_left(left)} left" if left is not None else "no data"


def _next(slo: Slo, policy: Policy, label: str, slots: Mapping[date, Slots]) -> str:
    """What comes next if errors go on as over the last day; nothing where that can't be said."""
    end = _end(slo)
    found = outlook(slots, end, slo.window_seconds, slo.objective, policy) if end is not None and slots else None
    if found is None:
        return ""
    going_on = "If errors go on as over the last 24 h, "
    if found.seconds is None:
        return f"{going_on}this step holds for the next {formats.whole_span(slo.window_seconds)}."
    when = f"in about {formats.about(found.seconds)}"
    if found.improves:
        return f"{going_on}the budget is back above {words.label_name(label)} {when}, as older errors leave the window."
    return f"{going_on}{words.step_name(found.step)} is reached {when}: {words.asks(found.step)}."


def formula(slo: Slo, standing: SloStanding | None) -> str:
    """The budget with its numbers in it."""
    if standing is None or standing.budget_left is None or standing.bad is None or standing.total is None:
        return ""
    allowed = standing.total * (1 - slo.objective)
    share = formats.objective(1 - slo.objective)
    return (
        f"1 − {_count(standing.bad)} bad / ({_count(standing.total)} in all × {share}"
        f" = {_count(allowed)} allowed) = {formats.budget_left(standing.budget_left)} left"
    )


def _count(value: float) -> str:
    """Events; of a ratio's slots, or few, with a digit or two behind the point."""
    return formats.number(value) if value >= 1_000 or value == int(value) else f"{value:,.2f}"


def details(slo: Slo, standing: SloStanding | None) -> list[tuple[str, str]]:
    """On what the figures rest."""
    found = []
    if standing is not None and standing.coverage is not None:
        part = formats.percent(standing.coverage)
        found.append(("Coverage", f"{part} of the window’s five-minute slots have data"))
    if standing is not None and standing.data_until is not None:
        start = standing.data_until - timedelta(seconds=slo.window_seconds)
        ends = [formats.absolute(at, settings.ORGANISATION_ZONE) for at in (start, standing.data_until)]
        found.append(("Window", f"{ends[0]} to {ends[1]}, up to the newest data"))
    if standing is not None:
        found.append(("Computed", formats.absolute(standing.computed_at, settings.ORGANISATION_ZONE)))
    if slo.indicator == Slo.Indicator.RATIO:
        found.append(("Counted", "a ratio of errors, each five minutes weighing the same"))
    elif standing is not None and standing.bad is not None:
        exact = (
            "events, from the counters’ own samples" if slo.exact else "events, estimated from rates over five minutes"
        )
        found.append(("Counted", exact))
    if slo.server is not None:
        found.append(("Asked", slo.server.source.name))
    return found


def _queries(slo: Slo) -> list[tuple[str, str]]:
    bad, good = (
        ("Error ratio", "Success ratio") if slo.indicator == Slo.Indicator.RATIO else ("Bad events", "Good events")
    )
    told = ((bad, slo.bad_query), (good, slo.good_query), ("All events", slo.total_query))
    return [(name, query.strip()) for name, query in told if query.strip()]
