"""Sources on the data page: state in words, rate, lag, what came of their deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from dashboard import formats
from dashboard.charts.sparkline import Sparkline, sparkline
from dashboard.pages.figures import Status
from ingest.inbox import health
from ingest.inbox.health import Health
from ingest.models.inbox import SourceKind

SECOND = timedelta(seconds=1)
WAITS_LONG = timedelta(minutes=10)
LATE = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Row:
    """One source: ``says`` tells its state in a sentence."""

    health: Health
    status: Status
    says: str
    href: str
    line: Sparkline | None
    today: int


def rows(now: datetime) -> Sequence[Row]:
    return [_row(one, now) for one in health.sources(now, settings.ORGANISATION_ZONE)]


def _row(one: Health, now: datetime) -> Row:
    status, says = state(one, now)
    days = [float(count) for count in one.by_day]
    title = f"Events by day over {len(days)} days: {formats.number(min(days))} to {formats.number(max(days))}"
    line = sparkline(days, title=title, width=72, height=18) if any(days) else None
    return Row(one, status, says, _href(one), line, one.by_day[-1])


def _href(one: Health) -> str:
    try:
        return reverse("source", args=[one.source.public_id])
    except NoReverseMatch:
        return ""


def state(one: Health, now: datetime) -> tuple[Status, str]:
    """The gravest that is to say of it."""
    if one.source.paused_at is not None:
        asked = one.source.kind == SourceKind.PROMETHEUS
        waits = "It is not asked until it goes on." if asked else "Deliveries are kept and wait until it goes on."
        return Status("warn", "paused"), waits
    if one.waiting_since is not None and now - one.waiting_since > WAITS_LONG:
        since = formats.duration((now - one.waiting_since).total_seconds())
        return Status("bad", "waiting"), f"The oldest waits for {since}. Look whether a worker runs."
    if one.silence is None:
        return Status("none", "silent"), "Nothing came in yet."
    if one.silence.overdue and one.silence.usual is not None:
        usual, since = formats.duration(one.silence.usual.total_seconds()), formats.duration(_seconds(one))
        return Status("bad", "silent"), f"Usually every {usual}; nothing for {since}. Look at the sender."
    if one.events["quarantined"]:
        return Status("warn", "some quarantined"), _usually(one)
    return Status("good", "well"), _usually(one)


def _seconds(one: Health) -> float:
    return one.silence.since.total_seconds() if one.silence else 0.0


def _usually(one: Health) -> str:
    if one.silence is None or one.silence.usual is None or one.silence.usual < SECOND:
        return ""  # a bulk load tells nothing of how often it speaks
    return f"Usually every {formats.duration(one.silence.usual.total_seconds())}."
