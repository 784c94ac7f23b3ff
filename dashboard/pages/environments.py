"""Environments on the data page: the class of each, and staff who set it where the name tells the wrong one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Count
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
    """An environment and its deployments. ``by_name``: the class that its name tells; ``chosen``: by hand, or empty."""

    environment: Environment
    deployments: int
    by_name: str
    chosen: str


def environments() -> Sequence[Classed]:
    """The first ``SHOWN`` by name."""
    counted = Deployment.objects.order_by().values("environment").annotate(count=Count("pk"))
    counts = dict(counted.values_list("environment", "count"))
    return [
        Classed(
            environment=one,
            deployments=counts.get(one.pk, 0),
            by_name=environment_class(one.name, settings.ENVIRONMENT_CLASSES),
            chosen=one.environment_class if one.set_by_hand else "",
        )
        for one in Environment.objects.order_by("name")[:SHOWN]
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
