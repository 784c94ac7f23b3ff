"""``/data/prometheus/signals/``: a signal, and the form to add or change one, with a trial before it is saved."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.pages.change import UNREADABLE
from dashboard.pages.prometheus import health
from dashboard.pages.prometheus.around import by_whom, server_of, signal_of, step_of, told_by, trail
from dashboard.pages.prometheus.signal_form import SignalForm
from dashboard.pages.prometheus.tried import Shown, shown
from ingest.models import Service, Signal
from ingest.prometheus.signal_settings import map_services, said_of, set_enabled
from ingest.prometheus.suggestions import SUGGESTIONS
from ingest.prometheus.told import Refused
from ingest.prometheus.trying import SECONDS, try_signal

CHOICES = 1_000  # services offered to map to
LISTED = 30  # values that name no service


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a signal to a server; ``suggest`` fills the form with one of the standard's."""
    by, server = by_whom(request), server_of(pk)
    if request.method != "POST":
        start = next((one.said for one in SUGGESTIONS if one.said.kind == request.GET.get("suggest")), None)
        return _show(request, SignalForm(server, start=start))
    form = SignalForm(server, data=request.POST)
    return _try(request, form) if request.POST.get("action") == "try" else _save(request, form, by)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """A signal: how it is doing and its form; or what was sent: try, save, map, pause, resume."""
    by, signal = by_whom(request), signal_of(pk)
    if request.method != "POST":
        return _show(request, SignalForm(signal.server, signal))
    action = request.POST.get("action", "")
    if action == "try" and told_by(signal):
        return _show(
            request, SignalForm(signal.server, signal), tried=shown(try_signal(signal, timezone.now()), signal)
        )
    if action not in ("try", "save", "map", "pause", "resume") or told_by(signal):
        raise PermissionDenied
    if action in ("pause", "resume"):
        set_enabled(signal, action == "resume", by=by)
        said = "is paused" if action == "pause" else "is read again, from where it was"
        messages.success(request, f"{signal.name} {said}.", "good")
        return redirect("prometheus-signal", signal.pk)
    if action == "map":
        return _map(request, signal, by)
    form = SignalForm(signal.server, signal, request.POST)
    return _try(request, form) if action == "try" else _save(request, form, by)


def _try(request: HttpRequest, form: SignalForm) -> HttpResponse:
    drafted = form.drafted()
    if drafted is None:
        return _show(request, form, UNREADABLE)
    form.show_mapped(said_of(drafted))
    return _show(request, form, tried=shown(try_signal(drafted, timezone.now()), drafted))


def _save(request: HttpRequest, form: SignalForm, by: str) -> HttpResponse:
    stored = form.store(by=by)
    if stored is None:
        return _show(request, form, UNREADABLE)
    messages.success(request, f"{stored.name} is saved. It is read within a minute.", "good")
    return redirect("prometheus-signal", stored.pk)


def _map(request: HttpRequest, signal: Signal, by: str) -> HttpResponse:
    """Say of values that named no service what they stand for."""
    form = SignalForm(signal.server, signal, request.POST)
    form.is_valid()  # for what is mapped alone: the other fields are not sent
    try:
        if form.mapped:
            map_services(signal, form.mapped, by=by)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("prometheus-signal", signal.pk)
    for error in form.non_field_errors():
        messages.warning(request, str(error))
    if form.mapped:
        values = ", ".join(f"{value} stands for {name}" for value, name in form.mapped.items())
        messages.success(request, f"{values}. It holds for what is read from now on.", "good")
    return redirect("prometheus-signal", signal.pk)


def _show(request: HttpRequest, form: SignalForm, status: int = 200, tried: Shown | None = None) -> HttpResponse:
    server, signal = form.server, form.signal
    maps = bool((tried and tried.unmatched) or (signal and signal.unmatched))
    context: dict[str, Any] = {
        "form": form,
        "server": server,
        "signal": signal,
        "row": health.signal_row(signal, timezone.now()) if signal else None,
        "unmatched": [str(value) for value in signal.unmatched[:LISTED]] if signal else [],
        "told_by": told_by(signal) if signal else "",
        "tried": tried,
        "choices": Service.objects.filter(retired_on=None).order_by("slug")[:CHOICES] if maps else [],
        "suggestion": next((one.says for one in SUGGESTIONS if one.said.kind == form["kind"].value()), ""),
        "suggestions": SUGGESTIONS,
        "seconds": SECONDS,
        "trail": trail(step_of(server)),
    }
    return render(request, "pages/prometheus_signal.html", context, status=status)
