"""(pure) How often and when a cron line runs."""

import re
from typing import NamedTuple

_MACROS = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
BUSINESS_HOURS = range(8, 18)  # of the controller's clock
_WEEKDAYS = frozenset({1, 2, 3, 4, 5})


class Timetable(NamedTuple):
    """``per_day`` is how often it runs on a day on which it runs at all."""

    per_day: int
    hours: frozenset[int]
    weekdays: frozenset[int]

    @property
    def in_business_hours(self) -> bool:
        return all(hour in BUSINESS_HOURS for hour in self.hours) and self.weekdays <= _WEEKDAYS


def timetable(line: str) -> Timetable | None:
    """When a line of five fields (or six, with seconds first) runs; ``None`` for what is none."""
    text = line.strip().lower()
    if every := re.fullmatch(r"@every (\d{1,6})([smh])", text):
        seconds = max(1, int(every[1])) * {"s": 1, "m": 60, "h": 3600}[every[2]]
        return Timetable(max(1, 86_400 // seconds), frozenset(range(24)), frozenset(range(7)))
    fields = re.sub(r"^(?:cron_tz|tz)=\S{1,60}\s{1,10}", "", _MACROS.get(text, text)[:200]).split()
    fields = fields[1:] if len(fields) == 6 else fields
    if len(fields) != 5:
        return None
    minutes, hours = _values(fields[0], 0, 59), _values(fields[1], 0, 23)
    days = _values(fields[4], 0, 7)
    if not minutes or not hours or not days:
        return None
    return Timetable(len(minutes) * len(hours), frozenset(hours), frozenset(day % 7 for day in days))


def _values(field: str, low: int, high: int) -> set[int]:
    """The values of a field; none for what can't be read."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        bounds = _span(span, low, high, bool(step))
        if bounds is None or (step and not step.isdigit()):
            return set()
        found |= set(range(bounds[0], bounds[1] + 1, max(1, int(step[:4] or 1))))
    return found


def _span(text: str, low: int, high: int, stepped: bool) -> tuple[int, int] | None:
    if text in ("*", "?"):
        return low, high
    start, dash, end = text.partition("-")
    first, last = _number(start), _number(end) if dash else None
    if first is None or (dash and last is None):
        return None
    last = last if last is not None else (high if stepped else first)
    return (first, last) if low <= first <= last <= high else None


def _number(text: str) -> int | None:
    if text in _DAYS:
        return _DAYS[text]
    return int(text) if text.isdigit() and text.isascii() and len(text) <= 4 else None
