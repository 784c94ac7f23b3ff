"""What counters and events tell of the same deployments, side by side, where both do."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Case, Count, F, Value, When
from django.db.models.functions import TruncDate

from ingest.models import Deployment, Source
from ingest.models.facts import DeploymentStatus
from ingest.models.inbox import SourceKind
from ingest.window import DAY, Window


class Told(NamedTuple):
    """Attempts that finished, and how many of them failed by their own status."""

    deployments: int = 0
    failed: int = 0

    def __add__(self, other: object) -> "Told":
        return Told(*map(sum, zip(self, other, strict=True))) if isinstance(other, Told) else NotImplemented


@dataclass(frozen=True, slots=True)
class Compared:
    """Both over the days ``[start, end)``: from the first to the last day by which both have told something.

    ``difference``: how many more deployments counters tell; of no day in common there is no row.
    """

    service_id: int
    environment_class: str
    start: date
    end: date
    events: Told
    counters: Told

    @property
    def difference(self) -> int:
        return self.counters.deployments - self.events.deployments

    @property
    def agree(self) -> bool:
        return self.counters == self.events


Days = dict[bool, dict[date, Told]]  # of counters, and of all else


def compared(services: Collection[int] | None, window: Window, today: date) -> list[Compared]:
    """Of these services, or of all, by class, those that both tell of within the window. The largest difference first.

    Redeploys count, as a counter can't tell them; of several reports of one deployment one does.
    """
    counters = list(Source.objects.filter(kind=SourceKind.PROMETHEUS).values_list("pk", flat=True))
    if not counters:
        return []
    finished = Deployment.objects.filter(
        status__in=(DeploymentStatus.SUCCEEDED, DeploymentStatus.FAILED),
        duplicate_of=None,
        finished_at__gte=window.starts_at,
        finished_at__lt=Window(window.start, max(window.start, min(window.end, today + DAY)), window.zone).ends_at,
    )
    if services is not None:
        finished = finished.filter(service__in=list(services))
    counted = finished.filter(source__in=counters).order_by().values_list("service", flat=True).distinct()
    rows = (
        finished.filter(service__in=list(counted))
        .order_by()
        .annotate(counter=Case(When(source__in=counters, then=Value(1)), default=Value(0)))
        .annotate(day=TruncDate("finished_at", tzinfo=window.zone))
        .values_list("service", "environment__environment_class", "counter", "day", F("status"))
        .annotate(count=Count("pk"))
    )
    days: dict[tuple[int, str], Days] = defaultdict(lambda: {True: {}, False: {}})
    for service, environment_class, counter, day, status, count in rows:
        own = days[service, environment_class][bool(counter)]
        own[day] = own.get(day, Told()) + Told(count, count if status == DeploymentStatus.FAILED else 0)
    found = [one for place, own in days.items() if (one := _compare(place, own)) is not None]
    return sorted(found, key=lambda one: (-abs(one.difference), one.service_id, one.environment_class))


def _compare(place: tuple[int, str], days: Days) -> Compared | None:
    if not all(days.values()):
        return None
    start = max(min(own) for own in days.values())
    end = min(max(own) for own in days.values()) + DAY
    if start >= end:
        return None
    return Compared(*place, start, end, _within(days[False], start, end), _within(days[True], start, end))


def _within(days: Mapping[date, Told], start: date, end: date) -> Told:
    return _sum(told for day, told in days.items() if start <= day < end)


def _sum(rows: Iterable[Told]) -> Told:
    return sum(rows, Told())
