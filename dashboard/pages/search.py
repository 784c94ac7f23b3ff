"""Search: teams, services, repositories, deployments, incidents and capabilities by name, version, commit or id.

Names are looked for in the catalogue, which is small; deployments by an index alone; the words of a title in the newest
incidents. So a search costs the same however many facts there are.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages.frame import filters_of
from ingest.catalogue.names import slug_of
from ingest.models import CatalogueName, Deployment, Incident, Service, ServiceRepository, Source, Team
from scorecards.adoption.settings import capabilities

SHOWN = 20
LONGEST = 200
OLD_NAMES = 200
LETTERS = 3
LOOKED_UP = 200
INCIDENTS_READ = 2_000
SHA = re.compile(r"[0-9a-f]{7,64}")
AFTER_HEX = "g"  # sorts behind every digit of a sha, in every collation
Kind = CatalogueName.Kind


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. ``text`` stands softly behind its name; ``at``: when it was."""

    name: str
    href: str
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind; ``cut``: there is more than is shown."""

    label: str
    hits: Sequence[Hit]
    cut: bool

    @classmethod
    def of(cls, label: str, found: Iterable[Hit]) -> "Group":
        hits = list(found)
        return cls(label, hits[:SHOWN], len(hits) > SHOWN)


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """What ``q`` finds among what the reader may see."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    context = {"sought": text, "groups": groups(request, text, filters_of(request)) if text else []}
    return render(request, "pages/search.html", context)


def groups(request: HttpRequest, text: str, filters: Filters) -> list[Group]:
    """A group a kind, without the empty ones."""
    services = access.visible_services(request.user)
    found = [
        Group.of("Teams", named(access.visible_teams(request.user), Kind.TEAM, text, filters)),
        Group.of("Services", named(services, Kind.SERVICE, text, filters)),
        Group.of("Repositories", repositories(services, text, filters)),
        Group.of("Deployments", deployments(services, text)),
        Group.of("Incidents", incidents(services, text)),
        Group.of("Capabilities of the platform", platform(text)),
    ]
    return [group for group in found if group.hits]


def platform(text: str) -> list[Hit]:
    """Capabilities by their id, or by three letters or more of their title."""
    sought = text.casefold()
    found = [
        one for one in capabilities() if sought == one.id or (len(sought) >= LETTERS and sought in one.title.casefold())
    ]
    return [Hit(one.title, reverse("adoption-capability", args=[one.id]), one.what) for one in found]


def named(rows: QuerySet[Any], kind: Kind, text: str, filters: Filters) -> list[Hit]:
    """Teams or services that are or were called like that; the closest first."""
    slug = slug_of(text)
    old = old_names(kind, text)
    found = rows.filter(Q(slug__contains=slug) | Q(name__icontains=text) | Q(pk__in=old))
    close = Case(
        When(slug=slug, then=Value(0)),
        When(Q(slug__startswith=slug) | Q(name__istartswith=text), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    ordered = found.order_by(close, "name", "pk")[: SHOWN + 1]
    query = filters.query()
    return [Hit(row.name, f"{reverse(kind, args=[row.slug])}{query}", _remark(row, old)) for row in ordered]


def old_names(kind: Kind, text: str) -> dict[int, str]:
    """What was called like that: the name that it had, by id."""
    where = Q(name__icontains=text) | Q(name__contains=slug_of(text))
    found = CatalogueName.objects.filter(where, kind=kind).order_by("name")
    return dict(found.values_list("object_id", "name")[:OLD_NAMES])


def _remark(row: Team | Service, old: dict[int, str]) -> str:
    said = [row.slug] if row.slug != slug_of(row.name) else []
    said += [f"was {old[row.pk]}"] if row.pk in old else []
    said += [f"retired on {row.retired_on:%-d %b %Y}"] if row.retired_on else []
    return ", ".join(said)


def repositories(services: QuerySet[Service], text: str, filters: Filters) -> list[Hit]:
    """Repositories that are or were called like that, each with a service that is deployed from it."""
    old = old_names(Kind.REPOSITORY, text)
    where = Q(repository__name__icontains=text) | Q(repository__in=old)
    links = ServiceRepository.objects.filter(where, repository__placeholder=False, service__in=services)
    ordered = links.select_related("repository", "service").order_by("repository__name", "service__name", "pk")
    query = filters.query()
    return [
        Hit(one.repository.name, f"{reverse('service', args=[one.service.slug])}{query}", f"of {one.service.name}")
        for one in ordered[: SHOWN + 1]
    ]


def deployments(services: QuerySet[Service], text: str) -> list[Hit]:
    """Deployments of that version, id at the source, or commit (its first 7 characters or more); the newest first."""
    visible = Deployment.objects.filter(service__in=services).select_related("service", "environment")
    wanted = [Q(version=text), Q(source__in=_sources(), external_id=text)]
    if SHA.fullmatch(text.lower()):
        wanted.append(Q(sha__gte=text.lower(), sha__lt=text.lower() + AFTER_HEX))
    # By themselves, so that each is a look-up in its index and not a walk over every service.
    ids = {pk for where in wanted for pk in _newest_ids(where)}
    found = sorted(visible.filter(pk__in=ids), key=_newest, reverse=True)
    return [_deployed(one) for one in found[: SHOWN + 1]]


def incidents(services: QuerySet[Service], text: str) -> list[Hit]:
    """Incidents with that id at the source, then the newest with every word in the title."""
    visible = Incident.objects.filter(service__in=services).select_related("service")
    newest = Incident.objects.order_by("-opened_at", "-id").values("pk")[:INCIDENTS_READ]
    titled = visible.filter(pk__in=newest)
    for word in text.split():
        titled = titled.filter(title__icontains=word)
    by_id = visible.filter(source__in=_sources(), external_id=text)[: SHOWN + 1]
    found = {one.pk: one for rows in (by_id, titled.order_by("-opened_at", "-id")[: SHOWN + 1]) for one in rows}
    return [_broken(one) for one in found.values()]


def _newest_ids(where: Q) -> QuerySet[Deployment, int]:
    found = Deployment.objects.filter(where).order_by("-finished_at")
    return found.values_list("pk", flat=True)[:LOOKED_UP]


def _sources() -> list[int]:
    """Named one by one, so that the index over source and id is of use."""
    return list(Source.objects.values_list("pk", flat=True))


def _newest(one: Deployment) -> tuple[float, int]:
    return (one.finished_at.timestamp() if one.finished_at else float("inf"), one.pk)


def _deployed(one: Deployment) -> Hit:
    name = one.version or formats.sha_text(one.sha) or one.external_id
    text = f"{one.service.name}, {one.environment.name}, {one.status}"
    return Hit(name, reverse("deployment", args=[one.pk]), text, one.finished_at or one.started_at)


def _broken(one: Incident) -> Hit:
    text = ", ".join(filter(None, [one.service.name, one.severity]))
    return Hit(one.title or one.external_id, reverse("incident", args=[one.pk]), text, one.opened_at)
