"""``GET /api/v1/explain/``: a figure down to its facts, by what the page of the same name is made of."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard.api import schema, shapes
from dashboard.api.errors import BadQuery, UnknownScope
from dashboard.api.lists import page_size
from dashboard.api.metrics import Asked
from dashboard.filters import Filters
from dashboard.pages import compared, definitions, drill
from dashboard.pages.cursor import Cursor
from dashboard.pages.definitions import DEFINITIONS
from dashboard.pages.facts import Fact, facts
from scorecards.rollups.summary import METRICS, Metric, Summary, value_of

KNOWN = ("metric", "scope", "from", "to", "environment", "bots", "before", "page_size")
FACT = shapes.fields(
    {
        "id": shapes.integer("Of the deployment, incident or delivered change."),
        "at": shapes.moment("When it counts."),
        "service": shapes.text("Name of the service."),
        "name": shapes.text("What it is."),
        "part": shapes.text("Its part in the figure, in words."),
        "url": shapes.text("Its page.", format="uri"),
    }
)
ANSWER = shapes.fields(
    {
        "metric": shapes.text(one_of=METRICS),
        "scope": shapes.text(),
        "environment": shapes.text(),
        "from": shapes.day(),
        "to": shapes.day(),
        "definition": shapes.text("What the figure is, in words."),
        "formula": shapes.maybe(shapes.text("The formula with its numbers; null where there is no figure.")),
        "numerator": shapes.maybe(shapes.number("Null for a median.")),
        "denominator": shapes.maybe(shapes.number("For a median, how many values it is of.")),
        "value": shapes.maybe(shapes.number("Seconds, a ratio, or deployments a day and active service.")),
        "reason": shapes.maybe(shapes.text("Why there is no figure, as a code.")),
        "excluded": shapes.list_of(shapes.fields({"reason": shapes.text(), "count": shapes.integer()})),
        "coverage": shapes.maybe(shapes.ratio("The share of the data that the figure rests on.")),
        "facts": shapes.fields(
            {"results": shapes.list_of(FACT), "next": shapes.maybe(shapes.text(format="uri"))}, "The newest first."
        ),
    }
)


class Explain(APIView):
    """What a figure means, its numbers, what was left out and why, and the facts that it is computed from."""

    @schema.reads(
        "explain",
        "A figure down to its facts",
        ANSWER,
        schema.one_of("metric", "Which figure.", METRICS),
        schema.SCOPE,
        schema.FROM,
        schema.TO,
        schema.ENVIRONMENT,
        schema.one_of("bots", "`no`: without the changes of bots, in lead times.", ("no",)),
        schema.parameter("before", "From `facts.next`: facts that are older."),
        schema.parameter("page_size", "Facts a page.", shapes.integer(minimum=1, maximum=1_000)),
        tag="Metrics",
    )
    def get(self, request: Request) -> Response:
        query = request.query_params.dict()
        for name in query:
            if name not in KNOWN:
                raise BadQuery(f"There is no parameter {name[:40]!r}. There are {', '.join(KNOWN)}.")
        metric = _metric(query.get("metric", ""))
        asked = Asked.from_query(query, timezone.localdate(timezone=settings.ORGANISATION_ZONE))
        filters = Filters("", asked.window, asked.environment, bots=_bots(query))
        try:
            # It asks who reads, which a token's request tells like a session's.
            subject = drill.subject(cast(HttpRequest, request), asked.scope, filters)
        except Http404 as error:
            text = f"This token sees no scope {asked.scope[:120]!r}. Use org, team:<slug> or service:<slug>."
            raise UnknownScope(text) from error
        summary = compared.summary_of(subject.scope, filters)
        before = query.get("before", "")
        if before and Cursor.parse(before) is None:
            raise BadQuery("before can't be read. Follow facts.next as it is.")
        found = facts(metric, subject, filters, before, page_size(query))
        following = request.build_absolute_uri(f"{request.path}?{urlencode(query | {'before': found.older})}")
        return Response(
            {
                "metric": metric,
                "scope": asked.scope,
                "environment": asked.environment,
                "from": asked.window.start.isoformat(),
                "to": asked.window.end.isoformat(),
                **told(metric, summary),
                "facts": {
                    "results": [_fact(request, fact) for fact in found.rows],
                    "next": following if found.older else None,
                },
            }
        )


def told(metric: Metric, summary: Summary) -> dict[str, Any]:
    """What the summary says of the metric."""
    value = value_of(summary, metric)
    numerator, denominator = _parts(metric, summary)
    return {
        "definition": DEFINITIONS[metric].sentence,
        "formula": None if value is None else definitions.formula(metric, summary).replace("\u00a0", " "),
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
        "reason": summary.reasons.get(metric) if value is None else None,
        "excluded": [{"reason": left.reason, "count": left.count} for left in summary.left_out.get(metric, ())],
        "coverage": summary.coverage.get(metric),
    }


def _parts(metric: Metric, summary: Summary) -> tuple[float | None, float | None]:
    """What is divided by what. A median has no numerator, and how many acknowledgements there were is not kept."""
    match metric:
        case "deployment_frequency":
            days = _days(summary)
            return summary.deployments, None if days is None else days * summary.active_services
        case "lead_time":
            return None, summary.lead_time.count if summary.lead_time else 0
        case "change_failure_rate":
            return summary.failed_deployments, summary.finished_deployments
        case "mttr":
            return None if summary.mttr is None else summary.mttr * summary.restored_count, summary.restored_count
        case "failed_deployment_recovery_time":
            return None, summary.recovered_count
        case "rework_rate":
            return summary.rework_deployments, summary.deployments
    return None, None


def _days(summary: Summary) -> int | None:
    """The days that have begun."""
    if not summary.deployments_per_day or summary.deployments is None:
        return None
    return round(summary.deployments / summary.deployments_per_day)


def _metric(name: str) -> Metric:
    for metric in METRICS:
        if metric == name:
            return metric
    raise BadQuery(f"metric={name[:40]!r} makes no sense. Use one of {', '.join(METRICS)}.")


def _bots(query: Mapping[str, str]) -> bool:
    if query.get("bots", "") not in ("", "no"):
        raise BadQuery(f"bots={query['bots'][:40]!r} makes no sense. Use no, or leave it out.")
    return query.get("bots") != "no"


def _fact(request: Request, fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "at": fact.at,
        "service": fact.service,
        "name": fact.name,
        "part": fact.part.replace("\u00a0", " "),
        "url": request.build_absolute_uri(fact.href),
    }
