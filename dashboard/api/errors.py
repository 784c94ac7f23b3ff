"""What went wrong, as problem details (RFC 9457): every error of the API has one shape."""

import logging
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from rest_framework.exceptions import APIException, NotAuthenticated, Throttled
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "30"
NO_TOKEN = "Send a token as Authorization: Bearer TOKEN. Make one with create_token."  # noqa: S105

logger = logging.getLogger(__name__)


class BadQuery(APIException):
    """The query string can't be read; the detail says how to write it."""

    status_code = HTTPStatus.BAD_REQUEST
    default_code = "bad_query"


class Unavailable(APIException):
    """The database does not answer: worth a retry."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database does not answer. Try again in half a minute."
    default_code = "unavailable"


class UnknownScope(APIException):
    """Nothing of that name, or nothing that this token may see: the two read the same."""

    status_code = HTTPStatus.NOT_FOUND
    default_code = "unknown_scope"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The framework's answer to ``error`` as problem details; ``None`` for a bug, which becomes a 500."""
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("The API could not reach the database: %s", error)
        error = Unavailable()
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, Unavailable):
        response["Retry-After"] = RETRY_AFTER_SECONDS
    sentence = NO_TOKEN if isinstance(error, NotAuthenticated) else _sentence(response.data)
    if isinstance(error, Throttled):
        sentence = f"This token has asked too often. Ask again in {response['Retry-After']} seconds."
    response.data = details(response.status_code, sentence, _errors(response.data))
    response.content_type = MEDIA_TYPE
    return response


def details(status: int, detail: str, errors: dict[str, Any] | None = None) -> dict[str, Any]:
    """The members of a problem; ``errors`` by field, where a body was validated."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
    }
    return body | {"errors": errors} if errors else body


def _sentence(data: Any) -> str:
    if isinstance(data, dict) and "detail" in data:
        return str(data["detail"])
    if isinstance(data, list):
        return " ".join(str(item) for item in data)
    return "Some fields can't be read; see errors."


def _errors(data: Any) -> dict[str, Any] | None:
    return data if isinstance(data, dict) and "detail" not in data else None
