"""``GET /api/v1/scorecards/``: how far a scope holds the standard, by day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard.api import schema, shapes
from dashboard.api.judged import standard_of
from dashboard.api.metrics import scope_of, window_of
from ingest.models import Service, Team
from ingest.window import DAY
from scorecards.rollups.read import Scope
from scorecards.scans.read import Standing, course
from scorecards.scans.tally import score_of
from scorecards.standards.standard import Phase, Standard

MAX_DAYS = 400
RATIO = shapes.maybe(shapes.ratio())
COUNT = shapes.integer(minimum=0)
PHASE = shapes.maybe(shapes.text(one_of=tuple(map(str, Phase))))
SCORE = {"proven": RATIO, "possible": RATIO, "coverage": RATIO}
PARTS = shapes.by_name(shapes.fields(SCORE))
ROW = shapes.fields(
    {
        "scope": shapes.text(),
        "day": shapes.day(),
        "standard": shapes.text(),
        "version": shapes.text(),
        **SCORE,
        "phase": PHASE,
        "possible_phase": PHASE,
        "required": shapes.fields({"met": COUNT, "possible": COUNT, "services": COUNT, "unscanned": COUNT}),
        "by_level": PARTS,
        "by_section": PARTS,
        "by_phase": PARTS,
        "reason": shapes.maybe(shapes.text("Why there is no score.")),
    }
)
ANSWER = shapes.fields({"scope": shapes.text(), "standard": shapes.text(), "results": shapes.list_of(ROW)})


class Scorecards(APIView):
    """``scope``, ``from``, ``to`` (not included); without days the standing of today. Ratios are 0 to 1."""

    @schema.reads(
        "scorecards",
        "How a scope holds a standard, by day",
        ANSWER,
        schema.SCOPE,
        schema.FROM,
        schema.TO,
        schema.STANDARD,
    )
    def get(self, request: Request) -> Response:
        today = timezone.localdate(timezone=settings.ORGANISATION_ZONE)
        standard = standard_of(request)
        text = request.query_params.get("scope", "org")
        scope = scope_of(text, request.user)
        days = _days(request.query_params, today)
        found = course(standard.code, days, **_owner(scope))
        rows = [
            standing_row(text, standard, day, standing) for day, standing in zip(days, found, strict=True) if standing
        ]
        return Response({"scope": text, "standard": standard.code, "results": rows})


def _days(query: Mapping[str, str], today: date) -> list[date]:
    if not query.get("from") and not query.get("to"):
        return [today]
    window = window_of(query.get("from", ""), query.get("to", ""), today)
    last = min(window.end, today + DAY)
    first = max(window.start, last - timedelta(days=MAX_DAYS))
    return [first + timedelta(days=number) for number in range((last - first).days)]


def _owner(scope: Scope) -> dict[str, Any]:
    if scope.kind == "team":
        return {"team": Team.objects.get(pk=scope.id)}
    return {"service": Service.objects.get(pk=scope.id)} if scope.kind == "service" else {}


def standing_row(scope: str, standard: Standard, day: date, standing: Standing) -> dict[str, Any]:
    """A standing as the API tells it; a null has no data behind it."""
    score = standing.score
    return {
        "scope": scope,
        "day": day.isoformat(),
        "standard": standard.code,
        "version": standing.version,
        "proven": score.proven,
        "possible": score.possible,
        "coverage": score.coverage,
        "phase": standing.phase or None,
        "possible_phase": standing.possible_phase or None,
        "required": {
            "met": standing.met,
            "possible": standing.met + standing.open,
            "services": standing.judged,
            "unscanned": standing.unscanned,
        },
        "by_level": _parts(standing, "levels"),
        "by_section": _parts(standing, "sections"),
        "by_phase": _parts(standing, "phases"),
        "reason": score.reason,
    }


def _parts(standing: Standing, group: str) -> dict[str, dict[str, float | None]]:
    scores = {name: score_of(told, standing.services) for name, told in standing.tally.get(group, {}).items()}
    return {
        name: {"proven": score.proven, "possible": score.possible, "coverage": score.coverage}
        for name, score in scores.items()
    }
