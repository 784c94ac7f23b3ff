"""What went wrong, as problem details (RFC 9457): every error of the API has one shape."""

from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"


class BadQuery(APIException):
    """The query string can't be read; the detail says how to write it."""

    status_code = HTTPStatus.BAD_REQUEST
    default_code = "bad_query"


class UnknownScope(APIException):
    """Nothing of that name, or nothing that this token may see: the two read the same."""

    status_code = HTTPStatus.NOT_FOUND
    default_code = "unknown_scope"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The framework's answer to ``error`` as problem details; ``None`` for a bug, which becomes a 500."""
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = details(response.status_code, _sentence(response.data), _errors(response.data))
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
