"""Whom a team's token may speak of: an event can tell of any service, and say who owns it."""

from collections.abc import Callable, Iterable, Sequence

from django.db.models.functions import Lower

from dashboard import access
from dashboard.models import ApiToken
from ingest.catalogue.names import repository_key, slug_of
from ingest.catalogue.resolve import Names
from ingest.models import CatalogueName, Service, ServiceRepository, Team
from ingest.models.catalogue import UNASSIGNED
from ingest.parsers.observation import Observation, ServiceSeen

Refusal = Callable[[Observation], str]


def refusals(token: ApiToken, observations: Sequence[Observation]) -> Refusal:
    """What tells of an observation why this token may not say it; an empty text where it may.

    A token without a team may say everything. One of a team speaks of its services, of those that nobody owns, and
    names no other team.
    """
    team = token.team
    if team is None:
        return lambda seen: ""
    names = Names.of(observations)
    foreign_services = _foreign_services(team, names.services)
    foreign_repositories = _foreign_repositories(team, names.repositories)
    own_names = {team.slug, *_old_names(team)}

    def refusal(seen: Observation) -> str:
        said_team = seen.said.get("team") if isinstance(seen, ServiceSeen) else getattr(seen, "team", None)
        service = getattr(seen, "service", None)
        repository = getattr(seen, "repository", None) or seen.said.get("repository")
        if said_team is not None and slug_of(said_team) not in own_names and said_team not in own_names:
            return f"This token is of team {team.slug} and names no other."
        if service in foreign_services or (
            repository is not None and repository_key(repository) in foreign_repositories
        ):
            return f"This token is of team {team.slug}, which does not own what the event tells of."
        return ""

    return refusal


def _old_names(team: Team) -> list[str]:
    rows = CatalogueName.objects.filter(kind=CatalogueName.Kind.TEAM, object_id=team.pk)
    return list(rows.values_list("name", flat=True))


def _others(team: Team) -> set[int]:
    """The services that another team owns today."""
    mine = Team.objects.filter(slug__in=[team.slug, UNASSIGNED]).values_list("pk", flat=True)
    owned = Service.objects.annotate(owner_team=access.owner()).exclude(owner_team=None)
    return set(owned.exclude(owner_team__in=list(mine)).values_list("pk", flat=True))


def _foreign_services(team: Team, names: Iterable[str]) -> set[str]:
    wanted = {name: slug_of(name) for name in names}
    spellings = {*wanted, *wanted.values()}
    ids = dict(Service.objects.filter(slug__in=spellings).values_list("slug", "pk"))
    old = CatalogueName.objects.filter(kind=CatalogueName.Kind.SERVICE, name__in=spellings)
    ids |= dict(old.values_list("name", "object_id"))
    others = _others(team)
    return {name for name, slug in wanted.items() if ids.get(name, ids.get(slug)) in others}


def _foreign_repositories(team: Team, names: Iterable[str]) -> set[str]:
    """Repositories that services of other teams are deployed from, and none of this team's."""
    links = ServiceRepository.objects.annotate(low=Lower("repository__name")).filter(low__in=list(names))
    others = _others(team)
    by_name: dict[str, set[bool]] = {}
    for name, service_id in links.values_list("low", "service_id"):
        by_name.setdefault(name, set()).add(service_id in others)
    return {name for name, foreign in by_name.items() if foreign == {True}}
