"""Rows of facts -> the records that metrics take, one query a kind for many services: for rollups, drill-downs and
what-if views alike."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import translate
from typing import Any, NamedTuple

from django.conf import settings

from ingest.catalogue.names import environment_class
from ingest.facts import bulk
from ingest.models import Change as ChangeRow
from ingest.models import Deployment as DeploymentRow
from ingest.models import Environment, Repository, Service, ServiceRepository, SignalKind, SignalSample, Source
from ingest.models import Incident as IncidentRow
from ingest.models import PullRequest as PullRequestRow
from ingest.models.catalogue import EnvironmentClass
from ingest.models.inbox import SourceKind
from scorecards.corrected import Said, blamed_by_hand, deployments_together, incidents_together
from scorecards.metrics.delivered import History
from scorecards.metrics.records import Change, Deployment, Incident, PullRequest, Rollback

PRODUCTION = EnvironmentClass.PRODUCTION.value
LONGEST_ROLLBACK = 366 * 86_400  # seconds; more is no duration, such as a moment that was told in its place


@dataclass(slots=True)
class ServiceFacts:
    """All facts of one service, as people have them. Deployments, incidents and rollbacks by environment class.

    ``excluded_deployments``, ``excluded_incidents``: the moments (finish, opening) of what people excluded, by class.
    ``blaming``: incidents of other services that name a deployment of this one. ``elsewhere``: deployments of other
    services, by external id, that incidents of this one name. ``rollbacks``: what gauges tell of their durations.
    """

    service: Service
    deployments: dict[str, list[Deployment]] = field(default_factory=lambda: defaultdict(list))
    incidents: dict[str, list[Incident]] = field(default_factory=lambda: defaultdict(list))
    rollbacks: dict[str, list[Rollback]] = field(default_factory=lambda: defaultdict(list))
    excluded_deployments: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    excluded_incidents: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    history: History = field(default_factory=lambda: History((), ()))
    one_time_changes: frozenset[int] = frozenset()
    blaming: list[Incident] = field(default_factory=list)
    elsewhere: dict[str, int] = field(default_factory=dict)

    @property
    def environment_classes(self) -> list[str]:
        excluded = self.excluded_deployments.keys() | self.excluded_incidents.keys()
        return sorted(self.deployments.keys() | self.incidents.keys() | excluded)


_DEPLOYMENT = (
    "id", "service", "environment", "external_id", "status", "started_at", "finished_at", "version", "sha", "kind",
    "rollback_of", "fixes", "pull_requests", "shas", "duplicate_of", "has_duplicates", "bot", "source",
)  # fmt: skip

_INCIDENT = (
    "id", "service", "environment", "external_id", "severity", "opened_at", "acknowledged_at", "resolved_at",
    "names_cause", "caused_by", "duplicate_of", "has_duplicates",
)  # fmt: skip


class _Places:
    """Environments by id and by name, and the class of each; and the sources that are counters."""

    def __init__(self) -> None:
        rows = list(Environment.objects.values_list("pk", "name", "environment_class"))
        self.names = {pk: name for pk, name, _ in rows}
        self._classes = {name: environment_class for _, name, environment_class in rows}
        self.counters = frozenset(Source.objects.filter(kind=SourceKind.PROMETHEUS).values_list("pk", flat=True))

    def environment_class(self, name: str | None) -> str:
        """Of a name that nothing was deployed to, as settings have it."""
        if name is None:
            return PRODUCTION
        if name not in self._classes:
            self._classes[name] = environment_class(name, settings.ENVIRONMENT_CLASSES)
        return self._classes[name]


@dataclass(slots=True)
class _Rows:
    """What was read of one kind of fact: the records, which services they are of, and which are reported repeatedly.
    Reports that another one stands for are left out."""

    places: _Places
    records: list[Any] = field(default_factory=list)
    services: dict[int, int] = field(default_factory=dict)
    several: list[int] = field(default_factory=list)
    also_from: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add_deployments(self, rows: Iterator[Any]) -> None:
        for (pk, service_id, environment_id, external_id, status, started_at, finished_at, version, sha, kind,
             rollback_of, fixes, pull_requests, shas, duplicate_of, has_duplicates, bot, source) in rows:  # fmt: skip
            if duplicate_of is not None:
                self.also_from[duplicate_of].append(source)
                continue
            if has_duplicates:
                self.several.append(pk)
            self.services[pk] = service_id
            self.records.append(
                Deployment(
                    id=pk,
                    external_id=external_id,
                    environment=self.places.names[environment_id],
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
                    bot=bool(bot),
                    source=source,
                    by_counter=source in self.places.counters,
                )
            )

    def add_incidents(self, rows: Iterator[Any]) -> None:
        for (pk, service_id, environment_id, external_id, severity, opened_at, acknowledged_at, resolved_at,
             names_cause, caused_by, duplicate_of, has_duplicates) in rows:  # fmt: skip
            if duplicate_of is not None:
                continue
            if has_duplicates:
                self.several.append(pk)
            self.services[pk] = service_id
            self.records.append(
                Incident(
                    id=pk,
                    external_id=external_id,
                    environment=self.places.names.get(environment_id),
                    severity=severity,
                    opened_at=bulk.from_time(opened_at),
                    acknowledged_at=bulk.from_time(acknowledged_at),
                    resolved_at=bulk.from_time(resolved_at),
                    names_cause=bool(names_cause),
                    caused_by=caused_by or None,
                )
            )


def service_facts(services: Sequence[Service]) -> list[ServiceFacts]:
    """The facts of these services, read in a few queries whatever their number."""
    facts = {service.pk: ServiceFacts(service) for service in services}
    places = _Places()
    said = Said.of_services(facts)
    ids = [(pk,) for pk in facts]
    deployments, incidents = _Rows(places), _Rows(places)
    bulk.select(DeploymentRow, _DEPLOYMENT, ("service",), ids, ("bigint",), deployments.add_deployments)
    bulk.select(IncidentRow, _INCIDENT, ("service",), ids, ("bigint",), incidents.add_incidents)
    together, names = deployments_together(deployments.records, deployments.several)
    aliases = _aliases(together, names, deployments.services)
    for record in together:
        if record.id in deployments.also_from:
            record = _told_also(record, deployments.also_from[record.id], places)  # noqa: PLW2901
        own = facts[deployments.services[record.id]]
        _place_deployment(own, record, aliases.get(own.service.pk, {}), said, places)
    for one in incidents_together(incidents.records, incidents.several):
        _place_incident(facts[incidents.services[one.id]], one, said, places)
    _rollbacks(facts, places)
    _histories(facts)
    _across(facts, names, places)
    return list(facts.values())


def _told_also(record: Deployment, others: Iterable[int], places: _Places) -> Deployment:
    """The record with the sources of its duplicates; a counter's no longer, where one of these is none."""
    also = tuple(sorted(others))
    return replace(record, also_from=also, by_counter=places.counters.issuperset((record.source, *also)))


