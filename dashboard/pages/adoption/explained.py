"""The explanation of adoption: what it means, today's numbers in it, what is left out, what is unknown and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from dashboard import formats
from dashboard.filters import Filters
from dashboard.pages import drill
from dashboard.pages.adoption import platform, tiles, words
from dashboard.pages.drill import Subject
from dashboard.pages.explain import home_of
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.hosts import Host
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.adoption import read
from scorecards.adoption.capabilities import Capability
from scorecards.adoption.chosen import of_services
from scorecards.adoption.read import OrganisationDay, ScopeDay, ServiceDay, Share, TeamDay
from scorecards.adoption.settings import capabilities
from scorecards.adoption.standing import CapabilityStanding, capabilities_of
from scorecards.adoption.teams import matrix
from scorecards.adoption.unseen import active_on as active_services
from scorecards.adoption.unseen import unseen
from scorecards.scans.daily import active_on

FACTS = 25
ORGANISATION = (
    "The share of teams that use the platform, of those with an active service, by evidence alone: files in "
    "repositories, deployments received, what Prometheus answers, results of scanners. Nothing is set by hand. What "
    "could not be looked at widens the figure to an interval, from what is proven to what is possible."
)
TEAM = (
    "The share of this team's active services that are on the platform. What could not be looked at widens it to an "
    "interval. The team uses the platform when at least {half} of them are on it; partly, when some but fewer are."
)
SERVICE = (
    "How many of the platform's capabilities this service uses, by evidence alone. It is on the platform when it uses "
    "at least {least}; perhaps, when those that it uses and those that are unknown are as many."
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A team, a service or a capability: what it came to, and what shows it."""

    name: str
    href: str
    mark: SafeString
    text: str
    text_href: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Capabilities that are unknown for some, why, and what would make them known."""

    capabilities: Sequence[Capability]
    count: str
    why: str
    remedies: Sequence[tuple[str, str]]


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Adoption of the organisation, a team or a service, explained."""
    filters = filters_of(request)
    subject = drill.subject(request, request.GET.get("scope") or "org", filters)
    day = tiles.day_of(filters)
    tell = {"org": _organisation, "team": _team, "service": _service}[subject.scope.kind]
    context = {
        "subject": subject,
        "day": day,
        "href": tiles.explain_href(subject.text, filters),
        "trail": [Step(subject.name, home_of(subject, filters))],
        "rules": words.rules_text(capabilities()),
        "settings_in_force": settings_text(),
        **tell(subject, day, filters),
    }
    return render(request, "pages/explain_adoption.html", context)


def settings_text() -> str:
    own = (
        ", ADOPTION_CONFIG lays a file of the organisation's own over the built-in list"
        if settings.ADOPTION_CONFIG
        else ""
    )
    share = f"{float(settings.ADOPTION_SHARE):.10g}"
    return f"ADOPTION_CAPABILITIES={settings.ADOPTION_CAPABILITIES}, ADOPTION_SHARE={share}{own}."


# ---------------------------------------------------------------- organisation


def _organisation(subject: Subject, day: date, filters: Filters) -> dict[str, Any]:
    told, teams = _of_organisation(subject, day, filters)
    return {
        "label": "Teams that use the platform",
        "figure": tiles.share(told.teams, subject.text, filters),
        "definition": ORGANISATION,
        "formulas": formulas(told.teams, "use it", "team"),
        "others": weightings(told),
        "left_out": _left_out(subject, day, told, sum(one.services.all for one in teams.values()), len(teams)),
        "gaps": gaps(told, subject.services, day),
        "facts_title": "Teams, those that do not use it first",
        **_team_facts(teams, filters),
    }


def _of_organisation(subject: Subject, day: date, filters: Filters) -> tuple[OrganisationDay, Mapping[int, TeamDay]]:
    if filters.tier:
        return of_services(list(subject.services.values_list("pk", flat=True)), day)
    found = matrix(Team.objects.all(), day)
    return read.course([day])[0], {row.team.pk: row.day for row in found.rows} if found else {}


