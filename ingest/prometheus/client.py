"""Prometheus' HTTP API: the only import of prometheus_api_client. What it answers or raises becomes ours.

``ingest.prometheus.transport`` reaches the server; here its answers are judged. The library gives only the result of an
answer, so that an answer is checked before it gets there: a partial one is none.
"""

import math
import re
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson
import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from urllib3.exceptions import HTTPError

from ingest.errors import AccessDenied, IngestError, RateLimited, SourceUnavailable
from ingest.inbox.secrets import unseal
from ingest.models import PrometheusServer
from ingest.prometheus.series import Sample, Series, merged
from ingest.prometheus.transport import Adapter, TooLarge, TooSlow, trust

MAX_BYTES = 32 << 20  # of one answer
MAX_POINTS = 10_000  # of one series in one range query; Prometheus gives no more than 11,000
AGAIN = "It is asked again."
NOT_THE_API = f"The server answered with something else than Prometheus' API does. {AGAIN}"
LAST_MOMENT = 4_102_444_800  # the year 2100
KEPT = 500  # characters of what a server says
RANGE = re.compile(r"\[((?:\d+(?:ms|[smhdwy]))+)\]\s*\Z")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
ASKS_TOO_MUCH = ("too many samples", "maximum resolution", "exceeded maximum", "limit", "too many points", "too much")
AnswerT = TypeVar("AnswerT")


class QueryRefused(IngestError):
    """The server does not take this query; the message is its own."""


class TooMuch(QueryRefused):
    """The answer is more than the server gives, or we take: ask for less at a time."""


def open_server(server: PrometheusServer, before: Callable[[], None] = lambda: None) -> "Prometheus":
    """A client of the server, signed in. Nothing is asked yet. ``before``: called before each request.

    Raises:
        AccessDenied: its credentials or certificates can't be read.
    """
    held = server.source.credentials
    told = dict(zip(held, unseal(list(held.values())), strict=True))
    try:
        context = trust(server.ca, told.get("certificate", ""), told.get("key", ""))
    except (ssl.SSLError, ValueError) as error:
        raise AccessDenied(
            "The certificate of the authority, or the client's certificate and key, can't be read. Give them as PEM, "
            "with their line breaks, and the key without a password."
        ) from error
    return Prometheus(server.url, headers_of(told, server.tenant), context, server.timeout_seconds, before)


def headers_of(credentials: dict[str, str], tenant: str) -> dict[str, str]:
    """What signs in at the server. Raises ``AccessDenied`` where it can't be sent."""
    headers = {"X-Scope-OrgID": tenant} if tenant else {}
    if credentials.get("token"):
        headers["Authorization"] = f"Bearer {credentials['token']}"
    elif credentials.get("username") or credentials.get("password"):
        pair = f"{credentials.get('username', '')}:{credentials.get('password', '')}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise AccessDenied("The token or the tenant holds characters that can't be sent. Enter it again.")
    return headers


