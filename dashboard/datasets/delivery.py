"""What was observed of delivery, with what it was judged to be: deployments, changes, pull requests, incidents."""

from typing import get_args

from dashboard.datasets.catalogue import deployed_from
from dashboard.datasets.columns import ID, SERVICE, TEAM, UPDATED_AT, flag, integer, list_of, seconds, text, time
from dashboard.datasets.dataset import Dataset, by
from dashboard.datasets.expressions import SecondsBetween, first_of, names_in, or_false, owner_at, told
from ingest.models import Change, Deployment, Incident, PullRequest
from ingest.models.catalogue import EnvironmentClass
from ingest.models.facts import DeploymentKind, DeploymentStatus, Severity
from ingest.models.inbox import SourceKind
from scorecards.metrics.records import Content, LinkedBy
from scorecards.models import JudgedDeployment

CLASSES = tuple(EnvironmentClass.values)
SOURCE = text("source", "The kind of the source that told of it.", values=tuple(SourceKind.values))
REPOSITORY = text("repository", "Name of the repository; ~ and the service where nobody told it.")
CLASS = text("environment_class", "Class of the environment, by which metrics are told.", values=CLASSES)

DEPLOYMENTS = Dataset(
    name="deployments",
    title="Deployments",
    model=Deployment,
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
    filters=(
        "environment",
        "environment_class",
        "status",
        "kind",
        "version",
        "sha",
        "external_id",
        "counted",
        "failed",
        "finished_at",
    ),
    within=by("service"),
)

CHANGES = Dataset(
    name="changes",
    title="Changes",
    model=Change,
    text="Commits. Merge commits are among them, which no metric counts.",
    columns=(
        ID,
        REPOSITORY,
        text("sha", "Its hash."),
        integer("pull_request", "Number of the pull request that it came with.", nullable=True),
        text("title", "The first line of its message.", nullable=True),
        text("author", "Who wrote it, as the organisation keeps names.", nullable=True),
        flag("bot", "A bot wrote it."),
        flag("merge", "It is a merge commit."),
        flag("revert", "It takes changes back."),
        list_of("reverts", "The hashes of the changes that it takes back."),
        flag("hotfix", "It is marked as a hotfix."),
        time("authored_at", "When it was written."),
        time("committed_at", "When it was committed."),
        UPDATED_AT,
    ),
    sources={"repository": "repository__name", "title": told("title"), "author": told("author")},
    filters=(
        "repository",
        "sha",
        "author",
        "authored_at",
    ),
    within=lambda rows, services: deployed_from("repository", rows, services),
)

PULL_REQUESTS = Dataset(
    name="pull-requests",
    title="Pull requests",
    model=PullRequest,
    text="Pull and merge requests, with the moments from which the stages of lead time are told.",
    columns=(
        ID,
        REPOSITORY,
        integer("number", "Its number in the repository."),
        text("title", "Its title.", nullable=True),
        text("author", "Who opened it, as the organisation keeps names.", nullable=True),
        flag("bot", "A bot opened it."),
        flag("hotfix", "It is marked as a hotfix."),
        flag("revert", "It takes changes back."),
        text("base_branch", "The branch that it was to be merged to.", nullable=True),
        text("how", "How it was merged: merge, squash or rebase.", nullable=True),
        text("merge_sha", "The commit that it was merged with.", nullable=True),
        text("url", "Where its host shows it.", nullable=True),
        time("first_commit_at", "When its first commit was written."),
        time("opened_at", "When it was opened."),
        time("ready_at", "When it was no draft any more."),
        time("first_review_at", "When it was reviewed first."),
        time("approved_at", "When it was approved."),
        time("merged_at", "When it was merged."),
        time("closed_at", "When it was closed."),
        UPDATED_AT,
    ),
    sources={
        "repository": "repository__name",
        **{name: told(name) for name in ("title", "author", "base_branch", "how", "merge_sha", "url")},
    },
    filters=(
        "repository",
        "number",
        "author",
        "opened_at",
        "merged_at",
    ),
    within=lambda rows, services: deployed_from("repository", rows, services),
)

