"""Changes of the catalogue by hand: give, rename, merge and retire services and teams.

Each is all or nothing, keeps every old name alive, and marks the services whose figures it touches. The caller asks
first whether the actor may, and has the rollups rebuilt.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from ingest.catalogue.names import slug_of
from ingest.catalogue.owners import periods_by_service, settle
from ingest.catalogue.ownership import owner_on
from ingest.catalogue.resolve import PLACEHOLDER, Catalogue, join_row
from ingest.errors import IngestError
from ingest.facts.move import move_repository_facts
from ingest.models import (
    CatalogueName,
    ChangedService,
    Deployment,
    Incident,
    Ownership,
    Repository,
    Service,
    ServiceRepository,
    SignalSample,
    Team,
)
from ingest.models.catalogue import UNASSIGNED, Tier
from ingest.parsers.observation import RepositoryRef, Said, ServiceSeen

KEY = "by-hand"
MAX_REPOSITORY = MAX_KEY = 300
Kind = CatalogueName.Kind
Row = Service | Team


class CatalogueRefused(IngestError):
    """The change makes no sense; the message says why and what to do instead."""


# ---------------------------------------------------------------- services


@transaction.atomic
def assign_service(service: Service, team: Team, *, at: datetime, by: str) -> Ownership:
    """State that ``team`` owns ``service`` from ``at`` on; ``by`` says so.

    Definition: metrics.md, "Ownership": the first ownership reaches into the past.

    Raises:
        CatalogueRefused: the team is retired.
    """
    if team.retired_on is not None:
        raise CatalogueRefused(f"{team.name} is retired since {team.retired_on}. Choose another team.")
    stated = Ownership.objects.create(
        service=service, team=team, basis=Ownership.Basis.SITE, key=f"site-{at.isoformat()}", by=by, at=at
    )
    settle([service.pk])
    _mark([service.pk])
    return stated


@transaction.atomic
def rename_service(slug: str, to: str, *, at: datetime, name: str = "") -> Service:
    """Give a service the slug of ``to``, and ``name`` to show if one is given; ``at``: when this is decided.

    Raises:
        CatalogueRefused: there is no such service, or another one bears the name.
    """
    service = _service(slug)
    old = service.slug
    _rename(service, to, name, at)
    # A service without a known repository finds its placeholder by its slug.
    Repository.objects.filter(name=PLACEHOLDER + old, placeholder=True).update(name=PLACEHOLDER + service.slug)
    _mark([service.pk])
    return service


@transaction.atomic
def change_service(
    slug: str, *, tier: str, repository: str, path_globs: Sequence[str], at: datetime, by: str
) -> Service:
    """State what a service is, as a declaration of ``by`` at ``at``; only what differs is stated.

    ``repository``: a name as its platform writes it; empty leaves it as it is. ``path_globs``: none is the whole
    repository. An event of before ``at`` that comes in later does not undo it, one of after ``at`` does.

    Raises:
        CatalogueRefused: there is no such service, the tier is none, no repository can be called that, the repository
            was to be taken away, or an event of after ``at`` spoke of it already.
    """
    service = _service(slug)
    said = _news(service, tier, repository.strip(), path_globs)
    if not said:
        return service
    seen = ServiceSeen(at, f"{KEY}-{by}"[:MAX_KEY], service.slug, said)
    catalogue = Catalogue([seen])
    catalogue.declare([seen])
    catalogue.flush()
    service.refresh_from_db()
    fields = {"repository_id" if name == "repository" else name for name in said}
    if any(service.stamps[field][1] != seen.key for field in fields):
        raise CatalogueRefused("An event of a later time has spoken of this service. Try again in some minutes.")
    _mark([service.pk])
    return service


def _news(service: Service, tier: str, repository: str, path_globs: Sequence[str]) -> Said:
    """What is said of a service that it is not already."""
    known = service.repository if service.repository and not service.repository.placeholder else None
    if tier not in Tier.values:
        raise CatalogueRefused(f"There is no tier {tier}. Choose one of {', '.join(Tier.values)}.")
    if known and not repository:
        raise CatalogueRefused("A service that has a repository keeps one. Name the other repository.")
    if repository.startswith(PLACEHOLDER) or len(repository) > MAX_REPOSITORY or any(map(str.isspace, repository)):
        raise CatalogueRefused("A repository is named like owner/name, without spaces.")
    said: Said = {"tier": tier} if tier != service.tier else {}
    if repository and repository.lower() != (known.name.lower() if known else ""):
        said["repository"] = RepositoryRef(repository)
    if list(path_globs) != service.path_globs:
        said["path_globs"] = list(path_globs)
    return said


@transaction.atomic
def merge_services(slug: str, into: str) -> Service:
    """Make two services one: ``into`` gets the facts, names, repositories and ownership of the other, which goes.

    Raises:
        CatalogueRefused: one of them is not there, or both are the same.
    """
    gone, kept = _service(slug), _service(into)
    if gone.pk == kept.pk:
        raise CatalogueRefused(f"{kept.name} can't be merged into itself.")
    # In one order, against two merges at once and against a batch that is being recorded.
    list(Service.objects.select_for_update().filter(pk__in=[gone.pk, kept.pk]).order_by("pk"))
    now = timezone.now()
    for facts in (Deployment, Incident):
        facts._default_manager.filter(service=gone).update(service=kept, updated_at=now)
    SignalSample.objects.filter(service=gone).update(service=kept)
    _move_repositories(gone, kept)
    _move_each(Ownership, "service", gone, kept)
    _keep_names(Kind.SERVICE, gone, kept)
    gone.delete()
    settle([kept.pk])
    _mark([kept.pk])
    return kept


@transaction.atomic
def retire_service(slug: str, on: date | None) -> Service:
    """Take a service out of use from the day ``on`` on; ``None`` takes it back into use. Its facts stay.

    Raises:
        CatalogueRefused: there is no such service.
    """
    service = _service(slug)
    if service.retired_on != on:
        service.retired_on = on
        service.save(update_fields=["retired_on", "updated_at"])
        _mark([service.pk])
    return service


def _move_repositories(gone: Service, kept: Service) -> None:
    """What one is deployed from, the other is. A placeholder's facts go where a repository is known."""
    globs = _joint_globs(kept, gone)
    placeholder = Repository.objects.filter(name=PLACEHOLDER + gone.slug, placeholder=True).first()
    if kept.repository is None:
        kept.repository = gone.repository
    elif placeholder is not None:
        move_repository_facts(placeholder, kept.repository)
    elif kept.repository.placeholder and gone.repository is not None:
        placeholder, kept.repository = kept.repository, gone.repository
        move_repository_facts(placeholder, kept.repository)
    kept.path_globs = globs
    kept.save(update_fields=["repository", "path_globs", "updated_at"])
    _move_each(ServiceRepository, "service", gone, kept)
    if placeholder is None:
        return
    if placeholder.pk == kept.repository_id:
        Repository.objects.filter(pk=placeholder.pk).update(name=PLACEHOLDER + kept.slug)
    else:
        ServiceRepository.objects.get_or_create(service=kept, repository=kept.repository)
        placeholder.delete()


