"""One repository, after the probe told what is new of it: what is kept of it itself, and the walks that are due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ingest.github import queries, shapes
from ingest.github.client import Client
from ingest.github.keeping import Told, keep
from ingest.github.lists import code_owner
from ingest.github.shapes import Node, nodes_of
from ingest.github.walk import ITEMS, Walk, first_moment, mark_of, watch
from ingest.models import GitHubSync, SyncCursor, SyncedRepository
from ingest.parsers.github import GitHubOptions

GONE_AFTER = (3, timedelta(hours=24))  # times, over so long
SEVERAL = "Several teams maintain it and CODEOWNERS names none for everything: nobody owns its services by GitHub."
UNORDERED = ("tags", "releases")  # listed by the date of a commit: one that is made late may stand anywhere
RESOURCE_BY_DEPLOYS = {"deployments": "deployments", "releases": "releases", "tags": "tags"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What all repositories of one pass share."""

    client: Client
    sync: GitHubSync
    options: GitHubOptions
    renew: Callable[[], None]
    now: datetime

    def options_of(self, row: SyncedRepository) -> GitHubOptions:
        return self.options.for_repository(row.name)

    def labels_of(self, row: SyncedRepository) -> tuple[str, ...]:
        return self.options_of(row).incident_labels

    def with_runs(self, row: SyncedRepository) -> bool:
        return self.options_of(row).deploys_by == "workflow_runs"

    # ---- one repository

    def read(self, row: SyncedRepository, probed: Node | None, watched: list[Node]) -> None:
        """Keep what is new of a repository. ``probed`` ``None``: GitHub does not know it any more."""
        if probed is None:
            self._missing(row)
            return
        branch = probed.get("defaultBranchRef") or {}
        told = Told(row.number, str(probed.get("nameWithOwner")), branch.get("name"), probed.get("pushedAt"))
        self._itself(row, told, probed)
        walk = Walk(self.client, self.sync, row, told, self.renew, self.now)
        self._changed(row, told, watched)
        head = str((branch.get("target") or {}).get("oid") or "")
        if head and self._is_new(row, "commits", head):
            walk.commits(head)
        for resource, label, newest in self._due(row, probed):
            whole = self._came_between(row, resource, newest, probed)
            if whole or self._is_new(row, cursor_name(resource, label), newest):
                walk.read(resource, label, whole=whole)
            if resource in UNORDERED:
                row.kept[resource] = count_of(probed.get(resource))
        if self.with_runs(row):
            self._runs(row, walk, branch)
        self._owner(row, told)

    def _due(self, row: SyncedRepository, probed: Node) -> list[tuple[str, str, str]]:
        """The lists that this repository has, each with the newest time in it."""
        found = [("pull_requests", "", newest(probed.get("pull_requests"), "updatedAt"))]
        found += [
            ("issues", label, newest(probed.get(f"issues{place}"), "updatedAt"))
            for place, label in enumerate(self.labels_of(row))
        ]
        resource = RESOURCE_BY_DEPLOYS.get(self.options_of(row).deploys_by)
        if resource == "tags":
            found.append(("tags", "", newest_tag(probed.get("tags"))))
        elif resource is not None:
            found.append((resource, "", newest(probed.get(resource), "createdAt")))
        return found

    def _is_new(self, row: SyncedRepository, name: str, mark: str) -> bool:
        """Whether a walk is due: something is newer, one was broken off, or the past is wanted from further back."""
        cursor = SyncCursor.objects.filter(repository=row, resource=name).first()
        if cursor is None or cursor.walk or not cursor.back_done:
            return bool(mark)
        if cursor.back_to > first_moment(self.sync.since):
            return bool(mark)
        return mark != cursor.upto if name == "commits" else mark > cursor.upto

    def _came_between(self, row: SyncedRepository, resource: str, mark: str, probed: Node) -> bool:
        """Whether there are more or fewer than the newest one alone accounts for."""
        before, count = row.kept.get(resource), count_of(probed.get(resource))
        if resource not in UNORDERED or before is None or count is None or before == count:
            return False
        cursor = SyncCursor.objects.filter(repository=row, resource=resource).first()
        is_newer = cursor is None or mark > cursor.upto
        return not (is_newer and count == before + 1)

    # ---- the repository itself

    def _itself(self, row: SyncedRepository, told: Told, probed: Node) -> None:
        """Its name, default branch and whether it is archived, where that is news."""
        mark = [told.full_name, told.default_branch, bool(probed.get("isArchived"))]
        row.missing_count, row.missing_since, row.refused = 0, None, ""
        if row.kept.get("repository") != mark:
            item = {"archived": mark[2], "seen_at": probed.get("updatedAt")}
            if row.kept.get("repository") and row.name.lower() != told.full_name.lower():
                item["previous_name"] = row.name
            with transaction.atomic():
                keep(self.sync, told, "repository", [item])
                row.kept["repository"], row.name = mark, told.full_name[:300]
                row.save()
                self.renew()

    def _missing(self, row: SyncedRepository) -> None:
        row.missing_since = row.missing_since or self.now
        row.missing_count += 1
        times, span = GONE_AFTER
        row.refused = "GitHub does not show it any more: it was deleted, moved away or hidden from us."
        if row.missing_count >= times and self.now - row.missing_since >= span:
            with transaction.atomic():
                seen_at = row.missing_since.isoformat()
                told = Told(row.number, row.name)
                keep(self.sync, told, "repository", [{"archived": False, "deleted": True, "seen_at": seen_at}])
                row.gone_at = self.now
                row.save()
                self.renew()

    def _changed(self, row: SyncedRepository, told: Told, watched: list[Node]) -> None:
        """Keep what was watched and looks otherwise by now."""
        for cursor in SyncCursor.objects.filter(repository=row).exclude(watched={}):
            resource, _, label = cursor.resource.partition(":")
            own = [node for node in watched if node.get("id") in cursor.watched]
            news = [node for node in own if cursor.watched[node["id"]] != mark_of(resource, node)]
            if not news:
                continue
            items = [ITEMS[resource](node) for node in news]
            if resource == "issues":
                for item in items:
                    names = {str(one["name"]).lower() for one in item["labels"]}
                    if label.lower() not in names:
                        item["taken"] = label
            with transaction.atomic():
                keep(self.sync, told, resource, items)
                for node in news:
                    watch(cursor, resource, node, self.now)
                    if resource == "issues" and label.lower() not in labels_of(node):
                        cursor.watched.pop(node["id"], None)
                cursor.save()
                self.renew()

    # ---- who owns it

    def _owner(self, row: SyncedRepository, told: Told) -> None:
        mark = [row.teams, row.head if len(row.teams) > 1 else ""]
        if row.kept.get("owner") == mark:
            return
        team = self._maintainer(row)
        row.note = SEVERAL if row.teams and team is None else ""
        row.kept["owner"] = mark
        with transaction.atomic():
            if team is not None and row.kept.get("team") != team:
                day = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
                seen_at = self.now if row.kept.get("team") else day  # a change counts from when it is seen
                item = {"team": team[0], "name": team[1], "seen_at": seen_at.isoformat()}
                keep(self.sync, told, "owner", [item])
                row.kept["team"] = team
            row.save()
            self.renew()

    def _maintainer(self, row: SyncedRepository) -> list[str] | None:
        """The one team, by slug and name, that maintains it; of several the one that CODEOWNERS names."""
        if len(row.teams) < 2:
            return row.teams[0] if row.teams else None
        data, _ = self.client.graphql(queries.CODE_OWNERS, {"id": row.node_id})
        files = data.get("node") or {}
        texts = [str((files.get(name) or {}).get("text") or "") for name in ("first", "second", "third")]
        slug = code_owner(next((text for text in texts if text), ""), self.sync.owner)
        return next((team for team in row.teams if team[0].lower() == slug.lower()), None)

    # ---- runs of workflows, which GraphQL does not list

    def _runs(self, row: SyncedRepository, walk: Walk, branch: Node) -> None:
        suites = [
            [one["workflowRun"].get("databaseId"), one.get("updatedAt"), one.get("status")]
            for commit in nodes_of((branch.get("target") or {}).get("history"))
            for one in nodes_of(commit.get("checkSuites"))
            if one.get("workflowRun")
        ]
        cursor = walk.cursor("runs")
        stop = first_moment(self.sync.since)
        deeper = not cursor.back_done or cursor.back_to > stop
        if row.kept.get("suites") == suites and not cursor.walk and not deeper:
            return
        before = row.kept.get("suites") or []
        changed = {str(suite[0]) for suite in suites if suite not in before}  # also those that were run again
        read_runs(self, row, walk, cursor, stop if deeper else max(stop, cursor.upto), changed)
        row.kept["suites"] = suites
        row.save(update_fields=["kept"])


