"""Reads what service level objectives measure into slots of five minutes.

A counter is counted: its samples as they are stored, each increase in the slot in which it was seen. Any other
expression is asked slot by slot, its window made five minutes. Reading ends two minutes before now, since samples
arrive late; slots at the end that are still empty are asked again for an hour.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q

from ingest.errors import AccessDenied, IngestError, SourceUnavailable
from ingest.models import PrometheusServer, Slo, SloDay
from ingest.prometheus.client import Prometheus, QueryRefused, TooMuch
from ingest.prometheus.series import Sample, Series, increases, key_of, newest
from ingest.prometheus.slots import SECONDS, SLOTS, Slots, day_of, floor, pack, unpack
from ingest.prometheus.windows import narrowed_by, scale, with_window

SETTLING = timedelta(minutes=2)
LATE = timedelta(hours=1)
SLOT = timedelta(seconds=SECONDS)
FIRST_CHUNK = timedelta(days=1)
CAREFUL_CHUNK = timedelta(hours=1)  # of one that failed the last time
LONGEST_CHUNK = timedelta(days=8)
MAX_SERIES = 500  # of a selector that is counted; beyond, its rates are added up by the server
FORGOTTEN = 7 * 86_400  # seconds after which a series that went away is no more waited for
KEPT_DAYS = 100  # beyond an objective's window
NEAR_ONE = 0.01  # by which a ratio may lie outside 0 to 1
Report = Callable[[str], None]
State = dict[str, Any]

logger = logging.getLogger(__name__)


class _Changed(Exception):
    """Somebody changed what is measured while it was read."""


@dataclass(slots=True)
class _Found:
    """What a chunk told: bad and total by number of slot (since 1970), and how far it is read."""

    until: datetime
    slots: dict[int, tuple[float, float]] = field(default_factory=dict)
    state: State = field(default_factory=dict)
    exact: bool = False
    error: str = ""


def read_objectives(
    prometheus: Prometheus,
    server: PrometheusServer,
    now: datetime,
    report: Report | None = None,
    *,
    patience: float | None = None,
) -> int:
    """Read what is new of every objective of a server; how many were read. Those longest unread come first, then new
    ones, of which a whole window is read, and last those that the server refused, so that they hold up no other.

    ``patience``: seconds after which the rest waits for the next pass. What one of them fails at is told with it, and
    the others go on.

    Raises:
        SourceUnavailable, AccessDenied: it is the server that fails.
    """
    until = floor(now - SETTLING)
    ends = time.monotonic() + patience if patience is not None else None
    read = 0
    for slo in _due(server, until):
        if ends is not None and time.monotonic() > ends:
            break
        try:
            _follow(prometheus, server, slo, until, now, ends)
            read += 1
        except _Changed:
            continue
        except QueryRefused as error:
            _refused(slo, str(error), now)
        except (SourceUnavailable, AccessDenied) as error:
            _refused(slo, str(error), now)
            prometheus.ready()  # raises where it is the server's fault
        except (DatabaseError, IngestError):
            raise
        except Exception as error:
            logger.exception("Objective %s can't be read", slo.pk)
            _refused(slo, f"It can't be read ({type(error).__name__}). It is tried again.", now)
    if report and read:
        report(f"{read} objective{'' if read == 1 else 's'} read.")
    return read


def _due(server: PrometheusServer, until: datetime) -> list[Slo]:
    whose = Q(server=server)
    if server == first_server():
        whose |= Q(server=None)
    rows = Slo.objects.filter(whose, ended_at=None, problem_code="").exclude(indicator=Slo.Indicator.NONE)
    rows = rows.filter(Q(read_to=None) | Q(read_to__lt=until)).order_by("pk")
    found = [slo for slo in rows if not _is_waiting(slo, until)]
    return sorted(found, key=lambda slo: (bool(slo.error), slo.read_to is None, slo.read_to or until, slo.pk))


def first_server() -> PrometheusServer | None:
    """The server that is asked for objectives that name none: the first that is not paused."""
    return PrometheusServer.objects.filter(source__paused_at=None).order_by("pk").first()


def _is_waiting(slo: Slo, until: datetime) -> bool:
    """Whether all slots up to ``until`` were asked for already, and the last of them are empty yet."""
    if slo.read_to is None or slo.answered_at is None or slo.error:
        return False
    return slo.read_to >= until - LATE and floor(slo.answered_at - SETTLING) >= until


def _follow(
    prometheus: Prometheus, server: PrometheusServer, slo: Slo, until: datetime, now: datetime, ends: float | None
) -> None:
    start = _start(slo, until)
    if slo.state.get("server", server.pk) != server.pk:
        slo.state = {}  # counters of another server are others: counting begins anew
    width, longest = (CAREFUL_CHUNK if slo.error else FIRST_CHUNK), LONGEST_CHUNK
    while start < until and (ends is None or time.monotonic() <= ends):
        end = min(start + width, until)
        try:
            found = _read(prometheus, slo, start, end, until)
        except TooMuch:
            if width <= SLOT and not _estimates(slo):
                slo.state, width, longest = {"estimated": True}, FIRST_CHUNK, LONGEST_CHUNK
                continue
            if width <= SLOT or (ends is not None and time.monotonic() > ends):
                raise  # it took all the time that there is: others come first the next time
            width = longest = max(SLOT, width // SLOT // 2 * SLOT)
            continue
        found.state["server"] = server.pk
        _keep(slo, found, now)
        if found.until < end:
            break
        start, width = end, min(2 * width, longest)


def _start(slo: Slo, until: datetime) -> datetime:
    """Where reading goes on. What lies before the window is left out, and counting begins anew after it."""
    earliest = floor(until - timedelta(seconds=slo.window_seconds))
    if slo.read_to is not None and slo.read_to >= earliest:
        return slo.read_to
    slo.state = {"estimated": True} if slo.state.get("estimated") else {}
    return earliest


def _read(prometheus: Prometheus, slo: Slo, start: datetime, end: datetime, until: datetime) -> _Found:
    if slo.indicator == Slo.Indicator.RATIO:
        return _ratio(prometheus, slo, start, end, until)
    if not _estimates(slo):
        found = _count(prometheus, slo, start, end, until)
        if found is not None:
            return found
        slo.state = {"estimated": True}
    return _estimate(prometheus, slo, start, end, until)


def _estimates(slo: Slo) -> bool:
    """Whether rates are asked for, since it is no sum of one counter's or has too many series."""
    counts = slo.total_selector and (slo.bad_selector or slo.good_selector)
    return not counts or bool(slo.state.get("estimated"))