def _joint_globs(kept: Service, gone: Service) -> list[str]:
    """The paths of both; where one of the two is a whole repository, no path."""
    told = [row.path_globs for row in (kept, gone) if row.repository and not row.repository.placeholder]
    told = told or [kept.path_globs]
    return list(dict.fromkeys(glob for globs in told for glob in globs)) if all(told) else []


# ---------------------------------------------------------------- teams


def create_team(name: str) -> Team:
    """A team of that name, which owns nothing yet.

    Raises:
        CatalogueRefused: the name is blank or ``unassigned``, or a team is or was called that.
    """
    slug = slug_of(name)
    if not name.strip() or slug == UNASSIGNED:
        raise CatalogueRefused(f"A team can't be called “{name}”.")
    held = _named(Team, name)
    if held is not None:
        raise CatalogueRefused(f"{held.name} is or was called {slug} already. Choose that team, or another name.")
    return Team.objects.create(slug=slug, name=name.strip()[:200])


@transaction.atomic
def rename_team(slug: str, to: str, *, at: datetime, name: str = "") -> Team:
    """Give a team the slug of ``to``, and ``name`` to show if one is given; ``at``: when this is decided.

    Raises:
        CatalogueRefused: there is no such team, another one bears the name, or it is ``unassigned``.
    """
    team = _team(slug)
    _rename(team, to, name, at)
    return team


@transaction.atomic
def merge_teams(slug: str, into: str) -> Team:
    """Make two teams one: ``into`` gets what the other owned and owns, its members and its tokens; the other goes.

    Raises:
        CatalogueRefused: one of them is not there or ``unassigned``, or both are the same.
    """
    gone, kept = _team(slug), _team(into)
    if gone.pk == kept.pk:
        raise CatalogueRefused(f"{kept.name} can't be merged into itself.")
    list(Team.objects.select_for_update().filter(pk__in=[gone.pk, kept.pk]).order_by("pk"))
    # Those of both: what one team says of what counts holds for all of them from here on.
    owned = set(Ownership.objects.filter(team__in=[gone, kept]).values_list("service", flat=True))
    # Whatever refers to a team, in the rooms above too, which this one does not know.
    for relation in Team._meta.related_objects:
        _move_each(relation.related_model, relation.field.name, gone, kept)  # type: ignore[arg-type]
    _keep_names(Kind.TEAM, gone, kept)
    gone.delete()
    settle(owned)
    _mark(owned)
    return kept


