"""Who and what there is: teams, services, repositories."""

from collections.abc import Collection

from dashboard import access
from dashboard.datasets.columns import ID, TEAM, UPDATED_AT, day, flag, list_of, text, time
from dashboard.datasets.dataset import Dataset, Rows, by
from dashboard.datasets.expressions import owner_at, told
from ingest.models import Repository, Service, ServiceRepository, Team
from ingest.models.catalogue import Tier


def deployed_from(path: str, rows: Rows, services: Collection[int]) -> Rows:
    """The rows whose repository at ``path`` is one that some services are deployed from."""
    links = ServiceRepository.objects.filter(service__in=services).values("repository")
    return rows.filter(**{f"{path}__in": links})


TEAMS = Dataset(
    name="teams",
    title="Teams",
    model=Team,
    text="Teams, retired ones too. The team unassigned stands for services that nobody owns.",
    columns=(
        text("slug", "Identity of the team."),
        text("name", "Name to show."),
        text("email", "Where its reports go.", nullable=True),
        day("retired_on", "The day on which it was closed."),
        UPDATED_AT,
    ),
    sources={"email": told("email")},
    visible=lambda actor: access.visible_teams(actor).order_by(),
    key="slug",
)

SERVICES = Dataset(
    name="services",
    title="Services",
    model=Service,
    text="What teams deploy, retired services too.",
    columns=(
        text("slug", "Identity of the service."),
        text("name", "Name to show."),
        TEAM,
        text("tier", "How much depends on it.", values=tuple(Tier.values)),
        text("repository", "Name of the repository that it is built from.", nullable=True),
        list_of("path_globs", "The parts of the repository that are its own; empty for all of it."),
        day("retired_on", "The day from which on it is out of use."),
        UPDATED_AT,
    ),
    sources={"team": owner_at("owner"), "repository": "repository__name"},
    filters=("tier",),
    within=by("pk"),
    key="slug",
)

REPOSITORIES = Dataset(
    name="repositories",
    title="Repositories",
    model=Repository,
    text="Repositories that services are deployed from, or that their host told of.",
    columns=(
        ID,
        text("name", "As its host writes it, such as owner/name."),
        text("default_branch", "Its default branch.", nullable=True),
        text("team", "Slug of the team that maintains it, as its host says.", nullable=True),
        flag("placeholder", "It stands for the repository of a service of which nobody told one yet."),
        flag("archived", "Its host says that it is archived."),
        time("deleted_at", "When its host said that it is gone."),
        UPDATED_AT,
    ),
    sources={"default_branch": told("default_branch"), "team": "team__slug"},
    filters=("name",),
    within=lambda rows, services: deployed_from("pk", rows, services),
)
