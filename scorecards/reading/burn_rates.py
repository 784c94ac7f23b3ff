"""(pure) Burn-rate alerts written by hand: alerts on how fast an error budget is spent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.repository.tree import RepositoryTree
from scorecards.reading.promql import VARIABLE_RANGE, Part
from scorecards.reading.rules import PAGING, TICKETING, Rule, RuleFile, rule_files

_BURN = re.compile(r"burn[ _-]?rate|error[ _-]?budget|budget[ _-]?burn|ratio_rate\d", re.I)
_WINDOW = re.compile(r"(?:rate|ratio|_)_?(\d{1,4}[smhdw])\b")


@dataclass(frozen=True, slots=True, eq=False)
class BurnRates:
    """The burn-rate alerts of one group of rules. ``objective`` is a percentage, ``None`` where no number tells it."""

    file: RuleFile
    group: str
    alerts: tuple[Rule, ...]
    objective: float | None

    @property
    def unit(self) -> str:
        return f"burn-rate rules {self.group or '?'} of {self.file.unit}"

    @property
    def first(self) -> Rule:
        return self.alerts[0]

    @property
    def labels(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for rule in self.alerts:
            found |= _matched(rule) | rule.labels
        return found

    @property
    def two_windowed(self) -> list[Rule]:
        """The alerts that want a long and a short window at once."""
        return [rule for rule in self.alerts if has_two_windows(rule)]

    @property
    def pages(self) -> list[Rule]:
        return [rule for rule in self.two_windowed if _severities(rule) & PAGING]

    @property
    def tickets(self) -> list[Rule]:
        return [rule for rule in self.two_windowed if _severities(rule) & TICKETING]


def burn_rates(tree: RepositoryTree) -> list[BurnRates]:
    """The burn-rate alerts of every group of rules that has any."""
    return tree.derive(_burn_rates)


def _burn_rates(tree: RepositoryTree) -> list[BurnRates]:
    found: list[BurnRates] = []
    for file in rule_files(tree):
        by_group: dict[str, list[Rule]] = {}
        for rule in file.alerts:
            if _is_burn_rate(rule):
                by_group.setdefault(rule.group, []).append(rule)
        found += [BurnRates(file, group, tuple(rules), _objective(rules)) for group, rules in by_group.items()]
    return found


def _is_burn_rate(rule: Rule) -> bool:
    metrics = [selector.metric for selector in rule.query.selectors] if rule.query else []
    return bool(_BURN.search(rule.alert)) or any(_BURN.search(metric) for metric in metrics)


def _severities(rule: Rule) -> frozenset[str]:
    return frozenset(rule.labels.get(name, "").strip().lower() for name in ("severity", "sloth_severity"))


def has_two_windows(rule: Rule) -> bool:
    """Whether somewhere in the expression two sides of an ``and`` look at different windows."""
    root = rule.query.root if rule.query else None
    joined = [part for part in root.walk() if part.kind == "binary" and part.name == "and"] if root else []
    return any(_windows(part.parts[0]) != _windows(part.parts[1]) and all(map(_windows, part.parts)) for part in joined)


def _windows(part: Part) -> frozenset[str]:
    """The windows that a side looks at: ranges, and those that names of recordings tell."""
    found: set[str] = set()
    for each in part.walk():
        if each.range is not None:
            found.add(str(each.range if each.range != VARIABLE_RANGE else "variable"))
        if each.kind == "selector":
            found |= {window[1] for window in _WINDOW.finditer(each.name)}
            found |= {matcher.value for matcher in each.matchers if "window" in matcher.name}
    return frozenset(found)


def _objective(rules: list[Rule]) -> float | None:
    for rule in rules:
        for part in rule.query.root.walk() if rule.query and rule.query.root else ():
            if part.kind == "binary" and part.name == "*" and (budget := _budget(part)) is not None:
                return round(100 * (1 - budget), 6)
    return None


def _budget(part: Part) -> float | None:
    """The share that may fail, of ``14.4 * 0.001`` and ``14.4 * (1 - 0.999)``."""
    numbers = sorted(number for side in part.parts if (number := _number(side)) is not None)
    return numbers[0] if len(numbers) == 2 and 0 < numbers[0] < 1 <= numbers[1] else None


def _number(part: Part) -> float | None:
    if part.kind == "number" and isinstance(part.value, float):
        return part.value
    if part.kind == "binary" and part.name in ("-", "/") and all(each.kind == "number" for each in part.parts):
        one, two = (float(each.value or 0) for each in part.parts)
        return one - two if part.name == "-" else (one / two if two else None)
    return None


def _matched(rule: Rule) -> dict[str, str]:
    """What the expression's matchers say the series are about."""
    selectors = rule.query.selectors if rule.query else ()
    return {each.name: each.value for selector in selectors for each in selector.matchers if each.op == "="}
