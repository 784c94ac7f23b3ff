"""(pure) Series of samples, and what they say: by how much a counter grew and when, when a gauge changed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

import orjson

_STRING = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`"""
_MATCHERS = rf"\{{(?:[^{{}}\"'`]|{_STRING})*\}}"
_SELECTOR = re.compile(rf"[A-Za-z_:][\w:]*\s*(?:{_MATCHERS})?|{_MATCHERS}", re.ASCII)

OUT_OF_SIGHT = 3_600  # seconds after which a part of a sum is no more waited for


class Sample(NamedTuple):
    """``at``: seconds since 1970, UTC."""

    at: float
    value: float


class Sum(NamedTuple):
    """A sum of counters at its last sample. Where it fell lately: ``top``, what it was before, ``fell_at``, and by how
    much it grew since, which is ``waiting`` to count."""

    at: float
    value: float
    top: float = 0.0
    fell_at: float = 0.0
    waiting: float = 0.0


class Series(NamedTuple):
    """Samples in order of time. What is no number (NaN, infinite) is left out: it is no data."""

    labels: dict[str, str]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Increase:
    """A counter grew by ``count``, and was seen to have by ``at``."""

    at: float
    count: float


def key_of(labels: Mapping[str, str]) -> str:
    """A series' short name, the same whatever the order of its labels."""
    return sha256(orjson.dumps(dict(labels), option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def is_selector(query: str) -> bool:
    """Whether a query is one plain selector, ``name{label="value"}``, whose samples can be read as they are stored."""
    return _SELECTOR.fullmatch(query.strip()) is not None


def increases(before: Sample | None, samples: Iterable[Sample]) -> list[Increase]:
    """By how much a counter grew with each sample that came after ``before``.

    Without one the first sample is where counting begins. A sample that is lower than the one before it: the counter
    began anew, and what it says by now was added since. A gap is bridged: what was added is dated by the sample after
    it.
    """
    found: list[Increase] = []
    last = before
    for sample in samples:
        if last is not None and sample.at <= last.at:
            continue
        if last is not None:
            count = sample.value - last.value if sample.value >= last.value else sample.value
            if count > 0:
                found.append(Increase(sample.at, count))
        last = sample
    return found


def increases_of_sum(before: Sum | None, samples: Iterable[Sample]) -> tuple[list[Increase], Sum | None]:
    """The same of a sum of counters, with where the next reading goes on.

    A fall adds nothing: one of the parts went away, or began anew. Where the sum comes back to what it was, the part
    was only out of sight, and what it counted before counts no second time. So what a fallen sum grows by waits until
    that is no longer to be expected.
    """
    found: list[Increase] = []
    last = before
    for at, value in samples:
        if last is None:
            last = Sum(at, value)
        elif at > last.at:
            count, last = _grown(last, at, value)
            if count > 0:
                found.append(Increase(at, count))
    return found, last


def _grown(last: Sum, at: float, value: float) -> tuple[float, Sum]:
    if last.top and value >= last.top:
        return value - last.top, Sum(at, value)
    counts, held = 0.0, last
    if last.top and at - last.fell_at > OUT_OF_SIGHT:
        counts, held = last.waiting, Sum(last.at, last.value)
    rise = max(0.0, value - last.value)
    if held.top:
        return counts, held._replace(at=at, value=value, waiting=held.waiting + rise)
    if value < last.value:
        return counts, Sum(at, value, top=last.value, fell_at=at)
    return counts + rise, Sum(at, value)


def changes(before: Sample | None, samples: Iterable[Sample]) -> list[Sample]:
    """The samples that differ from the one before them; without ``before`` the first counts as a change."""
    found: list[Sample] = []
    last = before
    for sample in samples:
        if last is not None and sample.at <= last.at:
            continue
        if last is None or sample.value != last.value:
            found.append(sample)
        last = sample
    return found


def newest(before: Sample | None, samples: Iterable[Sample]) -> Sample | None:
    """The sample that the next reading goes on from."""
    return max([*([before] if before else []), *samples], key=lambda sample: sample.at, default=None)


def merged(parts: Iterable[Series]) -> list[Series]:
    """One series for each set of labels, its samples in order of time and each moment once."""
    whole: dict[str, Series] = {}
    for part in parts:
        key = key_of(part.labels)
        before = whole.get(key)
        samples = (*before.samples, *part.samples) if before else part.samples
        if any(one.at >= other.at for one, other in pairwise(samples)):
            samples = tuple(sorted({sample.at: sample for sample in samples}.values()))
        whole[key] = Series(part.labels, samples)
    return list(whole.values())
