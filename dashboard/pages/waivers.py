"""Waivers: what is asked for, what is in force, what has ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard import access
from dashboard.pages.standards import today
from scorecards.models import Waiver


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The waivers of the services that the reader may see."""
    visible = Waiver.objects.filter(service__in=access.visible_services(request.user))
    rows = visible.select_related("service", "requested_by", "decided_by")
    context = {
        "requested": rows.filter(state=Waiver.State.REQUESTED),
        "in_force": rows.filter(state=Waiver.State.APPROVED, expires_on__gte=today()).order_by("expires_on"),
        "ended": rows.exclude(state=Waiver.State.REQUESTED).exclude(
            state=Waiver.State.APPROVED, expires_on__gte=today()
        )[:100],
    }
    return render(request, "pages/waivers.html", context)
