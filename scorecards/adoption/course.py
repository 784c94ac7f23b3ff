"""(pure) Evidence -> adoption by day: of each service, of each team, of the organisation.

A service is a few states long, each from the day on which one of its intervals begins or ends to the next such day; a
day's figures are those of the day before with what changed. So the work grows with the changes, not with the days.

Definition: metrics.md, "Adoption"; docs/definitions.md, "Adoption".
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

from ingest.catalogue.ownership import Period
from scorecards.adoption.capabilities import ACTIVITY, Capabilities, Origin, Together
from scorecards.adoption.spells import (
    ACTIVE,
    ALWAYS,
    EARLIEST,
    NEVER,
    WINDOW,
    Intervals,
    Spell,
    counting,
    intersection,
    later,
    others,
    union,
)

Figures: TypeAlias = dict[str, Any]
_BEFORE = (28, 56, 84)  # days before, on which what is retained was used too, on two of the three at least


@dataclass(frozen=True)
class Rules:
    """``at_least``: capabilities that a service on the platform uses; ``share``: of a team's services, to use it."""

    capabilities: Capabilities
    at_least: int = 3
    share: Fraction = Fraction(1, 2)

    @cached_property
    def key(self) -> str:
        """Stands for all of it."""
        return f"{self.capabilities.key} {self.at_least} {self.share}"


@dataclass(slots=True)
class ServiceEvidence:
    """What is known of one service. ``spells``: by signal, and ``activity``; ``looks``: by signal of scans.

    ``owners``: as ``ingest.catalogue.ownership`` tells. ``deployments``: how many succeeded, by the day's ordinal.
    """

    id: int
    retired_on: date | None = None
    owners: Sequence[Period] = ()
    spells: Mapping[str, Sequence[Spell]] = field(default_factory=dict)
    looks: Mapping[str, Sequence[Spell]] = field(default_factory=dict)
    deployments: Mapping[int, int] = field(default_factory=dict)


class Course(NamedTuple):
    """Figures by day. ``services``: only on days that differ from the day before; ``teams``: only those with an active
    service."""

    organisation: dict[date, Figures]
    teams: dict[tuple[int, date], Figures]
    services: dict[tuple[int, date], Figures]


def course(
    services: Iterable[ServiceEvidence],
    looks: Mapping[Origin, Sequence[Spell]],
    rules: Rules,
    first: date,
    last: date,
    nobody: int | None = None,
) -> Course:
    """The days from ``first`` to ``last``, both in it.

    ``looks``: the days on which one could have seen the signals that are not of scans. ``nobody``: the team that stands
    for services that nobody owns; it is no team of the organisation.
    """
    sweep = _Sweep(rules, looks, first.toordinal(), last.toordinal() + 1, nobody)
    told = {key: figures for service in services for key, figures in sweep.add(service)}
    teams = dict(sweep.teams())
    return Course(dict(sweep.organisation(teams)), {key: figures for key, (figures, _) in teams.items()}, told)


# ---------------------------------------------------------------- a service


class Stretch(NamedTuple):
    """Days ``[start, end)`` on which nothing changes. ``mask``: 0 while the service is not active."""

    start: int
    end: int
    mask: int
    team: int | None


class UseOf(NamedTuple):
    """When a service certainly uses a capability, when possibly, when it is configured, and when it was kept to."""

    used: Intervals
    possible: Intervals
    configured: Intervals
    retained: Intervals


