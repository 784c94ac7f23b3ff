"""How views become operations of the OpenAPI document: how one signs in, and how each of them refuses."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from dashboard.api import shapes
from dashboard.api.errors import MEDIA_TYPE
from dashboard.api.shapes import Schema

PROBLEM = "Problem"
PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": shapes.text(),
        "title": shapes.text("The status in words."),
        "status": shapes.integer("The status code."),
        "detail": shapes.text("What went wrong and what to do, for people."),
        "errors": shapes.by_name({}, "By field, where a body was validated."),
    },
    "required": ["type", "title", "status", "detail"],
    "example": {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "from='March' is no day. Write it like 2026-03-02.",
    },
}
REFUSALS = {
    HTTPStatus.BAD_REQUEST: "The query or the body can't be read; the detail says how to write it.",
    HTTPStatus.UNAUTHORIZED: "No token, or one that is unknown, revoked or expired.",
    HTTPStatus.FORBIDDEN: "A token of another scope.",
    HTTPStatus.NOT_FOUND: "There is nothing of that name, or nothing that this token sees.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; `Retry-After` tells when to come again.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer; come again in half a minute.",
}
SCHEMES: dict[str, Schema] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer plb_...`"},
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "The token as the password, with any user name: for BI tools that can send nothing else.",
    },
}


class Operation(AutoSchema):
    """An operation that refuses by problem details, like all of ours."""

    def get_description(self) -> str:  # type: ignore[override]
        """The docstring as one paragraph, in Markdown."""
        return " ".join(super().get_description().split()).replace("``", "`")

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        told = super()._get_response_bodies(direction)
        problem = ResolvedComponent(PROBLEM, ResolvedComponent.SCHEMA, PROBLEM_SCHEMA, PROBLEM)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(problem)
        return told | refusals()


def refusals(*more: int) -> dict[str, Schema]:
    """The answers of an operation that refuses."""
    found = REFUSALS | {HTTPStatus(code): HTTPStatus(code).description for code in more}
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}}
    return {str(int(code)): {"description": says, "content": content} for code, says in sorted(found.items())}


class Tokens(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token as bearer, or as the password of Basic."""

    target_class = "dashboard.api.auth.TokenAuthentication"
    name = list(SCHEMES)

    def get_security_requirement(self, auto_schema: AutoSchema) -> Any:
        return [{name: []} for name in SCHEMES]

    def get_security_definition(self, auto_schema: AutoSchema) -> Any:
        return list(SCHEMES.values())
