"""What every figure means: the sentences that explanations begin with, on one page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.pages import figures, in_force
from dashboard.pages.definitions import DEFINITIONS
from scorecards.definitions import held as definitions_held
from scorecards.metrics.records import Definitions
from scorecards.rollups.summary import METRICS, Metric

# Figures of recovery depend on the rules of failure too; once on a page is enough.
WITH_RULES: frozenset[Metric] = frozenset({"deployment_frequency", "change_failure_rate"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """One metric: its sentence, what its target asks, the rules that it depends on."""

    metric: str
    label: str
    sentence: str
    aims: str
    rules: Sequence[str]


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """All metrics and the definitions in force."""
    held = definitions_held.current()
    context = {"meanings": meanings(held), "whose": in_force.whose(held), "off": in_force.off(held)}
    return render(request, "pages/definitions.html", context)


def meanings(held: Definitions) -> list[Meaning]:
    """One a metric, in the order in which pages show them."""
    return [
        Meaning(
            metric=metric,
            label=figures.LABELS[metric],
            sentence=DEFINITIONS[metric].sentence,
            aims=DEFINITIONS[metric].aims,
            rules=in_force.rules(metric, held) if metric in WITH_RULES else (),
        )
        for metric in METRICS
    ]
