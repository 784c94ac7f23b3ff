"""``GET /api/v1/controls/``: the controls of a standard, and how services stand to each."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Max
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard.api import schema, shapes
from dashboard.api.errors import BadQuery
from dashboard.api.judged import one_of, services_of, standard_of
from scorecards.models import ControlVerdict
from scorecards.scans import read
from scorecards.standards.standard import Control, Level, Phase, Standard
from scorecards.standards.verdict import Verdict

LEVELS, PHASES = tuple(map(str, Level)), tuple(map(str, Phase))
NAME = shapes.maybe(shapes.text())
ROW = shapes.fields(
    {
        "id": shapes.text(),
        "standard": shapes.text(),
        "version": shapes.text(),
        "title": shapes.text(),
        "section": shapes.text(),
        "subsection": shapes.text(),
        "level": shapes.text(one_of=LEVELS),
        "phase": shapes.text(one_of=PHASES),
        "weight": shapes.integer("1, minor, to 5, critical.", minimum=1, maximum=5),
        "check": NAME,
        "signal": NAME,
        "why": shapes.text(),
        "remediation": shapes.text(),
        "alternative_to": NAME,
        "services": shapes.fields(
            {str(verdict): shapes.integer(minimum=0) for verdict in Verdict}, "How many services, by verdict."
        ),
        "updated_at": shapes.maybe(shapes.moment("The newest change of a verdict.")),
    }
)


class Controls(APIView):
    """Filters: ``standard``, ``section``, ``level``, ``team``, ``service``. Every control is on the one page."""

    @schema.reads(
        "controls",
        "The controls of a standard, and how services stand to each",
        schema.page_of(ROW),
        schema.STANDARD,
        schema.parameter("section", "Only those of this section, by its id."),
        schema.one_of("level", "Only those of this level.", LEVELS),
        schema.TEAM,
        schema.SERVICE,
    )
    def get(self, request: Request) -> Response:
        standard = standard_of(request)
        services = services_of(request)
        level = one_of(request, "level", LEVELS)
        section = request.query_params.get("section", "")
        if section and section not in {one.id for one in standard.sections}:
            raise BadQuery(f"section={section[:20]!r} is none of {standard.code}.")
        counts = read.by_control(standard.code, services)
        rows = ControlVerdict.objects.filter(standard=standard.code, service__in=services)
        changed = dict(rows.values_list("control").annotate(Max("updated_at")))
        found = [
            control_row(standard, control, counts.get(control.id, Counter()), changed.get(control.id))
            for control in standard.controls
            if level in ("", str(control.level)) and section in ("", control.section)
        ]
        return Response({"next": None, "previous": None, "results": found})


def control_row(standard: Standard, control: Control, counts: Counter[Verdict], at: datetime | None) -> dict[str, Any]:
    """A control as the API tells it; ``services`` counts verdicts, ``updated_at`` is the newest change of one."""
    return {
        "id": control.id,
        "standard": standard.code,
        "version": standard.version,
        "title": control.title,
        "section": control.section,
        "subsection": control.subsection,
        "level": control.level,
        "phase": control.phase,
        "weight": control.weight,
        "check": control.check,
        "signal": control.signal,
        "why": control.why,
        "remediation": control.remediation,
        "alternative_to": control.alternative_to,
        "services": {str(verdict): counts.get(verdict, 0) for verdict in Verdict},
        "updated_at": at,
    }
