"""``GET /api/v1/services/<slug>/gate/``: may this service be deployed now, and what would change that."""

import re

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard import access
from dashboard.api import schema, shapes
from dashboard.api.errors import BadQuery, UnknownScope
from dashboard.models import ApiToken
from ingest.models import CatalogueName, Service
from scorecards.models import GateAnswer
from scorecards.reliability import gating
from scorecards.reliability.gate import PRODUCTION
from scorecards.reliability.gating import MAX_ENVIRONMENT, Asked

SHA = re.compile(r"[0-9a-f]{7,64}")
ANSWER = shapes.fields(
    {
        "decision": shapes.text("In dry-run it is never `deny`.", one_of=("allow", "warn", "deny")),
        "mode": shapes.text(one_of=("dry-run", "enforce")),
        "would_be": shapes.text("The decision, were it enforced.", one_of=("allow", "warn", "deny")),
        "reasons": shapes.list_of(shapes.fields({"code": shapes.text(), "text": shapes.text()})),
        "would_change": shapes.list_of(shapes.text(), "What would change the decision."),
    }
)
EXAMPLE = {
    "decision": "warn",
    "mode": "dry-run",
    "would_be": "deny",
    "reasons": [{"code": "budget_freeze", "text": "12 % of the error budget of availability is left."}],
    "would_change": ["An exemption that another person approves."],
}


class Gate(APIView):
    """The decision of now, which is recorded. ``environment``: a name or a class, ``sha``: what is to be deployed."""

    @schema.reads(
        "gate",
        "May this service be deployed now?",
        ANSWER,
        schema.path("slug", "The service's slug.", schema.EXAMPLE_SERVICE),
        schema.parameter(
            "environment",
            "A name or a class; by default `production`.",
            shapes.text(maxLength=MAX_ENVIRONMENT),
            example="production",
        ),
        schema.parameter("sha", "The commit to be deployed.", shapes.text(pattern="^[0-9a-fA-F]{7,64}$")),
        example=EXAMPLE,
    )
    def get(self, request: Request, slug: str) -> Response:
        asked = _asked(request)
        answer = _answer(request, slug, asked)
        body = {
            "decision": answer.decision,
            "mode": answer.mode,
            "would_be": answer.would_be,
            "reasons": [{"code": one["code"], "text": one["text"]} for one in answer.reasons],
            "would_change": answer.would_change,
        }
        return Response(body, headers={"Cache-Control": "no-store"})


def _asked(request: Request) -> Asked:
    environment = request.query_params.get("environment", "").strip() or PRODUCTION
    if len(environment) > MAX_ENVIRONMENT or not environment.isprintable():
        raise BadQuery(f"environment must be a name of at most {MAX_ENVIRONMENT} printable characters.")
    sha = request.query_params.get("sha", "").strip().lower()
    if sha and not SHA.fullmatch(sha):
        raise BadQuery("sha must be a commit: 7 to 64 hexadecimal digits.")
    return Asked(environment, sha)


def _answer(request: Request, slug: str, asked: Asked) -> GateAnswer:
    """The answer for the service of that slug, or that once bore it. Raises ``UnknownScope``."""
    visible = access.visible_services(request.user)
    by, now = request.auth.name if isinstance(request.auth, ApiToken) else "", timezone.now()
    if "\0" not in slug:
        try:
            return gating.ask(visible.filter(slug=slug), asked, by=by, now=now)
        except Service.DoesNotExist:
            pass
        before = CatalogueName.objects.filter(kind=CatalogueName.Kind.SERVICE, name=slug).values("object_id")
        try:
            return gating.ask(visible.filter(pk__in=before), asked, by=by, now=now)
        except Service.DoesNotExist:
            pass
    raise UnknownScope(f"This token sees no service {slug[:120]!r}.")
