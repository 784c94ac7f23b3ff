"""``/adoption/<capability>/``: what it is, how to begin, what shows it, who uses it and since when."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.charts import adoption as charts
from dashboard.charts.adoption import Counts
from dashboard.pages import drill
from dashboard.pages.adoption import explained, platform, words
from dashboard.pages.adoption.overview import TABLE_STEPS, TREND_DAYS, days_up_to
from dashboard.pages.frame import Step
from dashboard.pages.hosts import Host
from dashboard.pages.trends import plotly_url
from dashboard.pages.verdicts import Mark
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.adoption import read
from scorecards.adoption.capabilities import Capability, Together
from scorecards.adoption.newest import newest_evidence
from scorecards.adoption.read import Funnel, ScopeDay, ServiceDay
from scorecards.adoption.settings import capabilities
from scorecards.adoption.since import states_since
from scorecards.scans.read import steps

PAGE = 50
MAX_PAGE_DIGITS = 5
NAMES = {"used": "used", "configured": "configured only", "unknown": "unknown", "not": "not used"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the address asks for."""

    capability: Capability
    team: Team | None
    state: str
    number: int

    def href(self, **more: str) -> str:
        said = {"team": self.team.slug if self.team else "", "state": self.state} | more
        kept = {key: value for key, value in said.items() if value}
        path = reverse("adoption-capability", args=[self.capability.id])
        return f"{path}?{urlencode(kept)}" if kept else path


@dataclass(frozen=True, slots=True)
class Group:
    """The services of one state, and the address that shows them alone."""

    mark: Mark
    name: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An active service. ``since``: its state holds; ``seen``: the newest evidence that counts."""

    name: str
    href: str
    team: str
    mark: Mark
    since: date | None
    retained: bool
    seen: platform.Seen | None


@require_GET
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One capability, over all services or those of a team."""
    choices = choices_of(request, name)
    day = read.last_day()
    one = choices.capability
    context = {
        "capability": one,
        "choices": choices,
        "day": day,
        "trail": [Step("Adoption", reverse("adoption"))],
        "teams": {"": "All teams"} | dict(_teams(request)),
        "states": {"": "All states"} | NAMES,
        "used_by": _ways(one.used_by),
        "configured_by": _ways(one.configured_by),
        **(_told(request, choices, day) if day else {"lines": [], "groups": []}),
    }
    return render(request, "pages/capability.html", context)


def choices_of(request: HttpRequest, name: str) -> Choices:
    """The page's choices.

    Raises:
        Http404: for a capability or team that is not known, or that the reader may not see.
    """
    found = next((one for one in capabilities() if one.id == name), None)
    slug, state, number = (request.GET.get(key, "") for key in ("team", "state", "page"))
    if found is None or (not slug and not access.may_see_organisation(request.user)):
        raise Http404
    team = drill.named(access.visible_teams(request.user).exclude(slug=UNASSIGNED), slug) if slug else None
    wanted = max(1, int(number)) if number.isdecimal() and len(number) <= MAX_PAGE_DIGITS else 1
    return Choices(found, team, state if state in NAMES else "", wanted)


def _teams(request: HttpRequest) -> Iterable[tuple[str, str]]:
    teams = access.visible_teams(request.user).filter(retired_on=None).exclude(slug=UNASSIGNED)
    return teams.order_by("name").values_list("slug", "name")


def _ways(ways: Sequence[Together]) -> list[tuple[str, str]]:
    """Each way to evidence something: what is looked for, and where."""
    known = capabilities()
    return [
        (
            words.together_text(names, known),
            " and ".join(dict.fromkeys(words.WHERE[known.signals[one].origin] for one in names)),
        )
        for names in ways
    ]


def _told(request: HttpRequest, choices: Choices, day: date) -> dict[str, Any]:
    """What is known on the newest day: the funnel and its course, and the services."""
    one = choices.capability
    services = access.visible_services(request.user)
    if choices.team is not None:
        services = services.filter(pk__in=access.owned_by(choices.team.pk).values("pk"))
    course = _course(choices.team, day)
    now = course[-1]
    funnel = now.capabilities.get(one.id, Funnel(now.services.all))
    told = read.states_on(day, None if choices.team is None else list(services.values_list("pk", flat=True)))
    active = {pk: state for pk, state in told.items() if state.is_active}
    return {
        "funnel": funnel,
        "share": _share(funnel),
        "gap": next(iter(explained.gaps(now, services, day, [one])), None),
        **_trend(one, course),
        **_services(services, active, choices, day),
    }


