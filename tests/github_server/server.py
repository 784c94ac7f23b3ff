"""The server: takes a call on loopback, lets it through authentication, limits and faults, and answers it."""

import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from tests.github_server import rest_owners, rest_repositories  # noqa: F401 - they register their routes
from tests.github_server.access import Access, Caller, Refused
from tests.github_server.asking import NOT_FOUND, Answer, Ask, Handler, failed, inside, whole
from tests.github_server.faults import ANSWERS, CUTS, Cut, Fault, Faults
from tests.github_server.graphql import Parsed, answer_graphql, parse_body
from tests.github_server.limits import Limits, Window
from tests.github_server.organisation import Organisation
from tests.github_server.records import Hook, HookDelivery, Repository
from tests.github_server.webhooks import send_again

VERSION = "2022-11-28"
VERSIONS = (VERSION, "2026-03-10")
MAX_BODY = 1 << 20
LINGER_OFF = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Logged:
    """One call. ``operation``: of GraphQL; empty where it has no name. ``status`` 0: the connection was cut."""

    method: str
    target: str
    status: int
    operation: str | None
    conditional: bool
    token: str


class Server:
    """GitHub for one organisation at ``url``. ``requests`` tells what was asked, in the order of the answers."""

    def __init__(self, organisation: Organisation, *, port: int = 0, clock: Callable[[], float] = time) -> None:
        self.organisation = organisation
        self.access = Access(clock)
        self.limits = Limits(clock)
        self.faults = Faults()
        self.held: list[tuple[Organisation, Hook, HookDelivery]] | None = None
        self.requests: list[Logged] = []
        self.closing = threading.Event()
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.github = self
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop; those who wait for a slow answer are let go."""
        self.closing.set()
        if self._thread.is_alive():
            self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def wait(self) -> None:
        """Until it is closed."""
        self._thread.join()

    # ------------------------------------------------------------ one call

    def answer(self, ask: Ask, parsed: Parsed | None) -> tuple[Answer, Fault | None]:
        """What goes out, and the rule of ``faults`` that it obeys."""
        target = ask.path + ("?" + "&".join(f"{k}={v}" for k, v in ask.query.items()) if ask.query else "")
        fault = self.faults.next(target, parsed.operation if parsed else None)
        if fault is not None and fault.kind == "call":
            fault.told["do"]()
        with self.organisation.lock:
            if fault is not None and fault.kind in ANSWERS:
                answer = ANSWERS[fault.kind](ask, **fault.told)
                window = self.limits.window("graphql" if parsed else "core", ask.caller.token)
                return Answer(answer.status, answer.body, {**window.headers(), **answer.headers}), fault
            return self._admitted(ask, parsed), fault

    def _admitted(self, ask: Ask, parsed: Parsed | None) -> Answer:
        try:
            ask.caller = self.access.caller(ask.headers.get("authorization", ""))
        except Refused as refused:
            return failed(refused.status, refused.message)
        if ask.headers.get("x-github-api-version", VERSION) not in VERSIONS:
            return failed(400, "Invalid API version")
        window = self.limits.window("graphql" if parsed else "core", ask.caller.token)
        if ask.path == "/rate_limit":
            return self._rate_limit(ask, window)
        if window.remaining == 0:
            return self._over(ask, parsed, window)
        answer = self._graphql(ask, parsed, window) if parsed else self._rest(ask)
        unchanged = _conditional(ask, answer)
        if not parsed and unchanged.status != 304:
            window.used += 1
        return Answer(unchanged.status, unchanged.body, {**window.headers(), **unchanged.headers})

    def _over(self, ask: Ask, parsed: Parsed | None, window: Window) -> Answer:
        message = "API rate limit exceeded for user ID 500."
        if parsed:
            told = {"errors": [{"type": "RATE_LIMITED", "message": message}]}
            return Answer(200, told, window.headers())
        answer = failed(403, message)
        return Answer(403, answer.body, window.headers())

    def _rate_limit(self, ask: Ask, window: Window) -> Answer:
        graphql = self.limits.window("graphql", ask.caller.token).shape()
        resources = {"core": window.shape(), "graphql": graphql, "search": {**window.shape(), "limit": 30}}
        return Answer(200, {"resources": resources, "rate": window.shape()}, window.headers())

    def _graphql(self, ask: Ask, parsed: Parsed, window: Window) -> Answer:
        if ask.caller.kind in ("nobody", "app"):
            return failed(401, "This endpoint requires you to be authenticated.")
        return answer_graphql(ask, parsed, window)

    def _rest(self, ask: Ask) -> Answer:
        parts = ask.path.split("/")
        if ask.path.startswith("/repos/") and len(parts) >= 4:
            return self._of_repository(
                ask, ask.organisation.find("/".join(parts[2:4])), parts[4:], "/".join(parts[2:4])
            )
        if ask.path.startswith("/repositories/") and parts[2].isdecimal():
            return self._of_repository(ask, ask.organisation.numbered(int(parts[2])), parts[3:], None)
        return self._handled(ask, whole.find(ask.method, ask.path))

    def _of_repository(self, ask: Ask, found: Repository | None, rest: list[str], name: str | None) -> Answer:
        """Under a name that it has no more, it leads on to its number, as GitHub does after a rename."""
        if found is None or not _may_see(ask, found):
            return NOT_FOUND
        below = "".join(f"/{part}" for part in rest)
        if name is not None and name.lower() != found.full_name.lower():
            query = ask.link().partition("?")[2]
            place = f"{ask.api}/repositories/{found.number}{below}" + (f"?{query}" if query else "")
            moved = 301 if ask.method == "GET" else 307
            answer = failed(moved, "Moved Permanently" if moved == 301 else "Temporary Redirect", url=place)
            return Answer(moved, answer.body, {"Location": place})
        ask.repository = found
        return self._handled(ask, inside.find(ask.method, below))

    def _handled(self, ask: Ask, found: tuple[Handler, dict[str, str]] | None) -> Answer:
        if found is None:
            return NOT_FOUND
        handler, told = found
        return handler(ask, **told)

    def redeliver(self, hook: Hook, delivery: HookDelivery) -> None:
        """Send it again, from another thread: who asked for it may be who receives it. Held back after ``hold``."""
        told = (self.organisation, hook, delivery)
        if self.held is not None:
            self.held.append(told)
        else:
            threading.Thread(target=send_again, args=told, daemon=True).start()

    def hold(self) -> None:
        """Keep what is to be sent again until ``release``."""
        self.held = []

    def release(self) -> None:
        """Send again what was held back."""
        held, self.held = self.held or [], None
        for told in held:
            send_again(*told)


def _may_see(ask: Ask, repository: Repository) -> bool:
    ours = repository.owner is ask.organisation.account
    return not repository.private or (ask.caller.kind in ("user", "installation") and ours)


def _conditional(ask: Ask, answer: Answer) -> Answer:
    """With an ETag; 304 where the client knows it, by ``If-None-Match`` or, without one, by ``If-Modified-Since``."""
    if answer.status != 200 or ask.method != "GET":
        return answer
    body = answer.body if isinstance(answer.body, bytes) else orjson.dumps(answer.body)
    etag = f'W/"{sha256(body).hexdigest()}"'
    headers = {**answer.headers, "ETag": etag}
    known, since = ask.headers.get("if-none-match"), ask.headers.get("if-modified-since")
    same = known is not None and etag.removeprefix("W/") in [one.strip().removeprefix("W/") for one in known.split(",")]
    if same or (known is None and since is not None and since == answer.headers.get("Last-Modified")):
        return Answer(304, None, headers)
    if not isinstance(answer.body, bytes):
        headers = {"Content-Type": "application/json; charset=utf-8", **headers}
    return Answer(200, body, headers)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    github: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours; all else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "github.com"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Http

    def log_message(self, format: str, *args: Any) -> None:
        """``Server.requests`` tells it."""

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def _do(self) -> None:
        github = self.server.github
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(min(int(length), MAX_BODY)) if length.isdecimal() else b""
        split = urlsplit(self.path)
        path = unquote(split.path).removeprefix("/api/v3") if split.path.startswith("/api/v3/") else unquote(split.path)
        path = "/graphql" if path == "/api/graphql" else path
        headers = {name.lower(): value for name, value in self.headers.items()}
        token = headers.get("authorization", "").partition(" ")[2]
        caller = Caller("nobody", token)
        ask = Ask(
            github.organisation, github.access, github.url, self.command, path.rstrip("/") or "/",
            dict(parse_qsl(split.query, keep_blank_values=True)), headers, body, caller, redeliver=github.redeliver,
        )  # fmt: skip
        parsed = parse_body(ask) if ask.path == "/graphql" and self.command == "POST" else None
        answer, fault = github.answer(ask, parsed)
        cut = CUTS[fault.kind](**fault.told) if fault is not None and fault.kind in CUTS else None
        status = 0 if cut is not None and cut.kind == "reset" else answer.status
        conditional = "if-none-match" in headers or "if-modified-since" in headers
        operation = parsed.operation if parsed else None
        github.requests.append(Logged(self.command, self.path, status, operation, conditional, token))
        self._send(answer, cut)
        if fault is not None and fault.kind == "afterwards":
            fault.told["do"]()

    def _send(self, answer: Answer, cut: Cut | None) -> None:
        if cut is not None and cut.kind == "reset":
            self._reset()
            return
        if cut is not None and cut.kind == "slow":
            self.server.github.closing.wait(cut.seconds)
        body = answer.body
        data = body if isinstance(body, bytes) else (b"" if body is None else orjson.dumps(body))
        length = len(data)
        if cut is not None and cut.kind == "truncated":
            data = data[: len(data) // 2]
            length = length if cut.tells else len(data)
        self.send_response(answer.status)
        for name, value in self._headers(answer).items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()
        if length != len(data):
            self.close_connection = True

    def _headers(self, answer: Answer) -> dict[str, str]:
        version = self.headers.get("X-GitHub-Api-Version", VERSION)
        known = {"Content-Type": "application/json; charset=utf-8", "x-github-api-version-selected": version}
        return {**known, "X-GitHub-Request-Id": "0000:0000", "X-GitHub-Media-Type": "github.v3; format=json"} | (
            answer.headers
        )

    def _reset(self) -> None:
        """So that the client sees a reset, not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_OFF)
        self.close_connection = True
        self.connection.close()
