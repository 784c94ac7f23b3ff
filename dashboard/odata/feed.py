"""What all answers of the feed share: who may ask, the version, and errors as OData has them."""

import re
from http import HTTPStatus
from typing import Any

import orjson
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard.api.auth import TokenAuthentication
from dashboard.api.exports import Anything
from dashboard.odata.nodes import BadOption

_LEVEL = re.compile(r"odata\.metadata=(none|minimal|full)")


class BasicToken(TokenAuthentication):
    """A token, asked for as BI tools know to send it."""

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="Plumbline", charset="UTF-8"'


class NotThere(LookupError):
    """There is no such set, row or property."""


class NotSupported(Exception):
    """OData has it, and this feed does not."""


class Feed(APIView):
    """A view of the feed."""

    schema = None
    authentication_classes = [BasicToken]
    content_negotiation_class = Anything

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        most = request.headers.get("OData-MaxVersion", "4.0").strip()
        if not re.match(r"([4-9]|\d\d)(\.|$)", most):
            raise BadOption(f"OData-MaxVersion is {most[:20]!r}. There is OData 4.0 alone.")

    def handle_exception(self, exc: Exception) -> Response:
        status, says, more = self._refusal(exc)
        code = HTTPStatus(status).phrase.replace(" ", "")
        body = {"error": {"code": code, "message": says}}
        found: Any = HttpResponse(orjson.dumps(body), content_type=content_type(), status=status, headers=more)
        return found  # type: ignore[no-any-return]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(response, HttpResponse):
            response["OData-Version"] = "4.0"
        return super().finalize_response(request, response, *args, **kwargs)

    def _refusal(self, error: Exception) -> tuple[int, str, dict[str, str]]:
        match error:
            case BadOption():
                return HTTPStatus.BAD_REQUEST, str(error), {}
            case DataError():
                return HTTPStatus.BAD_REQUEST, "The database can't compute what $filter asks for.", {}
            case NotThere():
                return HTTPStatus.NOT_FOUND, str(error), {}
            case NotSupported():
                return HTTPStatus.NOT_IMPLEMENTED, str(error), {}
            case OperationalError() | InterfaceError():
                return HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer.", {"Retry-After": "30"}
        answer = super().handle_exception(error)
        told = answer.data
        says = told["detail"] if isinstance(told, dict) and "detail" in told else answer.reason_phrase
        return answer.status_code, str(says), {name: str(value) for name, value in answer.headers.items()
                                               if name.lower() != "content-type"}  # fmt: skip


def bare(request: Request) -> bool:
    """The client wants no metadata in the answer. Who asks for all of it gets what is minimal."""
    asked = f"{request.query_params.get('$format', '')};{request.headers.get('Accept', '')}"
    found = _LEVEL.search(asked.lower())
    return found is not None and found[1] == "none"


def answer(request: Request, about: str, body: dict[str, Any]) -> HttpResponse:
    """The body as JSON; ``about``: what it is part of, as ``@odata.context`` names it."""
    without = bare(request)
    context = {} if without else {"@odata.context": f"{root(request)}$metadata{about}"}
    return HttpResponse(
        orjson.dumps(context | body, option=orjson.OPT_UTC_Z),
        content_type=content_type("none" if without else "minimal"),
    )


def content_type(level: str = "minimal") -> str:
    return f"application/json;odata.metadata={level};charset=utf-8"


def root(request: Request) -> str:
    return request.build_absolute_uri(reverse("odata:service"))
