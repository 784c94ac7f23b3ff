"""``GET /api/v1/metrics/``: the delivery metrics of a scope, as one figure each or by day, week or month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast, get_args

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard import access
from dashboard.api import schema, shapes
from dashboard.api.errors import BadQuery, UnknownScope
from dashboard.filters import EARLIEST, ENVIRONMENTS, LONGEST_DAYS
from ingest.window import DAY, Interval, Window
from scorecards.metrics.spread import Spread
from scorecards.rollups import read
from scorecards.rollups.read import Scope
from scorecards.rollups.summary import METRICS, Stages, Summary, levels_of

INTERVALS: tuple[Interval, ...] = get_args(Interval)
DEFAULT_DAYS = 90
STAGES = ("coding", "pickup", "review", "release")
SECONDS = shapes.maybe(shapes.number("Seconds."))
RATIO = shapes.maybe(shapes.ratio())
COUNT = shapes.integer(minimum=0)
KNOWN_COUNT = shapes.maybe(COUNT)
VERDICT = shapes.maybe(shapes.text(one_of=("met", "missed")))
LEVEL = shapes.maybe(shapes.text("DORA's level."))
SUMMARY = shapes.fields(
    {
        "from": shapes.day(),
        "to": shapes.day("Not included."),
        "deployments": KNOWN_COUNT,
        "deployments_per_day": shapes.maybe(shapes.number()),
        "deployment_frequency": shapes.maybe(shapes.number("Deployments by working day and active service.")),
        "lead_time": shapes.fields(
            {"median": SECONDS, "mean": SECONDS, "p75": SECONDS, "p90": SECONDS, "count": COUNT}
        ),
        "stages": shapes.fields(dict.fromkeys(STAGES, SECONDS), "Where lead time goes."),
        "finished_deployments": KNOWN_COUNT,
        "failed_deployments": KNOWN_COUNT,
        "change_failure_rate": RATIO,
        "mttr": SECONDS,
        "failed_deployment_recovery_time": SECONDS,
        "rework_rate": RATIO,
        "response": shapes.fields({"mean_time_to_acknowledge": SECONDS, "within_limit": RATIO}),
        "targets": shapes.fields(dict.fromkeys(METRICS, VERDICT)),
        "levels": shapes.fields(dict.fromkeys(METRICS, LEVEL)),
        "coverage": shapes.fields(dict.fromkeys(METRICS, RATIO), "How much of the data a figure rests on."),
        "reasons": shapes.by_name(shapes.text(), "Why a figure is null, by its name."),
    }
)
ANSWER = shapes.fields(
    {
        "scope": shapes.text(),
        "environment": shapes.text(one_of=tuple(ENVIRONMENTS)),
        "from": shapes.day(),
        "to": shapes.day("Not included."),
        "interval": shapes.text(one_of=INTERVALS),
        "results": shapes.list_of(SUMMARY, "Empty buckets are among them."),
    }
)
EXAMPLE = {
    "scope": "team:payments",
    "environment": "production",
    "from": "2026-03-02",
    "to": "2026-03-09",
    "interval": "all",
    "results": [
        {
            "from": "2026-03-02",
            "to": "2026-03-09",
            "deployments": 3,
            "deployments_per_day": 0.43,
            "deployment_frequency": 0.6,
            "lead_time": {"median": 3600.0, "mean": 31800.0, "p75": 45900.0, "p90": 72360.0, "count": 3},
            "stages": dict.fromkeys(STAGES),
            "finished_deployments": 5,
            "failed_deployments": 2,
            "change_failure_rate": 0.4,
            "mttr": 1800.0,
            "failed_deployment_recovery_time": 1740.0,
            "rework_rate": 0.2,
            "response": {"mean_time_to_acknowledge": None, "within_limit": None},
            "targets": dict.fromkeys(METRICS) | {"change_failure_rate": "missed", "mttr": "missed"},
            "levels": dict.fromkeys(METRICS) | {"lead_time": "elite"},
            "coverage": dict.fromkeys(METRICS) | {"lead_time": 1.0},
            "reasons": {"response": "nothing_acknowledged", "stages": "no_pull_request_with_all_stages"},
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asked for. ``scope`` as written: ``org``, ``team:<slug>`` or ``service:<slug>``."""

    scope: str
    environment: str
    window: Window
    interval: Interval

    @classmethod
    def from_query(cls, query: Mapping[str, str], today: date) -> "Asked":
        """The query string, strictly.

        Raises:
            BadQuery: a value makes no sense; the detail says how to write it.
        """
        interval = _one_of(query.get("interval", "all"), INTERVALS, "interval")
        return cls(
            scope=query.get("scope", "org"),
            environment=_one_of(query.get("environment", "production"), tuple(ENVIRONMENTS), "environment"),
            window=window_of(query.get("from", ""), query.get("to", ""), today),
            interval=cast(Interval, interval),
        )


