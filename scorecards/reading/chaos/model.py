"""(pure) A fault experiment, whatever tool runs it."""

import re
from dataclasses import dataclass, field
from typing import Literal

from ingest.repository.documents.hcl import Block
from ingest.repository.node import Node, Place
from scorecards.reading.kubernetes import Manifest

Tool = Literal["chaos-mesh", "litmus", "toolkit", "fis"]
FaultKind = Literal["instance", "network", "stress", "dependency", "other"]

_BY_WORD: tuple[tuple[re.Pattern[str], FaultKind], ...] = (
    (re.compile(r"network|packet|latency|dns|blackhole|partition|disrupt-connectivity", re.I), "network"),
    (re.compile(r"hog|stress|cpu|memory|disk|\bio\b|fill", re.I), "stress"),
    (re.compile(r"delete|kill|terminate|stop|drain|reboot|restart|evict|shutdown|power", re.I), "instance"),
    (re.compile(r"http|failover|throttle|error|dependency|api", re.I), "dependency"),
)
MAX_FAULTS = 200  # of one document
INSTANT = frozenset({"pod-kill", "container-kill", "ec2-restart", "node-reset", "vm-restart"})
_ABORTS = re.compile(r"slo|abort|guard|stop-?condition|error-?budget", re.I)


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """One fault. ``duration`` in seconds, ``None`` where none is told; ``undecided``: only rendering tells it.

    ``labels`` are what selects targets; ``named`` tells that targets are named one by one.
    """

    kind: FaultKind
    action: str
    mode: str
    place: Place
    duration: float | None = None
    undecided: bool = False
    namespaces: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    named: bool = False
    places: tuple[Place, ...] = ()
    node: Node | None = None

    @property
    def instant(self) -> bool:
        """Whether it happens at once, so that a duration has no meaning."""
        return self.action in INSTANT


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """A document. ``schedule`` is a cron line or ``repeat``, empty where nothing repeats it.

    ``aborts`` is where it says what stops it. ``body`` is what its tool reads; ``None`` of Terraform.
    """

    tool: Tool
    unit: str
    kind: str
    place: Place
    body: Node | None = None
    faults: tuple[Fault, ...] = ()
    schedule: str = ""
    aborts: Place | None = None
    manifest: Manifest | None = None
    block: Block | None = None
    hints: tuple[str, ...] = field(default=())  # names around it that may tell the environment

    @property
    def path(self) -> str:
        return self.place.path


def kind_of_words(text: str) -> FaultKind:
    """The kind of fault that a name tells."""
    return next((kind for pattern, kind in _BY_WORD if pattern.search(text[:500])), "other")


def stated_guard(manifest: Manifest) -> Place | None:
    annotations = manifest.get("metadata", "annotations")
    for name, key, value in annotations.members() if annotations is not None else ():
        if _ABORTS.search(name.rpartition("/")[2]) and value.text:
            return key.place
    return None
