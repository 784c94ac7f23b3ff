"""(pure) When a service uses each capability of the platform, by what is known of it.

Definition: metrics.md, "Adoption"; docs/definitions.md, "Adoption".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from ingest.catalogue.ownership import Period
from scorecards.adoption.capabilities import Capabilities, Origin, Together
from scorecards.adoption.spells import ALWAYS, NEVER, Intervals, Spell, counting, intersection, later, others, union

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
