"""Names as sources write them -> rows of the catalogue. What nobody registered is created, never dropped."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models.functions import Lower
from django.utils import timezone

from ingest.catalogue.names import environment_class, name_at_platform, platform_of, repository_key, slug_of
from ingest.catalogue.owners import settle
from ingest.catalogue.ownership import Statement, owner_on, timeline
from ingest.facts.join import Joined, instant, microseconds
from ingest.models import (
    CatalogueName,
    ChangedService,
    Environment,
    Ownership,
    Repository,
    Service,
    ServiceRepository,
    Team,
)
from ingest.parsers.observation import (
    ChangeSeen,
    DeploymentSeen,
    IncidentSeen,
    Observation,
    PullRequestSeen,
    RepositoryRef,
    RepositorySeen,
    ServiceSeen,
    TeamSeen,
)
from ingest.window import midnight

Kind = CatalogueName.Kind
SERVICE_FIELDS = ("name", "tier", "path_globs", "repository_id")
REPOSITORY_FIELDS = ("name", "default_branch", "archived", "deleted_at", "team_id")
PLACEHOLDER = "~"  # of a repository that stands for the unknown one of a service; no platform allows it in a name


@dataclass(slots=True)
class Names:
    """What a batch of observations names."""

    teams: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    environments: set[str] = field(default_factory=set)
    repositories: dict[str, RepositoryRef] = field(default_factory=dict)
    hints: dict[str, tuple[Any, str, str]] = field(default_factory=dict)  # service -> (at, key, team), the earliest

    @classmethod
    def of(cls, observations: Iterable[Observation]) -> "Names":
        names = cls()
        for seen in observations:
            match seen:
                case TeamSeen():
                    names.teams.add(seen.team)
                case ServiceSeen():
                    names.services.add(seen.service)
                    if "team" in seen.said:
                        names.teams.add(seen.said["team"])
                    if "repository" in seen.said:
                        names.add_repository(seen.said["repository"])
                case RepositorySeen():
                    names.add_repository(seen.repository)
                    if "team" in seen.said:
                        names.teams.add(seen.said["team"])
                case _:
                    names.add_fact(seen)
        return names

    def add_fact(self, seen: DeploymentSeen | ChangeSeen | PullRequestSeen | IncidentSeen) -> None:
        if seen.repository is not None:
            self.add_repository(seen.repository)
        if seen.service is not None:
            self.services.add(seen.service)
            if seen.team is not None:
                self.teams.add(seen.team)
                hint, held = (seen.at, seen.key, seen.team), self.hints.get(seen.service)
                if held is None or hint < held:
                    self.hints[seen.service] = hint
        if isinstance(seen, DeploymentSeen | IncidentSeen) and seen.environment is not None:
            self.environments.add(seen.environment)

    def add_repository(self, ref: RepositoryRef) -> None:
        held = self.repositories.get(repository_key(ref))
        if held is None or (ref.external_id and not held.external_id):
            self.repositories[repository_key(ref)] = ref


class Catalogue:
    """The rows that a batch names, by name. Made once a batch, inside its transaction."""

    def __init__(self, observations: Iterable[Observation]) -> None:
        self.names = Names.of(observations)
        self.team_ids = self._teams()
        self.repositories = self._repositories()
        self.services = self._services()
        self.environment_ids = self._environments()
        self.links = set(
            ServiceRepository.objects.filter(service__in=[s.pk for s in self.services.values()]).values_list(
                "service_id", "repository_id"
            )
        )
        self._new_links: set[tuple[int, int]] = set()
        self._reowned: set[int] = set()  # services of which somebody said whose they are

    # ---- rows by name

    def _alias_ids(self, kind: str, names: Iterable[str]) -> dict[str, int]:
        return dict(CatalogueName.objects.filter(kind=kind, name__in=list(names)).values_list("name", "object_id"))

    def _teams(self) -> dict[str, int]:
        ids = self._alias_ids(Kind.TEAM, self.names.teams)
        slug_by_name = {name: slug_of(name) for name in self.names.teams - ids.keys()}
        ids_by_slug = self._ids_by_slug(Team, slug_by_name)
        return ids | {name: ids_by_slug[slug] for name, slug in slug_by_name.items()}

    @staticmethod
    def _ids_by_slug(model: type[Team] | type[Service], slug_by_name: dict[str, str]) -> dict[str, int]:
        """Rows by slug: through an old slug's name if it was renamed or merged, else by slug, else made."""
        if not slug_by_name:
            return {}
        kind = Kind.TEAM if model is Team else Kind.SERVICE
        wanted = set(slug_by_name.values())
        found = dict(CatalogueName.objects.filter(kind=kind, name__in=wanted).values_list("name", "object_id"))
        found |= dict(model.objects.filter(slug__in=wanted).values_list("slug", "pk"))
        missing = wanted - found.keys()
        if missing:
            name_by_slug = {slug: name for name, slug in sorted(slug_by_name.items(), reverse=True)}
            fresh: list[Any] = [model(slug=slug, name=name_by_slug[slug][:200]) for slug in sorted(missing)]
            model._default_manager.bulk_create(fresh, ignore_conflicts=True)
            found |= dict(model.objects.filter(slug__in=missing).values_list("slug", "pk"))
        return found

    def _services(self) -> dict[str, Service]:
        ids = self._alias_ids(Kind.SERVICE, self.names.services)
        slug_by_name = {name: slug_of(name) for name in self.names.services - ids.keys()}
        ids_by_slug = self._ids_by_slug(Service, slug_by_name)
        ids |= {name: ids_by_slug[slug] for name, slug in slug_by_name.items()}
        # Locked in one order, and read after that: what another batch is about to say of them is not overwritten.
        locked = Service.objects.select_for_update(no_key=True).filter(pk__in=set(ids.values())).order_by("pk")
        rows = {row.pk: row for row in locked}
        return {name: rows[pk] for name, pk in ids.items()}

    def _environments(self) -> dict[str, int]:
        return environment_ids(self.names.environments)

    def _repositories(self) -> dict[str, Repository]:
        refs = self.names.repositories
        numbers = [ref.external_id for ref in refs.values() if ref.external_id]
        by_number = {row.external_id: row for row in Repository.objects.filter(external_id__in=numbers)}
        by_name = {
            row.name.lower(): row for row in Repository.objects.alias(low=Lower("name")).filter(low__in=list(refs))
        }
        aliases = self._alias_ids(Kind.REPOSITORY, refs)
        aliased = Repository.objects.in_bulk(set(aliases.values()))
        rows: dict[str, Repository] = {}
        fresh: dict[str, Repository] = {}
        for key, ref in refs.items():
            row = by_number.get(ref.external_id) if ref.external_id else None
            row = row or by_name.get(key) or aliased.get(aliases.get(key, 0))
            name = ref.name
            if row is not None and ref.external_id and row.external_id not in ("", ref.external_id):
                if platform_of(row.external_id) < platform_of(ref.external_id):
                    name = name_at_platform(ref.name, ref.external_id)
                else:
                    retire_repository_name(row, ref.external_id)
                row = None
            if row is None:
                row = fresh[key] = Repository(name=name, external_id=ref.external_id)
                if ref.external_id:
                    by_number[ref.external_id] = row
            elif ref.external_id and not row.external_id:
                row.external_id = ref.external_id
                row.save(update_fields=["external_id", "updated_at"])
            rows[key] = row
        made = Repository.objects.bulk_create([fresh[key] for key in sorted(fresh)])
        # Databases differ in what they take for the lower case of a letter beyond ASCII, so such a name is kept by key.
        CatalogueName.objects.bulk_create(
            [
                CatalogueName(kind=Kind.REPOSITORY, name=repository_key(ref), object_id=row.pk)
                for row in made
                if not (ref := RepositoryRef(row.name)).name.isascii()
            ],
            ignore_conflicts=True,
        )
        return rows

    # ---- what a fact belongs to

    def repository(self, ref: RepositoryRef) -> Repository:
        return self.repositories[repository_key(ref)]

    def repository_id(self, service: str | None, ref: RepositoryRef | None) -> int:
        """Of a commit or pull request: the repository named, else the service's own, else its placeholder."""
        if ref is not None:
            row = self.repository(ref)
            if service is not None:
                self.link(self.services[service].pk, row.pk)
            return row.pk
        owner = self.services[service or ""]
        if owner.repository_id is None:
            name = PLACEHOLDER + owner.slug
            owner.repository, _ = Repository.objects.get_or_create(name=name, defaults={"placeholder": True})
            owner.save(update_fields=["repository", "updated_at"])
        repository_id: int = owner.repository_id  # type: ignore[assignment]
        self.link(owner.pk, repository_id)
        return repository_id

    def service_id(self, service: str | None, ref: RepositoryRef | None) -> int:
        """Of a deployment or incident: the service named, else the one that the repository is."""
        if service is not None:
            row = self.services[service]
            if ref is not None:
                self.link(row.pk, self.repository(ref).pk)
            return row.pk
        return self.service_of(self.repository(ref)).pk  # type: ignore[arg-type]

    def service_of(self, repository: Repository) -> Service:
        """The service of a repository; of a monorepo's several, the one without path globs."""
        known = sorted(repository.services.filter(retired_on=None), key=lambda row: (bool(row.path_globs), row.slug))
        if known:
            row = known[0]
        else:
            slug = slug_of(repository.name.rsplit("/", 1)[-1])
            taken = Service.objects.filter(slug=slug).first()
            if taken is not None and taken.repository_id not in (None, repository.pk):
                slug = slug_of(repository.name)
            row, _ = Service.objects.get_or_create(slug=slug, defaults={"name": repository.name.rsplit("/", 1)[-1]})
            if row.repository_id is None:
                row.repository = repository
                row.save(update_fields=["repository", "updated_at"])
                self._own_as_repository(row, repository)
        self.link(row.pk, repository.pk)
        return row

    def link(self, service_id: int, repository_id: int) -> None:
        """Note that a service is deployed from a repository; written by ``flush``."""
        if (service_id, repository_id) not in self.links:
            self.links.add((service_id, repository_id))
            self._new_links.add((service_id, repository_id))

    def flush(self) -> None:
        """Write the links that the batch brought; a service may have gained commits that were known before."""
        ServiceRepository.objects.bulk_create(
            [ServiceRepository(service_id=s, repository_id=r) for r, s in sorted((r, s) for s, r in self._new_links)],
            ignore_conflicts=True,
        )
        ChangedService.objects.bulk_create([ChangedService(service_id=pk) for pk in {s for s, _ in self._new_links}])
        self._new_links.clear()

    # ---- what is declared

    def declare(self, observations: Iterable[Observation]) -> None:
        """Record what the batch declares of teams, services and repositories, and who owns what."""
        teams: list[TeamSeen] = []
        services: list[ServiceSeen] = []
        deployed: dict[str, RepositoryRef] = {}
        for seen in observations:
            match seen:
                case TeamSeen():
                    teams.append(seen)
                case ServiceSeen():
                    services.append(seen)
                case RepositorySeen():
                    self._declare_repository(seen)
                case DeploymentSeen() | IncidentSeen() if seen.service is not None and seen.repository is not None:
                    deployed.setdefault(seen.service, seen.repository)
        if teams:
            self._declare_teams(teams)
        if services:
            self._declare_services(services)
        if deployed:
            self._deploy_from(deployed)
        self._hint_ownership()
        settle(self._reowned)
        self._reowned.clear()

    def _declare_teams(self, declared: Iterable[TeamSeen]) -> None:
        ids = {self.team_ids[seen.team] for seen in declared}
        rows = {row.pk: row for row in Team.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
        before = {pk: (row.name, row.email) for pk, row in rows.items()}
        for seen in declared:
            join_row(rows[self.team_ids[seen.team]], seen.at, seen.key, seen.said, ("name", "email"))
        _date([row for pk, row in rows.items() if before[pk] != (row.name, row.email)])
        Team.objects.bulk_update(rows.values(), ["name", "email", "stamps", "updated_at"])

    def _declare_services(self, declared: Sequence[ServiceSeen]) -> None:
        changed = {self.services[seen.service].pk: self.services[seen.service] for seen in declared}
        before = {pk: (row.tier, row.path_globs) for pk, row in changed.items()}
        told = {pk: (row.name, row.repository_id) for pk, row in changed.items()}
        placeholders = {
            row.name: row
            for row in Repository.objects.filter(
                name__in=[PLACEHOLDER + row.slug for row in changed.values()], placeholder=True
            )
        }
        for seen in declared:
            row, said = self.services[seen.service], dict(seen.said)
            if "repository" in said:
                said["repository_id"] = self.repository(said["repository"]).pk
            if "repository_id" in join_row(row, seen.at, seen.key, said, SERVICE_FIELDS):
                self._adopt_placeholder(row, placeholders.pop(PLACEHOLDER + row.slug, None))
                self._own_as_repository(row, self.repository(said["repository"]))
            if "repository_id" in said:
                self.link(row.pk, said["repository_id"])
        regrouped = {pk for pk, row in changed.items() if before[pk] != (row.tier, row.path_globs)}
        renamed = {pk for pk, row in changed.items() if told[pk] != (row.name, row.repository_id)}
        _date([changed[pk] for pk in regrouped | renamed])
        Service.objects.bulk_update(
            changed.values(), ["name", "tier", "path_globs", "repository", "stamps", "updated_at"]
        )
        regrouped |= self._declare_owners([seen for seen in declared if "team" in seen.said])
        ChangedService.objects.bulk_create([ChangedService(service_id=pk, regroup=True) for pk in sorted(regrouped)])

    def _declare_owners(self, declared: Sequence[ServiceSeen]) -> set[int]:
        """Write who owns what from when on; the services of which that was news."""
        ids = {self.services[seen.service].pk for seen in declared}
        rows = Ownership.objects.filter(service__in=ids).exclude(basis=Ownership.Basis.HINT)
        told = {(row.service_id, row.basis, row.at, row.key): row.team_id for row in rows}
        owners: dict[int, list[Statement]] = defaultdict(list)
        for (pk, basis, at, key), team_id in told.items():
            owners[pk].append(Statement(at, key, basis, team_id))
        news: dict[tuple[int, str, datetime, str], Ownership] = {}
        for seen in declared:
            row = self._statement(seen)
            identity = (row.service_id, row.basis, row.at, row.key)
            if told.get(identity) != row.team_id and not _restates(seen, row, owners[row.service_id]):
                news[identity] = row
        Ownership.objects.bulk_create(
            news.values(),
            update_conflicts=True,
            unique_fields=["service", "basis", "at", "key"],
            update_fields=["team", "by"],
        )
        owned = {pk for pk, *_ in news}
        self._reowned |= owned
        return owned

    def _statement(self, seen: ServiceSeen) -> Ownership:
        """An event speaks from its moment on; a catalogue file from the day that it tells, else from today on."""
        said, at = seen.said, seen.at
        basis = said.get("basis", Ownership.Basis.EVENT.value)
        if basis == Ownership.Basis.CATALOGUE:
            zone = settings.ORGANISATION_ZONE
            at = midnight(said.get("since") or at.astimezone(zone).date(), zone)
        service_id, team_id = self.services[seen.service].pk, self.team_ids[said["team"]]
        return Ownership(
            service_id=service_id, team_id=team_id, basis=basis, key=seen.key, by=said.get("by", ""), at=at
        )

    def _deploy_from(self, repository_by_service: dict[str, RepositoryRef]) -> None:
        """A service of which nobody declared a repository is that of the first one which it was deployed from."""
        open_rows = {
            row.pk: (row, self.repository(ref))
            for service, ref in repository_by_service.items()
            if "repository_id" not in (row := self.services[service]).stamps
        }
        held = {row.repository_id for row, _ in open_rows.values()} - {None}
        placeholders = Repository.objects.filter(placeholder=True).in_bulk(held) if held else {}
        for row, repository in open_rows.values():
            placeholder = placeholders.get(row.repository_id or 0)
            if row.repository_id is None or placeholder is not None:
                row.repository = repository
                row.save(update_fields=["repository", "updated_at"])
                self.link(row.pk, repository.pk)
                self._adopt_placeholder(row, placeholder)
                self._own_as_repository(row, repository)

    def _adopt_placeholder(self, row: Service, placeholder: Repository | None) -> None:
        """A service's events named only the service until its repository was declared: one repository from here on."""
        from ingest.facts.move import move_repository_facts

        if placeholder is not None and row.repository_id not in (None, placeholder.pk):
            move_repository_facts(placeholder, Repository.objects.get(pk=row.repository_id))
            ServiceRepository.objects.filter(repository=placeholder).delete()
            self.links = {link for link in self.links if link[1] != placeholder.pk}
            placeholder.delete()

    def _declare_repository(self, seen: RepositorySeen) -> None:
        row = self.repository(seen.repository)
        said = {**seen.said, "name": seen.repository.name}
        if said.pop("deleted", False):
            said["deleted_at"] = seen.at
        if "team" in said:
            said["team_id"] = self.team_ids[said["team"]]
        old = row.name
        held = join_row(row, seen.at, seen.key, said, REPOSITORY_FIELDS)
        if "name" in held and row.name != old:
            row.name = _free_name(row)
        if held:
            row.save(update_fields=[*held, "stamps", "updated_at"])
        if "team" in said:
            for service in row.services.all():
                self._own_by_host(service, said["team_id"], seen.at, seen.key)
        previous = seen.said.get("previous_name")
        for name in {old.lower(), previous.lower() if previous else row.name.lower()} - {row.name.lower()}:
            CatalogueName.objects.get_or_create(kind=Kind.REPOSITORY, name=name, defaults={"object_id": row.pk})

    def _own_as_repository(self, service: Service, repository: Repository) -> None:
        """The host may have said who maintains a repository before it was known that the service is that."""
        if repository.team_id is not None and "team_id" in repository.stamps:
            at, key = repository.stamps["team_id"]
            self._own_by_host(service, repository.team_id, instant(at), key)

    def _own_by_host(self, service: Service, team_id: int, at: datetime, key: str) -> None:
        """The host of its repository says who owns a service from ``at`` on."""
        said = Ownership.objects.get_or_create(
            service=service, basis=Ownership.Basis.SOURCE, at=at, key=key, defaults={"team_id": team_id}
        )
        if said[1]:
            ChangedService.objects.create(service=service, regroup=True)
            self._reowned.add(service.pk)

    def _hint_ownership(self) -> None:
        """A team named on another event owns the service as long as nobody said who does."""
        hints = {self.services[name].pk: hint for name, hint in self.names.hints.items()}
        told: dict[int, list[Ownership]] = defaultdict(list)
        for row in Ownership.objects.filter(service__in=hints):
            told[row.service_id].append(row)
        for service_id, (at, key, team) in hints.items():
            held = told[service_id]
            if any(row.basis != Ownership.Basis.HINT for row in held):
                continue
            if held and (held[0].at, held[0].key) <= (at, key):
                continue
            Ownership.objects.filter(service_id=service_id, basis=Ownership.Basis.HINT).delete()
            Ownership.objects.create(
                service_id=service_id, basis=Ownership.Basis.HINT, at=at, key=key, team_id=self.team_ids[team]
            )
            ChangedService.objects.create(service_id=service_id, regroup=True)
            self._reowned.add(service_id)


def _date(rows: Iterable[Team | Service]) -> None:
    """Say that what rows tell is news."""
    for row in rows:
        row.updated_at = timezone.now()


def _restates(seen: ServiceSeen, row: Ownership, told: Sequence[Statement]) -> bool:
    """A catalogue file without a day, loaded each night, says nothing that is not known: one row is enough."""
    if row.basis != Ownership.Basis.CATALOGUE or "since" in seen.said:
        return False
    zone = settings.ORGANISATION_ZONE
    return owner_on(timeline(told, zone), row.at.astimezone(zone).date()) == row.team_id


def environment_ids(names: Iterable[str]) -> dict[str, int]:
    """Environments by name, made with the class that their name tells."""
    wanted = set(names)
    found = dict(Environment.objects.filter(name__in=wanted).values_list("name", "pk"))
    missing = sorted(wanted - found.keys())
    if missing:
        Environment.objects.bulk_create(
            [
                Environment(name=name, environment_class=environment_class(name, settings.ENVIRONMENT_CLASSES))
                for name in missing
            ],
            ignore_conflicts=True,
        )
        found |= dict(Environment.objects.filter(name__in=missing).values_list("name", "pk"))
    return found


def retire_repository_name(row: Repository, to: str = "") -> None:
    """Give up a name that now belongs to another repository, of the number ``to``: the row's own number keeps it apart,
    or its platform where that is another one."""
    elsewhere = to and platform_of(to) != platform_of(row.external_id)
    row.name = name_at_platform(row.name, row.external_id) if elsewhere else f"{row.name}#{row.external_id}"
    row.save(update_fields=["name", "updated_at"])


def _free_name(row: Repository) -> str:
    """The name that a repository is said to have, told apart where another one bears it.

    Of one platform the other has given it up, as the host has no two of one name; of several platforms the least one's
    bears it plainly, and so does one whose platform nobody told.
    """
    other = Repository.objects.alias(low=Lower("name")).filter(low=row.name.lower()).exclude(pk=row.pk).first()
    if other is None:
        return row.name
    if not other.external_id or platform_of(other.external_id) < platform_of(row.external_id):
        return name_at_platform(row.name, row.external_id)
    retire_repository_name(other, row.external_id)
    return row.name


def join_row(row: Any, at: Any, key: str, said: dict[str, Any], columns: Sequence[str]) -> list[str]:
    """Join what an event says into a catalogue row, field by field; the fields that it won."""
    joined = Joined(stamps={name: (stamp[0], stamp[1]) for name, stamp in row.stamps.items()})
    joined.add(at, key, {name: value for name, value in said.items() if name in columns})
    stamp = (microseconds(at), key)
    won = [name for name in joined.values if joined.stamps[name] == stamp]
    for name in won:
        setattr(row, name, joined.values[name])
    row.stamps = {name: list(held) for name, held in joined.stamps.items()}
    return won
