"""(pure) When a subscription's mail on a week is due, by the clock of its time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.reports.weekly import WEEK

TOO_LATE = timedelta(days=3)


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone of this name, if there is one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def due_at(monday: date, weekday: int, hour: int, zone: ZoneInfo) -> datetime:
    """When the mail on the week that begins with ``monday`` is due: on ``weekday`` (0: Monday) of the week after it.

    An hour that the clock leaves out comes as much later; of one that it shows twice, the first.
    """
    local = datetime.combine(monday + WEEK + timedelta(days=weekday), time(hour), zone)
    return local.astimezone(UTC)


def week_due(now: datetime, since: datetime, weekday: int, hour: int, zone: ZoneInfo) -> date | None:
    """The Monday of the week whose mail is due now; ``None`` where none is, where it was due before ``since``, or so
    long ago that nobody wants it any more."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday()) - WEEK
    if due_at(monday, weekday, hour, zone) > now:
        monday -= WEEK
    due = due_at(monday, weekday, hour, zone)
    return monday if since <= due and now - due < TOO_LATE else None
