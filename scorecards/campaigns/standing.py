"""Which services a campaign asks, and where each of them stands today."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import Period, owner_on
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.adoption.read import states_on
from scorecards.adoption.settings import capabilities
from scorecards.campaigns.progress import Progress, Stand, State, by_capability, by_controls, progress
from scorecards.models import Campaign, ControlVerdict
from scorecards.scans.daily import active_on
from scorecards.scans.in_force import in_force

INACTIVE, NOTHING_APPLIES = "inactive", "nothing_applies"


@dataclass(frozen=True, slots=True)
class Asked:
    """A service in scope, with the team that owns it today (``None``: nobody)."""

    service: Service
    team_id: int | None
    stand: Stand


@dataclass(frozen=True, slots=True)
class Standing:
    """All services in scope. ``left_out``: how many of the teams' services are not asked, by why."""

    asked: Sequence[Asked] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def progress(self) -> Progress:
        return progress(one.stand for one in self.asked)

    def of(self, *states: State) -> list[Asked]:
        return [one for one in self.asked if one.stand.state in states]


def standing(campaign: Campaign, today: date, services: Collection[int] | None = None) -> Standing:
    """Where each service in scope stands; of ``services`` alone, where these are given. A handful of queries."""
    found = scope(campaign, today, services)
    stands, reason = _by_capability(campaign, found, today), INACTIVE
    if not campaign.capability:
        stands, reason = _by_controls(campaign, found, today), NOTHING_APPLIES
    asked = [
        Asked(service, team_id, stand) for service, team_id in found if (stand := stands.get(service.pk)) is not None
    ]
    missing = len(found) - len(asked)
    return Standing(asked, {reason: missing} if missing else {})


def scope(campaign: Campaign, today: date, services: Collection[int] | None = None) -> list[tuple[Service, int | None]]:
    """The services of the campaign's teams and tiers that are not retired, each with its owner today; by name."""
    known = active_on(today).order_by("name", "pk")
    if services is not None:
        known = known.filter(pk__in=list(services))
    if campaign.tiers:
        known = known.filter(tier__in=campaign.tiers)
    teams = set(campaign.scope.values_list("team", flat=True))
    owners = periods_by_service(services)
    nobody = Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first()
    owned = [(service, owned_by(owners.get(service.pk, ()), today, nobody)) for service in known]
    return [(service, team) for service, team in owned if not teams or (team or nobody) in teams]


def owned_by(periods: Sequence[Period], day: date, nobody: int | None) -> int | None:
    """Who owned it on the day; ``None`` where that is the team for what nobody owns."""
    team = owner_on(periods, day)
    return None if team == nobody else team


def asked_controls(campaign: Campaign, today: date) -> list[str]:
    """Those of its controls that a standard in force still has."""
    known = {control for standard in in_force(today).standards for control in standard.control_by_id}
    return [control for control in campaign.controls if control in known]


def titles(campaign: Campaign, today: date) -> dict[str, str]:
    """What each thing that it asks for is called, by id; of what is no longer in force, the id."""
    if campaign.capability:
        found = {one.id: one.title for one in capabilities()}
        return {campaign.capability: found.get(campaign.capability, campaign.capability)}
    named = {one.id: one.title for standard in in_force(today).standards for one in standard.controls}
    return {control: named.get(control, control) for control in campaign.controls}


def _by_controls(
    campaign: Campaign, found: Sequence[tuple[Service, int | None]], today: date
) -> Mapping[int, Stand | None]:
    asked = asked_controls(campaign, today)
    standards = [standard.code for standard in in_force(today).standards]
    rows = ControlVerdict.objects.filter(standard__in=standards, control__in=asked)
    verdict_of: dict[int, dict[str, str]] = defaultdict(dict)
    for pk, control, verdict in rows.values_list("service_id", "control", "verdict"):
        verdict_of[pk][control] = verdict
    return {service.pk: by_controls(verdict_of.get(service.pk, {}), asked) for service, _ in found}


def _by_capability(
    campaign: Campaign, found: Sequence[tuple[Service, int | None]], today: date
) -> Mapping[int, Stand | None]:
    if not campaign.capability:
        return {}
    days = states_on(today, [service.pk for service, _ in found])
    return {
        pk: by_capability(day.states.get(campaign.capability, "unknown"), campaign.capability)
        for pk, day in days.items()
        if day.is_active
    }
