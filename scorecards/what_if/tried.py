"""Rollups of one scope that are kept in memory, of facts judged by definitions that nobody has said yet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from ingest.catalogue.ownership import Period, owner_on
from ingest.models import Service
from ingest.window import Window
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.build import ORGANISATION_EXACT_LIMIT
from scorecards.rollups.read import ACTIVE_DAYS, Scope

Key = tuple[str, str]  # scope and tier


class Tried:
    """As ``scorecards.rollups.read.Stored``, of one class and window: services are added one after the other."""

    def __init__(self, scope: Scope, window: Window, unassigned: int) -> None:
        self.scope, self.window, self.unassigned = scope, window, unassigned
        self._days: dict[Key, dict[date, Bucket]] = defaultdict(lambda: defaultdict(Bucket))
        self._activity: list[tuple[date, int, int]] = []
        self._deployed: set[Key] = set()

    def add(self, service: Service, buckets: Mapping[date, Bucket], periods: Sequence[Period]) -> None:
        """A service's buckets by day; each counts for who owned it then, as far as that is the scope."""
        for day, bucket in buckets.items():
            if bucket.deployments and self.window.start - ACTIVE_DAYS <= day < self.window.end:
                self._activity.append((day, service.pk, bucket.deployments))
            if self.holds(periods, day):
                self._add_day(service.tier, day, bucket)

    def holds(self, periods: Sequence[Period], day: date) -> bool:
        """Whether a service's day counts for the scope."""
        return self.scope.kind != "team" or (owner_on(periods, day) or self.unassigned) == self.scope.id

    def _add_day(self, tier: str, day: date, bucket: Bucket) -> None:
        keys = ((self.scope.key, ""), (self.scope.key, tier))
        if bucket.finished:
            self._deployed.update(keys)
        if self.window.start <= day < self.window.end:
            packed = bucket.pack()  # rounded as stored ones are
            for key in keys:
                self._days[key][day].merge_packed(packed)

    def buckets(
        self, wanted: Mapping[Key, Scope], environment_class: str, window: Window
    ) -> Iterable[tuple[str, str, date, bytes]]:
        for (scope, tier), days in self._days.items():
            for day, bucket in days.items():
                if self.scope.kind == "org":
                    bucket.summarise(ORGANISATION_EXACT_LIMIT)
                yield scope, tier, day, bucket.pack()

    def activity(
        self, scopes: Sequence[Scope], environment_class: str, window: Window
    ) -> Iterable[tuple[int, date, int]]:
        return ((pk, day, count) for day, pk, count in sorted(self._activity))

    def deployed(self, wanted: Mapping[Key, Scope], environment_class: str) -> set[Key]:
        return self._deployed
