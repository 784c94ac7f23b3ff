"""What one day comes to, in a form that adds up: counts, sets of durations, sums."""

import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

import orjson

from scorecards.rollups.durations import Durations

COUNTS = (
    "deployments",
    "finished",
    "failed",
    "rework",
    "redeploys",
    "cancelled",
    "mappable",
    "mapped",
    "unknown_content",
    "baseline_changes",
    "unmapped",
    "negative_lead_times",
    "one_time_changes",
    "restored",
    "negative_restorations",
    "open_failures",
    "open_recoveries",
    "negative_recoveries",
    "recovered",
    "incidents",
    "open_incidents",
    "linked_by_name",
    "linked_by_rule",
    "linked_by_hand",
    "caused_by_none",
    "unlinked",
    "acknowledged",
    "within_limit",
    "limited",
    "pending_acknowledgements",
    "negative_acknowledgements",
    "staged",
    "incomplete_stages",
    "excluded_deployments",
    "excluded_incidents",
    "corrected_deployments",
    "corrected_incidents",
    "uncounted_repairs",
    "uncounted_sources",
    "uncounted_bots",
    "uncounted_bot_changes",
    "uncounted_counters",
    "told_by_counters",
)
SUMS = ("restoration_seconds", "acknowledge_seconds", "coding", "pickup", "review", "release")
NUMBERS = (*COUNTS, *SUMS)
DURATIONS = ("lead_times", "bot_lead_times", "recoveries")
_numbers = attrgetter(*NUMBERS)  # all at once: one by one takes most of a merge's time


@dataclass(slots=True)
class Bucket:
    """One day of one scope and environment class. Seconds are floats; ``failed_by`` counts deployments by rule.

    Deployments are dated by their finish, restorations and recoveries by the moment of restoration, incidents and
    their acknowledgement by their opening. ``mapped / mappable`` is the coverage of lead time. ``recheck_at``: the
    instant at which an incident that nobody acknowledged becomes overdue. ``uncounted_…``: rollbacks and hotfixes,
    deployments of other sources, those by bots, and changes by bots, that a definition leaves out; and what counters
    told when events did already. ``told_by_counters``: those in ``mappable`` of which nothing else tells.
    """

    deployments: int = 0
    finished: int = 0
    failed: int = 0
    rework: int = 0
    redeploys: int = 0
    cancelled: int = 0
    mappable: int = 0
    mapped: int = 0
    unknown_content: int = 0
    baseline_changes: int = 0
    unmapped: int = 0
    negative_lead_times: int = 0
    one_time_changes: int = 0
    restored: int = 0
    negative_restorations: int = 0
    open_failures: int = 0
    open_recoveries: int = 0
    negative_recoveries: int = 0
    recovered: int = 0
    incidents: int = 0
    open_incidents: int = 0
    linked_by_name: int = 0
    linked_by_rule: int = 0
    linked_by_hand: int = 0
    caused_by_none: int = 0
    unlinked: int = 0
    acknowledged: int = 0
    within_limit: int = 0
    limited: int = 0
    pending_acknowledgements: int = 0
    negative_acknowledgements: int = 0
    staged: int = 0
    incomplete_stages: int = 0
    excluded_deployments: int = 0
    excluded_incidents: int = 0
    corrected_deployments: int = 0
    corrected_incidents: int = 0
    uncounted_repairs: int = 0
    uncounted_sources: int = 0
    uncounted_bots: int = 0
    uncounted_bot_changes: int = 0
    uncounted_counters: int = 0
    told_by_counters: int = 0
    restoration_seconds: float = 0.0
    acknowledge_seconds: float = 0.0
    coding: float = 0.0
    pickup: float = 0.0
    review: float = 0.0
    release: float = 0.0
    failed_by: Counter[str] = field(default_factory=Counter)
    lead_times: Durations = field(default_factory=Durations)
    bot_lead_times: Durations = field(default_factory=Durations)
    recoveries: Durations = field(default_factory=Durations)
    recheck_at: datetime | None = None

    def merge(self, other: "Bucket") -> None:
        """Add another scope's or day's."""
        for name, value in zip(NUMBERS, _numbers(other), strict=True):
            if value:
                setattr(self, name, getattr(self, name) + value)
        self.failed_by.update(other.failed_by)
        self.lead_times.merge(other.lead_times)
        self.bot_lead_times.merge(other.bot_lead_times)
        self.recoveries.merge(other.recoveries)
        if other.recheck_at is not None:
            self.recheck_at = min(self.recheck_at or other.recheck_at, other.recheck_at)

    def merge_packed(self, data: bytes) -> None:
        """Add one that is packed, without making a bucket of it: most of its fields are zero and not there."""
        for name, value in _plain(data).items():
            if name in DURATIONS:
                getattr(self, name).merge(Durations.from_plain(value))
            elif name == "failed_by":
                self.failed_by.update(value)
            elif name == "recheck_at":
                at = datetime.fromisoformat(value)
                self.recheck_at = min(self.recheck_at or at, at)
            else:
                setattr(self, name, getattr(self, name) + value)

    def summarise(self, limit: int) -> None:
        """Keep sets of more than ``limit`` durations as sketches."""
        for durations in (self.lead_times, self.bot_lead_times, self.recoveries):
            if durations.count > limit:
                durations.summarise()

    def pack(self) -> bytes:
        """The bucket as bytes; equal buckets give equal bytes."""
        plain: dict[str, Any] = {}
        for name, value in zip(NUMBERS, _numbers(self), strict=True):
            if value:
                plain[name] = round(value, 6) if isinstance(value, float) else value
        if self.failed_by:
            plain["failed_by"] = dict(sorted(self.failed_by.items()))
        for name in DURATIONS:
            durations: Durations = getattr(self, name)
            if durations.count:
                plain[name] = durations.to_plain()
        if self.recheck_at is not None:
            plain["recheck_at"] = self.recheck_at.isoformat()
        data = orjson.dumps(plain)
        return zlib.compress(data, 1) if len(data) > 2_000 else data

    @classmethod
    def unpack(cls, data: bytes) -> "Bucket":
        plain = _plain(bytes(data))
        for name in DURATIONS:
            if name in plain:
                plain[name] = Durations.from_plain(plain[name])
        if "failed_by" in plain:
            plain["failed_by"] = Counter(plain["failed_by"])
        if "recheck_at" in plain:
            plain["recheck_at"] = datetime.fromisoformat(plain["recheck_at"])
        return cls(**plain)


def _plain(data: bytes) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(data if data[:1] == b"{" else zlib.decompress(data))
    return plain


def pooled(buckets: Iterable[Bucket]) -> Bucket:
    """All of them in one: durations are pooled, never a median of medians."""
    whole = Bucket()
    for bucket in buckets:
        whole.merge(bucket)
    return whole


assert {*NUMBERS, *DURATIONS} <= {f.name for f in fields(Bucket)}  # noqa: S101 - the lists above name the fields
