"""Names as sources write them -> rows of the catalogue. What nobody registered is created, never dropped."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models.functions import Lower

from ingest.catalogue.names import environment_class, repository_key, slug_of
from ingest.facts.join import Joined, microseconds
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

Kind = CatalogueName.Kind
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
            model._default_manager.bulk_create(
                [model(slug=slug, name=name_by_slug[slug][:200]) for slug in sorted(missing)], ignore_conflicts=True
            )
            found |= dict(model.objects.filter(slug__in=missing).values_list("slug", "pk"))
        return found

    def _services(self) -> dict[str, Service]:
        ids = self._alias_ids(Kind.SERVICE, self.names.services)
        slug_by_name = {name: slug_of(name) for name in self.names.services - ids.keys()}
        ids_by_slug = self._ids_by_slug(Service, slug_by_name)
        ids |= {name: ids_by_slug[slug] for name, slug in slug_by_name.items()}
        rows = Service.objects.in_bulk(set(ids.values()))
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
        for key, ref in refs.items():
            row = by_number.get(ref.external_id) if ref.external_id else None
            row = row or by_name.get(key) or aliased.get(aliases.get(key, 0))
            if row is not None and ref.external_id and row.external_id not in ("", ref.external_id):
                retire_repository_name(row)  # an old name that another repository now bears
                row = None
            rows[key] = self._repository(row, ref)
        return rows

    @staticmethod
    def _repository(row: Repository | None, ref: RepositoryRef) -> Repository:
        if row is None:
            return Repository.objects.create(name=ref.name, external_id=ref.external_id)
        if ref.external_id and not row.external_id:
            row.external_id = ref.external_id
            row.save(update_fields=["external_id", "updated_at"])
        return row

    # ---- what a fact belongs to

    def repository(self, ref: RepositoryRef) -> Repository:
        return self.repositories[repository_key(ref)]

    def repository_id(self, service: str | None, ref: RepositoryRef | None) -> int:
        """Of a commit or pull request: the repository named, else the service's own, else its placeholder."""
        if ref is not None:
            row = self.repository(ref)
            if service is not None:
                self.link(self.services[service], row)
            return row.pk
        owner = self.services[service or ""]
        if owner.repository_id is None:
            name = PLACEHOLDER + owner.slug
            row, _ = Repository.objects.get_or_create(name=name, defaults={"placeholder": True})
            owner.repository = row
            owner.save(update_fields=["repository", "updated_at"])
        self.link(owner, owner.repository)
        return owner.repository_id  # type: ignore[return-value]

    def service_id(self, service: str | None, ref: RepositoryRef | None) -> int:
        """Of a deployment or incident: the service named, else the one that the repository is."""
        if service is not None:
            row = self.services[service]
            if ref is not None:
                repository = self.repository(ref)
                if row.repository_id is None:
                    row.repository = repository
                    row.save(update_fields=["repository", "updated_at"])
                self.link(row, repository)
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
        self.link(row, repository)
        return row

    def link(self, service: Service, repository: Repository | None) -> None:
        if repository is not None and (service.pk, repository.pk) not in self.links:
            self.links.add((service.pk, repository.pk))
            ServiceRepository.objects.get_or_create(service=service, repository=repository)

    # ---- what is declared

    def declare(self, observations: Iterable[Observation]) -> None:
        """Record what the batch declares of teams, services and repositories, and who owns what."""
        for seen in observations:
            match seen:
                case TeamSeen():
                    self._declare_team(seen)
                case ServiceSeen():
                    self._declare_service(seen)
                case RepositorySeen():
                    self._declare_repository(seen)
        self._hint_ownership()

    def _declare_team(self, seen: TeamSeen) -> None:
        row = Team.objects.get(pk=self.team_ids[seen.team])
        if held := join_row(row, seen.at, seen.key, seen.said, {"name": "name", "email": "email"}):
            row.save(update_fields=[*held, "stamps", "updated_at"])

    def _declare_service(self, seen: ServiceSeen) -> None:
        row = self.services[seen.service]
        said = {name: value for name, value in seen.said.items() if name in ("name", "tier", "path_globs")}
        before = (row.tier, row.path_globs)
        if "repository" in seen.said:
            said["repository_id"] = self.repository(seen.said["repository"]).pk
        held = join_row(row, seen.at, seen.key, said, {name: name for name in said})
        if held:
            self._adopt_placeholder(row)
            row.save(update_fields=[*(name.removesuffix("_id") for name in held), "stamps", "updated_at"])
        if "repository" in seen.said:
            self.link(row, self.repository(seen.said["repository"]))
        moved = False
        if "team" in seen.said:
            _, moved = Ownership.objects.get_or_create(
                service=row,
                basis=Ownership.Basis.EVENT,
                at=seen.at,
                key=seen.key,
                defaults={"team_id": self.team_ids[seen.said["team"]]},
            )
        if moved or before != (row.tier, row.path_globs):
            ChangedService.objects.create(service=row, regroup=True)

    def _adopt_placeholder(self, row: Service) -> None:
        """A service's events named only the service until its repository was declared: one repository from here on."""
        from ingest.facts.move import move_repository_facts

        placeholder = Repository.objects.filter(name=PLACEHOLDER + row.slug, placeholder=True).first()
        if placeholder is not None and row.repository_id not in (None, placeholder.pk):
            move_repository_facts(placeholder, Repository.objects.get(pk=row.repository_id))
            ServiceRepository.objects.filter(repository=placeholder).delete()
            self.links = {link for link in self.links if link[1] != placeholder.pk}
            placeholder.delete()

    def _declare_repository(self, seen: RepositorySeen) -> None:
        row = self.repository(seen.repository)
        said = {k: v for k, v in seen.said.items() if k in ("default_branch", "archived", "deleted_at")}
        if seen.said.get("deleted"):
            said["deleted_at"] = seen.at
        said["name"] = seen.repository.name
        old = row.name
        held = join_row(row, seen.at, seen.key, said, {name: name for name in said})
        if held:
            row.save(update_fields=[*held, "stamps", "updated_at"])
        previous = seen.said.get("previous_name")
        for name in {old.lower(), previous.lower() if previous else row.name.lower()} - {row.name.lower()}:
            CatalogueName.objects.get_or_create(kind=Kind.REPOSITORY, name=name, defaults={"object_id": row.pk})

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


def retire_repository_name(row: Repository) -> None:
    """Give up a name that now belongs to another repository; the number keeps the old one apart."""
    row.name = f"{row.name}#{row.external_id}"
    row.save(update_fields=["name", "updated_at"])


def join_row(row: Any, at: Any, key: str, said: dict[str, Any], columns: dict[str, str]) -> list[str]:
    """Join what an event says into a catalogue row, field by field; the fields that it won."""
    joined = Joined(stamps={name: (stamp[0], stamp[1]) for name, stamp in row.stamps.items()})
    joined.add(at, key, {name: value for name, value in said.items() if name in columns})
    stamp = (microseconds(at), key)
    won = [name for name in joined.values if joined.stamps[name] == stamp]
    for name in won:
        setattr(row, columns[name], joined.values[name])
    row.stamps = {name: list(held) for name, held in joined.stamps.items()}
    return won