def _team_facts(teams: Mapping[int, TeamDay], filters: Filters) -> dict[str, Any]:
    named = Team.objects.in_bulk(teams)
    ordered = sorted(teams, key=lambda pk: (tiles.ORDER[words.team_state(teams[pk])], named[pk].name.casefold()))
    facts = [
        Fact(
            named[pk].name,
            f"{reverse('team', args=[named[pk].slug])}{filters.query()}#platform",
            words.team_mark(teams[pk]).shown,
            words.of(teams[pk].services, "service"),
        )
        for pk in ordered[:FACTS]
    ]
    return {"facts": facts, "more": max(0, len(ordered) - FACTS), "more_href": f"{reverse('adoption')}#matrix"}


# ---------------------------------------------------------------- team


def _team(subject: Subject, day: date, filters: Filters) -> dict[str, Any]:
    team = Team.objects.get(pk=subject.scope.id)
    if filters.tier:
        found = of_services(list(subject.services.values_list("pk", flat=True)), day)[1]
        told = found.get(team.pk, TeamDay(day))
    else:
        told = read.team_course(team, [day])[0]
    rows = list(platform.rows_of(subject.services, day))
    active = [pair for pair in rows if pair[1].is_active]
    return {
        "label": "Services on the platform",
        "figure": tiles.share(told.services, subject.text, filters),
        "verdict": words.team_status(told) if told.state else None,
        "definition": TEAM.format(half=words.half(settings.ADOPTION_SHARE)),
        "formulas": formulas(told.services, "on the platform", "active service"),
        "others": weightings(told)[:1] if told.deployments.all else [],
        "left_out": _left_out(subject, day, told),
        "gaps": gaps(told, subject.services, day),
        "facts_title": "Its active services, those with the fewest capabilities first",
        "facts": [_service_fact(service, state, filters) for service, state in active[:FACTS]],
        "more": max(0, len(active) - FACTS),
        "more_href": f"{reverse('team', args=[team.slug])}{filters.query()}#platform",
    }


def _service_fact(service: Service, told: ServiceDay, filters: Filters) -> Fact:
    text = f"{told.used} of {len(capabilities())} capabilities"
    return Fact(
        service.name,
        f"{reverse('service', args=[service.slug])}{filters.query()}#platform",
        words.SERVICE_MARKS[told.state].shown,
        f"{text}, {told.unknown} unknown" if told.unknown else text,
    )


# ---------------------------------------------------------------- service


def _service(subject: Subject, day: date, filters: Filters) -> dict[str, Any]:
    service = subject.services.get()
    told, standings = capabilities_of(service, day)
    host = Host.of(())
    return {
        "label": "Capabilities used",
        "figure": tiles.used(told, subject.text, filters),
        "verdict": words.service_status(told) if told.is_active else None,
        "definition": SERVICE.format(least=settings.ADOPTION_CAPABILITIES),
        "formulas": _service_formulas(told),
        "others": [],
        "left_out": _service_left_out(service, told, day),
        "gaps": together(_service_gap(one) for one in standings if one.state == "unknown"),
        "facts_title": "Its capabilities, each with the newest evidence",
        "facts": [_capability_fact(service, one, host) for one in standings],
        "more": 0,
        "more_href": f"{reverse('service', args=[service.slug])}{filters.query()}#platform",
    }


def _service_formulas(told: ServiceDay) -> list[str]:
    if not told.is_active:
        return []
    least = settings.ADOPTION_CAPABILITIES
    sign = "≥" if told.used >= least else "<"
    lines = [f"{told.used} used {sign} {least}"]
    if told.used < least and told.unknown:
        sign = "≥" if told.used + told.unknown >= least else "<"
        lines.append(f"{told.used} used + {told.unknown} unknown {sign} {least}")
    return lines


def _service_left_out(service: Service, told: ServiceDay, day: date) -> list[str]:
    if service.retired_on is not None and service.retired_on <= day:
        return [f"The service itself: it is retired since {words.day_text(service.retired_on)}."]
    return [] if told.is_active else ["The service itself: it had no production deployment in the last 91 days."]


