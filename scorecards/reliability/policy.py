"""(pure) Error budget policies: what is to be done when how much of a budget is left.

Read from the standard's own format (DOP 5.1): thresholds by ``remaining_budget``, their actions, exemptions.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ingest.repository.documents.yaml import read_yaml
from ingest.repository.node import Node, Place
from scorecards.errors import ScorecardError
from scorecards.reading.services import folded

DEFAULT = "default"
MAX_STEPS = 20
MAX_ACTIONS = 20
MAX_TEXT = 300
HALTING = frozenset({"halt_deployments", "freeze_deployments"})  # two words for one thing
FREEZING = frozenset({"freeze"})
_A_DAY = re.compile(r"(\d{1,4})\s{0,3}(?:/|per|a|an|each)\s{0,3}day\b", re.I)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s?%?")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,59}")


class InvalidPolicy(ScorecardError):
    """A policy is refused: each of ``problems`` says where and why."""

    def __init__(self, problems: Iterable[tuple[Place, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{place.path}:{place.line}: {message}" for place, message in self.problems))


class Action(NamedTuple):
    """``per_day``: of ``slow_rollout``, how many deployments a day are left."""

    type: str
    text: str = ""
    per_day: int | None = None


class Step(NamedTuple):
    """What is to be done once no more than ``remaining`` percent of the budget is left."""

    remaining: float
    actions: tuple[Action, ...]

    @property
    def label(self) -> str:
        """``25``: the step's name in rows and answers."""
        return f"{self.remaining:g}"

    @property
    def halts(self) -> bool:
        return any(action.type in HALTING for action in self.actions)

    @property
    def freezes(self) -> bool:
        return any(action.type in FREEZING for action in self.actions)

    @property
    def slows(self) -> int | None:
        """How many deployments a day it leaves; ``None`` where it does not say."""
        limits = [action.per_day for action in self.actions if action.per_day is not None]
        return min(limits, default=None)


class Exemption(NamedTuple):
    """What may be deployed all the same, and who approves that."""

    type: str
    approval: str


@dataclass(frozen=True, slots=True)
class Policy:
    """``steps``: highest first. ``source``: where it is written."""

    steps: tuple[Step, ...]
    exemptions: tuple[Exemption, ...] = ()
    source: str = ""

    def step(self, left: float | None) -> Step | None:
        """The lowest step that a budget (0 to 1, below 0 where overspent) has come down to; ``None`` above all."""
        if left is None:
            return None
        percent = round(left * 100, 6)
        return next((step for step in reversed(self.steps) if percent <= step.remaining), None)

    def labelled(self, label: str) -> Step | None:
        return next((step for step in self.steps if step.label == label), None)

    def next_step(self, left: float | None) -> Step | None:
        """The one that comes next if more is spent."""
        if left is None:
            return None
        percent = round(left * 100, 6)
        return next((step for step in self.steps if step.remaining < percent), None)


@dataclass(frozen=True, slots=True)
class Policies:
    """Those of a file, by the folded name of their service."""

    by_service: Mapping[str, Policy]

    def of(self, *names: str) -> Policy | None:
        """That of the first name that has one, else the file's default."""
        named = (self.by_service[folded(name)] for name in names if folded(name) in self.by_service)
        return next(named, self.by_service.get(DEFAULT))


@cache
def standard() -> Policy:
    """The standard's own."""
    text = Path(__file__).with_name("policy.yaml").read_text(encoding="utf-8")
    return read_policies("the standard (DOP 5.1)", text).by_service[DEFAULT]


def read_policies(path: str, text: str) -> Policies:
    """The policies of a file. Without ``error_budget_policy`` it has none. Raises: InvalidPolicy."""
    documents, faults = read_yaml(path, text)
    if faults:
        raise InvalidPolicy((Place(each.path, each.line), each.message) for each in faults)
    found: dict[str, Policy] = {}
    problems: list[tuple[Place, str]] = []
    for document in documents:
        given = document.root.get("error_budget_policy")
        if given is None:
            continue
        if not given.is_mapping:
            problems.append((given.place, "error_budget_policy must hold policies by the name of their service."))
        for name, key, below in given.members():
            policy, wrong = _policy(path, name, below, key.place)
            problems += wrong
            found[folded(name)] = policy
    if problems:
        raise InvalidPolicy(problems)
    return Policies(found)


def _policy(path: str, name: str, node: Node, place: Place) -> tuple[Policy, list[tuple[Place, str]]]:
    problems: list[tuple[Place, str]] = []
    steps: dict[float, Step] = {}
    thresholds = node.items_at("thresholds")
    if not thresholds:
        problems.append((place, f"The policy of {name} has no thresholds."))
    for each in thresholds[:MAX_STEPS]:
        remaining = _percentage(each.text_at("remaining_budget"))
        if remaining is None:
            problems.append((each.place, f"A threshold of {name} needs remaining_budget, a percentage from 0 to 100."))
        elif remaining in steps:
            problems.append((each.place, f"{name} has two thresholds at {remaining:g} %."))
        else:
            actions = each.items_at("actions")[:MAX_ACTIONS]
            steps[remaining] = Step(remaining, tuple(_action(action, name, problems) for action in actions))
    exemptions = tuple(_exemptions(node, name, problems))
    by_height = tuple(steps[remaining] for remaining in sorted(steps, reverse=True))
    return Policy(by_height, exemptions, f"{path}:{place.line}"), problems


def _percentage(text: str) -> float | None:
    found = _PERCENT.fullmatch(text.strip())
    return float(found[1]) if found and float(found[1]) <= 100 else None


def _action(node: Node, name: str, problems: list[tuple[Place, str]]) -> Action:
    kind = node.text_at("type") or node.text
    if not _WORD.fullmatch(kind):
        problems.append((node.place, f"An action of {name} needs a type, such as freeze: small letters, digits, _."))
    text = (node.text_at("description") or node.text_at("message"))[:MAX_TEXT]
    return Action(kind, text, _per_day(node, text, name, problems) if kind == "slow_rollout" else None)


def _per_day(node: Node, text: str, name: str, problems: list[tuple[Place, str]]) -> int:
    """How many a day a slow rollout leaves: as told by ``per_day``, else by its words, else one."""
    if not node.has("per_day"):
        found = _A_DAY.search(text)
        return int(found[1]) if found else 1
    given = node.get("per_day")
    number = given.number if given is not None else None
    if number is None or number != int(number) or not 0 <= number <= 1000:
        problems.append((node.place_of("per_day"), f"per_day of {name} must be a whole number from 0 to 1000."))
        return 1
    return int(number)


def _exemptions(node: Node, name: str, problems: list[tuple[Place, str]]) -> Iterator[Exemption]:
    for each in node.items_at("exemptions")[:MAX_ACTIONS]:
        kind, approval = each.text_at("type"), each.text_at("approval")[:100]
        if not _WORD.fullmatch(kind) or not approval:
            problems.append((each.place, f"An exemption of {name} needs a type and who gives the approval."))
        yield Exemption(kind, approval)