def _part(slo: Slo) -> tuple[str, str, bool]:
    """Of the query beside the total: its text, its selector, and whether it counts good events."""
    if slo.bad_query or slo.bad_selector:
        return slo.bad_query, slo.bad_selector, False
    return slo.good_query, slo.good_selector, True


# ---------------------------------------------------------------- counted


def _count(prometheus: Prometheus, slo: Slo, start: datetime, end: datetime, until: datetime) -> _Found | None:
    """Increases of the counters' samples; ``None`` where there are too many series to count."""
    state = slo.state
    _, selector, of_good = _part(slo)
    whole = _samples(prometheus, slo.total_selector, start, end, bool(state.get("total")))
    part = _samples(prometheus, selector, start, end, bool(state.get("part")))
    if max(len(whole), len(part)) > MAX_SERIES:
        return None
    last = max((one.samples[-1].at for one in whole if one.samples), default=None)
    to = _kept_until(None if last is None else _number(last), start, end, until)
    totals = _Counted.of(whole, state.get("total", {}), start, to)
    parts = _Counted.of(part, state.get("part", {}), start, to)
    zero = _is_part(selector, slo.total_selector, whole)
    owed, gap = float(state.get("owed", 0.0)), bool(state.get("gap"))
    found = _Found(to, exact=True)
    for number in range(_border(start), _border(to)):
        grown, known = parts.grown.get(number, 0.0), number in parts.seen or zero
        if number not in totals.seen:
            owed += -grown if of_good else grown
        elif gap or not known:
            # What the part has grown by when it is seen again is of a time of which the total counts nowhere.
            owed, gap = 0.0, not known
        else:
            total = totals.grown.get(number, 0.0)
            bad = (total - grown if of_good else grown) + owed
            owed = min(bad, 0.0)
            found.slots[number] = (max(bad, 0.0), total)
    found.state = {"total": totals.state, "part": parts.state, "owed": owed, "gap": gap}
    return found


