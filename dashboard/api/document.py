"""The OpenAPI document, and ``GET /api/schema/``, which answers it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard import access
from dashboard.api import events, sarif, shapes
from dashboard.api.auth import TokenAuthentication
from dashboard.api.openapi import refusals
from dashboard.api.schema import reads
from dashboard.api.shapes import Schema

# Views that know nothing of the REST framework, each with what it tells of itself.
PLAIN: Mapping[str, Mapping[str, Schema]] = {
    "/ingest/events/": {"post": events.OPERATION},
    "/ingest/sarif/": {"post": sarif.OPERATION},
}


def with_plain_views(result: dict[str, Any], **said: Any) -> dict[str, Any]:
    """The document with the operations of plain views (a hook of the generator)."""
    security: list[dict[str, list[str]]] = [{"bearer": []}, {"basic": []}]
    for path, methods in PLAIN.items():
        result["paths"][path] = {
            method: operation | {"security": security, "responses": operation["responses"] | refusals()}
            for method, operation in methods.items()
        }
    return result


@cache
def document() -> dict[str, Any]:
    """The document; the same for everybody, made once."""
    made: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return made


class MayLook(BasePermission):
    """A token that reads, or a person who is signed in: the document tells no figures."""

    message = "This token may not read. Make one with scope read."

    def has_permission(self, request: Request, view: object) -> bool:
        return access.reads(request.user)


class Document(APIView):
    """The OpenAPI document of this site, as JSON."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [MayLook]

    @reads(
        "document",
        "This document",
        shapes.told({"type": "object"}, "OpenAPI 3.1."),
        tag="About",
    )
    def get(self, request: Request) -> Response:
        return Response(document())
