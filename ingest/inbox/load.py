"""A stream of native lines, received and recorded chunk by chunk in one go: the bulk door into the inbox."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from django.db import InterfaceError, OperationalError, transaction

from ingest.facts.record import record
from ingest.inbox.process import process_one
from ingest.inbox.receive import Parsed, Receipt, Rejected, chunks_of, keep, lines_of, parse_lines
from ingest.models import Delivery, Source
from ingest.models.inbox import DeliveryStatus

logger = logging.getLogger(__name__)


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


def load(
    source: Source, stream: IO[bytes], received_at: datetime, origin: str, report: Callable[[Totals, int], None]
) -> Totals:
    """Record every line of ``stream``; a bad line is quarantined and the rest goes in.

    ``report`` is called after each chunk with the totals and how many of ``totals.rejected`` it knew before.
    """
    totals = Totals()
    for chunk in chunks_of(lines_of(stream)):
        known = len(totals.rejected)
        _add(totals, len(chunk), _load_chunk(source, parse_lines(chunk, received_at), received_at, origin))
        report(totals, known)
    return totals


def _load_chunk(source: Source, parsed: Parsed, received_at: datetime, origin: str) -> Receipt:
    """Receive and record in one transaction; where recording fails, keep first and find the line at fault."""
    try:
        with transaction.atomic():
            receipt = keep(source, parsed, received_at, origin, DeliveryStatus.PROCESSED)
            record(source, receipt.observations)
            return receipt
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("A chunk can't be recorded whole; its lines are recorded one by one")
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
    whole.rejected += keep(source, Parsed([], parsed.bad), received_at, origin, DeliveryStatus.PENDING).rejected
    return whole


def _add(totals: Totals, lines: int, receipt: Receipt) -> None:
    totals.received += lines
    totals.processed += receipt.accepted
    totals.quarantined += len(receipt.rejected)
    totals.duplicates += receipt.duplicates
    totals.rejected += receipt.rejected
