"""GitHub's API: the only import of PyGithub. What it answers or raises becomes ours; limits and hiccups end here."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import urlsplit

import github
import orjson
from github.Auth import AppAuth, Auth, Token
from github.GithubException import GithubException
from jwt.exceptions import PyJWTError
from urllib3.util.retry import Retry

from ingest.errors import AccessDenied, RateLimited, SourceUnavailable
from ingest.github.limits import Left, is_limit, left_of, limit_of

TIMEOUT = 20  # seconds, of one call
PAUSE = 0.05  # seconds between calls, within what GitHub asks of its callers
LOCAL = ("localhost", "127.0.0.1", "::1")
TRIES = 4  # of one call, at what passes by itself
AGAIN = "It is tried again."
TOO_MUCH = (502, 504)
AnswerT = TypeVar("AnswerT")


class Reply(NamedTuple):
    """An answer of the API; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        """What the body holds. Raises ``SourceUnavailable`` where it was cut, or is no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise SourceUnavailable(f"GitHub answered with something else than its API does. {AGAIN}") from error


class Redirected(AccessDenied):
    """The API leads to another host, where our token has no business."""


class Limited(RateLimited):
    """GitHub asks to wait until ``until``."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"GitHub asks to wait until {until:%H:%M} UTC: more was asked than the token may. {AGAIN}")
        self.until = until


class TooMuch(SourceUnavailable):
    """The answer took GitHub too long: ask for less at a time."""


class CredentialsRefused(AccessDenied):
    """GitHub does not take what we sign in with: nothing can be read."""


class NotFound(AccessDenied):
    """It is not there, or we may not know that it is."""


class Connection:
    """The API at ``url``: asks, and translates what the library raises. Limits are the caller's."""

    def __init__(self, url: str, auth: Auth | None, *, tries: int = 2) -> None:
        self.library = github.Github(
            base_url=url,
            auth=auth,
            timeout=TIMEOUT,
            retry=Retry(total=tries, backoff_factor=0.5, status_forcelist=(502, 503, 504), raise_on_status=False),
            seconds_between_requests=0 if urlsplit(url).hostname in LOCAL else PAUSE,
            seconds_between_writes=0 if urlsplit(url).hostname in LOCAL else PAUSE,  # queries of GraphQL are posted too
        )

    def ask(self, verb: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None) -> Reply:
        """Any answer of the host.

        Raises:
            SourceUnavailable: there is none.
            CredentialsRefused: the App can't sign in.
            Redirected: the host leads to another.
        """
        try:
            status, answered, text = self.library.requester.requestJson(
                verb, path, headers=dict(headers or {}), input=body
            )
        except GithubException as error:  # while an App fetches its token
            if error.status in (401, 403, 404):
                raise CredentialsRefused(
                    f"GitHub does not take the App ({error.status}). Check its id, its private key, and that it is "
                    "installed for the owner."
                ) from error
            raise SourceUnavailable(f"GitHub did not answer ({type(error).__name__}). {AGAIN}") from error
        except PyJWTError as error:
            raise CredentialsRefused(
                "The App's private key can't be read. Give it as PEM, with its line breaks."
            ) from error
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            raise SourceUnavailable(f"GitHub did not answer ({type(error).__name__}). {AGAIN}") from error
        except RuntimeError as error:
            raise Redirected("GitHub leads to another host. Check GITHUB_API_URL.") from error
        return Reply(status, answered, text)

    @property
    def graphql_path(self) -> str:
        return self.library.requester.graphql_url


def token_auth(token: str) -> Auth | None:
    """What signs in with a token; nothing where there is none."""
    return Token(token) if token else None


def app_auth(app_id: str, private_key: str) -> AppAuth:
    """What signs in as an App itself, which may ask where it is installed and little else."""
    return AppAuth(app_id, private_key)


def installation_auth(app_id: str, private_key: str, installation_id: int) -> Auth:
    """What signs in as an App where it is installed; its tokens last an hour and are fetched anew."""
    return app_auth(app_id, private_key).get_installation_auth(installation_id)


