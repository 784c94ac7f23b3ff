"""A chat's incoming webhook on this machine, that keeps what it is told and answers as a test wants."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

SECRET = "/services/T0001/B0001/correct-horse-battery"  # noqa: S105 - opens nothing


@dataclass
class Hook:
    """``answers``: status, headers and body, one a request, the last for all that follow; or a word: ``hang`` says
    nothing, ``drop`` hangs up, ``drip`` sends its status letter by letter, ``drip-head`` the headers of a 200,
    ``drip-body`` its body."""

    answers: list[Any] = field(default_factory=lambda: [200])
    port: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{SECRET}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def next(self) -> tuple[Any, dict[str, str], bytes]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, tuple) else (answer, {}, b"ok")


class _Handler(BaseHTTPRequestHandler):
    hook: Hook

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers["Content-Length"]))
        self.hook.paths.append(self.path)
        self.hook.bodies.append(json.loads(told))
        status, headers, body = self.hook.next()
        match status:
            case "hang":
                self.hook.over.wait(30)
            case "drop":
                self.connection.close()
            case "drip":
                self._drip()
            case "drip-head":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                self._drip()
            case "drip-body":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                self._drip()
            case _:
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self._say(body)

    def do_GET(self) -> None:
        self.hook.paths.append(f"GET {self.path}")
        self.send_response(200)
        self.end_headers()

    def _drip(self) -> None:
        while not self.hook.over.wait(0.05):
            if not self._say(b"x"):
                return

    def _say(self, body: bytes) -> bool:
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:  # who asked has heard enough
            return False
        return True

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def hook(*answers: Any) -> Iterator[Hook]:
    found = Hook(list(answers) or [200])
    handler = type("Handler", (_Handler,), {"hook": found})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.over.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
