"""How a server is reached over HTTP: at a checked address, within a deadline and a size, by its own certificates.

The deadline holds for the whole answer: at it the connection is shut, whatever the server was doing.
"""

import socket
import ssl
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from ingest.repository.addresses import resolved

CHUNK = 1 << 16


class TooLarge(Exception):
    """The answer is larger than what is taken."""


class TooSlow(Exception):
    """The answer did not come in time."""


class Deadline:
    """Shuts the connection at the end of the time. One request at a time."""

    def __init__(self) -> None:
        self.ends = 0.0
        self._over = False
        self._timer: Timer | None = None
        self._socket: socket.socket | None = None

    def watch(self, connected: socket.socket) -> None:
        """Take hold of a connection by a handle of its own: TLS takes over the one that was given."""
        self._drop()
        self._socket = socket.socket(fileno=socket.dup(connected.fileno()))

    def start(self, seconds: float) -> None:
        self.ends, self._over = time.monotonic() + seconds, False
        self._timer = Timer(seconds, self._shut)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def left(self) -> float:
        """Seconds that are left, never 0: that would be no limit."""
        return max(0.01, self.ends - time.monotonic())

    def over(self) -> bool:
        return self._over or time.monotonic() >= self.ends

    def close(self) -> None:
        self.stop()
        self._drop()

    __del__ = close

    def _shut(self) -> None:
        self._over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _Connection(HTTPConnection):
    """Connects to an address that was checked, whatever the name says later."""

    def __init__(self, *args: Any, deadline: Deadline, private: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline, self._private = deadline, private

    def _new_conn(self) -> socket.socket:
        return _connected(self, self._deadline, self._private)


class _SecureConnection(HTTPSConnection):
    """The same with TLS: the certificate is checked for the name."""

    def __init__(self, *args: Any, deadline: Deadline, private: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline, self._private = deadline, private

    def _new_conn(self) -> socket.socket:
        return _connected(self, self._deadline, self._private)


def _connected(connection: HTTPConnection, deadline: Deadline, private: bool) -> socket.socket:
    failed: OSError | None = None
    host, port = connection.host.strip("[]"), connection.port or connection.default_port
    for address in resolved(host, port, private=private):
        if deadline.over():
            break
        try:
            found = socket.create_connection((address, port), deadline.left())
        except OSError as error:
            failed = error
            continue
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        deadline.watch(found)
        return found
    if failed is None or isinstance(failed, TimeoutError):
        raise ConnectTimeoutError(connection, "not in time") from failed
    raise NewConnectionError(connection, str(failed)) from failed


class Adapter(HTTPAdapter):
    """Answers are read at once, up to ``most_bytes`` and for up to ``seconds``; raises ``TooLarge`` and ``TooSlow``.

    ``private``: whether a host may have an address of a network of one's own.
    """

    def __init__(
        self, url: str, trust: ssl.SSLContext, seconds: float, most_bytes: int, *, private: bool = True
    ) -> None:
        super().__init__(max_retries=0)
        self._deadline, self._seconds, self._most = Deadline(), seconds, most_bytes
        parts = urlsplit(url)
        own: Any  # how a pool makes its connections
        if parts.scheme == "https":
            self._pool: HTTPConnectionPool = HTTPSConnectionPool(
                parts.hostname or "", parts.port, maxsize=1, ssl_context=trust
            )
            own = partial(_SecureConnection, deadline=self._deadline, private=private)
        else:
            self._pool = HTTPConnectionPool(parts.hostname or "", parts.port, maxsize=1)
            own = partial(_Connection, deadline=self._deadline, private=private)
        self._pool.ConnectionCls = own

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        return self._pool

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """The context that the pool was made with decides."""

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        self._deadline.start(self._seconds)
        try:
            response = super().send(request, stream=True, timeout=self._seconds)
            self._read(response)
        except (requests.RequestException, HTTPError, OSError) as error:
            if self._deadline.over():
                raise TooSlow from error
            raise
        finally:
            self._deadline.stop()
        return response

    def close(self) -> None:
        self._pool.close()
        self._deadline.close()
        super().close()

    def _read(self, response: requests.Response) -> None:
        body = bytearray()
        try:
            for chunk in response.raw.stream(CHUNK, decode_content=True):
                body += chunk
                if len(body) > self._most:
                    raise TooLarge
                if self._deadline.over():
                    raise TooSlow
        except BaseException:
            response.raw.close()  # what is left of it must not be taken for the next answer
            raise
        if self._deadline.over():  # an answer without a length ends where it is cut
            response.raw.close()
            raise TooSlow
        response._content = bytes(body)
        response._content_consumed = True


def trust(ca: str = "", certificate: str = "", key: str = "") -> ssl.SSLContext:
    """Whom we trust: the authority of ``ca`` alone, else the usual ones; and the certificate that we show.

    Raises:
        ssl.SSLError, ValueError: they can't be read.
    """
    if ca:
        context = ssl.create_default_context(cadata=ca)
    else:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
    if certificate or key:
        with tempfile.TemporaryDirectory() as folder:  # ssl reads files alone
            place = Path(folder) / "client.pem"
            place.touch(mode=0o600)
            place.write_text(f"{certificate}\n{key}\n")
            context.load_cert_chain(place, password=lambda: "")  # never asks the terminal
    return context