def read_runs(
    reading: Reading, row: SyncedRepository, walk: Walk, cursor: SyncCursor, stop: str, changed: set[str]
) -> None:
    """Runs, newest first, by REST; with their jobs where the options name some. Unfinished ones are read again, and
    those whose ids are in ``changed``."""
    page = int(cursor.walk.get("page", 1))
    head = cursor.walk.get("newest")
    while True:
        path = f"/repos/{walk.repository.full_name}/actions/runs?per_page=100&page={page}"
        told = reading.client.get(path).json()
        runs = [one for one in (told.get("workflow_runs") or ()) if isinstance(one, dict)] if told else []
        pending = {str(key) for key in cursor.watched} | changed
        wanted = [one for one in runs if str(one.get("created_at")) >= stop or str(one.get("id")) in pending]
        head = head or max((str(one.get("created_at")) for one in runs), default=cursor.upto)
        jobs = _jobs(reading, row, walk, wanted)
        done = len(runs) < 100 or len(wanted) < len(runs)
        with transaction.atomic():
            if wanted:
                keep(reading.sync, walk.repository, "runs", [_run(one) for one in wanted])
            if jobs:
                keep(reading.sync, walk.repository, "jobs", jobs)
            for one in wanted:
                if one.get("status") == "completed":
                    cursor.watched.pop(str(one.get("id")), None)
                else:
                    cursor.watched[str(one.get("id"))] = str(one.get("status"))
            # One page more than a page shifts by: a run that began meanwhile pushes others down, never out of sight.
            cursor.walk = {} if done else {"page": page + 1, "newest": head}
            if done:
                cursor.upto, cursor.back_to, cursor.back_done = head, first_moment(reading.sync.since), True
            cursor.save()
            reading.renew()
        if done:
            return
        page += 1


