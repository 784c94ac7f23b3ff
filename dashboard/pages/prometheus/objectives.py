"""``/data/prometheus/objectives/``: add an objective on the site, tried before it is saved; change what it asks for."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard import formats
from dashboard.pages.change import UNREADABLE, Choice
from dashboard.pages.prometheus.around import by_whom, server_of, step_of, trail
from dashboard.pages.prometheus.objective_rows import objective_text, state_of
from dashboard.pages.prometheus.texts import without_nul
from ingest.inbox.manage import log_change
from ingest.models import PrometheusServer, Service, Slo
from ingest.models.signals import Origin
from ingest.prometheus.trying import SECONDS
from scorecards.reliability.indicator import MAX_QUERY, Queries
from scorecards.reliability.own import (
    LONGEST,
    MAX_NAME,
    ObjectiveRefused,
    TriedObjective,
    change_target,
    draft_objective,
    end_objective,
    try_objective,
)

QUERY = {"rows": 3, "spellcheck": "false"}
WAYS = {
    "bad": "Bad events of all events",
    "good": "Good events of all events",
    "bad_ratio": "A ratio of bad ones, 0 to 1",
    "good_ratio": "A ratio of good ones, 0 to 1",
}


class TargetForm(forms.Form):
    """What an objective asks for."""

    name = forms.CharField(label="Name", max_length=MAX_NAME, help_text="Such as availability.")
    percent = forms.FloatField(
        label="Objective",
        help_text="Percent that are to be good, such as 99.9.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    days = forms.IntegerField(label="Window", min_value=1, max_value=LONGEST, help_text="Days.")

    def refuse(self, refused: ObjectiveRefused) -> None:
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))


class ObjectiveForm(TargetForm):
    """An objective that is to be made."""

    service = Choice(label="Service", empty_label="Choose a service")
    way = forms.ChoiceField(label="What is measured", choices=list(WAYS.items()))
    query = forms.CharField(
        label="Query",
        max_length=MAX_QUERY,
        widget=forms.Textarea(attrs=QUERY),
        help_text='Such as sum(rate(http_requests_total{service="pay", status=~"5.."}[5m])).',
    )
    total = forms.CharField(
        label="Query of all events",
        max_length=MAX_QUERY,
        required=False,
        widget=forms.Textarea(attrs=QUERY),
        help_text='Such as sum(rate(http_requests_total{service="pay"}[5m])). A ratio needs none.',
    )
    field_order = ("service", "name", "percent", "days", "way", "query", "total")

    def __init__(self, server: PrometheusServer, data: QueryDict | None = None) -> None:
        self.server = server
        start = {"days": 30, "percent": 99.9}
        super().__init__(without_nul(data), initial=start, auto_id="objective-%s", label_suffix="")
        services = Service.objects.filter(retired_on=None).order_by("name")
        self.fields["service"].queryset = services  # type: ignore[attr-defined]

    def drafted(self) -> Slo | None:
        """The objective as it would be; ``None`` where something is to mend."""
        if not self.is_valid():
            return None
        said = self.cleaned_data
        try:
            return draft_objective(
                self.server,
                said["service"],
                name=said["name"],
                percent=said["percent"],
                days=said["days"],
                queries=queries_of(said["way"], said["query"].strip(), said["total"].strip()),
            )
        except ObjectiveRefused as refused:
            self.refuse(refused)
            return None


def queries_of(way: str, query: str, total: str) -> Queries:
    kind, side = ("ratio", way.partition("_")[0]) if way.endswith("_ratio") else ("events", way)
    whole = total if kind == "events" else ""
    return Queries(kind, bad=query, total=whole) if side == "bad" else Queries(kind, good=query, total=whole)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an objective that a server measures."""
    by, server = by_whom(request), server_of(pk)
    if request.method != "POST":
        return _form(request, ObjectiveForm(server))
    form = ObjectiveForm(server, request.POST)
    slo = form.drafted()
    if slo is None:
        return _form(request, form, UNREADABLE)
    if slo.problem:
        form.add_error("query", slo.problem)
        return _form(request, form, UNREADABLE)
    if request.POST.get("action") == "try":
        return _form(request, form, tried=try_objective(slo, timezone.now()))
    slo.save()
    log_change(server.source, by, f"given the objective {slo.name} of {slo.service_name}")
    messages.success(
        request, f"{slo.name} is saved. It is read within a minute, back to the start of its window.", "good"
    )
    return redirect("prometheus-objective", slo.pk)


