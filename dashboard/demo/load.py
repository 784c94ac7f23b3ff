"""Puts the demo organisation into the database, by the door that native events take."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import BytesIO

import orjson
from django.db import transaction

from dashboard.demo.campaigns import load_campaigns
from dashboard.demo.organisation import bad_lines, events
from dashboard.demo.reliability.load import load_reliability
from dashboard.demo.scans import scan_repositories
from ingest.inbox.load import Totals, load
from ingest.inbox.sources import native
from ingest.models import Delivery
from scorecards.adoption import build as adoption
from scorecards.rollups.build import build_rollups
from scorecards.rollups.warm import warm_summaries

ORIGIN = "demo"
DEFAULT_SEED = 1


def is_loaded() -> bool:
    return Delivery.objects.filter(origin=ORIGIN).exists()


def load_demo(seed: int, now: datetime, report: Callable[[str], None]) -> None:
    """Load the year up to ``now`` and compute every figure and scan of it. All of its events go in, or none.

    A database that has a demo refuses another: its keys are taken, and its figures would be mixed (``is_loaded``).
    """

    def tell(totals: Totals, known: int) -> None:
        report(f"Demo organisation: {totals.received:,} events")

    lines = BytesIO(b"\n".join(_lines(events(seed, now), bad_lines(seed, now))))
    with transaction.atomic():
        load(native(), lines, now, ORIGIN, tell)
    report("Demo organisation: computing figures")
    build_rollups()
    scan_repositories(seed, now, report)
    load_reliability(seed, now)
    adoption.keep(now)
    load_campaigns(now)
    warm_summaries()


def _lines(good: Iterable[dict[str, object]], bad: Iterable[bytes]) -> Iterator[bytes]:
    yield from (orjson.dumps(event) for event in good)
    yield from bad
