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


class Sample(NamedTuple):
    """``at``: seconds since 1970, UTC."""

    at: float
    value: float


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


def increases(before: Sample | None, samples: Iterable[Sample], *, resets: bool = True) -> list[Increase]:
    """By how much a counter grew with each sample that came after ``before``.

    Without one the first sample is where counting begins. A sample that is lower than the one before it: the counter
    began anew, and what it says by now was added since. A gap is bridged: what was added is dated by the sample after
    it. Without ``resets`` a fall adds nothing, as of a sum, which falls where one of its parts went away.
    """
    found: list[Increase] = []
    last = before
    for sample in samples:
        if last is not None and sample.at <= last.at:
            continue
        if last is not None:
            count = sample.value - last.value if sample.value >= last.value else sample.value if resets else 0.0
            if count > 0:
                found.append(Increase(sample.at, count))
        last = sample
    return found


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
