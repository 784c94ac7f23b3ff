"""``/data/prometheus/``: the servers, one of them, and the form to connect or change one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.pages.change import UNREADABLE
from dashboard.pages.prometheus import health
from dashboard.pages.prometheus.around import by_whom, server_of, step_of, told_by, trail
from dashboard.pages.prometheus.objective_rows import objectives
from dashboard.pages.prometheus.server_form import ServerForm
from ingest.models import PrometheusServer
from ingest.prometheus import servers
from ingest.prometheus.declared import problems
from ingest.prometheus.suggestions import SUGGESTIONS
from ingest.prometheus.told import Refused
from ingest.prometheus.trying import SECONDS, try_connection
from scorecards import reliability


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every server and how it is doing, and what is wrong in what the environment and the file tell."""
    by_whom(request)
    wrong = list(dict.fromkeys([*problems(), *reliability.problems()]))  # a file that can't be read is told once
    context = {"rows": health.servers(timezone.now()), "problems": wrong, "trail": trail()[:1]}
    return render(request, "pages/prometheus.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Connect a server: it is asked once, and stored where it answers, or where the person wants it all the same."""
    by = by_whom(request)
    if request.method != "POST":
        return _form(request, ServerForm())
    return _sent(request, ServerForm(data=request.POST), by)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a server that was set up here."""
    by, server = by_whom(request), server_of(pk)
    if told_by(server):
        raise PermissionDenied
    if request.method != "POST":
        return _form(request, ServerForm(server))
    return _sent(request, ServerForm(server, request.POST), by)


def _sent(request: HttpRequest, form: ServerForm, by: str) -> HttpResponse:
    made = form.made()
    if made is None:
        return _form(request, form, UNREADABLE)
    error = try_connection(made)
    if error and not request.POST.get("anyway"):
        return _form(request, form, UNREADABLE, refused=error)
    stored = form.store(made, by=by)
    if stored is None:
        return _form(request, form, UNREADABLE)
    if error:
        messages.warning(request, f"{made.source.name} is stored. It does not answer yet: {error}")
    else:
        messages.success(request, f"{made.source.name} answers, and is stored.", "good")
    return redirect("prometheus-server", stored.pk)


def _form(request: HttpRequest, form: ServerForm, status: int = 200, refused: str = "") -> HttpResponse:
    form.without_secrets()
    steps = trail(step_of(form.server)) if form.server else trail()
    context = {"form": form, "refused": refused, "server": form.server, "trail": steps, "seconds": SECONDS}
    return render(request, "pages/prometheus_server_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """A server: how it is doing, its signals and objectives; or what was sent: try, pause, resume, remove."""
    by, server = by_whom(request), server_of(pk)
    if request.method != "POST":
        return _show(request, server)
    action = request.POST.get("action", "")
    if action == "try":
        return _tried(request, server)
    if action not in ("pause", "resume", "remove") or told_by(server):
        raise PermissionDenied
    if action == "remove":
        return _remove(request, server, by)
    servers.set_paused(server, action == "pause", timezone.now(), by=by)
    said = "is paused: it is not asked, and what it told stays" if action == "pause" else "is asked again"
    messages.success(request, f"{server.source.name} {said}.", "good")
    return redirect("prometheus-server", server.pk)


def _tried(request: HttpRequest, server: PrometheusServer) -> HttpResponse:
    error = try_connection(server)
    if error:
        messages.warning(request, f"{server.source.name} does not answer: {error}", "bad")
    else:
        messages.success(request, f"{server.source.name} answers.", "good")
    return redirect("prometheus-server", server.pk)


def _remove(request: HttpRequest, server: PrometheusServer, by: str) -> HttpResponse:
    if not request.POST.get("confirm"):
        return _show(request, server, asks=True)
    name = server.source.name
    try:
        servers.remove(server, by=by)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("prometheus-server", server.pk)
    messages.success(request, f"{name} is removed.", "good")
    return redirect("prometheus")


def _show(request: HttpRequest, server: PrometheusServer, *, asks: bool = False) -> HttpResponse:
    now = timezone.now()
    status, says = health.server_state(server, now)
    rows = health.signals(server, now)
    kinds = {row.signal.kind for row in rows}
    context: dict[str, Any] = {
        "server": server,
        "status": status,
        "says": says,
        "told_by": told_by(server),
        "signs_in": _signs_in(server),
        "rows": rows,
        "suggestions": [one for one in SUGGESTIONS if one.said.kind not in kinds],
        "objectives": objectives(server),
        "asks": asks,
        "seconds": SECONDS,
        "trail": trail(),
    }
    return render(request, "pages/prometheus_server.html", context)


def _signs_in(server: PrometheusServer) -> str:
    held = server.source.credentials
    if "token" in held:
        return "with a token"
    if "username" in held:
        return "with user and password"
    return "with a certificate" if "certificate" in held else "with nothing"
