"""A service's capabilities with their evidence, and a team's with how many of its services use each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from dashboard import formats
from dashboard.pages.adoption import words
from dashboard.pages.hosts import Host, place_text
from dashboard.pages.verdicts import Mark
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.adoption import read
from scorecards.adoption.capabilities import Capability, Origin
from scorecards.adoption.newest import telling_signals
from scorecards.adoption.read import Funnel, Share
from scorecards.adoption.settings import capabilities
from scorecards.adoption.since import states_since, team_since
from scorecards.adoption.standing import CapabilityStanding, Evidence, Missing, capabilities_of


@dataclass(frozen=True, slots=True)
class Seen:
    """A piece of evidence; ``href`` leads to it, empty where that is not known. ``counts``: it is not too old."""

    title: str
    text: str
    href: str
    first_day: date
    last_day: date
    counts: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A capability of a service. ``since``: its state holds; ``missing``: what would show that it is used."""

    capability: Capability
    href: str
    mark: Mark
    since: date | None
    note: str
    seen: Sequence[Seen]
    missing: Sequence[str]


def of_service(service: Service, day: date | None = None) -> dict[str, Any]:
    """What the section of a service shows; the newest day where none is given. A handful of queries."""
    on = day or read.last_day()
    if on is None:
        return {"platform": [], "platform_mark": None, "platform_text": ""}
    told, standings = capabilities_of(service, on)
    since = states_since([service], on).get(service.pk, {})
    host = Host.of(())
    mark = words.SERVICE_MARKS[told.state]
    return {
        "platform": [line(service, one, since.get(one.capability.id), host) for one in standings],
        "platform_mark": mark,
        "platform_active": told.is_active,
        "platform_text": _used_text(told.used, told.unknown, len(standings)) if told.is_active else "",
    }


def _used_text(used: int, unknown: int, every: int) -> str:
    text = f"uses {used} of {every} capabilities"
    return f"{text}, {unknown} unknown" if unknown else text


def line(service: Service, one: CapabilityStanding, since: date | None, host: Host) -> Line:
    counting = {found.signal.id for found in one.evidence if found.counts}
    telling = telling_signals(one.capability, counting) | (
        telling_signals(one.capability, {found.signal.id for found in one.evidence}) - counting
    )
    known = [seen(service, found, host) for found in one.evidence if found.signal.id in telling]
    sort = "configured" if one.state == "not" and one.configured else one.state
    note = "for months" if one.retained else "configured" if one.state == "unknown" and one.configured else ""
    return Line(
        one.capability,
        reverse("adoption-capability", args=[one.capability.id]),
        words.SORTS[sort] if sort in words.SORTS else words.SERVICE_MARKS["inactive"],
        since,
        note,
        known,
        [_missing(lack) for lack in one.missing] if one.state in ("not", "unknown") else [],
    )


def _missing(lack: Missing) -> str:
    if lack.looked:
        return lack.signal.title
    reason = words.DARK.get(lack.signal.origin, "the repository was not scanned, or not in whole")
    return f"{lack.signal.title}: not looked at, {reason}"


def seen(service: Service, one: Evidence, host: Host) -> Seen:
    text, href = _place(service, one, host)
    return Seen(one.signal.title, text, href, one.first_day, one.last_day, one.counts)


def _place(service: Service, one: Evidence, host: Host) -> tuple[str, str]:
    """Where the evidence stands, in words and as an address."""
    scope = urlencode({"scope": f"service:{service.slug}"})
    match one.signal.origin:
        case Origin.DEPLOYMENTS:
            return "deployments", f"{reverse('deployments')}?{scope}"
        case Origin.OBJECTIVES | Origin.METRICS:
            return "reliability", reverse("service-reliability", args=[service.slug])
        case Origin.SARIF:
            return "scorecard", reverse("service-standards", args=[service.slug])
        case Origin.CATALOGUE:
            return "owners", f"{reverse('service', args=[service.slug])}#owners"
    if not one.path:
        return "", ""
    return place_text(one.path, one.line), host.href(one.repository, one.commit, one.path, one.line)


# ---------------------------------------------------------------- a team


@dataclass(frozen=True, slots=True)
class Held:
    """A capability of a team: how many of its active services use it."""

    capability: Capability
    href: str
    mark: Mark
    count: str
    beside: str
    asks: bool


def of_team(team: Team, day: date | None = None) -> dict[str, Any]:
    """What the section of a team shows; the newest day where none is given. Three queries."""
    on = day or read.last_day()
    told = read.team_course(team, [on])[0] if on else None
    if on is None or told is None or not told.state:
        return {"platform": [], "platform_nobodys": team.slug == UNASSIGNED}
    return {
        "platform": [
            _held(team, one, told.capabilities.get(one.id, Funnel(told.services.all))) for one in capabilities()
        ],
        "platform_mark": words.team_mark(told),
        "platform_since": team_since(team, on),
        "platform_text": _on_it(told.services),
    }


def _held(team: Team, one: Capability, funnel: Funnel) -> Held:
    href = f"{reverse('adoption-capability', args=[one.id])}?{urlencode({'team': team.slug})}"
    asks = bool(one.used_by) and funnel.used < funnel.eligible
    said = beside(funnel) if funnel.used or not funnel.unknown else beside(replace(funnel, unknown=0))
    return Held(one, href, funnel_mark(funnel), count_text(funnel), said, asks)


def _on_it(share: Share) -> str:
    more = share.possible - share.using
    verb = "is" if share.all == 1 else "are"
    text = f"{formats.number(share.using)} of {formats.plural(share.all, 'active service')} {verb} on it"
    return f"{text}, {formats.number(more)} more might be" if more else text


def count_text(funnel: Funnel) -> str:
    """``3 of 5``; where none is known to use it, how many are unknown."""
    if funnel.unknown and not funnel.used:
        return "unknown" if funnel.unknown == funnel.eligible else f"{formats.number(funnel.unknown)} unknown"
    return f"{formats.number(funnel.used)} of {formats.number(funnel.eligible)}"


def funnel_mark(funnel: Funnel) -> Mark:
    """All of the services use it, some do, none is known to, or none does."""
    if funnel.used and funnel.used == funnel.eligible:
        return Mark("good", "all use it")
    if funnel.used:
        return Mark("warn", "some use it")
    return Mark("unknown", "unknown") if funnel.unknown else Mark("none", "none uses it")


def beside(funnel: Funnel) -> str:
    """``2 configured only, 1 unknown``; configured counts what is used too."""
    said = []
    if funnel.configured > funnel.used:
        said.append(f"{formats.number(funnel.configured - funnel.used)} configured only")
    if funnel.unknown:
        said.append(f"{formats.number(funnel.unknown)} unknown")
    return ", ".join(said)


def rows_of(services: QuerySet[Service], day: date) -> Iterable[tuple[Service, read.ServiceDay]]:
    """Each service with its day, those that use least first, so that what is to be done stands first."""
    told = read.states_on(day, list(services.values_list("pk", flat=True)))
    found = [(one, told.get(one.pk, read.ServiceDay(day))) for one in services]
    return sorted(found, key=lambda pair: (not pair[1].is_active, pair[1].used, pair[0].name.casefold()))
