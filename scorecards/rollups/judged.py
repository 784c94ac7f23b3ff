"""One service's facts -> what its definitions judge of them, for rollups and trials alike.

Where all days have one definition, each class is judged once. Else it is judged once by each, over the whole history,
and of each judgement those days are taken on which its definition holds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

from ingest.window import midnight
from scorecards.definitions.course import Span
from scorecards.facts import ServiceFacts
from scorecards.metrics.chosen import choose
from scorecards.metrics.failures import judge
from scorecards.metrics.records import Definitions, Incident, JudgedService
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.days import Besides, always, buckets_by_day

Decides = Callable[[datetime], bool]
NEVER_OPENED = datetime.min.replace(tzinfo=UTC)


class Judged(NamedTuple):
    """One class of a service by one definition. Only what ``decides`` holds for is to be taken: deployments by their
    finish, incidents by their opening. ``buckets`` hold nothing else."""

    environment_class: str
    definitions: Definitions
    judged: JudgedService
    incidents: Sequence[Incident]
    buckets: dict[date, Bucket]
    decides: Decides

    def decides_incident(self, incident: Incident) -> bool:
        """One whose opening nobody told belongs before all days."""
        return self.decides(incident.opened_at or NEVER_OPENED)


def judged_service(facts: ServiceFacts, spans: Sequence[Span], zone: tzinfo, now: datetime) -> Iterator[Judged]:
    """All classes of a service by each definition in ``spans``, as of ``now``."""
    spans_by_definitions: dict[Definitions, list[Span]] = defaultdict(list)
    for span in spans:
        spans_by_definitions[span.definitions].append(span)
    for definitions, own in spans_by_definitions.items():
        decides = always if len(spans_by_definitions) == 1 else _decides(own, zone)
        yield from _by_definitions(facts, definitions, decides, zone, now)


def _by_definitions(
    facts: ServiceFacts, definitions: Definitions, decides: Decides, zone: tzinfo, now: datetime
) -> Iterator[Judged]:
    chosen = choose(facts.deployments, facts.incidents, definitions, facts.rollbacks)
    for environment_class in sorted({*chosen.classes, *facts.excluded_deployments, *facts.excluded_incidents}):
        deployments = chosen.deployments.get(environment_class, ())
        incidents = chosen.incidents.get(environment_class, ())
        judged = judge(
            deployments,
            incidents,
            facts.history,
            definitions,
            blaming=facts.blaming,
            elsewhere=facts.elsewhere,
            rollbacks=chosen.rollbacks.get(environment_class, ()),
        )
        besides = Besides(
            facts.excluded_deployments.get(environment_class, ()),
            facts.excluded_incidents.get(environment_class, ()),
            chosen.other_sources.get(environment_class, ()),
            chosen.by_bots.get(environment_class, ()),
            chosen.counters.get(environment_class, ()),
            facts.one_time_changes,
        )
        days = buckets_by_day(judged, deployments, incidents, definitions, zone, now, besides, decides)
        yield Judged(environment_class, definitions, judged, incidents, days, decides)


def _decides(spans: Sequence[Span], zone: tzinfo) -> Decides:
    """Whether a moment lies on a day of one of the spans."""
    bounds = [(span.start and midnight(span.start, zone), span.end and midnight(span.end, zone)) for span in spans]

    def holds(at: datetime) -> bool:
        return any((start is None or start <= at) and (end is None or at < end) for start, end in bounds)

    return holds
