"""(pure) How each objective of the demo was kept: events by five minutes that leave a told share of its budget."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from dashboard.demo.chance import generator
from ingest.prometheus.slots import SECONDS, SLOTS, Slots, day_of, floor

WINDOW_DAYS = 30
SETTLED = timedelta(minutes=2)
MOST_OF_BURSTS = 0.85  # of what is spent; the rest is spent evenly
WORST = 0.6
NOISE = 997  # a prime, so that no day is like the day before
WAKING = 5  # o'clock
SUNDAY, QUIET = 3, 0.7  # 1970 began on a Thursday


@dataclass(frozen=True, slots=True)
class Course:
    """``left``: of the budget, now. ``per_slot``: events in five minutes of a working day's noon.

    ``history``: days that are told; more than a window where the steps on the way are to be seen. ``silent``: hours
    without data up to now. ``drift``: since how many days errors come at so many times the rate that is allowed; they
    go on for half a day.
    """

    left: float
    per_slot: int = 900
    history: int = WINDOW_DAYS + 1
    silent: float = 0.0
    drift: tuple[float, float] = (0.0, 0.0)


class Burst(NamedTuple):
    """A time in which more failed: this share, or as much of it as leads to what is left."""

    start: datetime
    end: datetime
    share: float


LONG = 2 * WINDOW_DAYS + 1
COURSES: Mapping[str, tuple[Course, Course]] = {  # availability, latency
    "checkout-api": (Course(0.93, 2400), Course(0.89, 2400)),
    "checkout-web": (Course(0.86, 3100), Course(0.91, 3100)),
    "cart": (Course(0.95, 1500), Course(0.97, 1500)),
    "promotions": (Course(0.71, 400, LONG), Course(0.9, 400, LONG)),
    "payments-api": (Course(0.12, 1200, LONG), Course(0.63, 1200, LONG)),
    "ledger": (Course(0.58, 700, LONG, drift=(70 / 1440, 16.0)), Course(0.82, 700, LONG)),
    "card-vault": (Course(0.91, 500), Course(0.88, 500)),
    "payouts": (Course(-0.18, 300, LONG), Course(0.7, 300, LONG)),
    "search-api": (Course(0.44, 2000, LONG, drift=(4.0, 2.4)), Course(0.77, 2000, LONG)),
    "suggestions": (Course(0.83, 2600), Course(0.94, 2600)),
    "login": (Course(0.97, 800), Course(0.96, 800)),
    "accounts": (Course(0.9, 350), Course(0.93, 350)),
    "permissions": (Course(0.81, 900), Course(0.84, 900)),
    "api-gateway": (Course(0.66, 5200, LONG), Course(0.88, 5200, LONG)),
    "feature-flags": (Course(0.99, 1800), Course(0.98, 1800)),
    "event-stream": (Course(0.79, 1100, silent=26.0), Course(0.85, 1100, silent=26.0)),
}


def course_of(service: str, name: str) -> Course | None:
    """Of an objective, where it was ever read."""
    both = COURSES.get(service)
    return both[name == "latency"] if both else None


def end_of(course: Course, now: datetime) -> datetime:
    """Of its newest slot."""
    return floor(now - SETTLED - timedelta(hours=course.silent))


def counted(
    course: Course, objective: float, bursts: Iterable[Burst], now: datetime, seed: int, *names: str
) -> dict[date, Slots]:
    """The slots of each day. Of the last window exactly the told share of the budget is left, but for whole events."""
    end, rng = end_of(course, now), generator(seed, "budget", *names)
    count = course.history * SLOTS
    noise = [rng.uniform(0.85, 1.15) for _ in range(NOISE)]
    first = int(end.timestamp()) // SECONDS - count
    totals = [_traffic(number, course.per_slot * noise[number % NOISE]) for number in range(first, first + count)]
    even = [total * noise[(number * 7) % NOISE] for number, total in enumerate(totals)]
    shares = _shares(course, objective, bursts, end - timedelta(seconds=count * SECONDS), count, end)
    bad = _spend(course, objective, totals, even, shares)
    days: dict[date, Slots] = {}
    for number, total in enumerate(totals):
        whole_days, index = divmod(first + number, SLOTS)
        day = day_of(whole_days)
        if day not in days:
            days[day] = Slots()
        days[day].bad[index], days[day].total[index] = min(bad[number], total), total
    return days


def _light(index: int) -> float:
    """The share of a noon's traffic, by the slot of the day: little by night."""
    hour = index * 24 / SLOTS
    return 0.3 + 0.7 * max(0.0, math.sin((hour - WAKING) / (24 - WAKING - 1) * math.pi)) if hour >= WAKING else 0.3


LIGHT = tuple(_light(index) for index in range(SLOTS))


def _traffic(number: int, busy: float) -> float:
    """Events of a slot, by how many there were since 1970: fewer on Sundays."""
    day, index = divmod(number, SLOTS)
    return float(round(busy * LIGHT[index] * (QUIET if day % 7 == SUNDAY else 1.0)))


def _shares(
    course: Course, objective: float, bursts: Iterable[Burst], start: datetime, count: int, end: datetime
) -> tuple[dict[int, float], dict[int, float]]:
    """By slot: the share of errors of the drift, which is as told, and of bursts, which are to be scaled."""
    days, times = course.drift
    drift = [Burst(end - timedelta(days=days), end, times * (1 - objective))] if days else []
    return _by_slot(drift, start, count), _by_slot(bursts, start, count)


def _by_slot(bursts: Iterable[Burst], start: datetime, count: int) -> dict[int, float]:
    shares: dict[int, float] = {}
    for burst in bursts:
        first = max(0, math.floor((burst.start - start).total_seconds() / SECONDS))
        last = min(count, math.ceil((burst.end - start).total_seconds() / SECONDS))
        for number in range(first, last):
            shares[number] = max(burst.share, shares.get(number, 0.0))
    return shares


def _spend(
    course: Course,
    objective: float,
    totals: Sequence[float],
    even: Sequence[float],
    shares: tuple[Mapping[int, float], Mapping[int, float]],
) -> list[float]:
    """Bad events of each slot, whole ones: what one slot leaves over the next one takes."""
    window = range(len(totals) - WINDOW_DAYS * SLOTS, len(totals))
    fixed, scaled = shares
    wanted = (1 - course.left) * (1 - objective) * sum(totals[number] for number in window)
    wanted -= sum(fixed.get(number, 0.0) * totals[number] for number in window)
    burst = sum(scaled.get(number, 0.0) * totals[number] for number in window)
    factor = min(1.0, MOST_OF_BURSTS * max(0.0, wanted) / burst) if burst else 0.0
    rest = max(0.0, wanted - factor * burst) / sum(even[number] for number in window)
    found, over = [], 0.0
    for number, total in enumerate(totals):
        share = min(WORST, fixed.get(number, 0.0) + factor * scaled.get(number, 0.0))
        exact = over + rest * even[number] + share * total
        whole = min(math.floor(exact), total)
        over = exact - whole
        found.append(float(whole))
    return found
