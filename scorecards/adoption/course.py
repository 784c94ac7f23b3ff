"""(pure) Evidence -> adoption by day: of each service, of each team, of the organisation.

A service is a few states long, each from the day on which one of its intervals begins or ends to the next such day; a
day's figures are those of the day before with what changed. So the work grows with the changes, not with the days.

Definition: metrics.md, "Adoption"; docs/definitions.md, "Adoption".
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from ingest.catalogue.ownership import Period
from scorecards.adoption.capabilities import ACTIVITY, Origin
from scorecards.adoption.masks import Figures, Masks
from scorecards.adoption.spells import ACTIVE, EARLIEST, WINDOW, Intervals, Spell, counting, intersection
from scorecards.adoption.uses import Rules, ServiceEvidence, everywhere, uses


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


class Stretch(NamedTuple):
    """Days ``[start, end)`` on which nothing changes. ``mask``: 0 while the service is not active."""

    start: int
    end: int
    mask: int
    team: int | None


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
        self.masks = Masks(rules)
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
