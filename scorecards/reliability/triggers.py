"""(pure) Triggers of a rollback policy: read from the standard's own format (DOP 8.2), and whether they have fired.

A trigger fires when its condition holds without a break for as long as it says. What is not known holds nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Literal, NamedTuple

from ingest.prometheus.series import Sample
from ingest.repository.documents.yaml import read_yaml
from ingest.repository.node import Node, Place
from scorecards.errors import ScorecardError
from scorecards.reading.durations import seconds_of

Kind = Literal["error_rate", "p99_latency", "memory_growth", "restarts"]
Problem = tuple[Place, str]

STEP = 60  # seconds between the values that are looked at
LONGEST = 86_400
MAX_TRIGGERS = 50
MAX_STEPS = 20
FEWEST = 12  # values that make a baseline: an hour of them

_NUMBER = r"(\d{1,9}(?:\.\d{1,6})?)"
_CONDITIONS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("error_rate", re.compile(rf"error_rate\s?>\s?{_NUMBER}\s?%")),
    ("p99_latency", re.compile(rf"p99_latency\s?>\s?{_NUMBER}\s?\*\s?baseline")),
    ("memory_growth", re.compile(rf"memory_usage_rate\s?>\s?{_NUMBER}\s?MB/min")),
    ("restarts", re.compile(rf"restart_count\s?>\s?{_NUMBER}")),
)
_FORMS = "error_rate > 5%, p99_latency > 2 * baseline, memory_usage_rate > 10MB/min or restart_count > 5"
_WORD = re.compile(r"[a-z][a-z0-9_]{0,59}")
_UNIT = {"error_rate": 0.01, "memory_growth": 1e6 / 60}  # what one of the condition's number is, of the signal's


class InvalidTriggers(ScorecardError):
    """Triggers are refused: each of ``problems`` says where and why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{place.path}:{place.line}: {message}" for place, message in self.problems))


class Trigger(NamedTuple):
    """``number``: the limit in the unit of the signal; of ``p99_latency`` how many times the baseline."""

    name: str
    condition: str
    kind: Kind
    number: float
    seconds: int
    action: str

    def limit(self, baseline: float | None) -> float | None:
        """What values are compared with; ``None`` where that is not known."""
        if self.kind != "p99_latency":
            return self.number
        return self.number * baseline if baseline else None


@dataclass(frozen=True, slots=True)
class Triggers:
    """``procedures``: what each action asks for, in order. ``source``: where it is written."""

    triggers: tuple[Trigger, ...]
    procedures: Mapping[str, tuple[str, ...]]
    source: str = ""


class Decision(NamedTuple):
    """``since``: the condition holds without a break from that moment to the newest value; ``None`` where it does not.

    ``value``: the newest; ``None`` where it is not known whether the condition holds. ``peak``: the worst since.
    """

    value: float | None = None
    since: float | None = None
    fired: bool = False
    peak: float | None = None


UNKNOWN = Decision()


def decide(samples: Iterable[Sample], limit: float | None, seconds: int, end: float, step: int = STEP) -> Decision:
    """Whether values have been over ``limit`` for ``seconds`` up to ``end``: known and over at each step."""
    values = {round(sample.at): sample.value for sample in samples}
    at = round(end)
    newest = values.get(at)
    if newest is None or limit is None:
        return UNKNOWN
    if newest <= limit:
        return Decision(newest)
    peak = newest
    while (before := values.get(at - step)) is not None and before > limit:
        at, peak = at - step, max(peak, before)
    return Decision(newest, float(at), end - at >= seconds, peak)


def worst(series: Iterable[Sequence[Sample]]) -> list[Sample]:
    """Of each moment the highest value that one of several series has."""
    found: dict[float, float] = {}
    for samples in series:
        for at, value in samples:
            found[at] = max(value, found.get(at, value))
    return [Sample(at, found[at]) for at in sorted(found)]