class Budget(Protocol):
    """What a token may still ask, shared by all that use it."""

    def waiting_until(self, part: str) -> datetime | None:
        """Until when nothing may be asked of this part of the API."""

    def note(self, left: Left) -> None:
        """GitHub said what is left."""

    def wait(self, part: str, until: datetime) -> None:
        """GitHub asks to wait. ``part`` empty: for everything."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time, as tests set it. ``jitter``: seconds, so that many who wait do not come back at once."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = lambda: random.uniform(1, 15)  # noqa: S311 - spreads load, keeps no secret


@dataclass(slots=True)
class Client:
    """Asks within the limits; tries again what passes by itself. ``requests``: how many were sent."""

    connection: Connection
    budget: Budget
    clock: Clock
    requests: int = 0
    _limited: int = 0  # times in a row

    def get(self, path: str, etag: str = "") -> Reply:
        """A good answer, or 304 where ``etag`` still holds.

        Raises:
            Limited, SourceUnavailable: worth a retry, later.
            CredentialsRefused, NotFound, AccessDenied: a person must act.
        """
        headers = {"If-None-Match": etag} if etag else {}
        return self._patiently(lambda: self._checked("core", "GET", path, headers, None))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Reply:
        """A good answer; asked once, for twice may do it twice. Raises as ``get`` does."""
        return self._checked("core", "POST", path, {}, dict(body or {}))

    def graphql(self, query: str, variables: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The data of an answer, and what GitHub says it could not give. Raises as ``get`` does, and ``TooMuch``."""
        return self._patiently(lambda: self._graphql({"query": query, "variables": dict(variables)}))

    def _graphql(self, body: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        reply = self._checked("graphql", "POST", self.connection.graphql_path, {}, body)
        told = reply.json()
        data, errors = (told.get("data"), told.get("errors")) if isinstance(told, dict) else (None, None)
        errors = [error for error in errors or [] if isinstance(error, dict)]
        if any(error.get("type") in ("RATE_LIMITED", "RATE_LIMIT") for error in errors):
            raise self._turned_away("graphql", reply)
        if not isinstance(data, dict):
            said = str(errors[0].get("message", ""))[:200] if errors else "nothing"
            slow = "something went wrong" in said.lower() or "timeout" in said.lower() or "timedout" in said.lower()
            raise (TooMuch if slow else SourceUnavailable)(f"GitHub answered: {said}. {AGAIN}")
        return data, errors

    def _patiently(self, ask: Callable[[], AnswerT]) -> AnswerT:
        for attempt in range(1, TRIES + 1):
            try:
                return ask()
            except (RateLimited, TooMuch):
                raise
            except SourceUnavailable:
                if attempt == TRIES:
                    raise
                self.clock.sleep(2.0 ** (attempt - 1))
        raise AssertionError("unreachable")

    def _checked(self, part: str, verb: str, path: str, headers: dict[str, str], body: Any) -> Reply:
        until, now = self.budget.waiting_until(part), self.clock.now()
        if until is not None and until > now:
            raise Limited(until)
        self.requests += 1
        reply = self.connection.ask(verb, path, headers, body)
        left = left_of(reply.headers, part, now)
        if left is not None:
            self.budget.note(left)
        if is_limit(reply.status, reply.headers, reply.body):
            raise self._turned_away(part, reply)
        self._limited = 0
        _check(reply, is_graphql=part == "graphql")
        return reply

    def _turned_away(self, part: str, reply: Reply) -> Limited:
        limit = limit_of(reply.headers, reply.body, self.clock.now(), self._limited)
        self._limited += 1
        until = limit.until + timedelta(seconds=self.clock.jitter())
        self.budget.wait("" if limit.everything else part, until)
        return Limited(until)


def _check(reply: Reply, *, is_graphql: bool) -> None:
    """Nothing where the answer is good."""
    status = reply.status
    if status < 400:
        return
    if status == 401:
        raise CredentialsRefused("GitHub does not take the token (401). It has ended or was revoked: give a new one.")
    if status == 403 and "x-github-sso" in reply.headers:
        raise AccessDenied("The token is not authorised for the organisation's single sign-on. Authorise it at GitHub.")
    if status in (404, 410):
        raise NotFound(f"GitHub does not show it to us ({status}). Check the name, and what the token may see.")
    if status in (403, 451):
        raise AccessDenied(f"GitHub refuses it ({status}): {_message(reply)} Check what the token may read.")
    if is_graphql and status in TOO_MUCH:
        raise TooMuch(f"GitHub took too long ({status}). {AGAIN}")
    if status < 500 and status not in (408, 409):
        raise AccessDenied(f"GitHub refuses it ({status}): {_message(reply)}")
    raise SourceUnavailable(f"GitHub answered {status}. {AGAIN}")


def _message(reply: Reply) -> str:
    try:
        told = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return ""
    said = told.get("message") if isinstance(told, dict) else None
    return f"{said[:200].rstrip('.')}." if isinstance(said, str) else ""
