"""(pure) Service level objectives: Sloth, OpenSLO, Pyrra and burn-rate rules written by hand, told alike."""

from scorecards.reading.slos.found import (
    SERVICE_LABELS,
    documents,
    service_for,
    service_name,
    slos,
    slos_by_service,
    slos_of,
)
from scorecards.reading.slos.model import MAX_SLOS, OWNER_LABELS, Aim, Expression, Indicator, Slo, SloDocument, Tool
from scorecards.reading.slos.sloth import DEFAULT_WINDOW

__all__ = [
    "DEFAULT_WINDOW",
    "MAX_SLOS",
    "OWNER_LABELS",
    "SERVICE_LABELS",
    "Aim",
    "Expression",
    "Indicator",
    "Slo",
    "SloDocument",
    "Tool",
    "documents",
    "service_for",
    "service_name",
    "slos",
    "slos_by_service",
    "slos_of",
]
