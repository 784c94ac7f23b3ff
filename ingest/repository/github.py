"""GitHub's API as far as trees need it: its errors become those of repositories."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from ingest.errors import RateLimited, SourceUnavailable
from ingest.github.client import TIMEOUT, Connection, CredentialsRefused, Redirected, Reply, token_auth
from ingest.github.limits import is_limit, number
from ingest.repository.refused import RepositoryRefused, RepositoryUnavailable

__all__ = ["TIMEOUT", "Calls", "GitHubCalls", "HostRateLimited", "Reply", "check"]

MAX_WAIT = timedelta(hours=1)


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
        self._connection = Connection(url, token_auth(token))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        try:
            return self._connection.ask("GET", path, headers)
        except SourceUnavailable as error:
            raise RepositoryUnavailable(str(error)) from error
        except Redirected as error:
            raise RepositoryRefused("redirect", str(error)) from error
        except CredentialsRefused as error:
            raise RepositoryRefused("access", str(error)) from error


def check(reply: Reply, now: float) -> None:
    """Nothing where the answer is good. ``now``: seconds since 1970, to tell how long to wait.

    Raises:
        RepositoryRefused: a person must act.
        RepositoryUnavailable, HostRateLimited: worth a retry.
    """
    if reply.status < 400:
        return
    if is_limit(*reply):
        raise HostRateLimited(_wait(reply.headers, now))
    if reply.status == 409:
        raise RepositoryRefused("no_default_branch", "The repository has no commit on a default branch. Push one.")
    if reply.status in (401, 403, 404, 451):
        raise RepositoryRefused(
            "access", f"GitHub does not show the repository to us ({reply.status}). Check name and GITHUB_TOKEN."
        )
    raise RepositoryUnavailable(f"GitHub answered {reply.status}. It is tried again.")


def _wait(headers: Mapping[str, str], now: float) -> timedelta:
    after, reset = number(headers.get("retry-after")), number(headers.get("x-ratelimit-reset"))
    seconds = after if after is not None else (reset - now if reset is not None else 60.0)
    return min(max(timedelta(seconds=seconds), timedelta(minutes=1)), MAX_WAIT)