def _rollbacks(facts: Mapping[int, ServiceFacts], places: _Places) -> None:
    """What gauges tell of how long rollbacks took, where anything is read from Prometheus at all."""
    if not places.counters:
        return
    rows = SignalSample.objects.filter(
        service__in=list(facts), signal__kind=SignalKind.ROLLBACK_DURATION, value__lt=LONGEST_ROLLBACK
    )
    for pk, service_id, environment, at, value in rows.order_by("at", "pk").values_list(
        "pk", "service", "environment", "at", "value"
    ):
        told = Rollback(pk, environment, at, value)
        facts[service_id].rollbacks[places.environment_class(environment)].append(told)


def _aliases(
    records: Iterable[Deployment], names: Mapping[int, Sequence[str]], services: Mapping[int, int]
) -> dict[int, dict[str, str]]:
    """By service: for the external id of a duplicate that of the deployment which stands for it, unless another one of
    the service bears it itself."""
    own: dict[int, set[str]] = defaultdict(set)
    found: dict[int, dict[str, str]] = defaultdict(dict)
    if names:
        for record in records:
            own[services[record.id]].add(record.external_id)
    for record in sorted((one for one in records if one.id in names), key=lambda one: (one.source, one.external_id)):
        service_id = services[record.id]
        for name in names[record.id]:
            if name not in own[service_id]:
                found[service_id].setdefault(name, record.external_id)
    return found


