"""(pure) A rule as it is written -> conditions; what is wrong is told with its line and the names that were meant."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple

from scorecards.rules.facts import COLLECTIONS, REPOSITORY, Collection, Kind
from scorecards.rules.language import cel
from scorecards.rules.language.comparing import NUMERIC, OPERATORS, Comparison, Operator, compiled
from scorecards.rules.language.model import Compare, Condition, Count, Every, Not, Reference, Some

MAX_CHARACTERS = 4_000
MAX_DEPTH = 20
MAX_LITERAL = 500
MEMBERS = ("for-each", "applies-if", "pass-if", "partial-if")
FORMS = ("all", "any", "not", "fact", "count-where", "cel")
COUNTED = ("of", "where")

Way = tuple[str | int, ...]
LineOf = Callable[[Way], int]


class Problem(NamedTuple):
    """One thing to mend. ``line`` counts from 1, in the file of the pack."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """``for_each``: each row of it is a unit; ``None``: the repository is the only one."""

    for_each: Collection | None
    applies_if: Condition | None
    pass_if: Condition | None
    partial_if: Condition | None
    problems: tuple[Problem, ...] = ()


class _Refused(Exception):
    """A part can't be read; it was told why."""


def read_rule(rule: Mapping[str, Any], line_of: LineOf = lambda way: 1) -> Rule:
    """The rule, as far as it can be read, with everything that is wrong in it.

    ``line_of`` tells the line of a part by the way to it, as written.
    """
    reading = _Reading(line_of)
    if _is_too_large(rule):
        message = f"A rule has at most {MAX_CHARACTERS:,} characters and is nested at most {MAX_DEPTH} deep."
        return Rule(None, None, None, None, (Problem(line_of(()), message),))
    return reading.rule(rule)


def _is_too_large(rule: Any) -> bool:
    waiting = [(rule, 0)]
    while waiting:
        part, depth = waiting.pop()
        if depth > MAX_DEPTH:
            return True
        below = part.values() if isinstance(part, Mapping) else part if isinstance(part, list | tuple) else ()
        waiting.extend((one, depth + 1) for one in below)
    return len(json.dumps(rule, ensure_ascii=False, default=str)) > MAX_CHARACTERS


def canonical(name: object) -> str:
    """A word of the language as it is compared: spaces and underscores are hyphens."""
    return str(name).strip().lower().replace("_", "-").replace(" ", "-")


