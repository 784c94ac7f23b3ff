"""(pure) When people work: weekdays, office hours of their own zone, less in summer, hardly at the end of a year."""

from datetime import date, datetime, time, timedelta
from random import Random

PUBLIC_HOLIDAYS = {(1, 1), (5, 1), (12, 24), (12, 25), (12, 26), (12, 31)}
DAY_STARTS, DAY_ENDS = 7.5, 19.0  # hours, local


def is_workday(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in PUBLIC_HOLIDAYS


def busyness(day: date) -> float:
    """How much is done on a day, as a share of an ordinary one."""
    if not is_workday(day):
        return 0.04
    if (day.month == 12 and day.day > 19) or (day.month == 1 and day.day < 4):
        return 0.12
    friday = 0.65 if day.weekday() == 4 else 1.0
    return friday * (0.75 if day.month == 8 else 1.0)


def at_work(moment: datetime, utc_offset_h: int, rng: Random) -> datetime:
    """The moment itself where people work at it, else an afternoon hour of the last working day before it."""
    offset = timedelta(hours=utc_offset_h)
    local = moment + offset
    hour = local.hour + local.minute / 60
    if is_workday(local.date()) and DAY_STARTS <= hour < DAY_ENDS:
        return moment
    day = local.date() if hour >= DAY_ENDS else local.date() - timedelta(days=1)
    while not is_workday(day):
        day -= timedelta(days=1)
    evening = datetime.combine(day, time(18, 45), tzinfo=moment.tzinfo)
    return evening - timedelta(seconds=rng.randrange(5 * 3600)) - offset


def office_hour(day: date, utc_offset_h: int, rng: Random, like: datetime) -> datetime:
    """A moment of the day at which people deploy; in the zone that ``like`` is told in."""
    morning = datetime.combine(day, time(9, 20), tzinfo=like.tzinfo)
    return morning + timedelta(seconds=rng.randrange(8 * 3600)) - timedelta(hours=utc_offset_h)
