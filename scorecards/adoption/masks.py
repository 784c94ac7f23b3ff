"""(pure) The state of a service on a day as one number, and what it tells."""

from typing import Any, TypeAlias

from scorecards.adoption.uses import Rules

Figures: TypeAlias = dict[str, Any]
INACTIVE: Figures = {"state": "inactive"}


class Masks:
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
            return INACTIVE
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