@dataclass(slots=True)
class _Reading:
    line_of: LineOf
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, way: Way, message: str) -> _Refused:
        problem = Problem(self.line_of(way), message)
        if problem not in self.problems:
            self.problems.append(problem)
        return _Refused()

    # ------------------------------------------------------------ the rule

    def rule(self, rule: Mapping[str, Any]) -> Rule:
        try:
            members = self._members(rule, (), MEMBERS)
        except _Refused:
            return Rule(None, None, None, None, tuple(self.problems))
        scope = [COLLECTIONS[REPOSITORY]]
        for_each = None
        if "for-each" in members:
            for_each = self._collection(*members["for-each"])
            scope = [*scope, for_each] if for_each else []
        if "pass-if" not in members:
            self.refuse((), "“pass-if” is required: what must hold for each unit.")
        found = {name: self._tried(members[name], scope) if name in members and scope else None for name in MEMBERS[1:]}
        told = tuple(sorted(self.problems))
        return Rule(for_each, found["applies-if"], found["pass-if"], found["partial-if"], told)

    def _tried(self, member: tuple[Way, Any], scope: Sequence[Collection]) -> Condition | None:
        try:
            return self._condition(*member, scope)
        except _Refused:
            return None

    def _collection(self, way: Way, name: Any) -> Collection | None:
        found = COLLECTIONS.get(str(name).replace("-", "_").replace(" ", "_"))
        known = [one for one in COLLECTIONS if one != REPOSITORY]
        if found is None or found.single:
            self.refuse(way, f"There is no collection “{_short(name)}”.{_near(str(name), known)}")
            return None
        return found

    def _members(self, node: Any, way: Way, known: Iterable[str]) -> dict[str, tuple[Way, Any]]:
        """Members by their canonical names, each with the way to it as written."""
        if not isinstance(node, Mapping):
            raise self.refuse(way, f"This must be a mapping, not {_kind(node)}.")
        members: dict[str, tuple[Way, Any]] = {}
        for name, value in node.items():
            word = canonical(name)
            if word in members:
                raise self.refuse((*way, name), f"“{_short(name)}” stands twice.")
            if word not in known:
                raise self.refuse((*way, name), f"“{_short(name)}” is not known here.{_near(word, list(known))}")
            members[word] = ((*way, name), value)
        return members

    # ------------------------------------------------------------ conditions

    def _condition(self, way: Way, node: Any, scope: Sequence[Collection]) -> Condition:
        members = self._members(node, way, (*FORMS, *OPERATORS))
        forms = [name for name in FORMS if name in members]
        if len(forms) != 1:
            raise self.refuse(way, f"A condition is exactly one of {', '.join(FORMS)}.")
        form = forms[0]
        if form != "fact" and len(members) > 1:
            extra = next(name for name in members if name != form)
            raise self.refuse(members[extra][0], f"“{extra}” can't stand beside {form}.")
        match form:
            case "all" | "any":
                return _joined(form, self._parts(*members[form], scope))
            case "not":
                return self._not(*members[form], scope)
            case "count-where":
                return self._count(*members[form], scope)
            case "cel":
                return self._cel(*members[form], scope)
        return self._compare(way, members, scope)

    def _parts(self, way: Way, node: Any, scope: Sequence[Collection]) -> tuple[Condition, ...]:
        if not isinstance(node, list) or not node:
            raise self.refuse(way, f"This must be a list of at least one condition, not {_kind(node)}.")
        found, refused = [], False
        for index, item in enumerate(node):
            part = self._tried(((*way, index), item), scope)
            refused = refused or part is None
            found += [part] if part is not None else []
        if refused:
            raise _Refused
        return tuple(found)

    def _not(self, way: Way, node: Any, scope: Sequence[Collection]) -> Condition:
        part = self._condition(way, node, scope)
        return Not(part, part.size)

    def _cel(self, way: Way, node: Any, scope: Sequence[Collection]) -> Condition:
        if not isinstance(node, str):
            raise self.refuse(way, f"An expression is a text, not {_kind(node)}.")
        try:
            return cel.clause(node, scope)
        except ValueError as error:
            raise self.refuse(way, f"The expression can't be taken: {error}") from error

    def _count(self, way: Way, node: Any, scope: Sequence[Collection]) -> Condition:
        members = self._members(node, way, (*COUNTED, *NUMERIC))
        if "of" not in members:
            raise self.refuse(way, "“of” is required: the collection that is counted.")
        collection = self._collection(*members["of"])
        where = self._tried(members["where"], [*scope, collection]) if collection and "where" in members else None
        operator, place, expected = self._operator(way, members, NUMERIC, "number of rows")
        comparison, other = self._expected(place, operator, Kind.NUMBER, expected, scope)
        if collection is None or ("where" in members and where is None):
            raise _Refused
        return Count(collection.name, where, comparison, other, 1 + (where.size if where else 0))

    def _compare(self, way: Way, members: Mapping[str, tuple[Way, Any]], scope: Sequence[Collection]) -> Condition:
        fact = self._reference(*members["fact"], scope)
        operator, place, expected = self._operator(way, members, tuple(OPERATORS), f"fact “{fact.name}”")
        kind = fact.field.kind
        if kind not in operator.takes:
            fitting = ", ".join(one.name for one in OPERATORS.values() if kind in one.takes)
            raise self.refuse(place, f"“{operator.name}” takes no {kind}, which {fact.name} is. Use one of {fitting}.")
        comparison, other = self._expected(place, operator, operator.of or kind, expected, scope)
        return Compare(fact, comparison, other)

    def _operator(
        self, way: Way, members: Mapping[str, tuple[Way, Any]], known: Sequence[str], what: str
    ) -> tuple[Operator, Way, Any]:
        told = [name for name in known if name in members]
        if len(told) != 1:
            raise self.refuse(way, f"The {what} wants exactly one of {', '.join(known)} beside it.")
        place, expected = members[told[0]]
        return OPERATORS[told[0]], place, expected

    # ------------------------------------------------------------ values

    def _reference(self, way: Way, name: Any, scope: Sequence[Collection]) -> Reference:
        if not isinstance(name, str):
            raise self.refuse(way, f"A fact is named by a text, not by {_kind(name)}.")
        told, dot, inner = name.strip().replace("-", "_").rpartition(".")
        depth = len(scope) - 1 if not dot else next((at for at, one in enumerate(scope) if one.name == told), -1)
        if depth < 0:
            around = ", ".join(one.name for one in scope)
            raise self.refuse(way, f"“{_short(told)}” is not at hand here. At hand are: {around}.")
        collection = scope[depth]
        at = collection.position.get(inner)
        if at is None:
            outer = next((one.name for one in scope[:-1] if not dot and inner in one.position), "")
            hint = f" Did you mean {outer}.{inner}?" if outer else _near(inner, list(collection.position))
            raise self.refuse(way, f"The {collection.name} have no fact “{_short(inner)}”.{hint}")
        return Reference(f"{told}.{inner}" if dot else inner, depth, at, collection.fields[at])

    def _expected(
        self, way: Way, operator: Operator, kind: Kind, expected: Any, scope: Sequence[Collection]
    ) -> tuple[Comparison, Reference | None]:
        """What stands behind an operator: a value, or ``{fact: ...}``."""
        if isinstance(expected, Mapping):
            return Comparison(operator), self._other(way, operator, kind, expected, scope)
        if operator.many:
            if not isinstance(expected, list) or not 1 <= len(expected) <= 200:
                raise self.refuse(way, f"“{operator.name}” wants a list of 1 to 200 values, not {_kind(expected)}.")
            values = [self._literal((*way, at), kind, one) for at, one in enumerate(expected)]
            return Comparison(operator, frozenset(values)), None
        value = self._literal(way, kind, expected)
        if operator.name == "matches":
            try:
                value = compiled(value)
            except ValueError as error:
                raise self.refuse(way, f"The pattern can't be taken (RE2): {error}.") from error
        return Comparison(operator, value), None

    def _other(
        self, way: Way, operator: Operator, kind: Kind, expected: Mapping[str, Any], scope: Sequence[Collection]
    ) -> Reference:
        members = self._members(expected, way, ("fact",))
        if not operator.of_facts or "fact" not in members:
            raise self.refuse(way, f"“{operator.name}” wants a value.")
        other = self._reference(*members["fact"], scope)
        if other.field.kind is not kind:
            raise self.refuse(way, f"{other.name} is a {other.field.kind}; a {kind} is wanted.")
        return other

    def _literal(self, way: Way, kind: Kind, value: Any) -> Any:
        if kind is Kind.TRUTH and isinstance(value, bool):
            return value
        if kind is Kind.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
            if math.isfinite(value) and abs(value) < 1e18:
                return float(value)
        elif kind is Kind.TEXT and isinstance(value, str) and len(value) <= MAX_LITERAL:
            return value
        quotes = " Put it in quotes." if kind is Kind.TEXT and isinstance(value, int | float) else ""
        raise self.refuse(way, f"A {kind} is wanted here, not {_kind(value)}.{quotes}")


def _joined(form: str, parts: tuple[Condition, ...]) -> Condition:
    size = sum(part.size for part in parts)
    return Every(parts, size) if form == "all" else Some(parts, size)


def _near(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name[:100].replace(" ", "_"), known, n=3, cutoff=0.5)
    if close:
        return f" Did you mean {' or '.join(close)}?"
    return f" Known are: {', '.join(known[:40])}."


def _kind(value: object) -> str:
    for types, told in (
        (bool, "a truth"),
        (int | float, "a number"),
        (str, "a text"),
        (Mapping, "a mapping"),
        (list | tuple, "a list"),
    ):
        if isinstance(value, types):
            return told
    return "nothing"


def _short(name: object) -> str:
    return "".join(one if one.isprintable() else " " for one in str(name)[:60])