class Prometheus:
    """A server that is asked. Not for several threads at once; ``close`` it, or use it in a ``with``.

    Every call raises:
        SourceUnavailable: no answer, or none of Prometheus': worth a retry.
        AccessDenied: the server refuses us, leads elsewhere, or can't be trusted: a person must act.
        QueryRefused, TooMuch: it is this query's fault.
    """

    def __init__(
        self,
        url: str,
        headers: dict[str, str],
        context: ssl.SSLContext,
        seconds: float,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        url = url.rstrip("/")
        self._seconds, self._before = seconds, before
        self._session = requests.Session()
        self._session.trust_env = False  # neither a proxy nor a .netrc of the environment
        self._library = PrometheusConnect(url, headers=headers, session=self._session, timeout=seconds)
        self._session.adapters.clear()  # the library's own follow nothing of what ours do
        self._session.mount(url, _Checked(url, context, seconds, MAX_BYTES))

    def __enter__(self) -> "Prometheus":
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        self._library.close()

    def at(self, query: str, at: datetime) -> list[Series]:
        """What a query says at a moment: one sample a series. Of a selector with a range, such as ``x[1h]``, all
        samples as they are stored, later than ``at`` less the range and up to ``at``."""
        self._before()
        params = {"time": f"{at.timestamp():.3f}", "timeout": self._patience()}
        found = _translated(lambda: self._library.custom_query(query, params=params))
        width = range_of(query)
        return _series(found, at.timestamp() - width if width else 0.0)

    def between(self, query: str, start: datetime, end: datetime, step: int) -> list[Series]:
        """What a query says at ``start`` and each ``step`` seconds after it, up to ``end``."""
        parts: list[Series] = []
        for first, last in chunks(start, end, step):
            parts += self._between(query, first, last, step)
        return merged(parts)

    def ready(self) -> None:
        """Ask whether it answers at all, and us."""
        self.at("vector(1)", datetime.now(UTC))

    def _between(self, query: str, first: datetime, last: datetime, step: int) -> list[Series]:
        self._before()
        params = {"timeout": self._patience()}
        found = _translated(lambda: self._library.custom_query_range(query, first, last, str(step), params=params))
        return _series(found)

    def _patience(self) -> str:
        """Prometheus gives up a moment before we do, so that it can say why."""
        return f"{max(1, int(self._seconds) - 1)}s"


def range_of(query: str) -> float:
    """The seconds of a range at the end of a query; 0 where there is none."""
    found = RANGE.search(query)
    parts = re.findall(r"(\d+)(ms|[smhdwy])", found[1]) if found else []
    return sum(int(count) * SECONDS[unit] for count, unit in parts)


def chunks(start: datetime, end: datetime, step: int) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a range query, each of at most ``MAX_POINTS`` points; the first moment in whole seconds."""
    first = datetime.fromtimestamp(math.floor(start.timestamp()), UTC)
    while first <= end:
        last = min(first + timedelta(seconds=step * (MAX_POINTS - 1)), end)
        yield first, last.replace(microsecond=0)
        first += timedelta(seconds=step * MAX_POINTS)


# ---------------------------------------------------------------- answers


class _Checked(Adapter):
    """Lets through only whole, good answers of the API, in one form."""

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().send(request, *args, **kwargs)
        told = {"data": {"result": _result(response)}}
        response._content = b""
        response.json = lambda **_: told  # type: ignore[method-assign]
        return response


def _result(response: requests.Response) -> list[Any]:
    status = response.status_code
    if status != 200:
        raise _refusal(status, _json(response.content))
    told = _json(response.content)
    data = told.get("data")
    if told.get("status") != "success" or not isinstance(data, dict):
        raise SourceUnavailable(NOT_THE_API)
    partial = [one for one in _list(told.get("warnings")) if not str(one).startswith("PromQL")]
    if partial or told.get("isPartial"):
        said = _said(str(partial[0])) if partial else "a part of its stores did not answer"
        raise SourceUnavailable(f"The server gave a part of the answer only: {said}. {AGAIN}")
    result = data.get("result")
    if data.get("resultType") == "scalar":
        return [{"metric": {}, "value": result}]
    if data.get("resultType") == "string":
        raise QueryRefused("The query gives a text, and no series.")
    if data.get("resultType") not in ("vector", "matrix") or not isinstance(result, list):
        raise SourceUnavailable(NOT_THE_API)
    return result


def _json(content: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _refusal(status: int, told: dict[str, Any]) -> IngestError:
    """What an answer that is not 200 means."""
    said = _said(told.get("error"))
    if status in (401, 403):
        return AccessDenied(f"The server does not take what we sign in with ({status}). Check the credentials.")
    if 300 <= status < 400:
        return AccessDenied(
            f"The server leads to another address ({status}). Enter the one that Prometheus answers at."
        )
    if status in (400, 422) and told.get("status") == "error":
        small = said.lower()
        much = "parse error" not in small and any(word in small for word in ASKS_TOO_MUCH)
        return (TooMuch if much else QueryRefused)(said or f"The server refused the query ({status}), and says no why.")
    if status == 413:
        return TooMuch("The answer is more than the server gives (413).")
    if status == 414:
        return QueryRefused("The query is longer than the server takes (414).")
    if status == 503 and told.get("errorType") == "timeout":
        return TooMuch(said or "The query takes the server too long.")
    if status == 429:
        return RateLimited(f"The server asks us to wait (429). {AGAIN}")
    if status in (404, 405):
        return AccessDenied(f"There is no API of Prometheus at this address ({status}). Check it.")
    return SourceUnavailable(f"The server answered {status}. {AGAIN}")


def _said(text: Any) -> str:
    """What a server says, for a person to read: one line, cut."""
    clean = "".join(letter if letter.isprintable() else " " for letter in str(text or "")[: KEPT * 4])
    clean = " ".join(clean.split()).rstrip(".")
    return clean if len(clean) <= KEPT else f"{clean[: KEPT - 1]}…"


def _translated(ask: Callable[[], AnswerT]) -> AnswerT:
    try:
        return ask()
    except IngestError:
        raise
    except TooLarge as error:
        raise TooMuch(f"The answer is larger than what is taken ({MAX_BYTES >> 20} MiB).") from error
    except TooSlow as error:
        raise SourceUnavailable(f"The server did not answer in time. {AGAIN}") from error
    except requests.exceptions.SSLError as error:
        raise _untrusted(error) from error
    except (PrometheusApiClientException, requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise SourceUnavailable(f"The server did not answer ({_reason(error)}). {AGAIN}") from error


def _untrusted(error: Exception) -> IngestError:
    said = str(error)
    if "EOF" in said or "timed out" in said:
        return SourceUnavailable(f"The server broke off while TLS began. {AGAIN}")
    found = re.search(r"certificate verify failed: ([^(]{1,200})", said)
    reason = _said(found[1]) if found else "no TLS is spoken there, or our certificate is not taken"
    return AccessDenied(
        f"TLS with the server fails: {reason}. Check its certificate, the authority's, and the address."
    )


def _reason(error: BaseException) -> str:
    """The innermost reason by its name; never the message, which may hold the address with its secrets."""
    for _ in range(10):
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return type(error).__name__


# ---------------------------------------------------------------- series


def _series(found: Any, after: float = 0.0) -> list[Series]:
    made = []
    for one in found:
        if not isinstance(one, dict) or not isinstance(one.get("metric"), dict):
            raise SourceUnavailable(NOT_THE_API)
        labels = {_clean(name): _clean(value) for name, value in one["metric"].items()}
        pairs = one["values"] if "values" in one else [one["value"]] if "value" in one else []
        made.append(Series(labels, tuple(sample for sample in _samples(pairs) if sample.at > after)))
    return merged(made)


def _clean(text: Any) -> str:
    return str(text).replace("\0", "�")


def _samples(pairs: Any) -> Iterator[Sample]:
    try:
        for at, value in pairs:
            sample = Sample(float(at), float(value))
            if not 0 <= sample.at < LAST_MOMENT:
                raise SourceUnavailable(NOT_THE_API)
            if math.isfinite(sample.value):
                yield sample
    except (TypeError, ValueError) as error:
        raise SourceUnavailable(NOT_THE_API) from error
