"""What goes wrong on request: rules that turn the next matching calls into errors, cuts, delays or surprises."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.github_server.asking import Answer, Ask, failed

PAGE = b"<!DOCTYPE html>\n<html><head><title>Unicorn!</title></head><body>This page is taking too long.</body></html>\n"
HTML = {"Content-Type": "text/html; charset=utf-8"}
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID 0000."
)
WRONG = (
    "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub "
    "bug. Please include `0000` when reporting this issue."
)


@dataclass(slots=True)
class Cut:
    """How an answer goes wrong on its way. ``kind``: truncated, reset or slow."""

    kind: str
    seconds: float = 0
    tells: bool = True  # truncated: the length in the header is that of the whole


@dataclass(slots=True)
class Fault:
    """A rule. ``path`` and ``operation`` are searched for, as regular expressions; it skips the first ``after``."""

    kind: str
    path: str
    operation: str | None
    times: int
    after: int
    told: dict[str, Any]
    seen: int = 0
    done: int = 0

    def fits(self, target: str, operation: str | None) -> bool:
        if self.operation is not None:
            return operation is not None and re.search(self.operation, operation) is not None
        return re.search(self.path, target) is not None


@dataclass
class Faults:
    """The rules. Only the first that fits a call applies to it."""

    rules: list[Fault] = field(default_factory=list)

    def add(
        self, kind: str, *, path: str = "", operation: str | None = None, times: int = 1, after: int = 0, **told: Any
    ) -> Fault:
        """Let the next ``times`` calls that fit go wrong, after ``after`` that go well.

        ``kind``: one of ``ANSWERS`` or ``CUTS``, or ``call`` (``do``: a function, called before the call is answered
        as usual) or ``afterwards`` (the same, once it was answered). ``operation``: of GraphQL, by its name.
        """
        if kind not in {**ANSWERS, **CUTS, "call": 0, "afterwards": 0}:
            raise LookupError(kind)
        self.rules.append(Fault(kind, path, operation, times, after, told))
        return self.rules[-1]

    def clear(self) -> None:
        self.rules.clear()

    def next(self, target: str, operation: str | None) -> Fault | None:
        """The rule for this call, counted."""
        for rule in self.rules:
            if rule.done >= rule.times or not rule.fits(target, operation):
                continue
            rule.seen += 1
            if rule.seen > rule.after:
                rule.done += 1
                return rule
        return None


# ------------------------------------------------------------ errors instead of an answer


def _primary(ask: Ask, status: int = 403, reset_in: int = 60) -> Answer:
    """``reset_in``: seconds of the server's clock."""
    reset = int(ask.access.clock()) + reset_in
    told = {"Limit": 5000, "Remaining": 0, "Used": 5000, "Reset": reset}
    headers = {f"X-RateLimit-{name}": str(value) for name, value in told.items()}
    return _with(failed(status, "API rate limit exceeded for user ID 500."), headers)


def _secondary(ask: Ask, status: int = 403, retry_after: int | None = None) -> Answer:
    """With ``Retry-After``, or with the message alone."""
    return _with(failed(status, SECONDARY), {} if retry_after is None else {"Retry-After": str(retry_after)})


def _sso(ask: Ask) -> Answer:
    url = f"https://github.com/orgs/{ask.organisation.account.login}/sso?authorization_request=0000"
    message = "Resource protected by organization SAML enforcement. You must grant your Personal Access token access."
    return _with(failed(403, message), {"X-GitHub-SSO": f"required; url={url}"})


def _with(answer: Answer, headers: dict[str, str]) -> Answer:
    return Answer(answer.status, answer.body, {**answer.headers, **headers})


def _error(status: int, message: str) -> Callable[..., Answer]:
    return lambda ask: failed(status, message)


def _html(ask: Ask, status: int = 502) -> Answer:
    return Answer(status, PAGE, dict(HTML))


def _graphql_errors(ask: Ask, errors: list[dict[str, Any]] | None = None, data: Any = None) -> Answer:
    """Status 200 with ``errors``: by default that something went wrong."""
    return Answer(200, {"data": data, "errors": errors or [{"message": WRONG}]})


def _graphql_timeout(ask: Ask, status: int = 502) -> Answer:
    return Answer(status, {"data": None, "errors": [{"message": WRONG}]})


def _graphql_limited(ask: Ask, reset_in: int = 60) -> Answer:
    told = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 500."}
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(ask.access.clock()) + reset_in)}
    return Answer(200, {"errors": [told]}, headers)


ANSWERS: dict[str, Callable[..., Answer]] = {
    "primary_limit": _primary,
    "secondary_limit": _secondary,
    "bad_credentials": _error(401, "Bad credentials"),
    "forbidden": _error(403, "Resource not accessible by personal access token"),
    "sso": _sso,
    "not_found": _error(404, "Not Found"),
    "empty": _error(409, "Git Repository is empty."),
    "gone": _error(410, "Issues are disabled for this repo"),
    "invalid": _error(422, "Validation Failed"),
    "unavailable_for_legal_reasons": _error(451, "Repository access blocked"),
    "server_error": _error(500, "Server Error"),
    "html": _html,
    "graphql_errors": _graphql_errors,
    "graphql_timeout": _graphql_timeout,
    "graphql_limited": _graphql_limited,
}
CUTS: dict[str, Callable[..., Cut]] = {
    "truncated": lambda tells=False: Cut("truncated", tells=tells),
    "reset": lambda: Cut("reset"),
    "slow": lambda seconds=30.0: Cut("slow", seconds),
}
