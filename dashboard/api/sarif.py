"""``POST /ingest/sarif/``: results of other scanners, which become findings of the controls that they are mapped to."""

from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dashboard import access
from dashboard.api import judged, shapes
from dashboard.api.idempotency import once
from dashboard.api.sender import problem, sender_of
from dashboard.models import ApiToken
from ingest.inbox.body import BodyRefused, inflate, read_body
from ingest.models import Repository, Service
from scorecards.imported import Run, UnreadableSarif, read_sarif
from scorecards.scans.imports import keep_run

REJECTED = shapes.fields({"run": shapes.integer("From 0."), "error": shapes.text()})
TAKEN = shapes.fields(
    {
        "accepted": shapes.integer("Results.", minimum=0),
        "mapped": shapes.integer("Of them, those of a control.", minimum=0),
        "unmapped": shapes.integer("Of them, the others.", minimum=0),
        "rejected": shapes.list_of(REJECTED),
    }
)
OPERATION: shapes.Schema = {
    "operationId": "send_sarif",
    "summary": "Send results of another scanner",
    "description": "A SARIF 2.1.0 log, plain or gzip. Results become findings of the controls that they are mapped to.",
    "tags": ["Sending"],
    "parameters": [
        {
            "name": "repository",
            "in": "query",
            "schema": shapes.text(),
            "description": "`owner/name`, where the log does not say.",
            "example": "acme/pay-api",
        },
        {
            "name": "commit",
            "in": "query",
            "schema": shapes.text(),
            "description": "The commit, where the log does not say.",
        },
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}, "example": {"version": "2.1.0", "runs": []}}},
    },
    "responses": {
        "202": {
            "description": "What became of the runs, also where all were refused.",
            "content": {
                "application/json": {
                    "schema": TAKEN,
                    "example": {"accepted": 12, "mapped": 9, "unmapped": 3, "rejected": []},
                }
            },
        }
    },
}


@csrf_exempt
@login_not_required
@require_POST
def sarif(request: HttpRequest) -> HttpResponse:
    """A SARIF 2.1.0 log, plain or gzip; ``?repository=owner/name`` and ``?commit=`` where the log does not say."""
    token = sender_of(request, "results")
    if isinstance(token, JsonResponse):
        return token
    try:
        raw = read_body(request, settings.MAX_BODY_BYTES)
    except BodyRefused as refused:
        return problem(refused.status, str(refused))
    return once(request, token, raw, lambda: _answer(request, token, raw))


def _answer(request: HttpRequest, token: ApiToken, raw: bytes) -> JsonResponse:
    try:
        body = inflate(raw, settings.MAX_BODY_BYTES)
        runs = read_sarif(orjson.loads(body))
    except BodyRefused as refused:
        return problem(refused.status, str(refused))
    except (orjson.JSONDecodeError, RecursionError):
        return problem(HTTPStatus.BAD_REQUEST, "The body is no JSON.")
    except UnreadableSarif as error:
        return problem(HTTPStatus.BAD_REQUEST, str(error))
    return JsonResponse(_keep(request, token, body, runs), status=HTTPStatus.ACCEPTED)


def _keep(request: HttpRequest, token: ApiToken, body: bytes, runs: list[Run | UnreadableSarif]) -> dict[str, Any]:
    standards, now = judged.conditions().standards, timezone.now()
    name, commit = request.GET.get("repository", ""), request.GET.get("commit", "").replace("\0", "")[:64]
    answer: dict[str, Any] = {"accepted": 0, "mapped": 0, "unmapped": 0, "rejected": []}
    for number, run in enumerate(runs):
        repository = _repository(name or (run.repository if isinstance(run, Run) else ""), token)
        row = keep_run(run, body, number, repository, commit=commit, standards=standards, at=now)
        if row.error:
            answer["rejected"].append({"run": number, "error": row.error})
            continue
        answer["accepted"] += row.results
        answer["mapped"] += row.mapped
        answer["unmapped"] += max(0, row.results - row.mapped)
    return answer


def _repository(name: str, token: ApiToken) -> Repository | None:
    """The repository, if the token may speak of it: one that a service is built from, of a team's token its own."""
    if not name or "\0" in name:
        return None
    services = spoken_of(token)
    return Repository.objects.filter(name__iexact=name, services__in=services).distinct().first()


def spoken_of(token: ApiToken) -> QuerySet[Service]:
    """The services that a sending token may speak of."""
    return access.owned_by(token.team_id) if token.team_id else Service.objects.all()