@transaction.atomic
def retire_team(slug: str, on: date | None) -> Team:
    """Close a team on the day ``on``; ``None`` opens it again. What it owned before stays its own.

    Raises:
        CatalogueRefused: there is no such team, it is ``unassigned``, or it still owns a service in use on that day.
    """
    team = _team(slug)
    left = [] if on is None else _owned_on(team, on)
    if left:
        shown = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        raise CatalogueRefused(f"{team.name} still owns {shown}. Give them to another team first.")
    team.retired_on = on
    team.save(update_fields=["retired_on", "updated_at"])
    return team


def _owned_on(team: Team, day: date) -> list[str]:
    stated = Ownership.objects.filter(team=team).values("service")
    names = dict(Service.objects.filter(pk__in=stated, retired_on=None).order_by("name").values_list("pk", "name"))
    owners = periods_by_service(names)
    return [name for pk, name in names.items() if owner_on(owners[pk], day) == team.pk]


# ---------------------------------------------------------------- both


def _service(name: str) -> Service:
    found = _named(Service, name)
    if not isinstance(found, Service):
        raise CatalogueRefused(f"There is no service {name}.")
    return found


def _team(name: str) -> Team:
    if slug_of(name) == UNASSIGNED:
        raise CatalogueRefused("“unassigned” is no team: it stands for services that nobody owns.")
    found = _named(Team, name)
    if not isinstance(found, Team):
        raise CatalogueRefused(f"There is no team {name}.")
    return found


def _named(model: type[Service] | type[Team], name: str) -> Row | None:
    """The row that bears the name now, else the one that bore it before."""
    slug, kind = slug_of(name), Kind.TEAM if model is Team else Kind.SERVICE
    old = CatalogueName.objects.filter(kind=kind, name__in=[name, slug]).values("object_id")
    found: Row | None = (
        model._default_manager.filter(slug=slug).first() or model._default_manager.filter(pk__in=old).first()
    )
    return found


def _kind_of(row: Row) -> CatalogueName.Kind:
    return Kind.TEAM if isinstance(row, Team) else Kind.SERVICE


def _rename(row: Row, to: str, name: str, at: datetime) -> None:
    kind, slug = _kind_of(row), slug_of(to)
    if not to.strip() or slug == UNASSIGNED:
        raise CatalogueRefused(f"A {kind} can't be called “{to}”.")
    other = type(row)._default_manager.filter(slug=slug).exclude(pk=row.pk).exists()
    alias = CatalogueName.objects.filter(kind=kind, name=slug)
    if other or alias.exclude(object_id=row.pk).exists():
        raise CatalogueRefused(f"Another {kind} is or was called {slug}. Merge the two, or choose another name.")
    alias.delete()  # it was called that before
    if slug != row.slug:
        CatalogueName.objects.create(kind=kind, name=row.slug, object_id=row.pk)
    row.slug = slug
    if name.strip():
        # Joined like a declaration: one that is made later wins.
        join_row(row, at, KEY, {"name": name.strip()[:200]}, ("name",))
    row.save(update_fields=["slug", "name", "stamps", "updated_at"])


def _keep_names(kind: CatalogueName.Kind, gone: Row, kept: Row) -> None:
    CatalogueName.objects.filter(kind=kind, object_id=gone.pk).update(object_id=kept.pk)
    CatalogueName.objects.update_or_create(kind=kind, name=gone.slug, defaults={"object_id": kept.pk})


def _move_each(model: type[Ownership] | type[ServiceRepository], reference: str, gone: Row, kept: Row) -> None:
    """Let the rows that refer to ``gone`` refer to ``kept``; where ``kept`` has the same row, its own stands."""
    for pk in list(model._default_manager.filter(**{reference: gone}).values_list("pk", flat=True)):
        row = model._default_manager.filter(pk=pk)
        try:
            with transaction.atomic():
                row.update(**{reference: kept})
        except IntegrityError:
            row.delete()


def _mark(service_ids: Iterable[int]) -> None:
    ChangedService.objects.bulk_create([ChangedService(service_id=pk, regroup=True) for pk in sorted(service_ids)])
