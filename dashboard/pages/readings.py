"""What the standard's deployment dashboard reads, beside our figures, and why they differ."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.formats import Amount
from dashboard.pages import compared
from dashboard.pages.figures import Shown, figure
from ingest.models import Service, Team
from scorecards.reliability import readings
from scorecards.reliability.readings import Reading
from scorecards.rollups.read import Scope
from scorecards.rollups.summary import Metric

WHY = {
    "frequency": "The query counts attempts, failed ones too, a second over the last hour. Ours are succeeded"
    " deployments a day and active service over the period.",
    "success_rate": "The query takes the last hour and what the pipeline told: what was rolled back later is a success."
    " Ours is the opposite share, of failures, over the period.",
    "recovery": "The query takes the mean of rollbacks alone, over 90 days. Ours counts incidents too, and failed"
    " attempts that the next deployment repaired.",
    "failure_rate": "The query counts attempts whose pipeline failed, over 7 days. Ours counts as failed also what was"
    " rolled back, fixed or followed by an incident, over the period.",
}
OF_MANY = {
    "frequency": "Read of all services together; the panel draws a line for each.",
    "recovery": "Read is the mean of the services’ means; the panel draws a line for each.",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of the standard's dashboard: what its query reads now, what we show, and why they differ."""

    title: str
    query: str
    reads: Amount | None
    reason: str
    note: str
    ours: Shown
    why: str


def beside(scope: Scope, filters: Filters) -> dict[str, Any]:
    """The context of ``components/standard_readings.html``: production, whatever class the page shows."""
    now, chosen = timezone.now(), replace(filters, environment_class=readings.PRODUCTION)
    summary, text = compared.summary_of(scope, chosen), _text(scope)
    found = readings.readings(_services(scope), now)

    def panel(name: str, title: str, query: str, amount: Callable[[float], Amount], metric: Metric) -> Panel:
        reading: Reading = getattr(found, name)
        return Panel(
            title,
            query,
            reads=None if reading.value is None else amount(reading.value),
            reason=formats.reason_text(reading.reason),
            note=OF_MANY.get(name, "") if scope.kind != "service" and reading.value is not None else "",
            ours=figure(metric, summary, scope=text, filters=chosen),
            why=WHY[name],
        )

    panels = [
        panel("frequency", "Deployment Frequency", readings.FREQUENCY, formats.per_second, "deployment_frequency"),
        panel("success_rate", "Deployment Success Rate", readings.SUCCESS_RATE, formats.percent, "change_failure_rate"),
        panel("recovery", "Mean Time to Recovery", readings.RECOVERY, formats.duration, "mttr"),
        panel("failure_rate", "Change Failure Rate", readings.FAILURE_RATE, formats.percent, "change_failure_rate"),
    ]
    return {"panels": panels, "panels_at": now}


def _text(scope: Scope) -> str:
    """The scope as addresses write it."""
    match scope.kind:
        case "team":
            return f"team:{Team.objects.values_list('slug', flat=True).get(pk=scope.id)}"
        case "service":
            return f"service:{Service.objects.values_list('slug', flat=True).get(pk=scope.id)}"
        case _:
            return "org"


def _services(scope: Scope) -> Collection[int] | None:
    """The scope's services today; ``None``: all."""
    if scope.kind == "service":
        return [scope.id]
    if scope.kind == "org" and not scope.tier:
        return None
    services = access.owned_by(scope.id) if scope.kind == "team" else Service.objects.all()
    chosen = services.filter(tier=scope.tier) if scope.tier else services
    return list(chosen.values_list("pk", flat=True))
