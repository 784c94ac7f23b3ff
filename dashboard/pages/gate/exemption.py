"""``/services/<slug>/exemption/``: ask that a service may be deployed although its budget says no; decide on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.filters import Filters
from dashboard.pages import drill
from dashboard.pages.change import UNREADABLE
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.gate import shown
from dashboard.pages.gate.forms import AskExemption, ExemptionStep, kinds_of, steps_of
from ingest.models import Service
from scorecards.models import BudgetExemption
from scorecards.reliability import policies
from scorecards.reliability.policy import standard

SHOWN = 50
State = BudgetExemption.State


@dataclass(frozen=True, slots=True)
class Row:
    """An exemption in a list, with what the reader may do with it."""

    exemption: BudgetExemption
    kind: str
    status: Status
    steps: Sequence[type[ExemptionStep]]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The exemptions of the service; or the step that was sent."""
    service = drill.named(access.visible_services(request.user), slug)
    may_ask = access.may_request_exemption(request.user, service) and bool(policies.of(service).exemptions)
    if request.method != "POST":
        return _show(request, service, AskExemption(request, service) if may_ask else None)
    if "exemption" in request.POST:
        return _step(request, service)
    if not may_ask:
        raise PermissionDenied
    form = AskExemption(request, service, request.POST)
    done = form.attempt()
    if not done:
        return _show(request, service, form, UNREADABLE)
    messages.success(request, done, "good")
    return redirect("exemption", service.slug)


def _step(request: HttpRequest, service: Service) -> HttpResponse:
    """Approve, deny or end one."""
    number = request.POST["exemption"]
    pk = int(number) if number.isdecimal() and len(number) < 19 else 0
    exemption = get_object_or_404(BudgetExemption.objects.filter(service=service), pk=pk)
    kinds = {kind.action: kind for kind in steps_of(request, exemption)}
    sent = kinds.get(request.POST.get("action", ""))
    if sent is None:
        raise PermissionDenied
    form = sent(request, exemption, {})
    done = form.attempt()
    if done:
        messages.success(request, done, "good")
    else:
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    return redirect("exemption", service.slug)


def _show(request: HttpRequest, service: Service, form: AskExemption | None, status: int = 200) -> HttpResponse:
    found = BudgetExemption.objects.filter(service=service).select_related("requested_by", "decided_by", "ended_by")
    now = timezone.now()
    context = {
        "service": service,
        "form": form,
        "source": source_of(service),
        "exempts": [text for _, text in kinds_of(service)],
        "gate": shown.now(service, request.user),
        "rows": [row_of(request, one, now) for one in found.order_by("-requested_at", "-pk")[:SHOWN]],
        "trail": _trail(service, filters_of(request)),
    }
    return render(request, "pages/exemption.html", context, status=status)


def source_of(service: Service) -> str:
    """Where its policy is written."""
    policy = policies.of(service)
    return "the standard’s own (DOP 5.1)" if policy is standard() else policy.source


def _trail(service: Service, filters: Filters) -> list[Step]:
    href = f"{reverse('service', args=[service.slug])}{filters.query()}"
    return [Step("Gate", reverse("gate")), Step(service.name, href)]


def row_of(request: HttpRequest, exemption: BudgetExemption, now: datetime) -> Row:
    return Row(exemption, exemption.kind.replace("_", " "), status_of(exemption, now), steps_of(request, exemption))


def status_of(exemption: BudgetExemption, now: datetime) -> Status:
    """How it stands; what was not decided or ended in time is over."""
    if exemption.state in (State.DENIED, State.REVOKED):
        return Status("none", "denied" if exemption.state == State.DENIED else "ended early")
    if exemption.until <= now:
        return Status("none", "over")
    return Status("good", "in force") if exemption.state == State.APPROVED else Status("warn", "asked for")
