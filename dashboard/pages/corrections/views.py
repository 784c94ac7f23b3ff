"""Correct a fact, undo that, and the list of all that people corrected."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard import access
from dashboard.pages import cursor
from dashboard.pages.change import FOLLOWS, respond
from dashboard.pages.corrections import said
from dashboard.pages.corrections.forms import kinds
from dashboard.pages.cursor import Cursor
from dashboard.pages.frame import Step
from ingest.correct import MAX_REASON, CorrectionRefused, undo
from ingest.models import Correction, Deployment, Incident


@require_http_methods(["GET", "HEAD", "POST"])
def deployment(request: HttpRequest, pk: int) -> HttpResponse:
    """The forms that correct one deployment."""
    return _correct(request, Deployment, pk, Step("Deployments", reverse("deployments")))


@require_http_methods(["GET", "HEAD", "POST"])
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """The forms that correct one incident."""
    return _correct(request, Incident, pk, Step("Incidents", reverse("incidents")))


def _correct(request: HttpRequest, model: type[said.Fact], pk: int, lists: Step) -> HttpResponse:
    found: QuerySet[Any] = model._default_manager.filter(service__in=access.visible_services(request.user))
    fact: said.Fact = get_object_or_404(found.select_related("service", "environment"), pk=pk)
    if not access.may_correct(request.user, fact.service):
        raise PermissionDenied
    steps = [lists, Step(said.name_of(fact), said.href_of(fact))]

    def show(forms: Any, status: int) -> HttpResponse:
        context = {"fact": fact, "name": said.name_of(fact), "forms": forms, "trail": steps, "back": said.href_of(fact)}
        return render(request, "pages/correct.html", context, status=status)

    return respond(request, fact, kinds(fact), show)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo one correction, with the reason if one is given."""
    correction = get_object_or_404(Correction.objects.select_related("deployment__service", "incident__service"), pk=pk)
    fact: said.Fact = correction.deployment or correction.incident  # type: ignore[assignment]
    if not access.may_correct(request.user, fact.service):
        raise PermissionDenied
    try:
        reason = request.POST.get("reason", "")[:MAX_REASON]
        undo(correction, reason=reason, by=request.user.get_username(), at=timezone.now())
    except CorrectionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Undone. {FOLLOWS}", "good")
    return redirect(f"{said.href_of(fact)}#corrections")


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """All corrections, newest first."""
    visible = access.visible_services(request.user)
    found = Correction.objects.filter(Q(deployment__service__in=visible) | Q(incident__service__in=visible))
    related = found.select_related("deployment__service", "incident__service")
    ordered = cursor.older_than(related, Cursor.parse(request.GET.get("before", "")), "at", "id")
    shown = cursor.page(ordered[: cursor.PAGE + 1], lambda one: Cursor(one.at, one.pk))
    context = {
        "told": said.told(shown.rows),
        "trail": [Step("Data", reverse("data"))],
        "older": f"{request.path}?before={shown.older}" if shown.older else "",
        "newest": request.path if request.GET.get("before") else "",
    }
    return render(request, "pages/corrections.html", context)
