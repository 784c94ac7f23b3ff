"""One message to one incoming webhook, and what came of it. Its address is in no error and no log."""

import json
import ssl
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from dashboard.chat.address import BadAddress, checked, hidden, host_of, is_listed
from ingest.prometheus.transport import Adapter, TooSlow, trust
from ingest.repository.refused import RepositoryRefused, RepositoryUnavailable

SECONDS = 10.0
MOST_BYTES = 4_096  # of an answer; the rest of it is not read
KEPT = 200  # characters of an answer that are shown
LONGEST_WAIT = timedelta(days=1)
LOST = "went silent while it took the message; it may have arrived, so it is not sent again."
GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
AGAIN = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class Came(StrEnum):
    """``LATER``: it was not taken, and is worth another try. ``UNSURE``: nobody can know whether it was taken."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    REVOKED = "revoked"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it, in words but for one that was sent. ``wait``: for how long the chat asks to be left alone."""

    came: Came
    says: str = ""
    wait: timedelta | None = None


def post(
    address: str, body: Mapping[str, Any], hosts: Collection[str], now: datetime, seconds: float = SECONDS
) -> Answer:
    """Send it. ``hosts``: those that may have a private address, or be asked over plain http."""
    try:
        checked(address, hosts)
    except BadAddress as error:
        return Answer(Came.REFUSED, str(error))
    try:
        status, headers, said = _asked(address, body, is_listed(address, hosts), seconds)
    except RepositoryRefused as error:
        return Answer(Came.REFUSED, str(error) if is_listed(address, hosts) else _not_public(host_of(address)))
    except RepositoryUnavailable as error:
        return Answer(Came.LATER, str(error))
    except (requests.RequestException, HTTPError, OSError, TooSlow) as error:
        return _unanswered(host_of(address), error)
    return _answered(status, headers, _cut(hidden(said, address)), now)


def _asked(address: str, body: Mapping[str, Any], private: bool, seconds: float) -> tuple[int, Mapping[str, str], str]:
    """Status, headers, and the beginning of what it says."""
    with requests.Session() as session:
        session.trust_env = False  # neither a proxy nor a .netrc of the environment
        session.adapters.clear()
        session.mount(address, _Brief(address, _trusted(), seconds, MOST_BYTES, private=private))
        response = session.post(
            address,
            data=json.dumps(body),
            headers={"Content-Type": "application/json", "User-Agent": "Plumbline"},
            allow_redirects=False,
        )
        return response.status_code, response.headers, _words(response.content)


@cache
def _trusted() -> ssl.SSLContext:
    """The usual authorities; reading all of them takes longer than a message."""
    return trust()


class _Brief(Adapter):
    """The status tells what came of it, so that of an answer the beginning is enough, however long or slow it is."""

    def _read(self, response: requests.Response) -> None:
        body = bytearray()
        try:
            for chunk in response.raw.stream(MOST_BYTES, decode_content=False):
                body += chunk
                if len(body) >= MOST_BYTES or self._deadline.over():
                    break
        except (HTTPError, OSError):
            pass  # cut within the answer: the status has come
        response.raw.close()
        response._content, response._content_consumed = bytes(body[:MOST_BYTES]), True


def _not_public(host: str) -> str:
    return f"{host} has no public address. If it is a chat of your own, whoever runs the site adds it to CHAT_HOSTS."


def _answered(status: int, headers: Mapping[str, str], said: str, now: datetime) -> Answer:
    text = f"It answered {status}{f': {said}' if said else ''}."
    if 200 <= status < 300:
        return Answer(Came.SENT)
    if status in GONE:
        return Answer(Came.REVOKED, f"{text} The webhook is gone: make another in the chat, and enter its address.")
    if 300 <= status < 400:
        return Answer(Came.REFUSED, f"It answered {status}, which leads elsewhere and is not followed.")
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        return Answer(Came.UNSURE, f"{text} It {LOST}")
    if status in AGAIN or status >= 500:
        return Answer(Came.LATER, text, retry_after(headers.get("Retry-After", ""), now))
    return Answer(Came.REFUSED, text)


def _unanswered(host: str, error: Exception) -> Answer:
    """An error's own words hold the address, so that it is told by its kind."""
    if isinstance(error, TooSlow) and not _never_connected(error):
        return Answer(Came.UNSURE, f"{host} {LOST}")
    if any(_no_trust(one) for one in _causes(error)):
        return Answer(Came.LATER, f"The certificate of {host} can't be trusted, or it speaks no TLS.")
    if _never_connected(error):
        return Answer(Came.LATER, f"{host} could not be reached.")
    return Answer(Came.UNSURE, f"{host} {LOST}")


def _no_trust(error: BaseException) -> bool:
    """Before anything was said: other errors of TLS may come when the message is handed over."""
    return isinstance(error, ssl.SSLCertVerificationError) or (
        isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER"
    )


def _never_connected(error: Exception) -> bool:
    return any(isinstance(one, NewConnectionError | ConnectTimeoutError) for one in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came of, however the libraries hand them on."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        told = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [each for each in told if isinstance(each, BaseException)]


def retry_after(text: str, now: datetime) -> timedelta | None:
    """The wait that Retry-After asks for, in seconds or until a moment; at most a day."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), LONGEST_WAIT)


def _words(content: bytes) -> str:
    """What the answer says, on one line; nothing of a page."""
    text = content.decode("utf-8", errors="replace")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return "" if line.startswith("<") else line


def _cut(text: str) -> str:
    return text if len(text) <= KEPT else f"{text[: KEPT - 1]}\u2026"
