"""Adoption of chosen services, such as those of one tier: no day keeps their sum, so it is made from each service's."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import owner_on
from ingest.models import Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.adoption.read import Funnel, OrganisationDay, ServiceDay, Share, TeamDay, states_on
from scorecards.adoption.settings import rules


def of_services(services: Collection[int], day: date) -> tuple[OrganisationDay, dict[int, TeamDay]]:
    """These services together, and the part of each team in them, as if there were no others. Three queries.

    Deployments are not told apart by service here, so their share is empty.
    """
    told = {pk: state for pk, state in states_on(day, services).items() if state.is_active}
    owners = periods_by_service(list(told))
    nobody = Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first()
    by_team: dict[int, list[ServiceDay]] = defaultdict(list)
    for pk, state in told.items():
        team = owner_on(owners.get(pk, ()), day)
        if team is not None and team != nobody:
            by_team[team].append(state)
    teams = {pk: _team(day, states) for pk, states in by_team.items()}
    using = sum(team.state == "uses" for team in teams.values())
    possible = sum(team.possible for team in teams.values())
    organisation = OrganisationDay(
        day,
        _share(told.values()),
        capabilities=_funnels(told.values()),
        teams=Share(using, possible, len(teams)),
        teams_partly=sum(team.state == "partly" for team in teams.values()),
    )
    return organisation, teams


def _team(day: date, states: Collection[ServiceDay]) -> TeamDay:
    services, share = _share(states), rules().share
    uses = services.using >= share * services.all
    state = "uses" if uses else "partly" if services.using else "not"
    possible = services.possible >= share * services.all
    return TeamDay(day, services, capabilities=_funnels(states), state=state, possible=possible)


def _share(states: Collection[ServiceDay]) -> Share:
    using = sum(state.state == "uses" for state in states)
    return Share(using, using + sum(state.state == "possibly" for state in states), len(states))


def _funnels(states: Iterable[ServiceDay]) -> dict[str, Funnel]:
    counts: dict[str, Counter[str]] = {part: Counter() for part in ("configured", "used", "retained", "unknown")}
    every = 0
    for one in states:
        every += 1
        counts["configured"].update(one.configured)
        counts["retained"].update(one.retained)
        for name, state in one.states.items():
            if state in counts:
                counts[state][name] += 1
    return {
        name: Funnel(every, **{part: found[name] for part, found in counts.items()})
        for name in rules().capabilities.ids
    }
