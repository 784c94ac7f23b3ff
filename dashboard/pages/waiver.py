"""One waiver: why it was asked for, what was decided and by whom; and the form to ask for one."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.pages import drill
from dashboard.pages.change import UNREADABLE
from dashboard.pages.compared import today
from dashboard.pages.control import control_of
from dashboard.pages.frame import Step
from dashboard.pages.waiver_forms import MAX_PATH, Ask, WaiverForm, steps_of
from dashboard.pages.waivers import row_of, rows, waivers_of
from ingest.models import Service
from scorecards.models import Finding, Waiver
from scorecards.standards.standard import Control
from scorecards.waivers import WAIVABLE

SHOWN = 20
DONE = {
    "request": "It is asked for. Another person decides on it.",
    "renew": "It is asked for. Another person decides on it.",
    "approve": "It is in force.",
    "deny": "It is denied.",
    "revoke": "It has ended.",
    "withdraw": "The request is taken back.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The waiver, with the steps that the reader may take."""
    waiver = get_object_or_404(waivers_of(access.visible_services(request.user)), pk=pk)
    kinds = steps_of(request, waiver, today())
    if request.method != "POST":
        return _show(request, waiver, [kind(request, waiver) for kind in kinds])
    sent = next((kind for kind in kinds if kind.action == request.POST.get("action")), None)
    if sent is None:
        raise PermissionDenied
    form = sent(request, waiver, request.POST)
    done = form.attempt()
    if done is None:
        others = [form if kind is sent else kind(request, waiver) for kind in kinds]
        return _show(request, waiver, others, UNREADABLE)
    return _done(request, form, done)


def _done(request: HttpRequest, form: WaiverForm, waiver: Waiver) -> HttpResponse:
    messages.success(request, DONE[form.action], "good")
    return redirect("waiver", waiver.pk)


def _show(request: HttpRequest, waiver: Waiver, forms: Iterable[WaiverForm], status: int = 200) -> HttpResponse:
    day = today()
    [row] = rows([waiver], day)
    renewals = waiver.renewed_by.order_by("requested_at", "pk")[:SHOWN]
    context = {
        "row": row,
        "waiver": waiver,
        "forms": list(forms),
        "trail": [Step("Standards", reverse("standards")), Step("Waivers", reverse("waivers"))],
        "scorecard": f"{reverse('service-standards', args=[waiver.service.slug])}?show=all#{waiver.control}",
        "covered": Finding.objects.filter(waiver=waiver).order_by("pk")[:SHOWN],
        "covered_count": Finding.objects.filter(waiver=waiver).count(),
        "renewals": [row_of(one, row.title, day) for one in renewals],
    }
    return render(request, "pages/waiver.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form to ask for a waiver of ``?service=&control=&path=``."""
    service = drill.named(access.visible_services(request.user), request.GET.get("service", ""))
    if not access.may_request_waiver(request.user, service):
        raise PermissionDenied
    _, control = control_of(request.GET.get("control", ""))
    path = request.GET.get("path", "").replace("\0", "")[:MAX_PATH]
    form = Ask(request, service, control, path, request.POST if request.method == "POST" else None)
    done = form.attempt() if request.method == "POST" else None
    if done is not None:
        return _done(request, form, done)
    return render(
        request,
        "pages/waiver_request.html",
        {"form": form, "service": service, "control": control, **_about(service, control)},
        status=UNREADABLE if form.is_bound else 200,
    )


def _about(service: Service, control: Control) -> dict[str, Any]:
    """What a waiver would cover, and those that were asked for already."""
    found = Finding.objects.filter(service=service, control=control.id, outcome__in=WAIVABLE)
    here = f"{reverse('service-standards', args=[service.slug])}?show=all#{control.id}"
    held = Waiver.objects.filter(service=service, control=control.id).select_related("service", "requested_by")
    return {
        "trail": [Step("Standards", reverse("standards")), Step(f"Standards of {service.name}", here)],
        "found": found.order_by("pk")[:SHOWN],
        "found_count": found.count(),
        "held": [row_of(one, control.title, today()) for one in held.order_by("-requested_at")[:SHOWN]],
    }
