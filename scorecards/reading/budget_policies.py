"""(pure) Error budget policies: what happens when how much of a budget is left, in YAML or Markdown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.documents.markdown import Markdown
from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.durations import seconds_of
from scorecards.reading.services import folded

MAX_ENTRIES = 500
_HALTS = re.compile(r"freez|halt|\bstop|block|suspend|pause|lock|no (?:new )?(?:deploy|release)", re.I)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s?%")
_SPENT = re.compile(r"\b(?:exhaust|depleted|spent|used up|consumed entirely|burnt? through)", re.I)
_REMAINING = ("remaining_budget", "budget_remaining", "remaining", "remainingBudget", "threshold", "at", "level")
_CONSUMED = ("consumed", "budget_consumed", "consumed_budget", "consumedBudget", "spent", "burned")
_COVERS = ("slos", "slo", "objectives", "objective", "applies_to", "covers", "slo_names", "indicators")
_EXCLUDES = ("excluded", "excludes", "exclude", "excluded_slos", "not_covered", "except")
_MARKDOWN = ("**/*error*budget*.md", "**/*Error*Budget*.md", "sre/policies/**.md", "**/*error*budget*/**.md")


class Threshold(NamedTuple):
    """``remaining`` is a percentage, ``None`` where it can't be read; ``actions`` are types or texts."""

    remaining: float | None
    actions: tuple[str, ...]
    place: Place

    @property
    def halts(self) -> bool:
        return any(_HALTS.search(action) for action in self.actions)


@dataclass(frozen=True, slots=True, eq=False)
class BudgetPolicy:
    """One entry. ``targets`` are percentages by the objective's name, ``""`` for the one target of all.

    ``exemptions`` are approvers, one for each exemption, empty where nobody approves. ``covers`` and ``excludes`` name
    objectives. ``written``: prose, of which only numbers and words are known.
    """

    service: str
    place: Place
    thresholds: tuple[Threshold, ...]
    exemptions: tuple[str, ...] = ()
    targets: tuple[tuple[str, float, Place], ...] = ()
    window: float | None = None
    window_place: Place | None = None
    covers: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    written: bool = False
    told: str = ""

    @property
    def unit(self) -> str:
        return f"policy of {self.service or 'all services'} in {self.place.path}"

    def is_of(self, service: str) -> bool:
        """Whether it names a service; prose names it anywhere in its text."""
        if self.written:
            return f" {folded(service)} " in f" {self.told} " or not self.service
        return folded(self.service) == folded(service)


def budget_policies(tree: RepositoryTree) -> list[BudgetPolicy]:
    """Every entry of every policy."""
    return tree.derive(_budget_policies)


def percentage(text: str) -> float | None:
    """``25%``, ``25`` and ``0.25 %`` as a number of percent; ``None`` for what is none."""
    try:
        found = float(text.strip().rstrip("%").strip())
    except ValueError:
        return None
    return found if 0 <= found <= 100 else None


def _budget_policies(tree: RepositoryTree) -> list[BudgetPolicy]:
    told = [found.root for found in kinds.found(tree, "ebp") if found.root is not None]
    entries = [policy for root in told for policy in _entries(root.get("error_budget_policy"))]
    prose = ((path, tree.markdown(path)) for path in dict.fromkeys(tree.files(*_MARKDOWN)))
    return [*entries, *(_of_prose(path, read) for path, read in prose if read is not None and _is_policy(read))]


def _entries(node: Node | None) -> Iterator[BudgetPolicy]:
    if node is None:
        return
    if node.has("thresholds"):
        yield _policy(node.text_at("service") or node.text_at("name"), node, node.place)
        return
    for name, key, below in node.members():
        if below.is_mapping:
            yield _policy(name, below, key.place)
    for item in node.items()[:MAX_ENTRIES]:
        yield _policy(item.text_at("service") or item.text_at("name"), item, item.place)


def _policy(service: str, node: Node, place: Place) -> BudgetPolicy:
    window = node.text_at("measurement_window") or node.text_at("window") or node.text_at("period")
    given = next((name for name in ("measurement_window", "window", "period") if node.has(name)), "")
    return BudgetPolicy(
        service,
        place,
        tuple(_threshold(each) for each in node.items_at("thresholds")[:MAX_ENTRIES]),
        tuple(_approver(each) for each in node.items_at("exemptions")[:MAX_ENTRIES]),
        tuple(_targets(node)),
        seconds_of(window),
        node.place_of(given) if given else None,
        tuple(_names(node, _COVERS)),
        tuple(_names(node, _EXCLUDES)),
    )


def _threshold(node: Node) -> Threshold:
    remaining = next((percentage(node.text_at(name)) for name in _REMAINING if node.has(name)), None)
    if remaining is None:
        consumed = next((percentage(node.text_at(name)) for name in _CONSUMED if node.has(name)), None)
        remaining = 100 - consumed if consumed is not None else None
    given = node.get("actions") or node.get("action")
    acts = given.items() if given is not None and given.is_sequence else [given] if given is not None else []
    return Threshold(remaining, tuple(filter(None, map(_action, acts[:MAX_ENTRIES]))), node.place)


def _action(node: Node) -> str:
    return node.text or node.text_at("type") or node.text_at("name") or node.text_at("description")


def _approver(node: Node) -> str:
    return next(
        (node.text_at(name) for name in ("approval", "approver", "approved_by", "approvers") if node.has(name)), ""
    )


def _targets(node: Node) -> Iterator[tuple[str, float, Place]]:
    for name in ("slo_target", "target", "objective"):
        given = node.get(name)
        if given is None:
            continue
        for of, _, value in given.members():
            if (target := percentage(value.text)) is not None:
                yield of, target, value.place
        if (target := percentage(given.text)) is not None:
            yield "", target, node.place_of(name)


def _names(node: Node, keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        yield from node.texts_at(key)
        yield from (item.text_at("name") or item.text_at("slo") for item in node.items_at(key))


# ---------------------------------------------------------------- prose


def _is_policy(read: Markdown) -> bool:
    return any("budget" in heading.text.lower() for heading in read.headings)


def _of_prose(path: str, read: Markdown) -> BudgetPolicy:
    text = "\n".join(read.lines)
    thresholds = tuple(_told_thresholds(path, read))
    exempt = [heading for heading in read.headings if re.search(r"exempt|exception", heading.text, re.I)]
    approved = tuple("told" if re.search(r"approv", read.section(heading), re.I) else "" for heading in exempt)
    words = " ".join(re.split(r"[^a-z0-9-]+", text[:50_000].lower().replace("_", "-")))
    return BudgetPolicy("", Place(path, 1), thresholds, approved, written=True, told=words)


def _told_thresholds(path: str, read: Markdown) -> Iterator[Threshold]:
    """Rows and items that tell a share of the budget and what is done then."""
    for number, line in enumerate(read.lines[:2_000], 1):
        if not line.lstrip().startswith(("|", "-", "*", "#", "1", "2", "3", "4", "5")) or len(line) > 1_000:
            continue
        found = _PERCENT.search(line)
        if found or _SPENT.search(line):
            remaining = float(found[1]) if found else 0.0
            yield Threshold(remaining if remaining <= 100 else None, (line,), Place(path, number))
