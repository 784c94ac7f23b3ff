"""What was observed of delivery, with what it was judged to be: deployments, changes, pull requests, incidents."""

from typing import get_args

from dashboard.datasets.columns import ID, SERVICE, TEAM, UPDATED_AT, flag, integer, list_of, seconds, text, time
from dashboard.datasets.dataset import Dataset, by
from dashboard.datasets.expressions import SecondsBetween, first_of, names_in, or_false, owner_at, told
from ingest.models import Deployment
from ingest.models.catalogue import EnvironmentClass
from ingest.models.facts import DeploymentKind, DeploymentStatus
from ingest.models.inbox import SourceKind
from scorecards.metrics.records import Content

CLASSES = tuple(EnvironmentClass.values)
SOURCE = text("source", "The kind of the source that told of it.", values=tuple(SourceKind.values))
REPOSITORY = text("repository", "Name of the repository; ~ and the service where nobody told it.")
CLASS = text("environment_class", "Class of the environment, by which metrics are told.", values=CLASSES)

DEPLOYMENTS = Dataset(
    name="deployments",
    title="Deployments",
    text=(
        "Attempts to deploy a service: what sources told, beside what each was judged to be. What several sources told"
        " of one deployment is a row each; those that another row stands for say so in duplicate_of and count nowhere."
    ),
    columns=(
        ID,
        SOURCE,
        text("external_id", "What the source calls it."),
        SERVICE,
        TEAM,
        text("repository", "Name of the repository.", nullable=True),
        text("environment", "Name of the environment."),
        CLASS,
        text("status", "The latest final status, else the latest.", values=tuple(DeploymentStatus.values)),
        text("kind", "What the source says it was.", values=tuple(DeploymentKind.values)),
        text("version", "What was deployed; the commit where no version was told.", nullable=True),
        text("sha", "The commit that was deployed.", nullable=True),
        text("rollback_of", "What the source calls the deployment that this one takes back.", nullable=True),
        integer("duplicate_of", "The id of the row that stands for this one.", nullable=True),
        text("by", "Who deployed, as the organisation keeps names.", nullable=True),
        flag("bot", "A bot deployed."),
        text("url", "Where the source shows it.", nullable=True),
        time("started_at", "When it started."),
        time("finished_at", "When it came to its final status."),
        seconds("duration_seconds", "From its start to its finish."),
        flag("counted", "It is among the finished deployments that metrics count."),
        flag("failed", "It was judged to have failed; null where it was not judged.", nullable=True),
        list_of("failed_by", "The rules that hold, such as incident or rolled_back.", nullable=True),
        flag("redeploy", "It deployed the version that was there already.", nullable=True),
        flag("rollback", "It took an earlier deployment back.", nullable=True),
        flag("hotfix", "It was a hotfix.", nullable=True),
        flag("corrected", "A person said something of it over its sources."),
        text("content", "How it is known what it brought.", values=get_args(Content), nullable=True),
        integer("change_count", "Changes that it brought first, with a lead time.", nullable=True),
        integer("unmapped_count", "Changes that it lists and that are not known.", nullable=True),
        integer("incident_count", "Incidents that are linked to it.", nullable=True),
        integer("restored_by", "The id of the deployment that restored it.", nullable=True),
        time("restored_at", "When a failed deployment was restored; null while it is not."),
        seconds("recovery_seconds", "From its finish to its restoration."),
        UPDATED_AT,
    ),
    rows=Deployment.objects.order_by,
    sources={
        "source": "source__kind",
        "service": "service__slug",
        "team": owner_at("service__owner"),
        "repository": "repository__name",
        "environment": "environment__name",
        "environment_class": first_of("judged__environment_class", "environment__environment_class"),
        "status": first_of("judged__status", "status"),
        "version": told("version"),
        "sha": told("sha"),
        "rollback_of": told("rollback_of"),
        "duplicate_of": "duplicate_of_id",
        "by": told("by"),
        "url": told("url"),
        "finished_at": first_of("judged__finished_at", "finished_at"),
        "duration_seconds": SecondsBetween("started_at", first_of("judged__finished_at", "finished_at")),
        "counted": or_false("judged__counted"),
        "failed": "judged__failed",
        "failed_by": names_in("judged__failed_by"),
        "redeploy": "judged__redeploy",
        "rollback": "judged__rollback",
        "hotfix": "judged__hotfix",
        "corrected": or_false("judged__corrected"),
        "content": told("judged__content"),
        "change_count": "judged__change_count",
        "unmapped_count": "judged__unmapped_count",
        "incident_count": "judged__incident_count",
        "restored_by": "judged__restored_by_id",
        "restored_at": "judged__restored_at",
        "recovery_seconds": SecondsBetween("judged__finished_at", "judged__restored_at"),
    },
    filters={
        "environment": "environment__name",
        "environment_class": "environment_class",
        "status": "status",
        "kind": "kind",
        "version": "version",
        "sha": "sha",
        "external_id": "external_id",
        "counted": "judged__counted",
        "failed": "judged__failed",
        "finished_at": "finished_at",
    },
    within=by("service"),
)
