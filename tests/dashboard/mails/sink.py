"""A mail server that keeps what it is given, and misbehaves on request: enough of SMTP for many clients at once."""

import socket
import socketserver
import ssl
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

DROP, HANG = "drop", "hang"
KEEP_AND_DROP, KEEP_AND_HANG = "keep and drop", "keep and hang"
Behaviour = Callable[[str, str], str]


def well(stage: str, recipient: str) -> str:
    """What to do at a stage: nothing but what a server should; or a reply in the place of the usual; or the above.

    Stages: ``greeting``, ``mail``, ``rcpt``, ``data``, ``body`` (its first bytes are there), ``end`` (all is there),
    ``kept`` (and answered).
    """
    return ""


@dataclass
class Sink:
    """``behaviour`` may be set to another at any time. ``password``: without which nobody may send, where set."""

    behaviour: Behaviour = well
    password: str = ""
    tls: ssl.SSLContext | None = None
    port: int = 0
    messages: list[tuple[list[str], bytes]] = field(default_factory=list)
    open: list[socket.socket] = field(default_factory=list)
    connections: int = 0
    left: int = 0  # of these, how many are over

    def kept(self) -> Counter[str]:
        """Mails by recipient."""
        return Counter(one for recipients, _ in list(self.messages) for one in recipients)


class _Left(ConnectionError):
    """The sink hung up."""


class _Client:
    def __init__(self, sink: Sink, connection: socket.socket) -> None:
        self.sink, self.socket = sink, connection
        self.file = connection.makefile("rb")
        self.recipients: list[str] = []
        self.signed_in = not sink.password

    def talk(self) -> None:
        self.answer("greeting", "220 sink")
        while line := self.file.readline().decode().strip():
            match line[:4].upper():
                case "EHLO":
                    offers = ["AUTH PLAIN"] if self.sink.password else []
                    self.say("\r\n".join(["250-sink", *(f"250-{one}" for one in offers), "250 8BITMIME"]))
                case "AUTH":
                    self.signed_in = b64decode(line.split()[-1]).split(b"\0")[-1].decode() == self.sink.password
                    self.say("235 in" if self.signed_in else "535 5.7.8 Error: authentication failed")
                case "MAIL":
                    self.recipients = []
                    self.answer("mail", "250 ok" if self.signed_in else "530 5.7.0 Authentication required")
                case "RCPT":
                    address = line.partition("<")[2].partition(">")[0]
                    if self.answer("rcpt", "250 ok", address):
                        self.recipients.append(address)
                case "DATA":
                    if self.answer("data", "354 go on"):
                        self.take()
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")

    def take(self) -> None:
        lines = [self.line()]
        self.answer("body", "")
        while (line := self.line()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        asked = self.sink.behaviour("end", self.recipients[0])
        if asked in ("", KEEP_AND_DROP, KEEP_AND_HANG):
            self.sink.messages.append((self.recipients, b"".join(lines)))
        self.do(asked, "250 kept")
        self.answer("kept", "")

    def line(self) -> bytes:
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise _Left  # the client did
        return line

    def answer(self, stage: str, usual: str, recipient: str = "") -> bool:
        """Whether it answered as usual."""
        asked = self.sink.behaviour(stage, recipient or (self.recipients or [""])[0])
        self.do(asked, usual)
        return not asked

    def do(self, asked: str, usual: str) -> None:
        if asked in (HANG, KEEP_AND_HANG):
            self.file.read()  # until the client has gone
            raise _Left
        if asked in (DROP, KEEP_AND_DROP):
            raise _Left
        self.say(asked or usual)
        if asked.startswith("421"):
            raise _Left

    def say(self, line: str) -> None:
        if line:
            self.socket.sendall(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads, request_queue_size = True, 50
    sink: Sink

    def finish_request(self, request: socket.socket, client_address: object) -> None:
        self.sink.open.append(request)
        self.sink.connections += 1
        with suppress(OSError):
            connection = self.sink.tls.wrap_socket(request, server_side=True) if self.sink.tls else request
            client = _Client(self.sink, connection)
            with client.file, suppress(OSError):
                client.talk()
            connection.close()
        self.sink.left += 1


@contextmanager
def sink(
    refuses: str = "", behaviour: Behaviour = well, password: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[Sink]:
    """A sink that listens on ``port`` of this machine. ``refuses``: what it answers to each recipient."""
    found = Sink(behaviour, password, tls)
    if refuses:
        found.behaviour = lambda stage, recipient: refuses if stage == "rcpt" else ""
    with _Server(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        server.sink, found.port = found, server.server_address[1]
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
            for one in found.open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
