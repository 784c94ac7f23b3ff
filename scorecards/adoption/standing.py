"""One service's capabilities, each with what evidences it and what does not."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from ingest.models import Repository, Service
from scorecards.adoption.capabilities import Capability, Origin, Signal
from scorecards.adoption.evidence import PROMETHEUS
from scorecards.adoption.read import ServiceDay, State, last_day, service_course
from scorecards.adoption.settings import capabilities
from scorecards.adoption.spells import WINDOW
from scorecards.models import CapabilitySpell, LookSpell

ONE = timedelta(days=1)


class Evidence(NamedTuple):
    """A signal that was seen. ``counts``: within the last 28 days. ``path`` and ``line`` in ``repository`` at
    ``commit``: where, of one that a scan saw."""

    signal: Signal
    first_day: date
    last_day: date
    counts: bool
    path: str = ""
    line: int = 0
    commit: str = ""
    repository: Repository | None = None


class Missing(NamedTuple):
    """A signal that was not seen. ``looked``: one could have seen it within the last 28 days; else nobody knows."""

    signal: Signal
    looked: bool


@dataclass(frozen=True, slots=True)
class CapabilityStanding:
    """``evidence``: what was seen, the newest first; ``missing``: what was not, of what would show that it is used."""

    capability: Capability
    state: State
    configured: bool
    retained: bool
    evidence: tuple[Evidence, ...]
    missing: tuple[Missing, ...]


def capabilities_of(service: Service, today: date) -> tuple[ServiceDay, list[CapabilityStanding]]:
    """The service today, or on the newest day that was computed, and each of its capabilities with its evidence. A few
    queries."""
    day = min(today, last_day() or today)
    told = service_course(service, [day])[0]
    seen: dict[str, list[CapabilitySpell]] = defaultdict(list)
    for row in CapabilitySpell.objects.filter(service=service, first_day__lte=day).order_by("-last_day"):
        seen[row.signal].append(row)
    repositories = Repository.objects.in_bulk(
        {row.detail["repository"] for rows in seen.values() for row in rows if "repository" in row.detail}
    )
    looked = _looked(service, day)
    standings = [
        CapabilityStanding(
            one,
            told.states.get(one.id, "unknown" if told.is_active else "inactive"),
            one.id in told.configured,
            one.id in told.retained,
            tuple(_evidence(one, seen, repositories, day)),
            tuple(_missing(one, seen, looked, day)),
        )
        for one in capabilities()
    ]
    return told, standings


def _counts(row: CapabilitySpell, day: date) -> bool:
    return row.first_day <= day < row.last_day + WINDOW * ONE


def _evidence(
    one: Capability, seen: Mapping[str, Sequence[CapabilitySpell]], repositories: Mapping[int, Repository], day: date
) -> Iterator[Evidence]:
    known = capabilities().signals
    rows = [row for name in one.signals for row in seen.get(name, ())[:1]]
    for row in sorted(rows, key=lambda row: row.last_day, reverse=True):
        place = row.detail
        yield Evidence(
            known[row.signal],
            row.first_day,
            min(row.last_day, day),
            _counts(row, day),
            place.get("path", ""),
            place.get("line", 0),
            place.get("commit", ""),
            repositories.get(place.get("repository", 0)),
        )


def _missing(
    one: Capability, seen: Mapping[str, Sequence[CapabilitySpell]], looked: Collection[str], day: date
) -> Iterator[Missing]:
    known = capabilities().signals
    for name in dict.fromkeys(name for together in one.used_by for name in together):
        if not any(_counts(row, day) for row in seen.get(name, ())):
            yield Missing(known[name], name in looked)


def _looked(service: Service, day: date) -> set[str]:
    """The signals that one could have seen within the window that ends with the day."""
    within = {"first_day__lte": day, "last_day__gt": day - WINDOW * ONE}
    names = set(LookSpell.objects.filter(service=service, **within).values_list("signal", flat=True))
    known = capabilities()
    for origin in (Origin.DEPLOYMENTS, Origin.SARIF):
        own = {signal.id for signal in known.of(origin)}
        if CapabilitySpell.objects.filter(signal__in=own, **within).exists():
            names |= own
    if LookSpell.objects.filter(service=None, signal=PROMETHEUS, **within).exists():
        names |= {signal.id for origin in (Origin.OBJECTIVES, Origin.METRICS) for signal in known.of(origin)}
    return names | {signal.id for signal in known.of(Origin.CATALOGUE)}
