"""(pure) Definitions of feature flags in the forms of several tools, and their rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree, glob_pattern
from scorecards.reading import kinds
from scorecards.reading.templates.skeletons import in_skeleton

Form = Literal["generic", "flagd", "goff", "flipt"]
_OWNERS = ("owner", "team", "maintainer", "owners", "squad", "responsible")
_EXPIRIES = ("expires", "expiry", "expiration", "expires_at", "expiresAt", "expire_on", "remove_by", "removeBy",
             "removal_date", "end_date", "endDate", "sunset", "valid_until", "validUntil")  # fmt: skip
_TYPES = ("type", "kind", "flag_type", "flagType")
# Types of flags that are meant to stay.
_LASTING = frozenset(
    {"ops", "operational", "permission", "permissions", "kill-switch", "killswitch", "permanent", "entitlement"}
)
_DESCRIBED = ("description", "desc", "comment", "notes")
_DETAILS = ("metadata", "meta", "labels", "tags", "annotations")
_PERSONS = ("users", "user_ids", "userIds", "userid", "user_id", "emails", "email", "individuals")
_GROUPS = ("user-list", "userlist", "users", "user", "individual")
# Flags in these folders try a flag service or show how it works; no user ever gets them.
_FOR_SHOW = glob_pattern(("**/{test,tests,e2e,samples,sample,docs,doc}/**",)).match
MAX_FLAGS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Flag:
    """``enabled`` is ``None`` where nothing says so; ``defaulted``: it is told what holds without a rule."""

    form: Form
    name: str
    root: Node
    place: Place
    enabled: bool | None
    defaulted: bool

    @property
    def unit(self) -> str:
        return f"flag {self.name} in {self.place.path}"

    @property
    def description(self) -> str:
        return self.detail(*_DESCRIBED)

    @property
    def owner(self) -> str:
        return self.detail(*_OWNERS)

    @property
    def expires(self) -> Node | None:
        return self._detail(*_EXPIRIES)

    @property
    def lasts(self) -> bool:
        """Whether its type says that it is meant to stay."""
        return self.detail(*_TYPES).lower() in _LASTING

    def detail(self, *names: str) -> str:
        node = self._detail(*names)
        if node is None:
            return ""
        return node.text.strip() or next((item.text for item in node.items() if item.text), "")

    def _detail(self, *names: str) -> Node | None:
        """A member of the flag, or of what tells more about it."""
        for holder in (self.root, *(self.root.get(name) for name in _DETAILS)):
            for name in names if holder is not None else ():
                found = holder.get(name) if holder is not None else None
                if found is not None and not found.is_null:
                    return found
        return None


class Step(NamedTuple):
    """A share of the users; ``percentage`` is ``None`` where it is no number."""

    percentage: float | None
    duration: str
    place: Place


class Rule(NamedTuple):
    """A rule that gives a share. ``weights``: the steps are parts of a whole, not stages one after the other."""

    unit: str
    steps: tuple[Step, ...]
    weights: bool
    enabled: bool | None
    place: Place
    relative: bool = False  # weights that need not sum to 100


def flags(tree: RepositoryTree) -> list[Flag]:
    """The flags that are defined in the repository."""
    return tree.derive(_flags)[:MAX_FLAGS]


def _flags(tree: RepositoryTree) -> list[Flag]:
    found: list[Flag] = []
    for one in kinds.found(tree, "flags"):
        if one.root is not None and not _FOR_SHOW(one.path) and not in_skeleton(tree, one.path):
            found += _of_document(one.root)
    return found


def _of_document(root: Node) -> Iterator[Flag]:
    listed = root.get("flags")
    holder = listed if listed is not None else root
    for item in holder.items():
        name = item.text_at("key") or item.text_at("name")
        if item.is_mapping and name:
            yield _flag(name, item, item.place_of("key") if item.has("key") else item.place)
    for name, key, value in holder.members():
        if value.is_mapping and (listed is not None or _is_goff(value)):
            yield _flag(name, value, key.place)


def _is_goff(node: Node) -> bool:
    """Whether a member of a document without a list of flags is one; values of charts also have ``enabled``."""
    return node.has("variations") or (node.has("state") and node.has("variants"))


def _flag(name: str, node: Node, place: Place) -> Flag:
    form = _form(node)
    defaulted = {
        "flagd": node.has("defaultVariant"),
        "goff": node.has("defaultRule") or node.has("default"),
        "flipt": True,
        "generic": any(node.has(key) for key in ("enabled", "default", "defaultValue", "default_value", "value")),
    }[form]
    return Flag(form, name[:200], node, place, _enabled(node), defaulted)


def _form(node: Node) -> Form:
    if node.has("state") and node.has("variants"):
        return "flagd"
    if node.has("variations") or node.has("defaultRule"):
        return "goff"
    flipt = node.text_at("type") in ("BOOLEAN_FLAG_TYPE", "VARIANT_FLAG_TYPE") or node.has("rollouts")
    return "flipt" if flipt else "generic"


def _enabled(node: Node) -> bool | None:
    state = node.text_at("state").upper()
    if state:
        return state == "ENABLED"
    if (disabled := node.get("disable")) is not None:
        return not disabled.is_true
    told = node.get("enabled")
    return None if told is None else True if told.is_true else False if told.is_false else None


# ---------------------------------------------------------------- rules


def rules(flag: Flag) -> list[Rule]:
    """The rules of a flag that give shares; others are not asked for shares."""
    return list(_rules(flag))[:200]


def _rules(flag: Flag) -> Iterator[Rule]:
    for index, node in enumerate(_listed(flag.root)):
        title = node.text_at("type") or node.text_at("name") or f"{index + 1}"
        unit = f"{flag.unit} rule {title[:60]}"
        if rule := _staged(unit, node) or _shared(unit, node):
            yield rule
    default = flag.root.get("defaultRule")
    if default is not None and (rule := _staged("", default) or _shared("", default)):
        yield rule._replace(unit=f"{flag.unit} default rule")
    for number, node in enumerate(_fractional(flag.root)):
        yield _weighted(f"{flag.unit} fractional {number + 1}", node)


def _listed(root: Node) -> list[Node]:
    lists = ("rules", "targeting", "rollouts", "strategies", "rollout")
    found = [item for name in lists for item in root.items_at(name) if item.is_mapping]
    alone = root.get("rollout") or root.get("gradual_rollout")
    return found + ([alone] if alone is not None and alone.is_mapping else [])


def _staged(unit: str, node: Node) -> Rule | None:
    stages = node.items_at("stages") or node.items_at("steps")
    if not stages:
        return None
    steps = [
        Step(_number(stage.get("percentage")), stage.text_at("duration") or stage.text_at("date"), stage.place)
        for stage in stages[:100]
    ]
    return Rule(unit, tuple(steps), False, _enabled(node), node.place)


def _shared(unit: str, node: Node) -> Rule | None:
    share = node.get("percentage") or node.get("threshold", "percentage") or node.get("rollout_percentage")
    progressive = node.get("progressiveRollout")
    if progressive is not None:
        return _progressive(unit, node, progressive)
    if share is None:
        return None
    if share.is_mapping:
        steps = [Step(_number(value), "", key.place) for _, key, value in share.members()]
        return Rule(unit, tuple(steps[:100]), True, _enabled(node), node.place)
    return Rule(unit, (Step(_number(share), "", share.place),), False, _enabled(node), node.place)


def _progressive(unit: str, node: Node, progressive: Node) -> Rule:
    steps = []
    for name, share in (("initial", 0.0), ("end", 100.0)):
        one = progressive.get(name)
        written = _number(one.get("percentage")) if one is not None and one.has("percentage") else share
        steps.append(Step(written, one.text_at("date") if one is not None else "", (one or progressive).place))
    return Rule(unit, tuple(steps), False, _enabled(node), node.place)


def _number(node: Node | None) -> float | None:
    if node is None:
        return None
    if node.number is not None:
        return float(node.number) if abs(node.number) < 1e9 else None
    text = node.text.strip().removesuffix("%")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _fractional(root: Node) -> Iterator[Node]:
    targeting = root.get("targeting")
    for way, node in targeting.walk(lambda node: node.is_sequence) if targeting is not None else ():
        if way and way[-1] in ("fractional", "fractionalEvaluation"):
            yield node


def _weighted(unit: str, node: Node) -> Rule:
    pairs = [item for item in node.items()[:100] if item.is_sequence and item.items() and item.items()[0].is_scalar]
    steps = [Step(_number(pair.get(1)) if len(pair) > 1 else 1.0, "", pair.place) for pair in pairs]
    relative = any(len(pair) < 2 for pair in pairs)
    return Rule(unit, tuple(steps), True, None, node.place, relative)


# ---------------------------------------------------------------- life


def expiry(flag: Flag) -> date | None:
    """The day on which a flag is to be gone; ``None`` where no day can be read."""
    node = flag.expires
    try:
        return date.fromisoformat(node.text.strip()[:10]) if node is not None else None
    except ValueError:
        return None


def is_fully_on(flag: Flag) -> bool:
    """Whether every user gets it: it is on, and no rule holds it back."""
    if flag.enabled is not True or flag.form in ("goff", "flipt"):
        return False
    if flag.form == "flagd":
        return not flag.root.has("targeting") or len(flag.root.get("targeting") or ()) == 0
    shares = [rule.steps[-1].percentage for rule in rules(flag) if rule.steps and rule.enabled is not False]
    return all(share == 100 for share in shares) if shares else not _listed(flag.root)


def persons(flag: Flag) -> list[Place]:
    """Where rules name single users; who they are is not told."""
    found = []
    for way, node in flag.root.walk():
        named = bool(way) and isinstance(way[-1], str) and way[-1] in _PERSONS and "rules" in way
        if named and (node.items() or node.text):
            found.append(node.place)
        elif node.is_mapping and node.text_at("type").lower() in _GROUPS and node.items_at("values"):
            found.append(node.place_of("values"))
    return found[:20]