class _Signals:
    """When the signals of one service count, and when they could have been seen."""

    def __init__(self, service: ServiceEvidence, rules: Rules, everywhere: Mapping[Origin, Intervals]) -> None:
        self._service, self._signals, self._everywhere = service, rules.capabilities.signals, everywhere
        self._seen: dict[str, Intervals] = {}
        self._maybe: dict[str, Intervals] = {}

    def seen(self, name: str) -> Intervals:
        if name not in self._seen:
            spells = self._service.spells.get(name)
            self._seen[name] = counting(spells) if spells else NEVER
        return self._seen[name]

    def maybe(self, name: str) -> Intervals:
        """Seen, or not looked at."""
        if name not in self._maybe:
            self._maybe[name] = union(self.seen(name), others(self._looked(name)))
        return self._maybe[name]

    def _looked(self, name: str) -> Intervals:
        origin = self._signals[name].origin
        if origin is Origin.SCAN:
            looks = self._service.looks.get(name)
            return counting(looks) if looks else NEVER
        return self._everywhere[origin]

    def all_seen(self, names: Together) -> Intervals:
        return self._all([self.seen(name) for name in names])

    def all_maybe(self, names: Together) -> Intervals:
        return self._all([self.maybe(name) for name in names])

    @staticmethod
    def _all(parts: Sequence[Intervals]) -> Intervals:
        found = parts[0]
        for part in parts[1:]:
            found = intersection(found, part)
        return found


def uses(service: ServiceEvidence, rules: Rules, everywhere: Mapping[Origin, Intervals]) -> list[UseOf]:
    """When the service uses each capability, in their order.

    Not used and, of a signal that would show it, not looked at: possible. Without any such signal always possible.
    """
    signals = _Signals(service, rules, everywhere)
    found = []
    for capability in rules.capabilities:
        used = union(*map(signals.all_seen, capability.used_by)) if capability.used_by else NEVER
        possible = union(*map(signals.all_maybe, capability.used_by)) if capability.used_by else ALWAYS
        configured = union(used, *map(signals.all_seen, capability.configured_by))
        found.append(UseOf(used, possible, configured, retained(used)))
    return found


def retained(used: Intervals) -> Intervals:
    """The days on which it is used, and was on two at least of the days 28, 56 and 84 before."""
    if not used:
        return NEVER
    one, two, three = (later(used, by) for by in _BEFORE)
    both = union(intersection(one, two), intersection(one, three), intersection(two, three))
    return intersection(used, both)


def everywhere(looks: Mapping[Origin, Sequence[Spell]]) -> dict[Origin, Intervals]:
    """When signals that are not of scans could have been seen; the catalogue always can be looked at."""
    found: dict[Origin, Intervals] = {origin: counting(looks.get(origin, ())) for origin in Origin}
    found[Origin.CATALOGUE] = ALWAYS
    return found


# ---------------------------------------------------------------- the sweep

_INACTIVE: Figures = {"state": "inactive"}


