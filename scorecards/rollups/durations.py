"""A mergeable set of durations: exact as long as it is small enough, then a sketch.

Services and teams stay exact. The organisation's days become DDSketch summaries beyond a limit: any quantile of those
is within 0.5 % of a value that is there, and merging loses nothing; count and mean stay exact.
"""

import base64
import math
from collections.abc import Iterable
from typing import Any

from ddsketch import DDSketch
from ddsketch.pb.ddsketch_pb2 import DDSketch as SketchMessage
from ddsketch.pb.proto import DDSketchProto

from scorecards.metrics.spread import Spread, spread

ACCURACY = 0.005
EXACT_LIMIT = 200_000


class Durations:
    """Seconds, none negative. ``values`` while exact; ``sketch`` with count and sum once it is one."""

    __slots__ = ("count", "sketch", "total", "values")

    def __init__(self, values: Iterable[float] = ()) -> None:
        self.values: list[float] = sorted(values)
        self.sketch: DDSketch | None = None
        self.count = len(self.values)
        self.total = 0.0

    def merge(self, other: "Durations") -> None:
        """Take in another set; a sketch among the two makes the result one."""
        if other.count == 0:
            return
        if self.sketch is None and other.sketch is None:
            self.values += other.values
            self.count += other.count
            if self.count > EXACT_LIMIT:
                self.summarise()
            return
        self.summarise()
        self.count += other.count
        if other.sketch is None:
            self.total += math.fsum(other.values)
            for value in other.values:
                self._sketch.add(value)
        else:
            self.total += other.total
            self._sketch.merge(other.sketch)

    @property
    def _sketch(self) -> DDSketch:
        assert self.sketch is not None  # noqa: S101 - for the type checker: summarise() made it
        return self.sketch

    def summarise(self) -> None:
        """Give up the single values for a sketch."""
        if self.sketch is None:
            self.sketch = DDSketch(ACCURACY)
            self.total = math.fsum(self.values)
            for value in self.values:
                self.sketch.add(value)
            self.values = []

    def spread(self) -> Spread | None:
        if self.sketch is None:
            return spread(self.values)
        return Spread(
            median=self._quantile(0.5),
            mean=self.total / self.count,
            p75=self._quantile(0.75),
            p90=self._quantile(0.9),
            count=self.count,
        )

    def _quantile(self, q: float) -> float:
        return self._sketch.get_quantile_value(q) or 0.0  # never None: a sketch here holds something

    def to_plain(self) -> Any:
        """As JSON has it: the sorted values, or the sketch's count, sum and bytes."""
        if self.sketch is None:
            return [int(value) if value == int(value) else value for value in sorted(self.values)]
        message = DDSketchProto.to_proto(self.sketch).SerializeToString(deterministic=True)  # type: ignore[no-untyped-call]
        return {"count": self.count, "total": self.total, "sketch": base64.b64encode(message).decode()}

    @classmethod
    def from_plain(cls, plain: Any) -> "Durations":
        durations = cls()
        if isinstance(plain, list):
            durations.values, durations.count = plain, len(plain)
        else:
            message = SketchMessage()
            message.ParseFromString(base64.b64decode(plain["sketch"]))
            durations.sketch = DDSketchProto.from_proto(message)  # type: ignore[no-untyped-call]
            durations.count, durations.total = plain["count"], plain["total"]
        return durations
