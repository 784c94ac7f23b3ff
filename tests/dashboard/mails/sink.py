"""A mail server that keeps what it is given: enough of SMTP for one client at a time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread


@dataclass
class Sink:
    """``refuses``: what it answers to a recipient instead of taking it, such as ``550 no such user``."""

    refuses: str = ""
    port: int = 0
    messages: list[tuple[list[str], bytes]] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipients: list[str] = []
        writer.write(b"220 sink\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT" and self.refuses:
                writer.write(f"{self.refuses}\r\n".encode())
            elif verb == "RCPT":
                recipients.append(line.partition("<")[2].partition(">")[0])
                writer.write(b"250 ok\r\n")
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                body = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
                self.messages.append((recipients, body.replace(b"\r\n..", b"\r\n.")))
                recipients = []
                writer.write(b"250 kept\r\n")
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()


@contextmanager
def sink(refuses: str = "") -> Iterator[Sink]:
    """A sink that listens on ``port`` of this machine."""
    found, ready, loop = Sink(refuses), Event(), asyncio.new_event_loop()

    async def serve() -> None:
        server = await asyncio.start_server(found.talk, "127.0.0.1", 0)
        found.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await stopped.wait()

    stopped = asyncio.Event()
    thread = Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield found
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)
        loop.close()
