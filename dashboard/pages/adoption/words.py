"""Adoption in words and marks: states of services, of teams and of capabilities, and why something is not known."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from django.conf import settings
from django.urls import reverse

from dashboard import formats
from dashboard.pages.figures import Status
from dashboard.pages.verdicts import Mark
from scorecards.adoption.capabilities import Capabilities, Origin, Together
from scorecards.adoption.read import TARGET, OrganisationDay, ServiceDay, Share, TeamDay
from scorecards.adoption.spells import ACTIVE, WINDOW

USED, CONFIGURED, UNKNOWN, NOT = (
    Mark("good", "used"),
    Mark("warn", "configured, not used"),
    Mark("unknown", "unknown"),
    Mark("none", "not used"),
)
SORTS = {"used": USED, "configured": CONFIGURED, "unknown": UNKNOWN, "not": NOT}
TEAM_MARKS = {
    "uses": Mark("good", "yes"),
    "partly": Mark("warn", "partly"),
    "unknown": Mark("unknown", "not known"),
    "not": Mark("none", "no"),
}
SERVICE_MARKS = {
    "uses": Mark("good", "on the platform"),
    "possibly": Mark("unknown", "not known"),
    "not": Mark("none", "not on the platform"),
    "inactive": Mark("absent", "not active"),
}
TARGET_TEXT = f"over {TARGET * 100:.0f}{formats.NO_BREAK}% of teams"

# What to do where an origin told nothing of any service for as long as the window is.
DARK = {
    Origin.DEPLOYMENTS: "no pipeline told of a deployment",
    Origin.SARIF: "no results of a scanner were received",
    Origin.OBJECTIVES: "no Prometheus answered",
    Origin.METRICS: "no Prometheus answered",
}
LIGHT = {
    Origin.DEPLOYMENTS: ("Connect what deploys", "sources"),
    Origin.SARIF: ("Send them to /ingest/sarif/", "sources"),
    Origin.OBJECTIVES: ("Connect a Prometheus", "prometheus"),
    Origin.METRICS: ("Connect a Prometheus", "prometheus"),
}
WHERE = {
    Origin.SCAN: "in the repository, by a scan",
    Origin.CATALOGUE: "in the catalogue",
    Origin.DEPLOYMENTS: "by deployments received",
    Origin.OBJECTIVES: "in Prometheus",
    Origin.METRICS: "in Prometheus",
    Origin.SARIF: "by results received",
}
NOTHING_SHOWS = "no signal shows it; an organisation can declare one"


def sort_of(told: ServiceDay, capability: str) -> str:
    """``used``, ``configured``, ``unknown`` or ``not``, of an active service."""
    state = told.states.get(capability, "unknown")
    return "configured" if state == "not" and capability in told.configured else str(state)


def team_state(day: TeamDay) -> str:
    """``uses``, ``partly``, ``not``; ``unknown`` where none is known to be on the platform, but enough might be."""
    return "unknown" if day.state == "not" and day.possible else day.state


def team_mark(day: TeamDay) -> Mark:
    return TEAM_MARKS[team_state(day)]


def team_status(day: TeamDay) -> Status:
    """As a verdict on the tile of a team."""
    match team_state(day):
        case "uses":
            return Status("good", "uses the platform")
        case "partly":
            return Status("warn", "partly, perhaps enough" if day.possible else "partly")
        case "unknown":
            return Status("none", "not known")
    return Status("none", "no")


def organisation_status(day: OrganisationDay) -> Status:
    """Met is what is proven; missed what not even the unknown could mend."""
    found = {True: Status("good", "met"), False: Status("bad", "missed")}
    return Status("none", "not known") if day.meets is None else found[day.meets]


def service_status(day: ServiceDay) -> Status:
    kinds = {"uses": Status("good", "on the platform"), "possibly": Status("none", "not known")}
    return kinds.get(day.state, Status("none", "not on the platform"))


def of(share: Share, one: str, many: str = "") -> str:
    """``6 of 8 teams, 2 more might``."""
    more = share.possible - share.using
    text = f"{formats.number(share.using)} of {formats.plural(share.all, one, many)}"
    return f"{text}, {formats.number(more)} more might" if more else text


def interval(share: Share) -> str:
    """``75-100 %``; nothing where there is nobody."""
    low, high = share.share, share.possible_share
    return "" if low is None or high is None else formats.interval(low, high)


def short_of(share: Share) -> str:
    """``6 of 8``."""
    return f"{formats.number(share.using)} of {formats.number(share.all)}"


def half(share: Fraction) -> str:
    """A share as it is said: ``half``, ``60 %``."""
    return "half" if share == Fraction(1, 2) else "all" if share == 1 else str(formats.percent(float(share)))


def rules_text(known: Capabilities) -> list[str]:
    """What counts, by the settings in force."""
    least, share = settings.ADOPTION_CAPABILITIES, half(settings.ADOPTION_SHARE)
    return [
        f"Active is a service with a successful production deployment within the last {ACTIVE} days, until it retires.",
        f"A service uses a capability whose evidence was seen within the last {WINDOW} days; set up alone is not used.",
        f"It is on the platform when it uses at least {least} of the {len(known)} capabilities.",
        f"A team uses the platform when at least {share} of its active services are on it.",
    ]


def gap_text(origins: Iterable[Origin], unscanned: int, *, nothing: bool) -> str:
    """Why a capability is unknown, in words."""
    if nothing:
        return NOTHING_SHOWS
    said = list(dict.fromkeys(DARK[origin] for origin in origins))
    if unscanned:
        services = formats.plural(unscanned, "active service")
        said.append(f"{services} {'was' if unscanned == 1 else 'were'} not scanned, or not in whole")
    if not said:
        return "a part of the evidence could not be looked at"
    return f"{' and '.join(said)} within {WINDOW} days"


def remedies(origins: Iterable[Origin]) -> list[tuple[str, str]]:
    """What would make it known, each with where that is done."""
    return [(text, reverse(name)) for text, name in dict.fromkeys(LIGHT[origin] for origin in origins)]


def together_text(names: Together, known: Capabilities) -> str:
    """A way to evidence something: one signal, or several that count only together."""
    titles = [known.signals[name].title for name in names]
    return titles[0] if len(titles) == 1 else f"{', and '.join(titles)}, together"


def day_text(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