class Metrics(APIView):
    """The delivery metrics; each null has its reason."""

    @schema.reads(
        "metrics",
        "The delivery metrics of a scope",
        ANSWER,
        schema.SCOPE,
        schema.FROM,
        schema.TO,
        schema.one_of("interval", "How the window is cut; weeks start on Monday. By default `all`.", INTERVALS),
        schema.ENVIRONMENT,
        example=EXAMPLE,
        tag="Metrics",
    )
    def get(self, request: Request) -> Response:
        today = timezone.localdate(timezone=settings.ORGANISATION_ZONE)
        asked = Asked.from_query(request.query_params.dict(), today)
        scope = scope_of(asked.scope, request.user)
        found = read.series(scope, asked.environment, asked.window, today, asked.interval)
        return Response(answer(asked, found))


def scope_of(text: str, actor: access.Actor) -> Scope:
    """The scope of this name, if the actor may see it.

    Raises:
        UnknownScope: there is none of that name, or none that the actor may see.
    """
    if text == "org" and access.may_see_organisation(actor):
        return Scope("org")
    kind, _, slug = text.partition(":")
    if "\0" in slug:
        kind = ""  # PostgreSQL refuses to look for one, and no slug holds it
    if kind == "team" and (team := access.visible_teams(actor).filter(slug=slug).first()):
        return Scope("team", team.pk)
    if kind == "service" and (service := access.visible_services(actor).filter(slug=slug).first()):
        return Scope("service", service.pk)
    raise UnknownScope(f"This token sees no scope {text[:120]!r}. Use org, team:<slug> or service:<slug>.")


def answer(asked: Asked, results: list[Summary]) -> dict[str, Any]:
    return {
        "scope": asked.scope,
        "environment": asked.environment,
        "from": asked.window.start.isoformat(),
        "to": asked.window.end.isoformat(),
        "interval": asked.interval,
        "results": [summary_row(summary) for summary in results],
    }


def summary_row(summary: Summary) -> dict[str, Any]:
    """A summary as the API tells it: seconds, ratios 0 to 1, days; every key is always there."""
    return {
        "from": summary.start.isoformat(),
        "to": summary.end.isoformat(),
        "deployments": summary.deployments,
        "deployments_per_day": summary.deployments_per_day,
        "deployment_frequency": summary.deployment_frequency,
        "lead_time": _spread_row(summary.lead_time),
        "stages": _stages_row(summary.stages),
        "finished_deployments": summary.finished_deployments,
        "failed_deployments": summary.failed_deployments,
        "change_failure_rate": summary.change_failure_rate,
        "mttr": summary.mttr,
        "failed_deployment_recovery_time": summary.failed_deployment_recovery_time,
        "rework_rate": summary.rework_rate,
        "response": {
            "mean_time_to_acknowledge": summary.response.mean_time_to_acknowledge,
            "within_limit": summary.response.within_limit,
        },
        "targets": {metric: summary.targets.get(metric) for metric in METRICS},
        "levels": levels_of(summary, settings.DORA_EDITION),
        "coverage": {metric: summary.coverage.get(metric) for metric in METRICS},
        "reasons": dict(summary.reasons),
    }


def _spread_row(spread: Spread | None) -> dict[str, float | int | None]:
    if spread is None:
        return {"median": None, "mean": None, "p75": None, "p90": None, "count": 0}
    return {
        "median": spread.median,
        "mean": spread.mean,
        "p75": spread.p75,
        "p90": spread.p90,
        "count": spread.count,
    }


def _stages_row(stages: Stages | None) -> dict[str, float | None]:
    return {name: getattr(stages, name, None) for name in STAGES}


def _one_of(value: str, known: tuple[str, ...], name: str) -> str:
    if value not in known:
        raise BadQuery(f"{name}={value[:40]!r} makes no sense. Use {', '.join(known[:-1])} or {known[-1]}.")
    return value


def window_of(start: str, end: str, today: date) -> Window:
    """The days asked for, by default the last 90 up to and with today; ``end`` itself is not in it."""
    last = _day(end, "to", today) if end else today + DAY
    first = _day(start, "from", today) if start else last - timedelta(days=DEFAULT_DAYS)
    if first > last:
        raise BadQuery(f"from={first} lies after to={last}.")
    if first == last:
        raise BadQuery(f"from={first} and to={last} hold no day, because to is not included. Use to={first + DAY}.")
    if (last - first).days > LONGEST_DAYS:
        raise BadQuery(f"{first} to {last} is over five years. Ask for less at a time.")
    return Window(first, last, settings.ORGANISATION_ZONE)


def _day(text: str, name: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # fromisoformat reads 20260302 and 2026-W10-1 too; one way to write a day is enough.
    if day is None or day.isoformat() != text:
        raise BadQuery(f"{name}={text[:40]!r} is no day. Write it like 2026-03-02.")
    if not EARLIEST <= day <= today + timedelta(days=366):
        raise BadQuery(f"{name}={day} is out of reach. Use {EARLIEST} to a year from today.")
    return day
