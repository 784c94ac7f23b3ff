"""What badges say: the figures of the last 90 days as pages tell them, in production and with bots."""

from collections.abc import Mapping

from django.conf import settings

from dashboard import access, formats
from dashboard.charts.badge import Kind, Told
from dashboard.charts.sparkline import Sparkline
from dashboard.filters import Filters
from dashboard.pages import compared, figures, standing
from dashboard.pages.badges.signed import Subject, kind_of
from dashboard.pages.budgets import rows as budgets
from dashboard.pages.figures import Shown, Status
from ingest.models import Service
from scorecards.models import ServiceBudget
from scorecards.rollups.read import Scope
from scorecards.rollups.summary import Metric

LABELS: Mapping[str, str] = {
    "lead_time": "lead time",
    "deployment_frequency": "deployments",
    "change_failure_rate": "change failure rate",
    "mttr": "MTTR",
    "standards": "standards",
    "error_budget": "error budget left",
}
SPAN = "90 days"
NO_OBJECTIVE = "No service level objective"


def told(subject: Subject, metric: str) -> Told:
    """A figure of a service or a team, by its name in ``LABELS``."""
    if metric == "error_budget":
        return _budget(subject)
    filters = Filters.from_query({}, compared.today(), settings.ORGANISATION_ZONE)
    shown = _standards(subject, filters) if metric == "standards" else _delivery(subject, metric, filters)
    value = f"{shown.number}\u00a0{shown.unit}" if shown.unit else shown.number
    beside = [shown.coverage, _verdict_words(shown)]
    return _told(subject, metric, value, shown.reason, shown.status, shown.line, SPAN, *beside)


def _delivery(subject: Subject, metric: str, filters: Filters) -> Shown:
    name: Metric = metric  # type: ignore[assignment]
    scope = Scope(kind_of(subject), subject.pk)  # type: ignore[arg-type]
    periods = compared.periods_of([scope], filters)[scope]
    return figures.figure(name, periods.now, scope=_text(subject), filters=filters, spark=periods.spark)


def _standards(subject: Subject, filters: Filters) -> Shown:
    if isinstance(subject, Service):
        return standing.service_tile(standing.course_of(filters, service=subject), _text(subject), filters)
    return standing.tile(standing.course_of(filters, team=subject), _text(subject), filters)


def _budget(subject: Subject) -> Told:
    """The objective with the least left; of a team, that of the service with the least."""
    own = Service.objects.filter(pk=subject.pk) if isinstance(subject, Service) else access.owned_by(subject.pk)
    known = budgets.told(own.filter(retired_on=None))
    [row] = budgets.rows([known[0].service_id]) if known else [None]
    if row is None or row.left is None:
        return _told(subject, "error_budget", "", row.why if row else NO_OBJECTIVE, None, None, "")
    of = "" if isinstance(subject, Service) else f"of {row.name}, the least of the team"
    held = ServiceBudget.objects.filter(service=known[0].service_id, slo__isnull=False)
    window = held.values_list("slo__window_seconds", flat=True).first()
    span = formats.whole_span(window) if window else ""
    stale = f"as of {row.stale_since:%Y-%m-%d %H:%M} UTC" if row.stale_since else ""
    status = Status("none", "stale") if row.stale_since else row.status
    beside = (of, row.objective, row.status.word, stale)
    return _told(subject, "error_budget", str(row.left), "", status, row.line, span, *beside)


def _told(
    subject: Subject,
    metric: str,
    value: str,
    reason: str,
    status: Status | None,
    line: Sparkline | None,
    span: str,
    *beside: str,
) -> Told:
    label = LABELS[metric]
    said = f"{label[0].upper()}{label[1:]} of {subject.name}{f' over the last {span}' if span else ''}"
    words = [value, *filter(None, beside)] if value else [f"no data. {reason}"]
    return Told(label, value, f"{said}: {', '.join(words)}", reason, _kind(status), line if value else None, span)


def _kind(status: Status | None) -> Kind | None:
    """A shape for a verdict; what is stale has one too, and what is not judged has none."""
    if status is None or (status.kind == "none" and status.word != "stale"):
        return None
    return status.kind


def _verdict_words(shown: Shown) -> str:
    if shown.status is None or shown.status.kind == "none" or not shown.target:
        return ""
    return f"target {shown.target} {shown.status.word}"


def _text(subject: Subject) -> str:
    return f"{kind_of(subject)}:{subject.slug}"
