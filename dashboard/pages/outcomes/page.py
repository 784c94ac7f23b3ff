"""``/outcomes/``: what goes along with a control or a capability, and what was before and after."""

from collections.abc import Mapping
from datetime import date

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access
from dashboard.pages.compared import today
from dashboard.pages.frame import Step
from dashboard.pages.outcomes import rows
from dashboard.pages.outcomes.subjects import CAPABILITY, Subject, options, subject_of
from ingest.models import Service
from scorecards.outcome import around, groups
from scorecards.outcome.changes import Turn
from scorecards.outcome.figures import DAYS, LEAST
from scorecards.outcome.groups import Groups
from scorecards.rollups.read import incidents_connected


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Of what ``?of=`` names: ``capability:<id>`` or ``control:<id>``."""
    if not access.may_see_organisation(request.user):
        raise Http404
    day, services = today(), access.visible_services(request.user)
    value = request.GET.get("of", "")
    by_capability = groups.of_capabilities(services, day) if _wants_capabilities(value) else {}
    subject, standards = subject_of(value, by_capability)
    held = _groups(subject, by_capability, services, day)
    changed = around.around(_turns(subject, services, day), day)
    context = {
        "subject": subject,
        "options": options(standards),
        "trail": [Step("Adoption", reverse("adoption"))],
        "those": len(held.those),
        "others": len(held.others),
        "rows": rows.compared_rows(groups.side_by_side(held, day)),
        "left": rows.left_text(held.left),
        "changed": len(changed.chosen.days),
        "pairs": rows.paired_rows(changed.figures),
        "changed_left": rows.left_text(changed.chosen.left),
        "most": around.MOST,
        "incidents_connected": incidents_connected(),
        "days": DAYS,
        "least": LEAST,
    }
    return render(request, "pages/outcomes.html", context)


def _wants_capabilities(value: str) -> bool:
    return not value or value.startswith(f"{CAPABILITY}:")


def _groups(subject: Subject, by_capability: Mapping[str, Groups], services: QuerySet[Service], day: date) -> Groups:
    if subject.kind == CAPABILITY:
        return by_capability.get(subject.id, Groups())
    return groups.of_control(subject.standard, subject.id, services, day)


def _turns(subject: Subject, services: QuerySet[Service], day: date) -> list[Turn]:
    if subject.kind == CAPABILITY:
        return around.capability_turns(subject.id, services, day)
    return around.control_turns(subject.standard, subject.id, services)