def _course(team: Team | None, day: date) -> Sequence[ScopeDay]:
    return read.course(days_up_to(day)) if team is None else read.team_course(team, days_up_to(day))


def _share(funnel: Funnel) -> str:
    low, high = funnel.share, funnel.possible_share
    return "" if low is None or high is None else formats.interval(low, high)


def _trend(one: Capability, course: Sequence[ScopeDay]) -> dict[str, Any]:
    days = [_counts(told, one.id) for told in course]
    shown = set(steps(course[0].day, course[-1].day, TABLE_STEPS))
    return {
        "trend": charts.funnel(days),
        "days": [found for found in days[::-1] if found.day in shown and found.counts is not None],
        "trend_text": f"{TREND_DAYS} days",
        "plotly_url": plotly_url(),
    }


def _counts(told: ScopeDay, capability: str) -> Counts:
    funnel = told.capabilities.get(capability)
    if funnel is None or not told.services.all:
        return Counts(told.day, None, "no data")
    counts = (funnel.eligible, funnel.configured, funnel.used, funnel.retained)
    text = f"{funnel.used} of {funnel.eligible} use it, {funnel.configured} configured, {funnel.retained} for months"
    return Counts(told.day, counts, f"{text}, {funnel.unknown} unknown" if funnel.unknown else text)


# ---------------------------------------------------------------- services


def _services(
    services: QuerySet[Service], active: Mapping[int, ServiceDay], choices: Choices, day: date
) -> dict[str, Any]:
    """The services of the page that is asked for, those that use it first, by team and then by name."""
    sorts = {pk: words.sort_of(state, choices.capability.id) for pk, state in active.items()}
    counts = Counter(sorts.values())
    rows = services.filter(pk__in=sorts).annotate(owner_team=access.owner())
    names = dict(Team.objects.exclude(slug=UNASSIGNED).values_list("pk", "name"))
    wanted = [(one, names.get(one.owner_team, "")) for one in rows if choices.state in ("", sorts[one.pk])]
    rank = {name: at for at, name in enumerate(NAMES)}
    wanted.sort(
        key=lambda pair: (
            rank[sorts[pair[0].pk]],
            not pair[1],
            pair[1].casefold(),
            pair[0].name.casefold(),
            pair[0].slug,
        )
    )
    start = (choices.number - 1) * PAGE
    shown = wanted[start : start + PAGE]
    ids = [one.pk for one, _ in shown]
    since, seen = states_since(ids, day), _evidence(choices.capability, shown, day)
    return {
        "groups": [
            Group(
                words.SORTS[sort],
                name,
                counts[sort],
                f"{choices.href(state='' if choices.state == sort else sort)}#services",
                choices.state == sort,
            )
            for sort, name in NAMES.items()
        ],
        "lines": [
            Line(
                one.name,
                f"{reverse('service', args=[one.slug])}#platform",
                team,
                words.SORTS[sorts[one.pk]],
                since.get(one.pk, {}).get(choices.capability.id),
                choices.capability.id in active[one.pk].retained,
                seen.get(one.pk),
            )
            for one, team in shown
        ],
        "newest": choices.href() if choices.number > 1 else "",
        "older": choices.href(page=str(choices.number + 1)) if len(wanted) > start + PAGE else "",
    }


def _evidence(one: Capability, shown: Sequence[tuple[Service, str]], day: date) -> dict[int, platform.Seen]:
    """The newest evidence of each service that counts. Three queries."""
    found = newest_evidence(one, [service.pk for service, _ in shown], day)
    host = Host.of(())
    by_id = {service.pk: service for service, _ in shown}
    return {pk: platform.seen(by_id[pk], evidence, host) for pk, evidence in found.items()}
