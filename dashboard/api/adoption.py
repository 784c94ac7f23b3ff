"""``GET /api/v1/adoption/``: how far a scope uses the platform, by day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard.api.metrics import scope_of, window_of
from ingest.window import DAY
from scorecards.adoption import read
from scorecards.adoption.read import OrganisationDay, ScopeDay, ServiceDay, TeamDay
from scorecards.adoption.settings import capabilities
from scorecards.rollups.read import Scope

Row = dict[str, Any]


class Adoption(APIView):
    """``scope``, ``from``, ``to`` (not included; by default the last 90 days): a row for each day up to today, or to the
    last one that was computed. Ratios are 0 to 1; a null has its reason."""

    def get(self, request: Request) -> Response:
        today = timezone.localdate(timezone=settings.ORGANISATION_ZONE)
        text = request.query_params.get("scope", "org")
        scope = scope_of(text, request.user)
        window = window_of(request.query_params.get("from", ""), request.query_params.get("to", ""), today)
        count = (min(window.end, today + DAY) - window.start).days
        days = read.told([window.start + number * DAY for number in range(count)])
        return Response(
            {
                "scope": text,
                "from": window.start.isoformat(),
                "to": window.end.isoformat(),
                "results": list(_rows(scope, days)),
            }
        )


def _rows(scope: Scope, days: Sequence[date]) -> list[Row]:
    if scope.kind == "team":
        return [team_row(one) for one in read.team_course(scope.id, days)]
    if scope.kind == "service":
        return [service_row(one) for one in read.service_course(scope.id, days)]
    return [organisation_row(one) for one in read.course(days)]


def organisation_row(one: OrganisationDay) -> Row:
    return {
        "day": one.day.isoformat(),
        "teams_using": one.teams.using,
        "teams_possible": one.teams.possible,
        "teams_partly": one.teams_partly,
        "teams_active": one.teams.all,
        "share": one.teams.share,
        "possible_share": one.teams.possible_share,
        **_weightings(one),
        "reason": one.reason or None,
    }


def team_row(one: TeamDay) -> Row:
    return {
        "day": one.day.isoformat(),
        "state": one.state or None,
        "possible": one.possible if one.state else None,
        **_weightings(one),
        "reason": one.reason or None,
    }


def service_row(one: ServiceDay) -> Row:
    """``capabilities``: all of them, null where the service was not active."""
    return {
        "day": one.day.isoformat(),
        "state": one.state,
        "used": one.used if one.is_active else None,
        "unknown": one.unknown if one.is_active else None,
        "capabilities": _capabilities(one) if one.is_active else None,
        "reason": None if one.is_active else read.INACTIVE,
    }


def _capabilities(one: ServiceDay) -> Mapping[str, Row]:
    return {
        name: {
            "state": one.states.get(name, "unknown"),
            "configured": name in one.configured,
            "retained": name in one.retained,
        }
        for name in capabilities().ids
    }


def _weightings(one: ScopeDay) -> Row:
    return {
        "services_using": one.services.using,
        "services_possible": one.services.possible,
        "services_active": one.services.all,
        "services_share": one.services.share,
        "services_possible_share": one.services.possible_share,
        "deployments_using": one.deployments.using,
        "deployments_possible": one.deployments.possible,
        "deployments": one.deployments.all,
        "deployments_share": one.deployments.share,
        "deployments_possible_share": one.deployments.possible_share,
        "capabilities": {
            name: {
                "eligible": funnel.eligible,
                "configured": funnel.configured,
                "used": funnel.used,
                "retained": funnel.retained,
                "unknown": funnel.unknown,
            }
            for name, funnel in one.capabilities.items()
        },
    }
