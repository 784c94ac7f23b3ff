"""Changes of what runs: deployments and their statuses, releases, workflow runs, and issues of incidents."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.github_server.code import Code
from tests.github_server.records import (
    Account,
    Deployment,
    DeploymentStatus,
    Issue,
    IssueEvent,
    Job,
    Label,
    Release,
    Repository,
    WorkflowRun,
)

DONE = ("success", "failure", "error")


class Running(Code):
    """What pipelines do, and what goes wrong."""

    def deploy(
        self,
        repository: Repository,
        creator: Account,
        *,
        environment: str = "production",
        sha: str = "",
        ref: str = "",
        payload: Any = None,
        description: str | None = None,
        task: str = "deploy",
        at: datetime | None = None,
    ) -> Deployment:
        """A deployment without a status; ``sha`` empty: of the default branch's newest commit."""
        at, ref = self.at(at), ref or repository.default_branch
        sha = sha or repository.branches[repository.default_branch]
        deployment = Deployment(
            repository, self.next_id(), sha, ref, task, environment, environment, {} if payload is None else payload,
            description, creator, at, at, production=environment == "production",
        )  # fmt: skip
        repository.deployments.append(deployment)
        self.note(at, "deployment", "created", repository, creator, deployment=deployment)
        return deployment

    def add_status(
        self, deployment: Deployment, state: str, *, at: datetime | None = None, log_url: str = ""
    ) -> DeploymentStatus:
        """A status. A success makes those before it inactive, as ``auto_inactive`` does: not those of production."""
        at, repository = self.at(at), deployment.repository
        status = DeploymentStatus(
            deployment, self.next_id(), state, deployment.environment, deployment.creator, at, log_url=log_url
        )
        deployment.statuses.append(status)
        deployment.updated_at = at
        if state != "inactive":  # of which GitHub fires no event
            creator = deployment.creator
            self.note(at, "deployment_status", "created", repository, creator, status=status, deployment=deployment)
        if state == "success":
            self._retire(deployment, at)
        return status

    def _retire(self, deployment: Deployment, at: datetime) -> None:
        for other in deployment.repository.deployments:
            running = other.statuses and other.statuses[-1].state == "success" and not other.production
            if other is not deployment and running and other.environment == deployment.environment:
                self.add_status(other, "inactive", at=at)

    def release(
        self,
        repository: Repository,
        tag: str,
        author: Account,
        *,
        sha: str = "",
        prerelease: bool = False,
        at: datetime | None = None,
    ) -> Release:
        """A release that is published, and its tag."""
        at = self.at(at)
        commit = repository.commits[sha or repository.branches[repository.default_branch]]
        self.tag(repository, tag, commit.sha, author, at=at)
        release = Release(
            repository, self.next_id(), tag, repository.default_branch, tag, "", author, commit.committed_at, at,
            prerelease=prerelease,
        )  # fmt: skip
        repository.releases.append(release)
        self.note(at, "release", "published", repository, author, release=release)
        return release

    def run(
        self,
        repository: Repository,
        actor: Account,
        *,
        sha: str = "",
        name: str = "CI",
        event: str = "push",
        branch: str = "",
        conclusion: str | None = "success",
        jobs: Sequence[str] = ("test", "deploy"),
        seconds: int = 240,
        at: datetime | None = None,
    ) -> WorkflowRun:
        """A run that took ``seconds`` and is over; ``conclusion`` ``None``: it is still at work."""
        at, branch = self.at(at), branch or repository.default_branch
        ended = at + timedelta(seconds=seconds)
        status = "completed" if conclusion else "in_progress"
        workflow = 5_000 + repository.number * 10 + ("CI", "Deploy").index(name) if name in ("CI", "Deploy") else 4_999
        run = WorkflowRun(
            repository, self.next_id(), len(repository.runs) + 1, workflow, name,
            f".github/workflows/{name.lower()}.yml",
            event, branch, sha or repository.branches[branch], actor, self.next_id(), at, at,
            ended if conclusion else at, status, conclusion,
            jobs=[
                Job(self.next_id(), job, status, conclusion, at, at, ended if conclusion else None) for job in jobs
            ],
        )  # fmt: skip
        repository.runs.append(run)
        if conclusion:
            self.note(ended, "workflow_run", "completed", repository, actor, run=run)
        return run

    # ------------------------------------------------------------ issues

    def label(self, repository: Repository, name: str) -> Label:
        """The repository's label of that name, made where there is none."""
        found = next((label for label in repository.labels if label.name == name), None)
        if found is None:
            found = Label(self.next_id(), name)
            repository.labels.append(found)
        return found

    def open_issue(
        self,
        repository: Repository,
        title: str,
        author: Account,
        *,
        labels: Sequence[str] = ("incident",),
        body: str = "",
        at: datetime | None = None,
    ) -> Issue:
        """An issue that bears its labels from the beginning."""
        at = self.at(at)
        issue = Issue(repository, self.next_id(), repository.next_number(), title, body, author, at, at)
        repository.issues.append(issue)
        issue.labels = [self.label(repository, name) for name in labels]
        issue.events = [IssueEvent(self.next_id(), "labeled", author, at, label) for label in issue.labels]
        self.note(at, "issues", "opened", repository, author, issue=issue)
        for label in issue.labels:
            self.note(at, "issues", "labeled", repository, author, issue=issue, label=label)
        return issue

    def add_label(self, issue: Issue, name: str, by: Account, *, at: datetime | None = None) -> None:
        self._labelled(issue, self.label(issue.repository, name), by, self.at(at), taken=False)

    def remove_label(self, issue: Issue, name: str, by: Account, *, at: datetime | None = None) -> None:
        self._labelled(issue, self.label(issue.repository, name), by, self.at(at), taken=True)

    def _labelled(self, issue: Issue, label: Label, by: Account, at: datetime, *, taken: bool) -> None:
        issue.labels = [one for one in issue.labels if one is not label] + ([] if taken else [label])
        action = "unlabeled" if taken else "labeled"
        issue.events.append(IssueEvent(self.next_id(), action, by, at, label))
        issue.updated_at = at
        self.note(at, "issues", action, issue.repository, by, issue=issue, label=label)

    def close_issue(self, issue: Issue, by: Account, *, reason: str = "completed", at: datetime | None = None) -> None:
        at = self.at(at)
        issue.state, issue.reason, issue.closed_at, issue.closed_by = "closed", reason, at, by
        self._issue_happened(issue, "closed", by, at)

    def reopen_issue(self, issue: Issue, by: Account, *, at: datetime | None = None) -> None:
        at = self.at(at)
        issue.state, issue.reason, issue.closed_at, issue.closed_by = "open", "reopened", None, None
        self._issue_happened(issue, "reopened", by, at)

    def _issue_happened(self, issue: Issue, action: str, by: Account, at: datetime) -> None:
        issue.updated_at = at
        issue.events.append(IssueEvent(self.next_id(), action, by, at))
        self.note(at, "issues", action, issue.repository, by, issue=issue)
