"""Environments on the data page: the class of each, and staff who set it where the name tells the wrong one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard import access
from dashboard.pages.change import FOLLOWS
from ingest.catalogue.environments import classify_environment
from ingest.catalogue.names import environment_class
from ingest.models import Deployment, Environment
from ingest.models.catalogue import EnvironmentClass

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Classed:
    """An environment and when it was last deployed to.

    ``by_name``: the class that its name tells; ``chosen``: by hand, or empty.
    """

    environment: Environment
    last_at: datetime | None
    by_name: str
    chosen: str


def environments() -> Sequence[Classed]:
    """The first ``SHOWN`` by name."""
    finished = Deployment.objects.filter(environment=OuterRef("pk"), finished_at__isnull=False)
    last = Subquery(finished.order_by("-finished_at").values("finished_at")[:1])
    return [
        Classed(
            environment=one,
            last_at=one.last_at,
            by_name=environment_class(one.name, settings.ENVIRONMENT_CLASSES),
            chosen=one.environment_class if one.set_by_hand else "",
        )
        for one in Environment.objects.annotate(last_at=last).order_by("name")[:SHOWN]
    ]


@require_POST
def classify(request: HttpRequest) -> HttpResponse:
    """Set the class (``environment_class``) of an environment (``environment``, its id); empty: by its name again."""
    if not access.may_edit_catalogue(request.user):
        raise PermissionDenied
    number, chosen = request.POST.get("environment", ""), request.POST.get("environment_class", "")
    if chosen and chosen not in EnvironmentClass.values:
        raise BadRequest("no such class")
    known = Environment.objects.all()
    environment = get_object_or_404(known, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    found = classify_environment(environment, chosen)
    how = "" if chosen else ", as its name tells"
    messages.success(request, f"{found.name} is {found.environment_class}{how}. {FOLLOWS}", "good")
    return redirect(f"{reverse('data')}#environments")