RUN = ("id", "name", "path", "run_attempt", "run_started_at", "created_at", "updated_at", "head_branch", "head_sha",
       "html_url", "status", "conclusion")  # fmt: skip
JOB = ("id", "name", "workflow_name", "started_at", "created_at", "completed_at", "head_branch", "head_sha", "html_url",
       "status", "conclusion")  # fmt: skip


def _run(told: Node) -> Node:
    run: dict[str, Any] = {name: told.get(name) for name in RUN}
    for name in ("actor", "triggering_actor"):
        user = told.get(name)
        if isinstance(user, dict):
            run[name] = {"login": user.get("login"), "type": user.get("type")}
    return run


def _jobs(reading: Reading, row: SyncedRepository, walk: Walk, runs: list[Node]) -> list[Node]:
    names = reading.options_of(row).jobs
    if not names:
        return []
    found: list[Node] = []
    for run in runs:
        path = f"/repos/{walk.repository.full_name}/actions/runs/{run.get('id')}/jobs?per_page=100&filter=all"
        told = reading.client.get(path).json()
        jobs = told.get("jobs") if isinstance(told, dict) else None
        found += [{name: job.get(name) for name in JOB} for job in jobs or () if job.get("name") in names]
    return found


def cursor_name(resource: str, label: str) -> str:
    """The cursor of a list, or of one label's."""
    return f"{resource}:{label}"[:30] if label else resource


def newest(connection: object, name: str) -> str:
    return max((str(node.get(name) or "") for node in nodes_of(connection)), default="")


def count_of(connection: object) -> int | None:
    count = connection.get("totalCount") if isinstance(connection, dict) else None
    return count if type(count) is int else None


def newest_tag(connection: object) -> str:
    return max(
        (str((node.get("target") or {}).get("committedDate") or "") for node in nodes_of(connection)), default=""
    )


def labels_of(node: Node) -> set[str]:
    return {str(one["name"]).lower() for one in shapes.issue(node)["labels"]}
