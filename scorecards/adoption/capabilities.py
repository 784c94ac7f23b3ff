"""(pure) The capabilities of the platform and the signals that evidence each, as data: ``capabilities.yaml`` and, over
it, the file that an organisation names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from yaml.nodes import Node, SequenceNode

from ingest.catalogue.documents import BadEntry, Problem, documents, line_of
from scorecards.errors import InvalidPack, PackProblem
from scorecards.rules import check_rule
from scorecards.standards.members import LONG, Members, Problems
from scorecards.standards.plain import plain

ACTIVITY = "activity"  # the spells of a service's production deployments; no signal may be called so
MAX_SIGNALS, MAX_CAPABILITIES = 200, 40
_BUILTIN = Path(__file__).parent / "capabilities.yaml"
_SIGNAL = ("id", "title", "from", "rule", "of")
_CAPABILITY = ("id", "title", "what", "why", "begin", "configured-by", "used-by")

Together: TypeAlias = tuple[str, ...]  # signals that count only where all of them were seen


class Origin(StrEnum):
    """Where a signal is looked for."""

    SCAN = "scan"
    CATALOGUE = "catalogue"
    DEPLOYMENTS = "deployments"
    OBJECTIVES = "objectives"
    METRICS = "metrics"
    SARIF = "sarif"


class Speaks(StrEnum):
    """Of which services a signal in a repository speaks: those whose part of it the file stands in, or all of them."""

    PATH = "path"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True)
class Signal:
    """``rule``: of one that is looked for by scans: each unit that passes is a sighting."""

    id: str
    title: str
    origin: Origin
    rule: Mapping[str, Any] | None = None
    speaks: Speaks = Speaks.PATH


@dataclass(frozen=True, slots=True)
class Capability:
    """``used_by``: any of these evidences that it is used; none: nothing can. ``begin``: what to do to use it."""

    id: str
    title: str
    what: str
    why: str
    begin: str
    configured_by: tuple[Together, ...] = ()
    used_by: tuple[Together, ...] = ()

    @property
    def signals(self) -> tuple[str, ...]:
        """The ids of all its signals, those of use first, each once."""
        return tuple(
            dict.fromkeys(name for parts in (self.used_by, self.configured_by) for one in parts for name in one)
        )


@dataclass(frozen=True, slots=True)
class Capabilities:
    """``key`` stands for all of it: other capabilities have another key."""

    signals: Mapping[str, Signal]
    capabilities: tuple[Capability, ...]
    key: str

    def __iter__(self) -> Iterator[Capability]:
        return iter(self.capabilities)

    def __len__(self) -> int:
        return len(self.capabilities)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.capabilities)

    def of(self, origin: Origin) -> tuple[Signal, ...]:
        """The signals of an origin."""
        return tuple(signal for signal in self.signals.values() if signal.origin is origin)


@cache
def load(path: str = "") -> Capabilities:
    """The built-in capabilities with what a file lays over them. The file is read once.

    Raises:
        InvalidPack: with file and line of everything that is to be mended.
    """
    told = read(_BUILTIN.read_bytes(), _BUILTIN.name)
    if not path:
        return told
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise InvalidPack([PackProblem(path, 1, f"It can't be read: {error.strerror}.")]) from error
    return read(text, path, over=told)


def read(text: bytes, name: str, over: Capabilities | None = None) -> Capabilities:
    """What a file tells, laid ``over`` others: what has an id of theirs stands in its place, the rest is added.

    Raises:
        InvalidPack: as ``load``.
    """
    problems = Problems()
    signals = dict(over.signals) if over else {}
    capabilities = {one.id: one for one in over} if over else {}
    try:
        roots = list(documents(text))
        if len(roots) != 1:
            raise BadEntry(1, "The file is exactly one YAML document.")
        top = Members(roots[0], ("signals", "capabilities"), problems)
        _check_lists(top, problems)
        own = list(_signals(top, problems))
        signals |= {signal.id: signal for signal in own}
        for capability in _capabilities(top, signals, problems):
            capabilities[capability.id] = capability
    except BadEntry as error:
        problems.told.append(Problem(*error.problem))
    if problems.told:
        raise InvalidPack(PackProblem(name, line, message) for line, message in problems.told)
    key = sha256((over.key if over else "").encode() + text).hexdigest()[:16]
    return Capabilities(signals, tuple(capabilities.values()), key)


def _check_lists(top: Members, problems: Problems) -> None:
    for name, most in (("signals", MAX_SIGNALS), ("capabilities", MAX_CAPABILITIES)):
        node = top.nodes.get(name)
        if isinstance(node, SequenceNode) and len(node.value) > most:
            problems.add(top.line_of(name), f"“{name}” has at most {most} members.")


def _listed(members: Members, name: str) -> list[Node]:
    return members.items(name) if name in members else []


def _signals(top: Members, problems: Problems) -> Iterator[Signal]:
    seen: set[str] = set()
    for node in _listed(top, "signals"):
        members = Members(node, _SIGNAL, problems)
        identity = members.identity("id")
        if identity in seen or identity == ACTIVITY:
            members.refuse("id", f"is taken: {identity}.")
        seen.add(identity)
        yield Signal(
            id=identity,
            title=members.required("title"),
            origin=_origin(members),
            rule=_rule(members, problems),
            speaks=members.one_of("of", Speaks) if "of" in members else Speaks.PATH,
        )


def _origin(members: Members) -> Origin:
    if ("rule" in members) == ("from" in members):
        members.refuse("id", "wants exactly one of rule and from beside it.")
    if "from" not in members:
        return Origin.SCAN
    found = members.one_of("from", Origin)
    if found is Origin.SCAN:
        members.refuse("from", "is not told of what scans look for: write the rule.")
    return found


def _rule(members: Members, problems: Problems) -> Mapping[str, Any] | None:
    node = members.nodes.get("rule")
    if node is None:
        return None
    line = members.line_of("rule")
    try:
        found = plain(node)
    except BadEntry as error:
        problems.add(*error.problem)
        return None
    for problem in check_rule(found, line):
        problems.add(problem.line, problem.message)
    return found if isinstance(found, dict) else None


def _capabilities(top: Members, signals: Mapping[str, Signal], problems: Problems) -> Iterator[Capability]:
    seen: set[str] = set()
    for node in _listed(top, "capabilities"):
        members = Members(node, _CAPABILITY, problems)
        identity = members.identity("id")
        if identity in seen:
            members.refuse("id", f"stands twice: {identity}.")
        seen.add(identity)
        yield Capability(
            id=identity,
            title=members.required("title"),
            what=members.required("what", LONG),
            why=members.required("why", LONG),
            begin=members.required("begin", LONG),
            configured_by=_ways(members, "configured-by", signals, problems),
            used_by=_ways(members, "used-by", signals, problems),
        )


def _ways(members: Members, name: str, signals: Mapping[str, Signal], problems: Problems) -> tuple[Together, ...]:
    """A list of signals, and of lists of signals that count together. It may be empty."""
    node = members.nodes.get(name)
    if node is None:
        return ()
    if not isinstance(node, SequenceNode):
        members.refuse(name, "must be a list.")
        return ()
    found: list[Together] = []
    for item in node.value[:MAX_SIGNALS]:
        together = tuple(str(part.value) for part in (item.value if isinstance(item, SequenceNode) else [item]))
        for one in together:
            if one not in signals:
                problems.add(line_of(item), f"There is no signal “{one[:60]}”. Known are: {', '.join(signals)}.")
        if together:
            found.append(together)
    return tuple(found)
