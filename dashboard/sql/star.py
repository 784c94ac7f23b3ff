"""The star: which views there are, and by which keys facts join dimensions."""

from django.db.models import F, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from dashboard.datasets.columns import ID, SERVICE, TEAM, Column, flag, integer, seconds, text, time
from dashboard.datasets.dataset import Dataset, Source
from dashboard.datasets.delivery import CLASS
from dashboard.datasets.every import DATASETS
from dashboard.datasets.expressions import owner_at
from dashboard.sql.beside import AS_OF, DATES, OWNERSHIP, REMOVED_ROWS
from dashboard.sql.view import PREFIX, OfDataset, View, key
from ingest.models import Environment, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.models import ControlInForce, DeliveredChange

OWN = "What joins it to facts."
TEAM_KEY = key("team_key", f"Its team today, in {PREFIX}teams.")
TEAM_OF_SCOPE = key("team_key", f"The team, in {PREFIX}teams; null where the figures are not of one.")
TEAM_OF_REPOSITORY = key("team_key", f"The team that maintains it, in {PREFIX}teams.")
SERVICE_KEY = key("service_key", f"Its service, in {PREFIX}services.")
SERVICE_OF_SCOPE = key("service_key", f"The service, in {PREFIX}services; null where the figures are not of one.")
ENVIRONMENT_KEY = key("environment_key", f"Its environment, in {PREFIX}environments.")
REPOSITORY_KEY = key("repository_key", f"Its repository, in {PREFIX}repositories.")
CONTROL_KEY = key("control_key", f"Its control, in {PREFIX}controls; null where the standard is not in force.")


def team_at(path: str) -> Combinable:
    """The key of the team that owns a service today: ``path`` leads to its ``owner``."""
    nobody = Subquery(Team.objects.filter(slug=UNASSIGNED).order_by().values("pk")[:1])
    return Coalesce(F(f"{path}_id"), nobody)


def _control() -> Combinable:
    same = ControlInForce.objects.filter(standard=OuterRef("standard"), control=OuterRef("control"))
    return Subquery(same.order_by().values("pk")[:1])


OF_SERVICE: dict[Column, Source] = {SERVICE_KEY: "service_id", TEAM_KEY: team_at("service__owner")}
OF_SCOPE: dict[Column, Source] = {SERVICE_OF_SCOPE: "service_id", TEAM_OF_SCOPE: "team_id"}

# What no list tells and what figures of one's own are made of.
ENVIRONMENTS = Dataset(
    name="environments",
    title="Environments",
    text="What services are deployed to.",
    model=Environment,
    columns=(text("name", "Its name."), CLASS),
    key="name",
)
DELIVERED_CHANGES = Dataset(
    name="delivered-changes",
    title="Delivered changes",
    text="Changes with the deployment that first brought each to an environment: what lead times are made of.",
    model=DeliveredChange,
    columns=(
        ID,
        integer("deployment", f"The id of the deployment, in {PREFIX}deployments."),
        integer("change", f"The id of the change, in {PREFIX}changes."),
        SERVICE,
        TEAM,
        CLASS,
        seconds("lead_time_seconds", "From its authoring to the finish of the deployment.", nullable=False),
        flag("bot", "A bot wrote it."),
        time("delivered_at", "When the deployment finished.", nullable=False),
    ),
    sources={
        "deployment": "deployment_id",
        "change": "change_id",
        "service": "service__slug",
        "team": owner_at("service__owner"),
        "lead_time_seconds": "seconds",
    },
)

VIEWS: tuple[View, ...] = (
    DATES,
    OfDataset(DATASETS["teams"], {key("team_key", OWN): "pk"}),
    OfDataset(
        DATASETS["services"],
        {key("service_key", OWN): "pk", TEAM_KEY: team_at("owner"), REPOSITORY_KEY: "repository_id"},
    ),
    OWNERSHIP,
    OfDataset(ENVIRONMENTS, {key("environment_key", OWN): "pk"}),
    OfDataset(
        DATASETS["repositories"],
        {key("repository_key", OWN): "pk", TEAM_OF_REPOSITORY: "team_id"},
    ),
    OfDataset(DATASETS["controls"], {key("control_key", OWN): "pk"}),
    OfDataset(
        DATASETS["deployments"],
        {**OF_SERVICE, ENVIRONMENT_KEY: "environment_id", REPOSITORY_KEY: "repository_id"},
        days=("started", "finished"),
    ),
    OfDataset(DATASETS["changes"], {REPOSITORY_KEY: "repository_id"}, days=("authored", "committed")),
    OfDataset(DELIVERED_CHANGES, OF_SERVICE, days=("delivered",)),
    OfDataset(DATASETS["pull-requests"], {REPOSITORY_KEY: "repository_id"}, days=("opened", "merged")),
    OfDataset(DATASETS["incidents"], {**OF_SERVICE, ENVIRONMENT_KEY: "environment_id"}, days=("opened", "resolved")),
    OfDataset(
        DATASETS["failures"],
        {**OF_SERVICE, ENVIRONMENT_KEY: "deployment__environment_id"},
        days=("failed", "restored"),
    ),
    OfDataset(DATASETS["verdicts"], {**OF_SERVICE, CONTROL_KEY: _control()}),
    OfDataset(
        DATASETS["findings"],
        {**OF_SERVICE, REPOSITORY_KEY: "repository_id", CONTROL_KEY: _control()},
        days=("first_seen",),
    ),
    OfDataset(DATASETS["waivers"], OF_SERVICE, days=("requested",)),
    OfDataset(DATASETS["slos"], {**OF_SERVICE, REPOSITORY_KEY: "repository_id"}),
    OfDataset(DATASETS["metrics-daily"], OF_SCOPE),
    OfDataset(DATASETS["adoption"], OF_SCOPE),
    OfDataset(DATASETS["scorecards"], OF_SCOPE),
    REMOVED_ROWS,
    AS_OF,
)
