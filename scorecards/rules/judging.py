"""(pure) Rules over facts: what is found of each unit."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from ingest.repository.node import Place
from scorecards.checks.finding import MAX_PLACES, Finding, Outcome, unknown
from scorecards.rules.facts import REPOSITORY, Facts, Row
from scorecards.rules.language import Budget, Rule, Scope, Spent, read_rule
from scorecards.rules.language.model import Condition, Seen

UNIT = "repository"
MAX_SEEN = 6
MAX_MESSAGE = 500
_REST = "the rest"


class Judged(NamedTuple):
    """The answer for one unit, before it is told in words. ``place``: where the unit stands."""

    outcome: Outcome
    unit: str
    place: Place


def outcomes(rule: Mapping[str, Any], facts: Facts) -> Iterator[Judged]:
    """The answers alone: as ``findings``, without what was seen."""
    for outcome, row, _ in _judged(rule, facts):
        yield Judged(outcome, row.unit, row.place)


def findings(rule: Mapping[str, Any], facts: Facts) -> Iterator[Finding]:
    """The findings of a rule. What is not known is never a pass."""
    looks = Budget()
    for outcome, row, why in _judged(rule, facts):
        if isinstance(why, Finding):
            yield why
        else:
            condition, scope, asked = why
            yield _finding(outcome, row, condition, scope._replace(budget=looks), asked)


Why = Finding | tuple[Condition, Scope, str]


def _judged(rule: Mapping[str, Any], facts: Facts) -> Iterator[tuple[Outcome, Row, Why]]:
    read = _known(orjson.dumps(rule, option=orjson.OPT_SORT_KEYS, default=str))
    if read.problems or read.pass_if is None:
        yield _untold(UNIT, f"The rule can't be read: {read.problems[0].message if read.problems else 'it is empty'}")
        return
    repository = facts.rows(REPOSITORY)
    if repository is None or not repository.rows:
        yield _untold(UNIT, "The facts on the repository were not kept.")
        return
    top = repository.rows[:1]
    if read.for_each is None:
        yield from _of_rows(read, facts, top, (Row(UNIT, Place(""), ()),))
        return
    rows = facts.rows(read.for_each.name)
    if rows is None:
        yield _untold(UNIT, f"The facts on {read.for_each.name} are not known.")
        return
    yield from _of_rows(read, facts, top, rows.rows)
    if not rows.complete:
        yield _untold(_REST, f"Only the first {len(rows.rows):,} {read.for_each.name} were looked at.")


@lru_cache(maxsize=512)
def _known(written: bytes) -> Rule:
    return read_rule(orjson.loads(written))


def _untold(unit: str, message: str) -> tuple[Outcome, Row, Why]:
    return Outcome.UNKNOWN, Row(unit, Place(""), ()), unknown(unit, message)


def _of_rows(
    rule: Rule, facts: Facts, top: tuple[Row, ...], rows: tuple[Row, ...]
) -> Iterator[tuple[Outcome, Row, Why]]:
    """The answer for each unit. After too many comparisons the rest is unknown."""
    budget = Budget()
    conditions = (rule.applies_if, rule.pass_if, rule.partial_if)
    size = sum(one.size for one in conditions if one is not None)
    for row in rows:
        scope = Scope(facts, top if rule.for_each is None else (*top, row), budget)
        try:
            budget.spend(size)
            outcome, condition, asked = _answer(rule, scope)
        except Spent:
            yield _untold(_REST, "The rule asks for more comparisons than one repository is given.")
            return
        yield outcome, row, (condition, scope, asked)


def _answer(rule: Rule, scope: Scope) -> tuple[Outcome, Condition, str]:
    """The outcome, and the condition that decided it: for whom it applies, what must hold, what holds in part."""
    assert rule.pass_if is not None  # noqa: S101 - told by the caller
    if rule.applies_if is not None:
        applies = rule.applies_if.holds(scope)
        if not applies:
            return (Outcome.UNKNOWN if applies is None else Outcome.NOT_APPLICABLE), rule.applies_if, "applies"
    holds = rule.pass_if.holds(scope)
    if holds is not False:
        return (Outcome.PASS if holds else Outcome.UNKNOWN), rule.pass_if, "passes"
    if rule.partial_if is not None:
        partly = rule.partial_if.holds(scope)
        if partly is None:
            return Outcome.UNKNOWN, rule.partial_if, "partial"
        if partly:
            return Outcome.PARTIAL, rule.pass_if, "passes"
    return Outcome.FAIL, rule.pass_if, "passes"


# ---------------------------------------------------------------- in words

_OPENING = {
    ("applies", Outcome.UNKNOWN): "Whether it applies can't be told: ",
    ("partial", Outcome.UNKNOWN): "Whether it holds in part can't be told: ",
    ("passes", Outcome.UNKNOWN): "It can't be told: ",
}


def _finding(outcome: Outcome, row: Row, condition: Condition, scope: Scope, asked: str) -> Finding:
    seen = _seen(condition, scope)
    text = "; ".join(one.text for one in seen[:MAX_SEEN]) + ("; and more" if len(seen) > MAX_SEEN else "")
    message = _sentence(_OPENING.get((asked, outcome), "") + text)
    places = tuple(dict.fromkeys((row.place, *(place for one in seen for place in one.places))))
    shown = tuple(place for place in places if place.path)[:MAX_PLACES]
    value = " ".join(dict.fromkeys(one.value for one in seen[:MAX_SEEN]))[:300]
    return Finding(outcome, row.unit, message, shown, value)


def _seen(condition: Condition, scope: Scope) -> list[Seen]:
    """What decided, each once. Where looking again costs too much, the answer stands alone."""
    found: dict[Seen, None] = {}
    try:
        for one in condition.seen(scope):
            found[one] = None
            if len(found) > MAX_SEEN:
                break
    except Spent:
        found[Seen("there was too much to tell what decided", "")] = None
    return list(found)


def _sentence(text: str) -> str:
    short = text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"
    first = short.partition(" ")[0]
    return f"{short if '_' in first or '.' in first else short[:1].upper() + short[1:]}."
