"""(pure) What happened, as native events."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dashboard.demo.company import Service, Team
from dashboard.demo.story import Commit, Deployment, Incident, PullRequest, Story

Event = dict[str, Any]


def told(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def team_declared(team: Team, at: datetime) -> Event:
    return {"event": f"{team.slug}/declared", "type": "team.declared", "at": told(at), "team": team.slug,
            "name": team.name}  # fmt: skip


def service_declared(service: Service, owner: Team, at: datetime, key: str = "declared") -> Event:
    return {"event": f"{service.slug}/{key}", "type": "service.declared", "at": told(at), **_team(owner),
            "service": service.slug, "tier": service.tier, "repository": service.repository}  # fmt: skip


class Lines:
    """The events of one service."""

    def __init__(self, service: Service, now: datetime) -> None:
        self.service, self.now = service, now

    def of(self, story: Story) -> Iterator[Event]:
        """All events, in no order. Pull requests are numbered here, by when they were opened."""
        ordered = sorted(story.pull_requests, key=lambda pull: pull.opened_at)
        for number, pull in enumerate(ordered, 1):
            pull.number = number
        for pull in ordered:
            yield from self._pull_request(pull)
        for deployment in story.deployments:
            yield from self._deployment(deployment)
        for incident in story.incidents:
            yield from self._incident(incident)

    def _line(self, key: str, kind: str, at: datetime, more: Event) -> Event:
        head = {"event": f"{self.service.slug}/{key}", "type": kind, "at": told(at)}
        owner = self.service.owner(at, self.now)
        return {**head, **_team(owner), "service": self.service.slug, "repository": self.service.repository, **more}

    # ---- pull requests

    def _pull_request(self, pull: PullRequest) -> Iterator[Event]:
        key = f"pull/{pull.number}"
        head = {"number": pull.number, "author": pull.author, "bot": pull.bot, "title": pull.title}
        began = {"first_authored_at": told(pull.first_authored_at)}
        if pull.commits_known:
            for commit in pull.commits:
                yield self._commit(commit, pull)
        if pull.base_commit is not None:
            yield self._commit(pull.base_commit, pull)
        yield self._line(f"{key}/opened", "pull_request.opened", pull.opened_at,
                         {**head, **began, "head_sha": pull.commits[-1].sha, "draft": False})  # fmt: skip
        for place, review in enumerate(pull.reviews, 1):
            said = {"number": pull.number, "reviewer": review.reviewer, "state": review.state}
            yield self._line(f"{key}/review/{place}", "pull_request.reviewed", review.at, said)
        opened = {"opened_at": told(pull.opened_at)}
        if pull.merged_at is not None:
            said = {"merge_sha": pull.merge_sha, "commits": [commit.sha for commit in pull.commits], "how": pull.how}
            yield self._line(
                f"{key}/merged", "pull_request.merged", pull.merged_at, {**head, **opened, **began, **said}
            )
        elif pull.closed_at is not None:
            yield self._line(f"{key}/closed", "pull_request.closed", pull.closed_at, {**head, **opened})

    def _commit(self, commit: Commit, pull: PullRequest) -> Event:
        said: Event = {"sha": commit.sha, "author": commit.author, "bot": pull.bot, "title": commit.title,
                       "authored_at": told(commit.authored_at), "committed_at": told(commit.committed_at)}  # fmt: skip
        if commit is not pull.base_commit:
            said["pull_request"] = pull.number
        if commit.parents is not None:
            said["parents"] = list(commit.parents)
        if commit.merge:
            said["merge"] = True
        return self._line(f"commit/{commit.sha}", "commit.pushed", commit.committed_at, said)

    # ---- deployments

    def _deployment(self, deployment: Deployment) -> Iterator[Event]:
        said: Event = {"deployment": deployment.id, "environment": deployment.environment, "sha": deployment.sha,
                       "kind": deployment.kind, "started_at": told(deployment.started_at),
                       "by": deployment.by}  # fmt: skip
        for name in ("version", "rollback_of", "fixes"):
            if getattr(deployment, name):
                said[name] = getattr(deployment, name)
        if deployment.pull_requests is not None:
            said["changes"] = sorted(pull.number for pull in deployment.pull_requests)
        if deployment.environment == "production":  # staging tells only what came of it
            key = f"{deployment.environment}/{deployment.id}/started"
            yield self._line(key, "deployment.started", deployment.started_at, said)
        if deployment.finished_at is not None:
            key = f"{deployment.environment}/{deployment.id}/finished"
            done = {**said, "status": deployment.status}
            yield self._line(key, "deployment.finished", deployment.finished_at, done)

    # ---- incidents

    def _incident(self, incident: Incident) -> Iterator[Event]:
        said: Event = {"incident": incident.id, "severity": incident.severity, "environment": "production",
                       "title": incident.title}  # fmt: skip
        if incident.cause != "":
            said["caused_by"] = incident.cause
        opened = {"opened_at": told(incident.opened_at)}
        key = f"incident/{incident.id}"
        yield self._line(f"{key}/opened", "incident.opened", incident.opened_at, said)
        if incident.acknowledged_at is not None:
            done = {**said, "by": incident.by}
            yield self._line(f"{key}/acknowledged", "incident.acknowledged", incident.acknowledged_at, done)
        if incident.resolved_at is not None:
            yield self._line(f"{key}/resolved", "incident.resolved", incident.resolved_at, {**said, **opened})


def _team(owner: Team) -> Event:
    return {"team": owner.slug} if owner.slug else {}
