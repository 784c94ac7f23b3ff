"""GitHub's API as far as trees need it: the only import of PyGithub here; what it answers or raises becomes ours."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple, Protocol

import github
from github.GithubException import GithubException
from urllib3.util.retry import Retry

from ingest.errors import RateLimited
from ingest.repository.refused import RepositoryRefused, RepositoryUnavailable

TIMEOUT = 20  # seconds, of one call
PAUSE = 0.05  # seconds between calls, within what GitHub asks of its callers
MAX_WAIT = timedelta(hours=1)


class Reply(NamedTuple):
    """An answer of the API; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: str


class Calls(Protocol):
    """The seam: asks the API."""

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Any answer of the host. Raises ``RepositoryUnavailable`` where there is none."""


class HostRateLimited(RateLimited):
    """The API asks to wait for ``wait``."""

    code = "rate_limited"

    def __init__(self, wait: timedelta) -> None:
        super().__init__("GitHub asks to wait: more was asked than the token may. It is tried again.")
        self.wait = wait


class GitHubCalls:
    """The API at ``url``, with a token where there is one."""

    def __init__(self, url: str, token: str = "") -> None:
        self._client = github.Github(
            base_url=url,
            auth=github.Auth.Token(token) if token else None,
            timeout=TIMEOUT,
            retry=Retry(total=2, backoff_factor=0.5, status_forcelist=(502, 503, 504), raise_on_status=False),
            seconds_between_requests=PAUSE,
        )

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        try:
            status, answered, body = self._client.requester.requestJson("GET", path, headers=dict(headers or {}))
        except (OSError, GithubException, ValueError) as error:  # requests' errors are OSErrors
            raise RepositoryUnavailable(
                f"GitHub did not answer ({type(error).__name__}). It is tried again."
            ) from error
        except RuntimeError as error:
            raise RepositoryRefused("redirect", "GitHub leads to another host. Check GITHUB_API_URL.") from error
        return Reply(status, answered, body)


def check(reply: Reply, now: float) -> None:
    """Nothing where the answer is good. ``now``: seconds since 1970, to tell how long to wait.

    Raises:
        RepositoryRefused: a person must act.
        RepositoryUnavailable, HostRateLimited: worth a retry.
    """
    if reply.status < 400:
        return
    if reply.status == 429 or (reply.status == 403 and _is_limit(reply)):
        raise HostRateLimited(_wait(reply.headers, now))
    if reply.status == 409:
        raise RepositoryRefused("no_default_branch", "The repository has no commit on a default branch. Push one.")
    if reply.status in (401, 403, 404, 451):
        raise RepositoryRefused(
            "access", f"GitHub does not show the repository to us ({reply.status}). Check name and GITHUB_TOKEN."
        )
    raise RepositoryUnavailable(f"GitHub answered {reply.status}. It is tried again.")


def _is_limit(reply: Reply) -> bool:
    return (
        "retry-after" in reply.headers
        or reply.headers.get("x-ratelimit-remaining") == "0"
        or "rate limit" in reply.body[:2_000].lower()
    )


def _wait(headers: Mapping[str, str], now: float) -> timedelta:
    after, reset = _number(headers.get("retry-after")), _number(headers.get("x-ratelimit-reset"))
    seconds = after if after is not None else (reset - now if reset is not None else 60.0)
    return min(max(timedelta(seconds=seconds), timedelta(minutes=1)), MAX_WAIT)


def _number(text: Any) -> float | None:
    return float(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 12 else None
