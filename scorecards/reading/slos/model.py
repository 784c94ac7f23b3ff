"""(pure) A service level objective, whatever tool keeps it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ingest.repository.node import Node, Place
from scorecards.reading.burn_rates import BurnRates
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.promql import Query
from scorecards.reading.rules import query_of
from scorecards.reading.services import folded

Tool = Literal["sloth-kind", "sloth-file", "openslo", "pyrra", "rules"]
Aim = Literal["availability", "latency", "other"]
MAX_SLOS = 1_000  # of one document; aliases can repeat one without end
_NOWHERE = Place("")

OWNER_LABELS = frozenset({"owner", "team", "squad", "owned-by", "owning-team", "owner-team"})
_LATENCY = re.compile(r"latenc|duration|response[ _-]?time|\bfast|\bslow|\bp\d\d\b|within \d+ ?m?s\b|\d ?ms\b", re.I)
_OTHER = re.compile(r"fresh|durab|correct|throughput|coverage|satisf|saturat|staleness|\blag\b", re.I)


@dataclass(frozen=True, slots=True)
class Expression:
    """A query of an indicator, and the node that holds it. ``query`` is ``None`` where only rendering tells it."""

    node: Node
    query: Query | None

    def place_of(self, needle: str = "") -> Place:
        """The line on which a part of the text stands; the first one where it does not stand."""
        lines = self.node.text.splitlines()
        offset = next((at for at, line in enumerate(lines) if needle and needle in line), 0)
        return Place(self.node.path, self.node.line_at(offset))


@dataclass(frozen=True, slots=True)
class Indicator:
    """``events``: two queries; ``ratio``: one that is an error (or, ``of_good``, a success) ratio already."""

    kind: Literal["events", "ratio", "plugin", "native", "gauge", "threshold", "none"]
    bad: Expression | None = None
    good: Expression | None = None
    total: Expression | None = None
    of_good: bool = False

    @property
    def expressions(self) -> list[Expression]:
        return [each for each in (self.bad, self.good, self.total) if each is not None]


@dataclass(frozen=True, slots=True, eq=False)
class SloDocument:
    """A file or object that holds objectives. ``body`` is what the tool reads: the root, or its ``spec``."""

    tool: Tool
    unit: str
    root: Node
    body: Node
    service: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.root.path


@dataclass(frozen=True, slots=True, eq=False)
class Slo:
    """One objective. ``objective`` is a percentage, ``None`` where it can't be read; ``window`` in seconds.

    ``templated``: the objective is given, and only rendering tells it. ``labels`` are those of the document too.
    """

    document: SloDocument
    name: str
    node: Node
    indicator: Indicator
    aim: Aim
    objective: float | None = None
    templated: bool = False
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    window: float | None = None
    objective_place: Place = _NOWHERE
    burning: BurnRates | None = None

    @property
    def unit(self) -> str:
        return self.document.unit if self.name in ("", self.document.unit) else f"{self.name} of {self.document.unit}"

    @property
    def place(self) -> Place:
        return self.node.place

    @property
    def owner(self) -> str:
        """The team that a label names; empty where none does."""
        named = (value for name, value in self.labels.items() if folded(name.rpartition("/")[2]) in OWNER_LABELS)
        return next((value for value in named if value.strip()), "")


def slo_of(
    document: SloDocument,
    name: str,
    node: Node,
    indicator: Indicator,
    objective: Node | None,
    *,
    labels: Mapping[str, str] | None = None,
    window: float | None = None,
    scale: float = 1,
) -> Slo:
    description = node.text_at("description") or document.body.text_at("description")
    templated = objective is not None and objective.tag == OPAQUE
    place = objective.place if objective is not None else node.place
    told = f"{name} {description} {document.root.text_at('metadata', 'name')}"
    return Slo(
        document, name, node, indicator, aim_of(told, indicator), _percentage(objective, scale), templated, description,
        {**document.labels, **(labels or {})}, window, place,
    )  # fmt: skip


def _percentage(node: Node | None, scale: float) -> float | None:
    if node is None or not node.is_scalar:
        return None
    try:
        return round(float(node.text.rstrip("%")) * scale, 6)
    except ValueError:
        return None


def expression_of(node: Node | None) -> Expression | None:
    return Expression(node, query_of(node)) if node is not None and node.is_scalar else None


def aim_of(told: str, indicator: Indicator) -> Aim:
    """What an objective is about: by what is measured, else by how it is called."""
    measured = [each.query for each in indicator.expressions if each.query is not None]
    metrics = [selector.metric for query in measured for selector in query.selectors]
    if indicator.kind == "native" or any(metric.endswith("_bucket") for metric in metrics):
        return "latency"
    if _LATENCY.search(told):
        return "latency"
    return "other" if _OTHER.search(told) else "availability"
