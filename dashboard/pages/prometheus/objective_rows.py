"""Objectives that a server measures, in lines: how each stands, in words."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from dashboard import formats
from dashboard.pages.figures import Status
from ingest.models import PrometheusServer, Slo
from ingest.models.signals import Origin
from ingest.prometheus.objectives import first_server
from scorecards.models import SloStanding

SHOWN = 200
State = SloStanding.State
STATES = {
    State.MEASURED: Status("good", "measured"),
    State.STALE: Status("warn", "no new data"),
    State.NO_DATA: Status("none", "no data"),
    State.INVALID: Status("bad", "not measured"),
}


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """``says``: why it is not measured. ``left``: of its budget. ``href``: where it is changed, if here."""

    slo: Slo
    status: Status
    says: str
    left: str
    objective: str
    origin: str
    href: str


def objectives(server: PrometheusServer) -> list[ObjectiveRow]:
    """The first ``SHOWN`` of those in force; objectives that name no server are asked of the first."""
    whose = Q(server=server)
    if server == first_server():
        whose |= Q(server=None)
    rows = Slo.objects.filter(whose, ended_at=None).select_related("service", "standing", "repository")
    return [_row(slo) for slo in rows.order_by("service_name", "name", "pk")[:SHOWN]]


def _row(slo: Slo) -> ObjectiveRow:
    status, says = state_of(slo)
    standing = standing_of(slo)
    left = formats.percent(standing.budget_left) if standing and standing.budget_left is not None else None
    return ObjectiveRow(
        slo,
        status,
        says,
        str(left) if left else "",
        objective_text(slo.objective),
        _origin(slo),
        reverse("prometheus-objective", args=[slo.pk]) if slo.origin == Origin.SITE else "",
    )


def standing_of(slo: Slo) -> SloStanding | None:
    return getattr(slo, "standing", None)


def state_of(slo: Slo) -> tuple[Status, str]:
    """A word, and why."""
    standing = standing_of(slo)
    if slo.problem:
        return STATES[State.INVALID], slo.problem
    if slo.failing_since is not None:
        return Status("bad", "failing"), slo.error
    if standing is None:
        return Status("none", "not read yet"), ""
    return STATES[State(standing.state)], standing.reason


def objective_text(objective: float) -> str:
    """``99.95 %``, as it was written."""
    return f"{objective * 100:.10g}{formats.NO_BREAK}%"


def _origin(slo: Slo) -> str:
    if slo.repository is not None:
        return f"{slo.repository.name}: {slo.path}" + (f", line {slo.line}" if slo.line else "")
    return {Origin.SITE: "the site", Origin.FILE: "the file"}.get(Origin(slo.origin), slo.origin)
