"""A stream of native lines recorded by several processes: each takes the lines of its own services.

Lines go to a process by their service's name (or else their repository's), found without reading the JSON: a line in
the wrong process is no harm, because facts are joined alike in any order. It only keeps two processes from waiting for
the same rows. Where a key is used twice with other content, the first line that arrives stands, which with several
processes need not be the first of the input.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from queue import Full, Queue
from threading import Thread
from typing import IO, NamedTuple
from zlib import crc32

from django.db import connection, connections

from ingest.errors import IngestError
from ingest.inbox.load import Batch, Report, Totals, load_chunk, load_lines
from ingest.inbox.receive import CHUNK_BYTES, CHUNK_LINES, Line, Receipt, chunks_of, lines_of

FEW_LINES = 20_000  # below, starting processes costs more than it saves
MOST_WORKERS = 2  # by default: PostgreSQL wants a core as well
WAITING = 2  # chunks read ahead for each process
PATIENCE = 0.2  # seconds between looks at whether a process still lives

Afterwards = Callable[[], object]
Chunk = tuple[list[int], bytes]  # the lines' numbers, and the lines


class LoadBroken(IngestError):
    """A process died or lost the database. What was reported before is recorded; running it again adds the rest."""


def load_in_parallel(
    batch: Batch, stream: IO[bytes], report: Report, workers: int | None = None, afterwards: Afterwards = lambda: None
) -> Totals:
    """Record every line of ``stream``, by ``workers`` processes (``None``: as many as are worth it).

    A short stream, SQLite (one writer) and a caller's transaction (others can't see it) stay in this process.
    ``afterwards`` is what each process does when it has no more lines, at the same time as the others; it isn't called
    where this process did it all.

    Raises:
        LoadBroken: nothing that was reported is lost.
    """
    lines = lines_of(stream)
    head = _head(lines)
    count = _workers(workers)
    if count < 2 or len(head) < FEW_LINES or connection.vendor != "postgresql" or connection.in_atomic_block:
        return load_lines(batch, chain(head, lines), report)
    return _Crew(batch, report, afterwards, count).load(chain(head, lines))


def _workers(told: int | None) -> int:
    return told if told is not None else min(MOST_WORKERS, len(os.sched_getaffinity(0)))


def _head(lines: Iterator[Line]) -> list[Line]:
    """As many lines as tell a short stream from a long one, within bounds of memory."""
    head: list[Line] = []
    for chunk in chunks_of(lines):
        head += chunk
        if len(head) >= FEW_LINES or sum(len(line.data) for line in head) >= 4 * CHUNK_BYTES:
            break
    return head


def route(line: bytes, count: int) -> int:
    """Which of ``count`` processes takes a line: the same for all lines of a service that are written alike."""
    found = line.find(b'"service"')
    start = found + 9 if found >= 0 else line.find(b'"repository"') + 12
    opening = line.find(b'"', start)
    return crc32(line[opening : line.find(b'"', opening + 1)]) % count


# ---------------------------------------------------------------- the parent


@dataclass(slots=True)
class _Worker:
    """A process and the chunks that it is to take; the lines of its next chunk are gathered here."""

    process: ForkProcess
    lines: Connection
    receipts: Connection
    queue: "Queue[Chunk | None]" = field(default_factory=lambda: Queue(WAITING))
    numbers: list[int] = field(default_factory=list)
    gathered: list[bytes] = field(default_factory=list)
    size: int = 0

    def gather(self, line: Line) -> bool:
        """Take a line; whether the chunk is full."""
        self.numbers.append(line.number)
        self.gathered.append(line.data)
        self.size += len(line.data)
        return len(self.numbers) >= CHUNK_LINES or self.size >= CHUNK_BYTES

    def chunk(self) -> Chunk:
        taken = self.numbers, b"\n".join(self.gathered)
        self.numbers, self.gathered, self.size = [], [], 0
        return taken

    def send(self) -> None:
        """In a thread of its own: a pipe takes less than a chunk, and the process is busy most of the time."""
        with suppress(OSError):  # the process died, which its receipts tell
            while (chunk := self.queue.get()) is not None:
                self.lines.send(chunk)
            self.lines.send(None)


class _Received(NamedTuple):
    """A chunk was recorded."""

    lines: int
    receipt: Receipt


class _Crew:
    """The processes of one load, and what they told."""

    def __init__(self, batch: Batch, report: Report, afterwards: Afterwards, count: int) -> None:
        self.report = report
        self.totals = Totals()
        self.workers: list[_Worker] = []
        connections.close_all()  # a connection can't be shared; each process makes its own
        for _ in range(count):
            self.workers.append(self._start(batch, afterwards))
        self.working = {worker.receipts: worker for worker in self.workers}
        for worker in self.workers:  # no thread before the last fork
            Thread(target=worker.send, daemon=True).start()

    def _start(self, batch: Batch, afterwards: Afterwards) -> _Worker:
        context = get_context("fork")
        taken, lines = context.Pipe(duplex=False)
        receipts, told = context.Pipe(duplex=False)
        ends = [lines, receipts, *(end for worker in self.workers for end in (worker.lines, worker.receipts))]
        process = context.Process(target=_work, args=(batch, taken, told, ends, afterwards), daemon=True)
        process.start()
        taken.close()
        told.close()
        return _Worker(process, lines, receipts)

    def load(self, lines: Iterable[Line]) -> Totals:
        try:
            for line in lines:
                worker = self.workers[route(line.data, len(self.workers))]
                if worker.gather(line):
                    self._put(worker, worker.chunk())
            for worker in self.workers:
                if worker.numbers:
                    self._put(worker, worker.chunk())
            for worker in self.workers:
                self._put(worker, None)
            while self.working:
                self._hear(PATIENCE)
        except BaseException:
            self._stop()
            raise
        for worker in self.workers:
            worker.process.join()
        return self.totals

    def _put(self, worker: _Worker, chunk: Chunk | None) -> None:
        """Hand over a chunk, when there is room for it; what the processes tell meanwhile is heard."""
        while True:
            self._hear(0)
            try:
                worker.queue.put(chunk, timeout=PATIENCE)
                return
            except Full:
                continue

    def _hear(self, seconds: float) -> None:
        for told in wait(list(self.working), seconds):
            worker = self.working[told]  # type: ignore[index]
            try:
                message = worker.receipts.recv()
            except (EOFError, OSError) as error:
                worker.process.join(PATIENCE)
                raise LoadBroken(f"Process {worker.process.pid} died (exit code {worker.process.exitcode}).") from error
            if isinstance(message, _Received):
                known = len(self.totals.rejected)
                self.totals.add(message.lines, message.receipt)
                self.report(self.totals, known)
            elif message is None:
                del self.working[worker.receipts]
            else:
                raise LoadBroken(str(message))

    def _stop(self) -> None:
        """End the processes; a chunk that is under way is rolled back."""
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join()


# ---------------------------------------------------------------- a child


def _work(
    batch: Batch, lines: Connection, receipts: Connection, others: Iterable[Connection], afterwards: Afterwards
) -> None:
    """Record chunks until there are no more. Where the parent is gone there is nobody to tell, and it ends."""
    for end in others:  # or the parent's death would not be seen: its ends of the pipes would live on here
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl+C and ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError, BrokenPipeError):
        try:
            while (chunk := lines.recv()) is not None:
                numbers, data = chunk
                receipt = load_chunk(batch, map(Line, numbers, data.split(b"\n")))
                receipts.send(_Received(len(numbers), Receipt(receipt.accepted, receipt.duplicates, receipt.rejected)))
            afterwards()
            receipts.send(None)
        except Exception as error:
            receipts.send(f"{type(error).__name__}: {error}")
    connections.close_all()
