"""What every figure means: the sentences that explanations begin with, on one page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard import access
from dashboard.pages import compared, figures, in_force
from dashboard.pages.defining import shown
from dashboard.pages.definitions import DEFINITIONS
from scorecards.metrics.records import Definitions
from scorecards.rollups.read import ORGANISATION
from scorecards.rollups.summary import METRICS, Metric

# Figures of recovery depend on the rules of failure too; once on a page is enough.
WITH_RULES: frozenset[Metric] = frozenset({"deployment_frequency", "lead_time", "change_failure_rate", "response"})


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
    """All metrics, what the organisation and its teams say of them, and what they said before."""
    held = shown.of_scope(ORGANISATION, compared.today())
    changes = [one for one in shown.all_changes() if one.team is None or one.team in access.visible_teams(request.user)]
    context = {
        "meanings": meanings(held.definitions),
        "whose": held.whose,
        "off": in_force.off(held.definitions),
        "organisation": shown.organisation(request.user, changes),
        "teams": shown.teams(request.user, changes),
        "history": shown.history(request.user, changes),
    }
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
