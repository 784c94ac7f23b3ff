"""(pure) When a subscription's mails are due, by the clock of its time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.reports.weekly import WEEK

TOO_LATE = timedelta(days=3)
LOOKED_BACK = 4  # weeks: what was due before is told no more


@dataclass(frozen=True, slots=True)
class Owed:
    """Weeks, each by its Monday: whose mail is ``due``, if any, and those for which it is too ``late``."""

    due: date | None
    late: tuple[date, ...]


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


def owed(now: datetime, since: datetime, changed: datetime, weekday: int, hour: int, zone: ZoneInfo) -> Owed:
    """What is owed ``now`` to who wants mails ``since`` then, by day, hour and zone that hold since ``changed``.

    A mail that was due before ``since`` is not owed. One that the change made due in the past is due from then on.
    """
    weeks = [(monday, at) for monday, at in _past(now, weekday, hour, zone) if at >= since]
    on_time = weeks and now - max(weeks[0][1], changed) < TOO_LATE
    return Owed(
        due=weeks[0][0] if on_time else None,
        late=tuple(monday for monday, _ in (weeks[1:] if on_time else weeks)),
    )


@lru_cache(maxsize=4_096)
def _past(now: datetime, weekday: int, hour: int, zone: ZoneInfo) -> list[tuple[date, datetime]]:
    """The last weeks whose mails were due by ``now``, the newest first."""
    today = now.astimezone(zone).date()
    newest = today - timedelta(days=today.weekday())
    weeks = [newest - WEEK * number for number in range(LOOKED_BACK + 2)]
    told = [(monday, due_at(monday, weekday, hour, zone)) for monday in weeks]
    return [one for one in told if one[1] <= now][:LOOKED_BACK]
