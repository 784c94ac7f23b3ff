"""``GET /api/v1/adoption/``: how far a scope uses the platform, by day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard.api import schema, shapes
from dashboard.api.metrics import scope_of, window_of
from ingest.models.catalogue import UNASSIGNED
from ingest.window import DAY
from scorecards.adoption import read
from scorecards.adoption.read import OrganisationDay, ScopeDay, ServiceDay, TeamDay
from scorecards.adoption.settings import capabilities
from scorecards.rollups.read import Scope

Row = dict[str, Any]
COUNT = shapes.integer(minimum=0)
RATIO = shapes.maybe(shapes.ratio())
REASON = shapes.maybe(shapes.text("Why figures are null."))
FUNNEL = shapes.fields(dict.fromkeys(("eligible", "configured", "used", "retained", "unknown"), COUNT))
OF_SCOPES = {
    f"{what}{part}": RATIO if "share" in part else COUNT
    for what in ("services", "deployments")
    for part in ("_using", "_possible", "_active" if what == "services" else "", "_share", "_possible_share")
} | {"capabilities": shapes.by_name(FUNNEL, "By the id of a capability.")}
ORGANISATION_ROW = shapes.fields(
    {
        "day": shapes.day(),
        "teams_using": COUNT,
        "teams_possible": COUNT,
        "teams_partly": COUNT,
        "teams_active": COUNT,
        "share": RATIO,
        "possible_share": RATIO,
        **OF_SCOPES,
        "reason": REASON,
    },
    "A day of the organisation.",
)
TEAM_ROW = shapes.fields(
    {
        "day": shapes.day(),
        "state": shapes.maybe(shapes.text(one_of=("uses", "partly", "not"))),
        "possible": shapes.maybe(shapes.boolean()),
        **{name: shapes.maybe(shape) for name, shape in OF_SCOPES.items()},
        "reason": REASON,
    },
    "A day of a team.",
)
CAPABILITY = shapes.fields(
    {
        "state": shapes.text(one_of=("used", "not", "unknown", "inactive")),
        "configured": shapes.boolean(),
        "retained": shapes.boolean(),
    }
)
SERVICE_ROW = shapes.fields(
    {
        "day": shapes.day(),
        "state": shapes.text(one_of=("uses", "possibly", "not", "inactive")),
        "used": shapes.maybe(COUNT),
        "unknown": shapes.maybe(COUNT),
        "capabilities": shapes.maybe(shapes.by_name(CAPABILITY, "By the id of a capability.")),
        "reason": REASON,
    },
    "A day of a service.",
)
ANSWER = shapes.fields(
    {
        "scope": shapes.text(),
        "from": shapes.day(),
        "to": shapes.day("Not included."),
        "results": shapes.list_of({"anyOf": [ORGANISATION_ROW, TEAM_ROW, SERVICE_ROW]}),
    }
)


class Adoption(APIView):
    """``scope``, ``from``, ``to`` (not included; by default the last 90 days): a row for each day up to today, or to
    the last one that was computed. Ratios are 0 to 1; a null has its reason."""

    @schema.reads(
        "adoption",
        "How far a scope uses the platform, by day",
        ANSWER,
        schema.SCOPE,
        schema.FROM,
        schema.TO,
        tag="Metrics",
    )
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
                "results": list(_rows(text, scope, days)),
            }
        )


def _rows(text: str, scope: Scope, days: Sequence[date]) -> list[Row]:
    if text == f"team:{UNASSIGNED}":
        return [nobodys_row(day) for day in days]
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


def nobodys_row(day: date) -> Row:
    """Of the services that nobody owns: they are of no team, so no team's figure counts them."""
    return dict.fromkeys(team_row(TeamDay(day))) | {"day": day.isoformat(), "reason": read.NO_TEAM}


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