class _Masks:
    """A service's state as one number, and what it adds to the counts of its team."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.count = rules, len(rules.capabilities)
        ones = (1 << self.count) - 1
        self.used, self.possible, self.configured, self.retained = (ones << self.count * at for at in range(4))
        self.active = 1 << self.count * 4
        self._adds: dict[int, tuple[int, ...]] = {}
        self._figures: dict[int, Figures] = {}

    def bit(self, part: int, capability: int) -> int:
        return 1 << self.count * part + capability

    def is_using(self, mask: int) -> bool:
        return bool(mask) and (mask & self.used).bit_count() >= self.rules.at_least

    def is_possible(self, mask: int) -> bool:
        return bool(mask) and (mask & self.possible).bit_count() >= self.rules.at_least

    def adds(self, mask: int) -> tuple[int, ...]:
        """Active, using, possible; then, of each capability: configured, used, retained, unknown."""
        if mask not in self._adds:
            found = [int(bool(mask)), int(self.is_using(mask)), int(self.is_possible(mask))]
            for at in range(self.count):
                used, possible, configured, kept = (int(bool(mask & self.bit(part, at))) for part in range(4))
                found += (configured, used, kept, possible - used) if mask else (0, 0, 0, 0)
            self._adds[mask] = tuple(found)
        return self._adds[mask]

    def figures(self, mask: int) -> Figures:
        if not mask:
            return _INACTIVE
        if mask not in self._figures:
            self._figures[mask] = self._told(mask)
        return self._figures[mask]

    def _told(self, mask: int) -> Figures:
        states, configured, kept = {}, [], []
        for at, name in enumerate(self.rules.capabilities.ids):
            used, possible = mask & self.bit(0, at), mask & self.bit(1, at)
            states[name] = "used" if used else "unknown" if possible else "not"
            if mask & self.bit(2, at):
                configured.append(name)
            if mask & self.bit(3, at):
                kept.append(name)
        state = "uses" if self.is_using(mask) else "possibly" if self.is_possible(mask) else "not"
        return {"state": state, "states": states, "configured": configured, "retained": kept}


class _Scope:
    """What changes in a team or the organisation, by day: counts, and deployments of the last 28 days."""

    __slots__ = ("changes", "deployments")

    def __init__(self, days: int) -> None:
        self.changes: dict[int, list[int]] = {}
        self.deployments = [[0] * (days + 1) for _ in range(3)]  # all, using, possible: what is added on each day

    def change(self, day: int, adds: Sequence[int], sign: int) -> None:
        held = self.changes.get(day)
        if held is None:
            self.changes[day] = [sign * one for one in adds]
        else:
            for at, one in enumerate(adds):
                if one:
                    held[at] += sign * one


class _Sweep:
    def __init__(
        self, rules: Rules, looks: Mapping[Origin, Sequence[Spell]], first: int, end: int, nobody: int | None
    ) -> None:
        self.rules, self.first, self.end, self.nobody = rules, first, end, nobody
        self.masks = _Masks(rules)
        self._everywhere = everywhere(looks)
        self._org = _Scope(end - first)
        self._teams: dict[int, _Scope] = {}

    # ------------------------------------------------------------ services

    def add(self, service: ServiceEvidence) -> Iterator[tuple[tuple[int, date], Figures]]:
        """Count a service in; its figures on the days on which they change."""
        stretches = self.stretches(service)
        before = 0
        for stretch in stretches:
            if stretch.end <= self.first:
                before = stretch.mask
                continue
            if stretch.start >= self.first and stretch.mask != before:
                yield (service.id, date.fromordinal(stretch.start)), self.masks.figures(stretch.mask)
            before = stretch.mask
            self._count(stretch)
        if service.deployments:
            self._count_deployments(service.deployments, [one for one in stretches if one.mask])

    def stretches(self, service: ServiceEvidence) -> list[Stretch]:
        """The states of a service, from one day before the first on; each day is in one."""
        toggles: dict[int, int] = defaultdict(int)
        start, end = self.first - 1, self.end
        for bit, intervals in self._parts(service):
            for began, ended in intervals:
                if began < end and ended > start:
                    toggles[max(began, start)] ^= bit
                    if ended < end:
                        toggles[ended] ^= bit
        changes = [period.start.toordinal() for period in service.owners if period.start is not None]
        cuts = sorted(
            {start, self.first, *(day for day, bits in toggles.items() if bits), *_inner(changes, start, end)}
        )
        found: list[Stretch] = []
        mask = 0
        for day, until in pairwise([*cuts, end]):
            mask ^= toggles.get(day, 0)
            effective = mask if mask & self.masks.active else 0
            team = self._owner(service.owners, changes, day)
            if found and found[-1].mask == effective and found[-1].team == team and found[-1].start >= self.first:
                found[-1] = found[-1]._replace(end=until)
            else:
                found.append(Stretch(day, until, effective, team))
        return found

    def _parts(self, service: ServiceEvidence) -> Iterator[tuple[int, Intervals]]:
        active = counting(service.spells.get(ACTIVITY, ()), ACTIVE)
        if service.retired_on is not None:
            active = intersection(active, ((EARLIEST, service.retired_on.toordinal()),))
        yield self.masks.active, active
        if not any(began < self.end and ended >= self.first for began, ended in active):
            return
        for at, use in enumerate(uses(service, self.rules, self._everywhere)):
            for part, intervals in enumerate(use):
                yield self.masks.bit(part, at), intervals

    def _owner(self, owners: Sequence[Period], changes: Sequence[int], day: int) -> int | None:
        """The team on a day; ``None`` for nobody. The first ownership reaches into the past."""
        team = owners[bisect_right(changes, day)].team_id if owners else None
        return None if team == self.nobody else team

    def _count(self, stretch: Stretch) -> None:
        if not stretch.mask:
            return
        adds, start = self.masks.adds(stretch.mask), max(stretch.start, self.first) - self.first
        for scope in self._scopes(stretch.team):
            scope.change(start, adds, 1)
            scope.change(stretch.end - self.first, adds, -1)

    def _count_deployments(self, deployments: Mapping[int, int], active: Sequence[Stretch]) -> None:
        """Each counts on its day and the 27 after, while the service is active, for the team of the day counted."""
        sums = [(one.start, one.end, self._deployed(one)) for one in active]
        first = self.first
        for day, count in deployments.items():
            until = day + WINDOW
            for start, end, added in sums:
                if start >= until:
                    break
                began, ended = max(day, start, first) - first, min(until, end) - first
                if began < ended:
                    for days in added:
                        days[began] += count
                        days[ended] -= count

    def _deployed(self, stretch: Stretch) -> list[list[int]]:
        """The sums that the deployments of a stretch go to."""
        wanted = [True, self.masks.is_using(stretch.mask), self.masks.is_possible(stretch.mask)]
        return [
            days
            for scope in self._scopes(stretch.team)
            for days, is_wanted in zip(scope.deployments, wanted, strict=True)
            if is_wanted
        ]

    def _scopes(self, team: int | None) -> tuple[_Scope, ...]:
        if team is None:
            return (self._org,)
        if team not in self._teams:
            self._teams[team] = _Scope(self.end - self.first)
        return self._org, self._teams[team]

    # ------------------------------------------------------------ sums

    def _days(self, scope: _Scope) -> Iterator[tuple[date, list[int], Figures]]:
        """Each day with its counts and what they tell."""
        counts = list(self.masks.adds(0))
        deployed = [0, 0, 0]
        funnel: Figures = {}
        for at in range(self.end - self.first):
            change = scope.changes.get(at)
            if change is not None:
                counts = [held + one for held, one in zip(counts, change, strict=True)]
            if change is not None or not funnel:
                funnel = self._funnel(counts)
            for which in range(3):
                deployed[which] += scope.deployments[which][at]
            yield (
                date.fromordinal(self.first + at),
                counts,
                {
                    "services": counts[0],
                    "services_using": counts[1],
                    "services_possible": counts[2],
                    "deployments": deployed[0],
                    "deployments_using": deployed[1],
                    "deployments_possible": deployed[2],
                    "capabilities": funnel,
                },
            )

    def _funnel(self, counts: Sequence[int]) -> Figures:
        return {
            name: {
                "configured": counts[at],
                "used": counts[at + 1],
                "retained": counts[at + 2],
                "unknown": counts[at + 3],
            }
            for at, name in zip(range(3, len(counts), 4), self.rules.capabilities.ids, strict=True)
        }

    def teams(self) -> Iterator[tuple[tuple[int, date], tuple[Figures, tuple[int, int, int]]]]:
        """Each team on each day on which it has an active service; and whether it uses, possibly uses, partly uses."""
        for team, scope in sorted(self._teams.items()):
            for day, counts, figures in self._days(scope):
                if counts[0]:
                    using, possible = self._enough(counts[1], counts[0]), self._enough(counts[2], counts[0])
                    partly = not using and counts[1] > 0
                    state = "uses" if using else "partly" if partly else "not"
                    yield (team, day), (figures | {"state": state, "possible": possible}, (using, possible, partly))

    def _enough(self, services: int, of: int) -> bool:
        return services * self.rules.share.denominator >= self.rules.share.numerator * of

    def organisation(
        self, teams: Mapping[tuple[int, date], tuple[Figures, tuple[int, int, int]]]
    ) -> Iterator[tuple[date, Figures]]:
        sums: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for (_, day), (_, (using, possible, partly)) in teams.items():
            held = sums[day]
            held[0] += 1
            held[1] += using
            held[2] += possible
            held[3] += partly
        for day, _, figures in self._days(self._org):
            active, using, possible, partly = sums[day]
            told = {"teams": active, "teams_using": using, "teams_possible": possible, "teams_partly": partly}
            yield day, told | figures


def _inner(days: Iterable[int], start: int, end: int) -> Iterator[int]:
    return (day for day in days if start < day < end)
