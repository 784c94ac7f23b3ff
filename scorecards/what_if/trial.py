"""One change tried: the figures of its scope now and under it, and which deployments it sees otherwise.

Both are computed from facts by what rollups are made with. The change is tried as if it held from the first day of the
window on.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

from django.conf import settings

from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import Period
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from ingest.window import Window
from scorecards.definitions.change import concerned
from scorecards.definitions.course import Span, Stated
from scorecards.definitions.held import Held
from scorecards.definitions.values import Values
from scorecards.facts import PRODUCTION, ServiceFacts, service_facts
from scorecards.metrics.change_failure_rate import is_among
from scorecards.metrics.delivered import finish
from scorecards.metrics.records import Judgement
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.judged import Judged, judged_service
from scorecards.rollups.read import ORGANISATION, Computation, Scope
from scorecards.rollups.summary import Summary
from scorecards.what_if.tried import Tried

SERVICES_A_TIME = 25
LISTED = 20
LAST = datetime.max.replace(tzinfo=UTC)

State = Literal["succeeded", "failed", "left out"]
Difference = Literal["becomes_failed", "no_longer_failed", "no_longer_counts", "counts_newly"]
DIFFERENCES: Mapping[tuple[State, State], Difference] = {
    ("succeeded", "failed"): "becomes_failed",
    ("failed", "succeeded"): "no_longer_failed",
    ("succeeded", "left out"): "no_longer_counts",
    ("failed", "left out"): "no_longer_counts",
    ("left out", "succeeded"): "counts_newly",
    ("left out", "failed"): "counts_newly",
}


class Differing(NamedTuple):
    """A deployment that the change sees otherwise."""

    finished_at: datetime
    deployment_id: int
    difference: Difference


class Trial:
    """A change, tried on services given bit by bit. ``today`` and ``now``: as pages and rollups have them."""

    def __init__(self, team: Team | None, values: Values, window: Window, today: date, now: datetime) -> None:
        self.window, self.today, self.now = window, today, now
        self.team = team
        self.scope = Scope("team", team.pk) if team else ORGANISATION
        stated = Stated(LAST, 2**62, team.pk if team else None, window.start, values)
        self.held, self.tried = Held.load(), Held.load([stated])
        unassigned = Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first() or 0
        self.before = Tried(self.scope, window, unassigned)
        self.after = Tried(self.scope, window, unassigned)
        self.counted: Counter[Difference] = Counter()
        self.newest: list[Differing] = []

    @property
    def service_ids(self) -> list[int]:
        return concerned(self.team)

    def run(self, service_ids: Iterable[int], report: Callable[[int], bool]) -> bool:
        """Compute some services; ``report`` is told how many are done after each few, and says whether to go on.

        Returns whether all are done.
        """
        done, rest = 0, iter(service_ids)
        while ids := list(islice(rest, SERVICES_A_TIME)):
            owners = periods_by_service(ids)
            now, then = self.held.judging(ids, owners), self.tried.judging(ids, owners)
            for facts in service_facts(list(Service.objects.filter(pk__in=ids))):
                pk = facts.service.pk
                self._add(facts, owners.get(pk, ()), now[pk], then[pk])
            done += len(ids)
            if not report(done):
                return False
        return True

    def _add(self, facts: ServiceFacts, periods: Sequence[Period], now: Sequence[Span], then: Sequence[Span]) -> None:
        before = self._judge(facts, now)
        after = before if then == now else self._judge(facts, then)
        self.before.add(facts.service, _buckets(before), periods)
        self.after.add(facts.service, _buckets(after), periods)
        if after is not before:
            for one in self._differing(_states(before), _states(after), periods):
                self.counted[one.difference] += 1
                heapq.heappush(self.newest, one)
                if len(self.newest) > LISTED:
                    heapq.heappop(self.newest)

    def _judge(self, facts: ServiceFacts, spans: Sequence[Span]) -> list[Judged]:
        parts = judged_service(facts, spans, settings.ORGANISATION_ZONE, self.now)
        return [part for part in parts if part.environment_class == PRODUCTION]

    def _differing(
        self,
        before: Mapping[int, tuple[datetime, State]],
        after: Mapping[int, tuple[datetime, State]],
        periods: Sequence[Period],
    ) -> Iterator[Differing]:
        for pk in sorted({*before, *after}):
            at, then = after.get(pk) or (before[pk][0], "left out")
            _, now = before.get(pk) or (at, "left out")
            day = at.astimezone(settings.ORGANISATION_ZONE).date()
            if now != then and at in self.window and self.before.holds(periods, day):
                yield Differing(at, pk, DIFFERENCES[now, then])

    def now_and_then(self) -> tuple[Summary, Summary]:
        """The figures of the window as they are and as they would be."""
        return self._summary(self.before, self.held), self._summary(self.after, self.tried)

    def _summary(self, rollups: Tried, held: Held) -> Summary:
        found = Computation([self.scope], PRODUCTION, self.window, self.today, rollups=rollups, held=held)
        return found.summary(self.scope, self.window)

    def differences(self) -> dict[str, Any]:
        """How many deployments are seen otherwise, by how; and the newest of them."""
        return {
            "counted": dict(self.counted),
            "newest": [[one.deployment_id, one.difference] for one in sorted(self.newest, reverse=True)],
        }


def _buckets(parts: Iterable[Judged]) -> dict[date, Bucket]:
    found: dict[date, Bucket] = {}
    for part in parts:
        for day, bucket in part.buckets.items():
            if day in found:
                found[day].merge(bucket)
            else:
                found[day] = bucket
    return found


def _states(parts: Iterable[Judged]) -> dict[int, tuple[datetime, State]]:
    """Each finished deployment of production, as counts and failure rates see it."""
    return {
        pk: (finish(judgement.deployment), _state(part, judgement))
        for part in parts
        for pk, judgement in part.judged.judgements.items()
        if part.decides(finish(judgement.deployment))
    }


def _state(part: Judged, judgement: Judgement) -> State:
    if not is_among(judgement, part.definitions):
        return "left out"
    return "failed" if judgement.failed else "succeeded"