def _samples(prometheus: Prometheus, selector: str, start: datetime, end: datetime, goes_on: bool) -> list[Series]:
    """All samples of a chunk. The first one reaches back a slot, so that counting has where to begin."""
    seconds = int((end - start).total_seconds()) + (0 if goes_on else SECONDS)
    return prometheus.at(f"{selector}[{seconds}s]", end)


@dataclass(slots=True)
class _Counted:
    """By number of slot: by how much all series grew, and whether any had a sample. ``state``: their last samples."""

    grown: dict[int, float]
    seen: set[int]
    state: dict[str, list[float]]

    @classmethod
    def of(
        cls, found: Sequence[Series], held: Mapping[str, Sequence[float]], start: datetime, to: datetime
    ) -> "_Counted":
        first, last = start.timestamp(), to.timestamp()
        grown: dict[int, float] = {}
        seen: set[int] = set()
        state = {key: list(sample) for key, sample in held.items() if sample[0] > first - FORGOTTEN}
        for one in found:
            key = key_of(one.labels)
            before = Sample(*held[key]) if key in held else None
            samples = [sample for sample in one.samples if sample.at <= last]
            for increase in increases(before, samples):
                if increase.at > first:
                    number = _number(increase.at)
                    grown[number] = grown.get(number, 0.0) + increase.count
            seen.update(_number(sample.at) for sample in samples if sample.at > first)
            end = newest(before, samples)
            if end is not None:
                state[key] = [end.at, end.value]
        return cls(grown, seen, state)


def _is_part(selector: str, total: str, whole: Sequence[Series]) -> bool:
    """Whether no series of a selector means no such events: it takes of the total's series those with some values of
    labels, and the total's series have these labels."""
    labels = narrowed_by(selector, total) or frozenset()
    return bool(labels) and any(labels <= one.labels.keys() for one in whole if one.samples)


# ---------------------------------------------------------------- estimated


def _estimate(prometheus: Prometheus, slo: Slo, start: datetime, end: datetime, until: datetime) -> _Found:
    """Rates over each slot as the server works them out."""
    query, selector, of_good = _part(slo)
    totals = _rates(prometheus, slo.total_query, slo.total_selector, start, end)
    parts = _rates(prometheus, query, selector, start, end)
    to = _kept_until(max(totals, default=None), start, end, until)
    missing = totals.keys() - parts.keys()
    zero = bool(missing) and _has_labels(prometheus, selector, slo.total_selector, _end_of(max(missing)))
    found = _Found(to, state={"estimated": True} if slo.state.get("estimated") else {})
    for number, total in totals.items():
        part = parts.get(number, 0.0 if zero else None)
        if part is not None and number < _border(to):
            found.slots[number] = (max(total - part, 0.0) if of_good else part, total)
    return found


def _rates(prometheus: Prometheus, query: str, selector: str, start: datetime, end: datetime) -> dict[int, float]:
    """Events by number of slot, over all series."""
    text = f"sum(rate({selector}[5m]))" if selector else with_window(query)
    factor = SECONDS if selector else scale(query)
    found: dict[int, float] = {}
    for one in prometheus.between(text, start + SLOT, end, SECONDS):
        for sample in one.samples:
            number = _number(sample.at)
            found[number] = found.get(number, 0.0) + sample.value * factor
    return found


def _has_labels(prometheus: Prometheus, selector: str, total: str, at: datetime) -> bool:
    """As ``_is_part``, where the server is asked for the total's labels."""
    labels = narrowed_by(selector, total) if selector and total else None
    if not labels:
        return False
    found = prometheus.at(f"count by ({', '.join(sorted(labels))}) ({total})", at)
    return any(labels <= {name for name, value in one.labels.items() if value} for one in found)


