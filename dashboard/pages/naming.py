"""Names that nobody registered: how often and by whom each was seen, and "is really": many names become one service."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboard import access, formats
from dashboard.pages.attention import nobodys
from dashboard.pages.change import FOLLOWS, UNREADABLE
from dashboard.pages.frame import Step
from ingest.catalogue.manage import CatalogueRefused, merge_services
from ingest.models import Deployment, Incident, Service

SHOWN = 100
COUNTED = timedelta(days=90)
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A service that no team owns. ``seen``: its deployments that finished in the last 90 days, by source."""

    service: Service
    seen: dict[str, int]

    @property
    def count(self) -> int:
        return sum(self.seen.values())


def unnamed(request: HttpRequest) -> Sequence[Unnamed]:
    """The first ``SHOWN``, those with the most deployments before."""
    seen: dict[int, dict[str, int]] = defaultdict(dict)
    recent = Deployment.objects.filter(
        service__in=nobodys(request).values("pk"), finished_at__gte=timezone.now() - COUNTED
    )
    for row in recent.values("service", name=F("source__name")).annotate(count=Count("pk")).order_by("name"):
        own = seen[row["service"]]
        own[row["name"]] = own.get(row["name"], 0) + row["count"]
    ids = dict(nobodys(request).order_by("name").values_list("pk", "name"))
    first = sorted(ids, key=lambda pk: (-sum(seen[pk].values()), ids[pk]))[:SHOWN]
    services = Service.objects.select_related("repository").in_bulk(first)
    return [Unnamed(services[pk], seen[pk]) for pk in first if pk in services]


@dataclass(frozen=True, slots=True)
class Move:
    """What a merge moves from a service."""

    service: Service
    deployments: int
    incidents: int


@require_POST
def merge(request: HttpRequest) -> HttpResponse:
    """Make services (``service``, several slugs) one with the service ``into``; asks first, then with ``confirm``."""
    if not access.may_edit_catalogue(request.user):
        raise PermissionDenied
    slugs = [slug.replace("\0", "\ufffd") for slug in request.POST.getlist("service")[:AT_ONCE]]
    wanted = request.POST.get("into", "").strip().replace("\0", "\ufffd")
    services = list(access.visible_services(request.user).filter(slug__in=slugs).order_by("name"))
    into = access.visible_services(request.user).filter(slug=wanted).first()
    problem = _problem(services, into, wanted)
    if not problem and into is not None and request.POST.get("confirm"):
        try:
            return _merge(request, services, into)
        except CatalogueRefused as refused:
            problem = str(refused)
    context = {
        "trail": [Step("Data", reverse("data"))],
        "moves": moves(services),
        "into": into,
        "problem": problem,
        "slugs": [service.slug for service in services],
    }
    return render(request, "pages/data_merge.html", context, status=UNREADABLE if problem else 200)


def _problem(services: Sequence[Service], into: Service | None, wanted: str) -> str:
    if not services:
        return "Tick the services that it is about."
    if into is None:
        return f"There is no service {wanted[:100]}. Write its name as it stands in its address." if wanted else (
            "Name the service that they really are.")  # fmt: skip
    if into in services:
        return f"{into.name} can't be merged into itself. Untick it."
    return ""


def moves(services: Sequence[Service]) -> Sequence[Move]:
    """How many facts of each would move."""
    ids = [service.pk for service in services]
    counts = []
    for model in (Deployment, Incident):
        rows = model._default_manager.filter(service__in=ids).values("service").annotate(count=Count("pk")).order_by()
        counts.append({row["service"]: row["count"] for row in rows})
    return [Move(service, counts[0].get(service.pk, 0), counts[1].get(service.pk, 0)) for service in services]


@transaction.atomic
def _merge(request: HttpRequest, services: Sequence[Service], into: Service) -> HttpResponse:
    for service in services:
        merge_services(service.slug, into.slug)
    what = services[0].name if len(services) == 1 else formats.plural(len(services), "service")
    is_now = "is" if len(services) == 1 else "are"
    messages.success(request, f"{what} {is_now} {into.name} now, and later events too. {FOLLOWS}", "good")
    return redirect(f"{reverse('data')}#unassigned")