def _form(
    request: HttpRequest, form: ObjectiveForm, status: int = 200, tried: TriedObjective | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "server": form.server,
        "tried": tried,
        "good": _good(tried),
        "seconds": SECONDS,
        "trail": trail(step_of(form.server)),
    }
    return render(request, "pages/prometheus_objective_new.html", context, status=status)


def _good(tried: TriedObjective | None) -> str:
    return str(formats.percent(1 - tried.bad_share)) if tried and tried.bad_share is not None else ""


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """An objective that was added here: what it measures, and the form to change what it asks for, or to end it."""
    by = by_whom(request)
    rows = Slo.objects.select_related("service", "server__source", "standing")
    slo = get_object_or_404(rows, pk=pk, origin=Origin.SITE, server__isnull=False)
    if request.method != "POST":
        return _show(request, slo)
    action = request.POST.get("action", "")
    if action == "try":
        return _show(request, slo, tried=try_objective(slo, timezone.now()))
    if action not in ("save", "end") or slo.ended_at is not None:
        raise PermissionDenied
    if action == "end":
        return _end(request, slo, by)
    form = TargetForm(without_nul(request.POST), auto_id="objective-%s", label_suffix="")
    if form.is_valid():
        try:
            change_target(slo, **form.cleaned_data)
        except ObjectiveRefused as refused:
            form.refuse(refused)
    if form.errors:
        return _show(request, slo, form, UNREADABLE)
    _log(slo, by, f"given another aim of {slo.name} of {slo.service_name}")
    messages.success(request, f"{slo.name} asks for {objective_text(slo.objective)} by now.", "good")
    return redirect("prometheus-objective", slo.pk)


def _end(request: HttpRequest, slo: Slo, by: str) -> HttpResponse:
    end_objective(slo, timezone.now())
    _log(slo, by, f"relieved of the objective {slo.name} of {slo.service_name}")
    messages.success(request, f"{slo.name} is ended. What it measured stays.", "good")
    return redirect("prometheus-server", slo.server_id)


def _log(slo: Slo, by: str, what: str) -> None:
    if slo.server is not None:
        log_change(slo.server.source, by, what)


def _show(
    request: HttpRequest,
    slo: Slo,
    form: TargetForm | None = None,
    status: int = 200,
    tried: TriedObjective | None = None,
) -> HttpResponse:
    told = {
        "name": slo.name,
        "percent": float(f"{slo.objective * 100:.10g}"),
        "days": round(slo.window_seconds / 86_400),
    }
    word, says = state_of(slo)
    context: dict[str, Any] = {
        "slo": slo,
        "status": word,
        "says": says,
        "asks": objective_text(slo.objective),
        "queries": _queries(slo),
        "form": form or TargetForm(initial=told, auto_id="objective-%s", label_suffix=""),
        "tried": tried,
        "good": _good(tried),
        "seconds": SECONDS,
        "trail": trail(step_of(slo.server)) if slo.server else trail(),
    }
    return render(request, "pages/prometheus_objective.html", context, status=status)


def _queries(slo: Slo) -> list[tuple[str, str]]:
    of_ratio = slo.indicator == Slo.Indicator.RATIO
    told = [
        ("Ratio of bad ones" if of_ratio else "Bad events", slo.bad_query),
        ("Ratio of good ones" if of_ratio else "Good events", slo.good_query),
        ("All events", slo.total_query),
    ]
    return [(name, query) for name, query in told if query]
