"""Who sends to ``/ingest/``: a token with scope ingest, or the answer that turns the request away."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse

from dashboard import access
from dashboard.api.auth import CHALLENGE, token_of
from dashboard.api.errors import MEDIA_TYPE, details
from dashboard.models import ApiToken


def sender_of(request: HttpRequest, what: str) -> ApiToken | JsonResponse:
    """The token that may send ``what`` (a word for people), or 401 or 403 as problem details."""
    token = token_of(request)
    if token is None:
        response = problem(HTTPStatus.UNAUTHORIZED, "Send a token: Authorization: Bearer plb_...")
        response["WWW-Authenticate"] = CHALLENGE
        return response
    if not access.may_ingest(token):
        return problem(HTTPStatus.FORBIDDEN, f"This token may not send {what}. Make one with scope ingest.")
    return token


def problem(status: int, detail: str) -> JsonResponse:
    """Problem details outside of the REST framework."""
    return JsonResponse(details(status, detail), status=status, content_type=MEDIA_TYPE)