def _ratio(prometheus: Prometheus, slo: Slo, start: datetime, end: datetime, until: datetime) -> _Found:
    """The ratio at the end of each slot."""
    query, _, of_good = _part(slo)
    series = prometheus.between(with_window(query), start + SLOT, end, SECONDS)
    if len(series) > 1:
        return _Found(end, error=f"It gives {len(series)} series where one ratio is wanted. Add them up in the query.")
    values = {_number(sample.at): sample.value for one in series for sample in one.samples}
    found = _Found(_kept_until(max(values, default=None), start, end, until))
    for number, value in values.items():
        if not -NEAR_ONE <= value <= 1 + NEAR_ONE:
            found.error = f"It gives {value:g}, and a ratio lies between 0 and 1."
        elif number < _border(found.until):
            share = min(max(value, 0.0), 1.0)
            found.slots[number] = (1 - share if of_good else share, 1.0)
    return found


# ---------------------------------------------------------------- time


def _number(at: float) -> int:
    """The slot that holds an instant: its end belongs to it, its start does not."""
    return -int(-at // SECONDS) - 1


def _border(at: datetime) -> int:
    """The number of the slot that starts at a border."""
    return int(at.timestamp()) // SECONDS


def _end_of(number: int) -> datetime:
    return datetime.fromtimestamp((number + 1) * SECONDS, UTC)


def _kept_until(last: int | None, start: datetime, end: datetime, until: datetime) -> datetime:
    """How far a chunk is read: slots at the very end that are empty are asked again while data may still arrive."""
    if end < until:
        return end
    filled = start if last is None else min(_end_of(last), end)
    return max(start, filled, min(end, until - LATE))


# ---------------------------------------------------------------- kept


_MEASURE = ("server_id", "indicator", "bad_query", "good_query", "total_query", "bad_selector", "good_selector",
            "total_selector", "problem_code", "ended_at", "read_to")  # fmt: skip


@transaction.atomic
def _keep(slo: Slo, found: _Found, now: datetime) -> None:
    """Write a chunk: the days, and where reading goes on, together. Raises: _Changed."""
    row = Slo.objects.select_for_update().filter(pk=slo.pk).order_by("pk").first()
    if row is None or any(getattr(row, name) != getattr(slo, name) for name in _MEASURE):
        raise _Changed
    _keep_days(slo, found.slots, now)
    slo.read_to, slo.state, slo.exact = found.until, found.state, found.exact
    slo.error, slo.answered_at = found.error, now
    slo.failing_since = (row.failing_since or now) if found.error else None
    Slo.objects.filter(pk=slo.pk).update(
        read_to=slo.read_to, state=slo.state, exact=slo.exact, error=slo.error, answered_at=now,
        failing_since=slo.failing_since,
    )  # fmt: skip


def _keep_days(slo: Slo, found: Mapping[int, tuple[float, float]], now: datetime) -> None:
    """What is known of a slot is never replaced by nothing."""
    by_day = dict(_by_day(found))
    held = {row.day: unpack(row.slots) for row in SloDay.objects.filter(slo=slo, day__in=by_day)}
    rows = []
    for day, told in by_day.items():
        slots = held.get(day) or Slots()
        for index, bad, total in told:
            slots.put(index, bad, total)
        sums = slots.sums()
        rows.append(SloDay(slo=slo, day=day, slots=pack(slots), bad=sums.bad, total=sums.total, measured=sums.measured))
    SloDay.objects.bulk_create(
        rows, batch_size=200, update_conflicts=True, unique_fields=["slo", "day"],
        update_fields=["slots", "bad", "total", "measured"],
    )  # fmt: skip
    if by_day.keys() - held.keys():
        oldest = now - timedelta(seconds=slo.window_seconds) - timedelta(days=KEPT_DAYS)
        SloDay.objects.filter(slo=slo, day__lt=oldest.date()).delete()


def _by_day(found: Mapping[int, tuple[float, float]]) -> Iterator[tuple[date, list[tuple[int, float, float]]]]:
    days: dict[int, list[tuple[int, float, float]]] = {}
    for number, (bad, total) in found.items():
        days.setdefault(number // SLOTS, []).append((number % SLOTS, bad, total))
    return ((day_of(number), told) for number, told in days.items())


def _refused(slo: Slo, error: str, now: datetime) -> None:
    since = slo.failing_since or now
    Slo.objects.filter(pk=slo.pk).update(error=error[:2_000], failing_since=since)
