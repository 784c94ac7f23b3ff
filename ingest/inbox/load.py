"""A stream of native lines, received and recorded chunk by chunk in one go: the bulk door into the inbox."""

import gc
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from ingest.inbox.process import others_in_the_way, process_one
from ingest.inbox.receive import Line, Parsed, Receipt, Rejected, chunks_of, keep, lines_of, parse_lines
from ingest.models import Delivery, Source
from ingest.models.inbox import DeliveryStatus
from ingest.record import record

logger = logging.getLogger(__name__)

ATTEMPTS = 5  # at a chunk that others get in the way of


@dataclass(slots=True)
class Totals:
    """What became of the lines: ``received = processed + ignored + quarantined + duplicates``."""

    received: int = 0
    processed: int = 0
    ignored: int = 0
    quarantined: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"received {self.received} processed {self.processed} ignored {self.ignored}"
            f" quarantined {self.quarantined} duplicates {self.duplicates}"
        )

    def add(self, lines: int, receipt: Receipt) -> None:
        """Count ``lines`` of which ``receipt`` tells what became of them."""
        self.received += lines
        self.processed += receipt.accepted
        self.quarantined += len(receipt.rejected)
        self.duplicates += receipt.duplicates
        self.rejected += receipt.rejected


Report = Callable[[Totals, int], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """What the lines of one load have in common."""

    source: Source
    received_at: datetime
    origin: str


def load(source: Source, stream: IO[bytes], received_at: datetime, origin: str, report: Report) -> Totals:
    """Record every line of ``stream`` in this process; a bad line is quarantined and the rest goes in.

    ``report`` is called after each chunk with the totals and how many of ``totals.rejected`` it knew before.
    """
    return load_lines(Batch(source, received_at, origin), lines_of(stream), report)


def load_lines(batch: Batch, lines: Iterable[Line], report: Report) -> Totals:
    """``load``, of lines that are already numbered."""
    totals = Totals()
    for chunk in chunks_of(lines):
        known = len(totals.rejected)
        totals.add(len(chunk), load_chunk(batch, chunk))
        report(totals, known)
    return totals


def load_chunk(batch: Batch, lines: Iterable[Line]) -> Receipt:
    """Receive and record in one transaction; where recording fails, keep first and find the line at fault.

    Raises ``OperationalError`` or ``InterfaceError`` where the database is away: nothing of the chunk is kept then.
    """
    parsed = parse_lines(lines, batch.received_at)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                receipt = keep(batch.source, parsed, batch.received_at, batch.origin, DeliveryStatus.PROCESSED)
                record(batch.source, receipt.observations)
                return receipt
        except (OperationalError, InterfaceError, IntegrityError) as error:
            # Another process made the same team or repository, or locked in another order: it is done the next time.
            if not others_in_the_way(error) or (attempt == ATTEMPTS and isinstance(error, OperationalError)):
                raise
        except Exception:
            logger.exception("A chunk can't be recorded whole; its lines are recorded one by one")
            break
    return _one_by_one(batch, parsed)


def _one_by_one(batch: Batch, parsed: Parsed) -> Receipt:
    source, received_at, origin = batch.source, batch.received_at, batch.origin
    whole = Receipt()
    for line, event in parsed.good:
        receipt = keep(source, Parsed([(line, event)], []), received_at, origin, DeliveryStatus.PENDING)
        whole.duplicates += receipt.duplicates
        whole.rejected += receipt.rejected
        if receipt.delivery is not None:
            process_one(receipt.delivery.pk)
            kept = Delivery.objects.get(pk=receipt.delivery.pk)
            if kept.status == DeliveryStatus.QUARANTINED:
                whole.rejected.append(Rejected(line.number, kept.error_code, kept.error))
            else:
                whole.accepted += 1
    bad = keep(source, Parsed([], parsed.bad), received_at, origin, DeliveryStatus.PENDING)
    whole.duplicates += bad.duplicates
    whole.rejected += bad.rejected
    whole.rejected.sort()
    return whole


@contextmanager
def few_collections() -> Iterator[None]:
    """Look for garbage seldom: a bulk load makes millions of objects, none in a cycle, and looking at them is dear."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
