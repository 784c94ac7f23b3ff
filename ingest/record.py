"""Observations -> facts: the only writer of facts.

In the caller's transaction it resolves names, locks what the batch touches, joins each fact with what is known of it,
writes what changed, and marks the services whose figures can change. Any order, repetition and splitting of the same
observations gives the same facts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeGuard

from django.db import connection, transaction
from django.utils import timezone

from ingest.catalogue.resolve import Catalogue
from ingest.facts import bulk
from ingest.facts.across import services_across
from ingest.facts.join import Joined
from ingest.facts.same import lock_names, names_of, settle
from ingest.facts.tables import CHANGES, DEPLOYMENTS, INCIDENTS, PULL_REQUESTS, FactTable
from ingest.models import (
    ChangedService,
    Deployment,
    Environment,
    Incident,
    Repository,
    Service,
    ServiceRepository,
    Source,
)
from ingest.parsers.observation import (
    ChangeSeen,
    DeploymentSeen,
    IncidentSeen,
    Observation,
    PullRequestSeen,
    RepositorySeen,
)
from ingest.people import Kept
from ingest.signals import branch_moved

Identity = tuple[Any, ...]  # of deployments and incidents: source, external id
Sightings = dict[Identity, list[tuple[datetime, str, Mapping[str, Any]]]]


def record(source: Source, observations: Iterable[Observation]) -> None:
    """Join ``observations`` of ``source`` into facts, all or none."""
    batch = list(observations)
    if not batch:
        return
    named = _named(source, batch)
    with transaction.atomic():
        if any(named.values()):
            lock_names({name for own in named.values() for names in own.values() for name in names})
        catalogue = Catalogue(batch)
        catalogue.declare(batch)
        sightings = _sightings(source, batch, catalogue)
        catalogue.flush()
        _lock(catalogue)
        now = timezone.now()
        changed_services: set[int] = set()
        changed_repositories: set[int] = set()
        deployments: set[str] = set()
        causes: set[str] = set()
        touched: dict[FactTable, list[Identity]] = defaultdict(list)
        known: dict[FactTable, set[int]] = defaultdict(set)
        for table, seen in sightings:
            for before, joined, identity in _join(table, seen, now):
                touched[table].append(identity)
                known[table] |= {before.id} if before.id else set()
                if "service" in joined.values:
                    changed_services |= {joined.values["service"], before.service or joined.values["service"]}
                    if table is DEPLOYMENTS:
                        deployments.add(identity[1])
                    causes |= {cause for cause in (before.caused_by, joined.values.get("caused_by")) if cause}
                else:
                    changed_repositories.add(identity[0])
        for table, model in ((DEPLOYMENTS, Deployment), (INCIDENTS, Incident)):
            own = {identity: names for identity, names in named[table].items() if names}
            settled = settle(model, own, touched[table], known[table])
            changed_services |= settled.services
            known[table] |= settled.reports
        changed_services |= services_across(known[DEPLOYMENTS], known[INCIDENTS], deployments, causes)
        _mark(changed_services, changed_repositories, now)
        moved = {catalogue.repository(seen.repository).pk for seen in batch if _moves_branch(seen)}
        if moved:
            branch_moved.send(sender=record, repository_ids=sorted(moved))


def _named(source: Source, batch: Sequence[Observation]) -> dict[FactTable, dict[Identity, set[str]]]:
    """The names under which other sources may report the deployments and incidents of the batch."""
    named: dict[FactTable, dict[Identity, set[str]]] = {DEPLOYMENTS: defaultdict(set), INCIDENTS: defaultdict(set)}
    for seen in batch:
        if isinstance(seen, DeploymentSeen | IncidentSeen):
            own = named[DEPLOYMENTS if isinstance(seen, DeploymentSeen) else INCIDENTS]
            own[source.pk, seen.external_id] |= names_of(source, seen.external_id, seen.said.get("same_as"))
    return named


def _moves_branch(seen: Observation) -> TypeGuard[RepositorySeen]:
    return isinstance(seen, RepositorySeen) and "head" in seen.said


def _sightings(source: Source, batch: Sequence[Observation], catalogue: Catalogue) -> list[tuple[FactTable, Sightings]]:
    """What the batch says of each fact, by identity."""
    deployments: Sightings = defaultdict(list)
    changes: Sightings = defaultdict(list)
    pull_requests: Sightings = defaultdict(list)
    incidents: Sightings = defaultdict(list)
    repository_ids: dict[Any, int] = {}
    service_ids: dict[Any, int] = {}
    people = Kept()
    for seen in batch:
        match seen:
            case ChangeSeen() | PullRequestSeen():
                place = (seen.service, seen.repository)
                repository_id = repository_ids.get(place)
                if repository_id is None:
                    repository_id = repository_ids[place] = catalogue.repository_id(*place)
                if isinstance(seen, ChangeSeen):
                    changes[repository_id, seen.sha].append((seen.at, seen.key, people.said(seen.said)))
                else:
                    pull_requests[repository_id, seen.number].append((seen.at, seen.key, people.said(seen.said)))
            case DeploymentSeen() | IncidentSeen():
                place = (seen.service, seen.repository)
                service_id = service_ids.get(place)
                if service_id is None:
                    service_id = service_ids[place] = catalogue.service_id(*place)
                said = {**people.said(seen.said), "service": service_id}
                if seen.environment is not None:
                    said["environment"] = catalogue.environment_ids[seen.environment]
                if isinstance(seen, DeploymentSeen):
                    if seen.repository is not None:
                        said["repository"] = catalogue.repository(seen.repository).pk
                    deployments[source.pk, seen.external_id].append((seen.at, seen.key, said))
                else:
                    incidents[source.pk, seen.external_id].append((seen.at, seen.key, said))
    return [(CHANGES, changes), (PULL_REQUESTS, pull_requests), (DEPLOYMENTS, deployments), (INCIDENTS, incidents)]


def _lock(catalogue: Catalogue) -> None:
    """One batch at a time reads and writes the facts of a service or repository: rows are locked in one order. And no
    environment changes its class before its facts are there.

    SQLite has one writer anyway.
    """
    if not bulk.postgresql():
        return
    repositories = {row.pk for row in catalogue.repositories.values()} | {pk for _, pk in catalogue.links}
    for model, ids, how in (
        (Service, {row.pk for row in catalogue.services.values()}, "NO KEY UPDATE"),
        (Repository, repositories, "NO KEY UPDATE"),
        (Environment, set(catalogue.environment_ids.values()), "KEY SHARE"),
    ):
        if ids:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT 1 FROM {bulk.table(model)} WHERE id = ANY(%s) ORDER BY id FOR {how}",  # noqa: S608
                    [sorted(ids)],
                )


class Before(NamedTuple):
    """What a fact said until now, whose figures change too: its service, and the deployment that an incident named.
    ``id``: its primary key; 0 where it is new."""

    id: int
    service: int | None
    caused_by: str | None


def _join(table: FactTable, sightings: Sightings, now: datetime) -> Iterator[tuple[Before, Joined, Identity]]:
    """Join and write; gives each fact that changed, with what it said before."""
    if not sightings:
        return
    known: dict[Identity, tuple[int, Joined]] = {}

    def read(rows: Iterator[Any]) -> None:
        for cells in rows:
            pk, identity, joined = table.read(cells)
            known[identity] = (pk, joined)

    bulk.select(table.model, table.selected, table.key, list(sightings), table.key_types, read)
    fresh: list[list[Any]] = []
    changed: list[list[Any]] = []
    touched: list[tuple[Before, Joined, Identity]] = []
    for identity, seen in sightings.items():
        pk, joined = known.get(identity) or (0, Joined())
        before = Before(pk, joined.values.get("service"), joined.values.get("caused_by"))
        for at, key, said in seen:
            joined.add(at, key, said)
        if not joined.changed:
            continue
        touched.append((before, joined, identity))
        if pk:
            changed.append([pk, *table.row(joined, now)])
        else:
            fresh.append([*identity, *table.row(joined, now)])
    bulk.insert(table.model, (*table.key, *table.written), fresh)
    bulk.update(table.model, table.written, changed)
    yield from touched


def _mark(service_ids: set[int], repository_ids: set[int], now: datetime) -> None:
    """Mark every service whose figures a changed fact can touch, as of when the facts were written."""
    links = ServiceRepository.objects.filter(repository__in=repository_ids).values_list("service_id", flat=True)
    marks = service_ids | set(links)
    ChangedService.objects.bulk_create([ChangedService(service_id=pk, at=now) for pk in sorted(marks)])
