"""``/gate/``: what the gate answered lately, what it would have denied, what holds; and the forms that tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard import access
from dashboard.how_to import filled, how_to, only_here
from dashboard.pages import cursor, drill
from dashboard.pages.change import UNREADABLE
from dashboard.pages.cursor import Cursor
from dashboard.pages.deployments import Choice
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step
from dashboard.pages.gate import exemption
from dashboard.pages.gate.forms import SetFreeze, SetMode
from dashboard.pages.gate.report import report
from dashboard.pages.gate.words import mode_text, status_of
from ingest.models import Service
from scorecards.models import BudgetExemption, FreezeWindow, GateAnswer, GateSetting
from scorecards.reliability import gatekeeping, gating
from scorecards.reliability.gate import Decision
from scorecards.reliability.gating import Mode

ANSWERS = {"": "All answers", "denied": "Denied, or would have been"}
PIPELINES = ("gate-github", "gate-gitlab", "gate-jenkins", "gate-argocd")
SHOWN = 50
ENDED_SHOWN = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer in a list."""

    answer: GateAnswer
    status: Status


@dataclass(frozen=True, slots=True)
class FreezeRow:
    """A freeze window in a list. ``whom``: whom it stops. ``cancels``: the reader may call it off."""

    window: FreezeWindow
    status: Status
    whom: str
    cancels: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A setting in a list."""

    setting: GateSetting
    text: str


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The page of the gate."""
    visible, now = access.visible_services(request.user), timezone.now()
    slug, only = request.GET.get("service", "").replace("\0", ""), request.GET.get("answers", "")
    service = drill.named(visible, slug) if slug else None
    found = answers(visible if service is None else visible.filter(pk=service.pk), only, request.GET.get("before", ""))
    kept = {"service": service.slug if service else "", "answers": only if only in ANSWERS else ""}
    context = {
        "report": report(visible, now),
        "rows": [AnswerRow(one, status_of(one.decision, one.would_be)) for one in found.rows],
        "service": service,
        "choices": [Choice("answers", "Answers", ANSWERS, only)],
        "newest": f"{request.path}{_query(kept)}#answers" if request.GET.get("before") else "",
        "older": f"{request.path}{_query(kept | {'before': found.older})}#answers" if found.older else "",
        "freezes": freezes(request, now),
        "exemptions": open_exemptions(request, visible, now),
        "of_all": mode_text(gating.mode_of_all()),
        "own_modes": own_modes(visible),
        "may_set": access.may_set_gate(request.user),
        "may_freeze": access.led_teams(request.user).exists() or access.may_freeze(request.user),
    }
    return render(request, "pages/gate.html", context)


def answers(services: QuerySet[Service], only: str, before: str) -> cursor.Page[GateAnswer]:
    """Answers for these services, newest first; only those that were denied, or would have been."""
    found = GateAnswer.objects.filter(service__in=services).select_related("service")
    if only == "denied":
        found = found.filter(would_be=Decision.DENY)
    ordered = cursor.older_than(found, Cursor.parse(before), "at", "id")
    return cursor.page(ordered[: cursor.PAGE + 1], lambda one: Cursor(one.at, one.pk))