def _service_gap(one: CapabilityStanding) -> Gap:
    dark = [lack.signal.origin for lack in one.missing if not lack.looked]
    unscanned = any(origin not in words.DARK for origin in dark)
    known = [origin for origin in dict.fromkeys(dark) if origin in words.DARK]
    said = [words.DARK[origin] for origin in known]
    if unscanned:
        said.append("the repository was not scanned, or not in whole")
    why = f"{' and '.join(dict.fromkeys(said))} within 28 days" if said else words.NOTHING_SHOWS
    return Gap([one.capability], "", why, words.remedies(known))


def _capability_fact(service: Service, one: CapabilityStanding, host: Host) -> Fact:
    line = platform.line(service, one, None, host)
    newest = next((seen for seen in line.seen if seen.counts), None)
    text = f"{newest.title}{': ' + newest.text if newest.text else ''}" if newest else ""
    return Fact(one.capability.title, line.href, line.mark.shown, text, newest.href if newest else "")


# ---------------------------------------------------------------- shared


def formulas(found: Share, verb: str, what: str) -> list[str]:
    """Proven and possible with their numbers in them."""
    low, high = found.share, found.possible_share
    if low is None or high is None:
        return []
    of = f"/ {formats.plural(found.all, what)}"
    lines = [f"{formats.number(found.using)} {verb} {of} = {formats.percent(low)}"]
    if found.possible > found.using:
        might = f"({formats.number(found.using)} {verb} + {formats.number(found.possible - found.using)} not known)"
        lines.append(f"{might} {of} = {formats.percent(high)}")
    return lines


def weightings(told: ScopeDay) -> list[tuple[str, str, str]]:
    """The same weighted otherwise: a name, the share, its counts."""
    found = [("Deployments of the last 28 days", told.deployments, "deployment")]
    if isinstance(told, OrganisationDay):
        found.insert(0, ("Active services", told.services, "service"))
    return [(name, words.interval(share), words.of(share, what)) for name, share, what in found if share.all]


def gaps(told: ScopeDay, services: QuerySet[Service], day: date, of: Iterable[Capability] | None = None) -> list[Gap]:
    """Which of the capabilities are unknown for some of the active services, and why."""
    open_ones = [
        one for one in of or capabilities() if told.capabilities.get(one.id) and told.capabilities[one.id].unknown
    ]
    active = services.filter(pk__in=active_services(day).values("pk"))
    return together(
        Gap(
            [found.capability],
            formats.plural(told.capabilities[found.capability.id].unknown, "service"),
            words.gap_text(found.origins, found.unscanned, nothing=found.nothing),
            words.remedies(found.origins),
        )
        for found in unseen(open_ones, active, day)
    )


def together(found: Iterable[Gap]) -> list[Gap]:
    """Gaps of one reason as one."""
    by_reason: dict[tuple[str, str], Gap] = {}
    for gap in found:
        held = by_reason.get((gap.count, gap.why))
        kept = replace(held, capabilities=[*held.capabilities, *gap.capabilities]) if held else gap
        by_reason[gap.count, gap.why] = kept
    return list(by_reason.values())


def _left_out(subject: Subject, day: date, told: ScopeDay, owned: int | None = None, teams: int = 0) -> list[str]:
    """What does not count, and how much of it there is."""
    services = subject.services
    standing = services.filter(pk__in=active_on(day).values("pk")).count()
    inactive = standing - services.filter(pk__in=active_services(day).values("pk")).count()
    retired = services.exclude(pk__in=active_on(day).values("pk")).count()
    said = [
        (inactive, "{} without a production deployment in the last 91 days", "service"),
        (retired, "{}", "retired service"),
    ]
    if owned is not None:
        idle = Team.objects.filter(retired_on=None).exclude(slug=UNASSIGNED).count() - teams
        said[:0] = [
            (idle, "{} without an active service", "team"),
            (told.services.all - owned, "{} that nobody owns, so of no team", "active service"),
        ]
    return [text.format(formats.plural(count, what)) for count, text, what in said if count > 0]