def _place_deployment(
    own: ServiceFacts, record: Deployment, aliases: Mapping[str, str], said: Said, places: _Places
) -> None:
    named = replace(
        record,
        rollback_of=aliases.get(record.rollback_of or "", record.rollback_of),
        fixes=tuple(aliases.get(name, name) for name in record.fixes),
    ) if aliases else record  # fmt: skip
    held = said.deployment(named)
    environment_class = places.environment_class((held or named).environment)
    if held is not None:
        own.deployments[environment_class].append(held)
    elif record.finished_at is not None:
        own.excluded_deployments[environment_class].append(record.finished_at)


def _place_incident(own: ServiceFacts, record: Incident, said: Said, places: _Places) -> None:
    held = said.incident(record)
    environment_class = places.environment_class((held or record).environment)
    if held is not None:
        own.incidents[environment_class].append(held)
    elif record.opened_at is not None:
        own.excluded_incidents[environment_class].append(record.opened_at)


class _Named(NamedTuple):
    """A deployment that a report of some external id stands under. The least is meant, after the own service's."""

    source: int
    id: int
    service: int


def _across(facts: dict[int, ServiceFacts], names: Mapping[int, Sequence[str]], places: _Places) -> None:
    """An incident may name a deployment of another service: what each of these services knows of others in that way."""
    owners = {deployment.id: own for own in facts.values() for rows in own.deployments.values() for deployment in rows}
    _blaming(facts, owners, names, places)
    for own in facts.values():
        borne = {deployment.external_id for rows in own.deployments.values() for deployment in rows}
        told = {one.caused_by for rows in own.incidents.values() for one in rows if one.cause_id is None}
        own.elsewhere = dict.fromkeys((name for name in told - borne if name), 0)
    named = _bearing({name for own in facts.values() for name in own.elsewhere})
    for pk, own in facts.items():
        own.elsewhere = {name: _meant(named[name], pk).id for name in own.elsewhere if name in named}


def _bearing(names: Iterable[str]) -> dict[str, list[_Named]]:
    """The deployments of which a report bears one of these external ids."""
    found: dict[str, list[_Named]] = defaultdict(list)
    if wanted := set(names):
        rows = DeploymentRow.objects.filter(source__in=Source.objects.all(), external_id__in=wanted)
        for name, source, pk, service, first, its_service in rows.values_list(
            "external_id", "source", "pk", "service", "duplicate_of", "duplicate_of__service"
        ):
            found[name].append(_Named(source, first or pk, its_service or service))
    return found


def _meant(named: Iterable[_Named], service_id: int) -> _Named:
    """Which of several deployments an incident of a service means."""
    return min(named, key=lambda one: (one.service != service_id, one))


def _blaming(
    facts: Mapping[int, ServiceFacts],
    owners: Mapping[int, ServiceFacts],
    names: Mapping[int, Sequence[str]],
    places: _Places,
) -> None:
    """Give each service the incidents of others that name, by their source or by a person, one of its deployments."""
    found = _Rows(places)
    borne = {
        deployment.external_id for own in facts.values() for rows in own.deployments.values() for deployment in rows
    }
    keys = [(name,) for name in borne.union(*(told for pk, told in names.items() if pk in owners))]
    ids: set[int] = set()
    bulk.select(
        IncidentRow, ("id", "duplicate_of"), ("caused_by",), keys, ("text",),
        lambda rows: ids.update(first or pk for pk, first in rows),
    )  # fmt: skip
    ids |= blamed_by_hand(frozenset(owners))
    if not ids:
        return
    bulk.select(IncidentRow, _INCIDENT, ("id",), [(pk,) for pk in sorted(ids)], ("bigint",), found.add_incidents)
    said = Said.of_incidents(ids)
    held = [one for row in incidents_together(found.records, found.several) if (one := said.incident(row)) is not None]
    named = _bearing(one.caused_by for one in held if one.cause_id is None and one.caused_by)
    for one in held:
        service_id = found.services[one.id]
        meant = named.get(one.caused_by or "")
        cause_id = one.cause_id or (_meant(meant, service_id).id if meant else 0)
        own = owners.get(cause_id)
        if own is not None and own.service.pk != service_id:
            own.blaming.append(replace(one, cause_id=cause_id))


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
            committed_at=committed or authored,
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
