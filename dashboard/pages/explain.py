"""The explanation, the same for every figure: what it means, today's numbers in it, what was left out, the facts."""

from dataclasses import replace
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import formats
from dashboard.filters import Filters
from dashboard.pages import compared, definitions, drill, figures, in_force
from dashboard.pages.defining import shown as defined
from dashboard.pages.definitions import DEFINITIONS
from dashboard.pages.drill import Subject
from dashboard.pages.facts import facts
from dashboard.pages.frame import Step, filters_of
from ingest.window import DAY
from scorecards.rollups.summary import METRICS, Metric, Summary

WITH_INCIDENTS: frozenset[Metric] = frozenset(
    {"change_failure_rate", "mttr", "failed_deployment_recovery_time", "response"}
)
EXCLUDED = ("deployment_excluded", "incident_excluded")


@require_GET
def page(request: HttpRequest, metric: str) -> HttpResponse:
    """One figure explained; within a page it stands in the panel, alone it is a page."""
    known = metric_named(metric)
    filters = filters_of(request)
    subject = drill.subject(request, request.GET.get("scope") or "org", filters)
    summary = compared.summary_of(subject.scope, filters)
    shown = figures.figure(known, summary, scope=subject.text, filters=filters)
    found = facts(known, subject, filters, request.GET.get("before", ""))
    held = defined.of_scope(subject.scope, min(filters.window.end - DAY, compared.today()), known)
    context = {
        "subject": subject,
        "figure": shown,
        "trail": [Step(subject.name, home_of(subject, filters))],
        "definition": DEFINITIONS[known],
        "formula": definitions.formula(known, summary) if shown.number else "",
        "details": definitions.details(known, summary) if shown.number else [],
        "whose": held.whose,
        "rules": in_force.rules(known, held.definitions),
        "left_out": left_out(known, summary),
        "corrected": corrected(known, summary),
        "excluded": any(left.reason in EXCLUDED for left in summary.left_out.get(known, ())),
        "covered": covered(known, summary),
        "facts": found.rows,
        "older": f"{shown.href}&before={found.older}" if found.older else "",
        "newest": shown.href if request.GET.get("before") else "",
        "with_bots": known == "lead_time",
        "other_bots": other_bots(known, summary, subject, filters),
        "failed_only": failed_only(known, subject, filters),
        "kept": {"scope": subject.text},
    }
    return render(request, "pages/explain.html", context)


def metric_named(name: str) -> Metric:
    """The metric of that name.

    Raises:
        Http404: for one that is not known.
    """
    found = next((metric for metric in METRICS if metric == name), None)
    if found is None:
        raise Http404("no such metric")
    return found


def home_of(subject: Subject, filters: Filters) -> str:
    """The page that shows the subject."""
    kind, _, slug = subject.text.partition(":")
    path = reverse("overview") if kind == "org" else reverse(kind, args=[slug])
    return f"{path}{filters.query()}"


def failed_only(metric: Metric, subject: Subject, filters: Filters) -> str:
    """Where the failed deployments stand by themselves, for the figures that count them."""
    if metric not in ("change_failure_rate", "failed_deployment_recovery_time"):
        return ""
    said = filters.dated_pairs | {"scope": subject.text, "outcome": "failed"}
    return f"{reverse('deployments')}?{urlencode(said)}"


def other_bots(metric: Metric, summary: Summary, subject: Subject, filters: Filters) -> str:
    """The same figure without the changes of bots, or with them again; where it makes a difference."""
    if metric != "lead_time" or not summary.bot_changes:
        return ""
    return figures.explain_href(metric, subject.text, replace(filters, bots=not filters.bots))


def left_out(metric: Metric, summary: Summary) -> list[str]:
    """What does not count, and how many; what there is none of is not mentioned."""
    return [formats.left_out_text(left.reason, left.count) for left in summary.left_out.get(metric, ()) if left.count]


def corrected(metric: Metric, summary: Summary) -> str:
    """How many of the facts behind the figure people said something of."""
    deployments = summary.corrected_deployments if metric != "response" else 0
    incidents = summary.corrected_incidents if metric in WITH_INCIDENTS else 0
    found = [
        formats.plural(count, what) for count, what in ((deployments, "deployment"), (incidents, "incident")) if count
    ]
    return " and ".join(found)


def covered(metric: Metric, summary: Summary) -> str:
    """How much of the data the figure rests on."""
    ratio = summary.coverage.get(metric)
    if ratio is None:
        return ""
    return f"{formats.percent(ratio)} {figures.COVERS.get(metric, 'of the data is known')}"