def baseline(values: Sequence[float]) -> float | None:
    """The usual value: the median; ``None`` of too few, and where it is nothing that could be exceeded many times."""
    usual = median(values) if len(values) >= FEWEST else 0.0
    return usual if usual > 0 else None


# ---------------------------------------------------------------- reading


@cache
def standard() -> Triggers:
    """The standard's own."""
    text = Path(__file__).with_name("triggers.yaml").read_text(encoding="utf-8")
    found = read_triggers("the standard (DOP 8.2)", text)
    if found is None:
        raise InvalidTriggers([])
    return found


def read_triggers(path: str, text: str) -> Triggers | None:
    """Those of a file; ``None`` where it has no ``rollback_triggers``. Its procedures, else the standard's.

    Raises: InvalidTriggers.
    """
    documents, faults = read_yaml(path, text)
    if faults:
        raise InvalidTriggers((Place(each.path, each.line), each.message) for each in faults)
    for document in documents:
        given = document.root.get("rollback_triggers")
        if given is not None:
            told = document.root.get("rollback_procedures")
            problems: list[Problem] = []
            procedures = _procedures(told, problems) if told is not None else standard().procedures
            triggers = _triggers(given, procedures, problems)
            if problems:
                raise InvalidTriggers(problems)
            return Triggers(triggers, procedures, f"{path}:{given.place.line}")
    return None


def _procedures(node: Node, problems: list[Problem]) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, key, below in node.members() if node.is_mapping else ():
        steps = tuple(each.text for each in below.items()[:MAX_STEPS])
        if not _WORD.fullmatch(name) or not steps or not all(_WORD.fullmatch(step) for step in steps):
            problems.append((key.place, "A procedure needs a name and a list of steps, such as notify_oncall."))
        found[name] = steps
    if not found:
        problems.append((node.place, "rollback_procedures must hold lists of steps by the name of their action."))
    return found


def _triggers(node: Node, procedures: Mapping[str, object], problems: list[Problem]) -> tuple[Trigger, ...]:
    found: dict[str, Trigger] = {}
    entries = node.items()
    if not entries or len(entries) > MAX_TRIGGERS:
        problems.append((node.place, f"rollback_triggers must be a list of 1 to {MAX_TRIGGERS} triggers."))
    for each in entries[:MAX_TRIGGERS]:
        trigger = _trigger(each, procedures, problems)
        if trigger.name in found:
            problems.append((each.place, f"Two triggers are called {trigger.name}."))
        found[trigger.name] = trigger
    return tuple(found.values())


def _trigger(node: Node, procedures: Mapping[str, object], problems: list[Problem]) -> Trigger:
    name, condition, action = node.text_at("name"), node.text_at("condition"), node.text_at("action")
    seconds = seconds_of(node.text_at("duration"))
    kind, number = _condition(condition)
    if not _WORD.fullmatch(name):
        problems.append((node.place, "A trigger needs a name, such as high_error_rate: small letters, digits, _."))
    if number is None:
        problems.append((node.place_of("condition"), f"The condition of {name[:60]} must be like {_FORMS}."))
    if seconds is None or not STEP <= seconds <= LONGEST:
        problems.append((node.place_of("duration"), f"The duration of {name[:60]} must be from 1m to 1d."))
    if action not in procedures:
        known = " or ".join(sorted(procedures))
        problems.append((node.place_of("action"), f"The action of {name[:60]} must be {known[:300]}."))
    return Trigger(name[:60], condition[:100], kind, number or 0.0, int(seconds or 0), action[:60])


def _condition(text: str) -> tuple[Kind, float | None]:
    """What is looked at, and the number that it is compared with; ``None`` of a condition that is not understood."""
    for kind, form in _CONDITIONS:
        if match := form.fullmatch(text.strip()):
            return kind, float(match[1]) * _UNIT.get(kind, 1.0)
    return "error_rate", None
