"""Rows of facts -> the records that metrics take, one query a kind for many services: for rollups, drill-downs and
what-if views alike."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import translate
from typing import Any

from ingest.facts import bulk
from ingest.models import Change as ChangeRow
from ingest.models import Deployment as DeploymentRow
from ingest.models import Environment, Repository, Service, ServiceRepository, Source
from ingest.models import Incident as IncidentRow
from ingest.models import PullRequest as PullRequestRow
from ingest.models.catalogue import EnvironmentClass
from scorecards.metrics.delivered import History
from scorecards.metrics.records import Change, Deployment, Incident, PullRequest

PRODUCTION = EnvironmentClass.PRODUCTION.value


@dataclass(slots=True)
class ServiceFacts:
    """All facts of one service. Deployments and incidents by environment class."""

    service: Service
    deployments: dict[str, list[Deployment]] = field(default_factory=lambda: defaultdict(list))
    incidents: dict[str, list[Incident]] = field(default_factory=lambda: defaultdict(list))
    history: History = field(default_factory=lambda: History((), ()))
    one_time_changes: frozenset[int] = frozenset()
    blaming: list[Incident] = field(default_factory=list)
    elsewhere: dict[str, int] = field(default_factory=dict)

    @property
    def environment_classes(self) -> list[str]:
        return sorted(self.deployments.keys() | self.incidents.keys())


def service_facts(services: Sequence[Service]) -> list[ServiceFacts]:
    """The facts of these services, read in five queries whatever their number."""
    facts = {service.pk: ServiceFacts(service) for service in services}
    classes = dict(Environment.objects.values_list("pk", "environment_class"))
    names = dict(Environment.objects.values_list("pk", "name"))
    ids = [(pk,) for pk in facts]
    bulk.select(
        DeploymentRow,
        _DEPLOYMENT,
        ("service",),
        ids,
        ("bigint",),
        lambda rows: _deployments(rows, facts, classes, names),
    )
    bulk.select(
        IncidentRow, _INCIDENT, ("service",), ids, ("bigint",), lambda rows: _incidents(rows, facts, classes, names)
    )
    _histories(facts)
    _across(facts, names)
    return list(facts.values())


def _across(facts: dict[int, ServiceFacts], names: dict[int, str]) -> None:
    """An incident may name a deployment of another service: what each of these services knows of others in that way."""
    owners = {
        deployment.external_id: own
        for own in facts.values()
        for rows in own.deployments.values()
        for deployment in rows
    }

    def read_blaming(rows: Iterator[Any]) -> None:
        for cells in rows:
            own = owners[cells[9]]
            if cells[1] != own.service.pk:
                own.blaming.append(_incident(cells, names))

    keys = [(external_id,) for external_id in owners]
    bulk.select(IncidentRow, _INCIDENT, ("caused_by",), keys, ("text",), read_blaming)
    wanted = {
        incident.caused_by: own
        for own in facts.values()
        for rows in own.incidents.values()
        for incident in rows
        if incident.caused_by and owners.get(incident.caused_by) is not own
    }
    if wanted:
        found = DeploymentRow.objects.filter(source__in=Source.objects.all(), external_id__in=list(wanted))
        named = dict(found.values_list("external_id", "pk"))
        for own in facts.values():
            told = {incident.caused_by for rows in own.incidents.values() for incident in rows}
            own.elsewhere = {external_id: pk for external_id, pk in named.items() if external_id in told}


def _histories(facts: dict[int, ServiceFacts]) -> None:
    repositories: dict[int, list[int]] = defaultdict(list)
    for service_id, repository_id in ServiceRepository.objects.filter(service__in=facts).values_list(
        "service_id", "repository_id"
    ):
        repositories[service_id].append(repository_id)
    ids = [(pk,) for pk in sorted({pk for pks in repositories.values() for pk in pks})]
    changes: dict[int, list[tuple[Change, Any, bool]]] = defaultdict(list)
    pulls: dict[int, list[PullRequest]] = defaultdict(list)
    defaults = dict(Repository.objects.filter(pk__in=[pk for (pk,) in ids]).values_list("pk", "default_branch"))
    bulk.select(ChangeRow, _CHANGE, ("repository",), ids, ("bigint",), lambda rows: _changes(rows, changes))
    bulk.select(
        PullRequestRow, _PULL_REQUEST, ("repository",), ids, ("bigint",), lambda rows: _pulls(rows, pulls, defaults)
    )
    for service_id, own in facts.items():
        known = [row for pk in sorted(repositories[service_id]) for row in changes[pk]]
        scoped = _in_scope(known, own.service.path_globs)
        own.one_time_changes = frozenset(change.id for change, _, one_time in known if one_time)
        own.history = History(scoped, [row for pk in sorted(repositories[service_id]) for row in pulls[pk]])


def _in_scope(known: Iterable[tuple[Change, Any, bool]], globs: Sequence[str]) -> Iterator[Change]:
    """A monorepo service's changes touch one of its paths; a commit whose paths are unknown may, and is one."""
    if not globs:
        yield from (change for change, _, _ in known)
        return
    patterns = [glob_pattern(glob) for glob in globs]
    for change, paths, _ in known:
        told = bulk.from_json(paths)
        touches = told is None or any(pattern.match(path) for path in told for pattern in patterns)
        yield change if touches else replace(change, in_scope=False)


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A path glob: ``*`` and ``**`` match any characters, a trailing slash all below it."""
    return re.compile(translate(glob + "*" if glob.endswith("/") else glob))


_DEPLOYMENT = (
    "id", "service", "environment", "external_id", "status", "started_at", "finished_at", "version", "sha", "kind",
    "rollback_of", "fixes", "pull_requests", "shas",
)  # fmt: skip


def _deployments(
    rows: Iterator[Any], facts: dict[int, ServiceFacts], classes: dict[int, str], names: dict[int, str]
) -> None:
    for (pk, service_id, environment_id, external_id, status, started_at, finished_at, version, sha, kind,
         rollback_of, fixes, pull_requests, shas) in rows:  # fmt: skip
        facts[service_id].deployments[classes[environment_id]].append(
            Deployment(
                id=pk,
                external_id=external_id,
                environment=names[environment_id],
                status=status,
                started_at=bulk.from_time(started_at),
                finished_at=bulk.from_time(finished_at),
                version=version or None,
                sha=sha or None,
                kind=kind,
                rollback_of=rollback_of or None,
                fixes=_tuple(fixes) or (),
                pull_requests=_tuple(pull_requests),
                shas=_tuple(shas),
            )
        )


_INCIDENT = (
    "id", "service", "environment", "external_id", "severity", "opened_at", "acknowledged_at", "resolved_at",
    "names_cause", "caused_by",
)  # fmt: skip


def _incidents(
    rows: Iterator[Any], facts: dict[int, ServiceFacts], classes: dict[int, str], names: dict[int, str]
) -> None:
    for cells in rows:
        facts[cells[1]].incidents[classes.get(cells[2], PRODUCTION)].append(_incident(cells, names))


def _incident(cells: Any, names: dict[int, str]) -> Incident:
    pk, _, environment_id, external_id, severity, opened_at, acknowledged_at, resolved_at, names_cause, caused_by = (
        cells
    )
    return Incident(
        id=pk,
        external_id=external_id,
        environment=names.get(environment_id),
        severity=severity,
        opened_at=bulk.from_time(opened_at),
        acknowledged_at=bulk.from_time(acknowledged_at),
        resolved_at=bulk.from_time(resolved_at),
        names_cause=bool(names_cause),
        caused_by=caused_by or None,
    )


_CHANGE = (
    "id", "repository", "sha", "authored_at", "committed_at", "parents", "merge", "bot", "pull_request", "reverts",
    "revert", "reapply", "hotfix", "paths",
)  # fmt: skip


def _changes(rows: Iterator[Any], changes: dict[int, list[tuple[Change, Any, bool]]]) -> None:
    for (pk, repository_id, sha, authored_at, committed_at, parents, merge, bot, pull_request, reverts, revert,
         reapply, hotfix, paths) in rows:  # fmt: skip
        authored, committed = bulk.from_time(authored_at), bulk.from_time(committed_at)
        change = Change(
            id=pk,
            sha=sha,
            authored_at=authored or committed,
            parents=_tuple(parents),
            merge=bool(merge),
            bot=bool(bot),
            pull_request=pull_request,
            reverts=() if reverts == "[]" else _tuple(reverts) or (),
            revert=bool(revert),
            reapply=bool(reapply),
            hotfix=bool(hotfix),
        )
        changes[repository_id].append((change, paths, authored is None or committed is None))


_PULL_REQUEST = (
    "id", "repository", "number", "merged_at", "merge_sha", "how", "commits", "first_commit_at", "opened_at",
    "ready_at", "first_review_at", "base_branch", "bot", "hotfix",
)  # fmt: skip


def _pulls(rows: Iterator[Any], pulls: dict[int, list[PullRequest]], defaults: dict[int, str]) -> None:
    for (pk, repository_id, number, merged_at, merge_sha, how, commits, first_commit_at, opened_at, ready_at,
         first_review_at, base_branch, bot, hotfix) in rows:  # fmt: skip
        pulls[repository_id].append(
            PullRequest(
                id=pk,
                number=number,
                merged_at=bulk.from_time(merged_at),
                merge_sha=merge_sha or None,
                how=how or None,
                commits=_tuple(commits) or (),
                first_commit_at=bulk.from_time(first_commit_at),
                opened_at=bulk.from_time(opened_at),
                ready_at=bulk.from_time(ready_at),
                first_review_at=bulk.from_time(first_review_at),
                to_default_branch=_is_default(base_branch, defaults.get(repository_id, "")),
                bot=bool(bot),
                hotfix=bool(hotfix),
            )
        )


def _is_default(branch: str, default: str) -> bool:
    """Whether a branch is the default one; where the source did not tell which that is, by the usual names."""
    return not branch or branch == default or (not default and branch in ("main", "master", "trunk"))


def _tuple(value: Any) -> Any:
    """A JSON list as a tuple; ``None`` where nothing was told."""
    plain = bulk.from_json(value)
    return None if plain is None else tuple(plain)
