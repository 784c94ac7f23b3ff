"""``/sources/<source>/``: how it is doing, what the last deliveries gave, how it is set up, and what may be changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.how_to import filled, how_to, only_here
from dashboard.pages.change import UNREADABLE
from dashboard.pages.frame import Step as TrailStep
from dashboard.pages.sources import github, health
from dashboard.pages.sources.around import address_of, operator, trail
from dashboard.pages.sources.given import deliveries
from dashboard.pages.sources.options import OptionsForm
from dashboard.pages.sources.steps import steps_of
from dashboard.pages.sources.trying import command, tried
from ingest.errors import AccessDenied
from ingest.inbox.manage import set_options
from ingest.inbox.secrets import fingerprint, unseal
from ingest.models import Source
from ingest.parsers.senders import SENDERS


@dataclass(frozen=True, slots=True)
class Held:
    """A secret that is valid: by its fingerprint alone. ``used_at``: to five minutes; ``None``: never."""

    name: str
    place: str
    used_at: datetime | None


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page; or the change that was sent."""
    operator(request)
    source = _source(public_id)
    if hasattr(source, "prometheus"):
        return redirect("prometheus-server", source.prometheus.pk)
    if request.method != "POST":
        return show(request, source)
    action = request.POST.get("action", "")
    if action == "options" and source.kind in SENDERS:
        return _options(request, source)
    if action == "github" and source.kind == "github":
        return _github(request, source)
    sent = next((kind for kind in steps_of(source) if kind.action == action), None)
    if sent is None:
        raise PermissionDenied
    form = sent(request, source, request.POST)
    done = form.attempt()
    if form.shown:
        source.refresh_from_db()
        return show(request, source, shown=form.shown, told=done)
    if not done:
        return show(request, source, sent=form, status=UNREADABLE if form.errors else 200)
    messages.success(request, done, "good")
    return redirect("source", source.public_id)


def _options(request: HttpRequest, source: Source) -> HttpResponse:
    form = OptionsForm(source.kind, request.POST)
    if not form.is_valid():
        return show(request, source, options=form, status=UNREADABLE)
    set_options(source, form.cleaned_data["options"], by=operator(request).get_username())
    messages.success(
        request,
        "The options are saved. What comes from now on is read by them, what came before once it is replayed.",
        "good",
    )
    return redirect("source", source.public_id)


def _github(request: HttpRequest, source: Source) -> HttpResponse:
    form = github.ConnectForm(source, request.POST)
    done = form.attempt(by=operator(request).get_username())
    if not done:
        return show(request, source, connecting=form, status=UNREADABLE)
    messages.success(request, done, "good")
    return redirect("source", source.public_id)


def show(request: HttpRequest, source: Source, status: int = 200, **forms: Any) -> HttpResponse:
    """The page with these forms as they stand. ``shown``: a secret for this once."""
    sends = source.kind in SENDERS
    sent = forms.get("sent")
    steps = [sent if isinstance(sent, kind) else kind(request, source) for kind in steps_of(source)]
    context = {
        **_state(source),
        "sends": sends,
        "steps": {step.action.replace("-", "_"): step for step in steps},
        "back": reverse("source", args=[source.public_id]),
        "trail": trail(),
        "label": source.get_kind_display(),
        "tells": health.tells(source.kind),
        "shown": forms.get("shown", ""),
        "told": forms.get("told", ""),
    }
    if sends:
        context |= _sending(source, forms)
    return render(request, "pages/source.html", context, status=status)


def _sending(source: Source, forms: dict[str, Any]) -> dict[str, Any]:
    """What only a source with webhooks has."""
    url = address_of(source)
    found = {
        "local": only_here(url),
        "hides": not forms.get("shown"),
        "secrets": secrets(source),
        "blocks": filled(how_to(source.kind), url, forms.get("shown") or "SECRET"),
        "options": forms.get("options") or OptionsForm(source.kind, told=source.options),
    }
    if source.kind == "github":
        found |= github.context(source, forms.get("connecting"))
    return found


def _state(source: Source) -> dict[str, Any]:
    return {"source": source, "state": health.state_of(source, timezone.now()), "given": deliveries(source)}


@require_GET
def state(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part of the page that tells how it is doing; it is asked for again while the source waits."""
    operator(request)
    return render(request, "components/source_state.html", _state(_source(public_id)))


@require_GET
def trial(request: HttpRequest, public_id: str) -> HttpResponse:
    """What samples of its kind would give, taken through the door's code; and a command to try the door itself."""
    operator(request)
    source = _source(public_id)
    if source.kind not in SENDERS:
        return redirect("source", source.public_id)
    context = {
        "source": source,
        "trials": tried(source, timezone.now()),
        "command": command(source, address_of(source)),
        "trail": trail(TrailStep(source.name, reverse("source", args=[source.public_id]))),
    }
    return render(request, "pages/source_trial.html", context)


def secrets(source: Source) -> Sequence[Held]:
    """The valid ones, the newest first; none where they can't be read."""
    try:
        names = [fingerprint(secret) for secret in unseal(source.secrets)]
    except AccessDenied:
        return []
    return [Held(name, _place(place), _used_at(source, name)) for place, name in enumerate(names)]


def _place(place: int) -> str:
    return ("The newest", "The one before", "The one before that")[min(place, 2)]


def _used_at(source: Source, name: str) -> datetime | None:
    used = source.secret_uses.get(name)
    return datetime.fromisoformat(used) if used else None


def _source(public_id: str) -> Source:
    return get_object_or_404(Source, public_id=public_id.replace("\0", ""))