def _query(said: dict[str, str]) -> str:
    kept = {name: value for name, value in said.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


# ---------------------------------------------------------------- freeze windows


def freezes(request: HttpRequest, now: datetime) -> list[FreezeRow]:
    """Those in force and to come, then those that ended within four weeks."""
    found = FreezeWindow.objects.filter(Q(service__in=access.visible_services(request.user)) | Q(service=None))
    related = found.select_related("service", "team", "by", "cancelled_by")
    holds = related.filter(ends_at__gt=now, cancelled_at=None).order_by("starts_at", "pk")
    ended = related.filter(ends_at__gt=now - ENDED_SHOWN).exclude(pk__in=holds.values("pk")).order_by("-ends_at", "-pk")
    rows = [*holds[:SHOWN], *ended[:SHOWN]]
    mine = access.freezable(request.user, rows)
    return [_freeze(one, now, may=one.pk in mine) for one in rows]


def _freeze(window: FreezeWindow, now: datetime, *, may: bool) -> FreezeRow:
    whom = window.service.name if window.service else f"team {window.team.name}" if window.team else "all services"
    holds = window.cancelled_at is None and window.ends_at > now
    return FreezeRow(window, _freeze_status(window, now), whom, cancels=holds and may)


def _freeze_status(window: FreezeWindow, now: datetime) -> Status:
    if window.cancelled_at is not None:
        return Status("none", "cancelled")
    if window.ends_at <= now:
        return Status("none", "over")
    return Status("bad", "in force") if window.starts_at <= now else Status("warn", "to come")


@require_http_methods(["GET", "HEAD", "POST"])
def freeze(request: HttpRequest) -> HttpResponse:
    """The form that sets a freeze window."""
    if not (access.may_freeze(request.user) or access.led_teams(request.user).exists()):
        raise PermissionDenied
    form = SetFreeze(request, request.POST if request.method == "POST" else None)
    done = form.attempt() if request.method == "POST" else None
    if done:
        messages.success(request, done, "good")
        return redirect(f"{reverse('gate')}#freezes")
    context = {"heading": "Freeze window", "form": form, "trail": [Step("Gate", reverse("gate"))]}
    return render(request, "pages/gate_form.html", context, status=UNREADABLE if form.is_bound else 200)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a freeze window off."""
    window = get_object_or_404(FreezeWindow.objects.select_related("service", "team"), pk=pk)
    if not access.may_freeze(request.user, window.service, window.team):
        raise PermissionDenied
    try:
        gatekeeping.cancel_freeze(window, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except gatekeeping.GateRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The freeze window {window.name} is cancelled.", "good")
    return redirect(f"{reverse('gate')}#freezes")


# ---------------------------------------------------------------- exemptions


def open_exemptions(request: HttpRequest, visible: QuerySet[Service], now: datetime) -> list[exemption.Row]:
    """Those that wait or hold, of these services."""
    state = BudgetExemption.State
    found = BudgetExemption.objects.filter(
        service__in=visible, until__gt=now, state__in=(state.REQUESTED, state.APPROVED)
    )
    related = found.select_related("service", "requested_by", "decided_by").order_by("-state", "until", "pk")
    return [exemption.row_of(request, one, now) for one in related[:SHOWN]]


# ---------------------------------------------------------------- the mode


def own_modes(visible: QuerySet[Service]) -> Sequence[Said]:
    """The settings of the services that have one of their own."""
    found = gating.own_settings(visible).select_related("service", "by")
    return [Said(one, _setting_text(one)) for one in found[:SHOWN]]


def _setting_text(setting: GateSetting) -> str:
    if setting.inherits:
        return "As all services."
    return mode_text(Mode(setting.mode, setting.deny_unknown, own=setting.service_id is not None))


@require_http_methods(["GET", "HEAD", "POST"])
def mode(request: HttpRequest) -> HttpResponse:
    """How the gate answers, of all or of ``?service=``: what holds, what was said before, and the form."""
    slug = request.GET.get("service", "")
    service = drill.named(access.visible_services(request.user), slug) if slug else None
    if not access.may_set_gate(request.user):
        raise PermissionDenied
    held = gating.mode_of(service) if service is not None else gating.mode_of_all()
    form = SetMode(request, service, held, request.POST if request.method == "POST" else None)
    done = form.attempt() if request.method == "POST" else None
    if done:
        messages.success(request, done, "good")
        return redirect(f"{reverse('gate')}#modes")
    history = GateSetting.objects.filter(service=service).select_related("by")[:SHOWN]
    context = {
        "heading": f"How the gate answers for {service.name if service else 'all services'}",
        "holds": mode_text(held) + (" As all services." if service is not None and not held.own else ""),
        "form": form,
        "history": [Said(one, _setting_text(one)) for one in history],
        "trail": [Step("Gate", reverse("gate"))],
    }
    return render(request, "pages/gate_form.html", context, status=UNREADABLE if form.is_bound else 200)


# ---------------------------------------------------------------- pipelines


@require_GET
def pipelines(request: HttpRequest) -> HttpResponse:
    """What to paste into a pipeline, of ``?service=`` or with a word in its place."""
    slug = request.GET.get("service", "")
    service = drill.named(access.visible_services(request.user), slug) if slug else None
    url = address_of(service.slug if service else "SERVICE")
    context: dict[str, Any] = {
        "service": service,
        "url": url,
        "local": only_here(url),
        "snippets": [(how_to(kind), filled(how_to(kind), url)) for kind in PIPELINES],
        "trail": [Step("Gate", reverse("gate"))],
    }
    return render(request, "pages/gate_pipelines.html", context)


def address_of(slug: str) -> str:
    """Where a pipeline asks."""
    return f"{settings.BASE_URL}{reverse('api:gate', args=[slug])}"