INCIDENTS = Dataset(
    name="incidents",
    title="Incidents",
    model=Incident,
    text=(
        "What broke for users, and which deployment it is linked to. What several sources told of one incident is a row"
        " each; those that another row stands for say so in duplicate_of and count nowhere."
    ),
    columns=(
        ID,
        SOURCE,
        text("external_id", "What the source calls it."),
        SERVICE,
        TEAM,
        text("environment", "Name of the environment; null where none was told.", nullable=True),
        CLASS,
        text("title", "Its title.", nullable=True),
        text("severity", "How bad it is; null where none was told.", values=tuple(Severity.values), nullable=True),
        integer("duplicate_of", "The id of the row that stands for this one.", nullable=True),
        integer("deployment", "The id of the deployment that it is linked to.", nullable=True),
        text("linked_by", "How it is linked.", values=get_args(LinkedBy), nullable=True),
        text("unlinked_reason", "Why it is linked to none, as a code.", nullable=True),
        flag("corrected", "A person said something of it over its sources."),
        text("url", "Where the source shows it.", nullable=True),
        time("opened_at", "When it opened."),
        time("acknowledged_at", "When somebody acknowledged it."),
        time("resolved_at", "When it was resolved; null while it is open."),
        seconds("acknowledge_seconds", "From its opening to its acknowledgement."),
        seconds("resolve_seconds", "From its opening to its resolution."),
        UPDATED_AT,
    ),
    sources={
        "source": "source__kind",
        "service": "service__slug",
        "team": owner_at("service__owner"),
        "environment": "environment__name",
        "environment_class": first_of(
            "judged__environment_class", "environment__environment_class", otherwise=EnvironmentClass.PRODUCTION.value
        ),
        "title": told("title"),
        "severity": first_of(told("judged__severity"), told("severity")),
        "duplicate_of": "duplicate_of_id",
        "deployment": "judged__deployment_id",
        "linked_by": told("judged__linked_by"),
        "unlinked_reason": told("judged__reason"),
        "corrected": or_false("judged__corrected"),
        "url": told("url"),
        "opened_at": first_of("judged__opened_at", "opened_at"),
        "acknowledged_at": first_of("judged__acknowledged_at", "acknowledged_at"),
        "resolved_at": first_of("judged__resolved_at", "resolved_at"),
        "acknowledge_seconds": SecondsBetween(
            first_of("judged__opened_at", "opened_at"), first_of("judged__acknowledged_at", "acknowledged_at")
        ),
        "resolve_seconds": SecondsBetween(
            first_of("judged__opened_at", "opened_at"), first_of("judged__resolved_at", "resolved_at")
        ),
    },
    filters=(
        "environment",
        "environment_class",
        "severity",
        "deployment",
        "external_id",
        "opened_at",
    ),
    within=by("service"),
)

FAILURES = Dataset(
    name="failures",
    title="Failures",
    model=JudgedDeployment,
    text="The deployments that were judged to have failed: by which rules, and when each was restored.",
    columns=(
        integer("id", "The id of the deployment."),
        SERVICE,
        TEAM,
        text("environment", "Name of the environment."),
        CLASS,
        text("version", "What was deployed.", nullable=True),
        text("status", "The deployment's own status.", values=("succeeded", "failed")),
        list_of("failed_by", "The rules that hold, such as incident or rolled_back."),
        flag("counted", "It is among the finished deployments that metrics count."),
        flag("corrected", "A person said something of it over its sources."),
        integer("incident_count", "Incidents that are linked to it."),
        integer("restored_by", "The id of the deployment that restored it.", nullable=True),
        time("failed_at", "When the deployment finished.", nullable=False),
        time("restored_at", "When it was restored; null while it is not."),
        seconds("recovery_seconds", "From its finish to its restoration."),
        UPDATED_AT,
    ),
    sources={
        "id": "deployment_id",
        "service": "service__slug",
        "team": owner_at("service__owner"),
        "environment": "deployment__environment__name",
        "version": told("deployment__version"),
        "failed_by": names_in("failed_by"),
        "restored_by": "restored_by_id",
        "failed_at": "finished_at",
        "recovery_seconds": SecondsBetween("finished_at", "restored_at"),
    },
    filters=(
        "environment",
        "environment_class",
        "status",
        "counted",
        "failed_at",
    ),
    within=by("service"),
    all_of=lambda: JudgedDeployment.objects.filter(failed=True).order_by(),
)
