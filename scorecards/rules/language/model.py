"""(pure) Conditions over rows of facts. They answer true, false or ``None``: unknown, by Kleene's logic."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from ingest.repository.node import Place
from scorecards.rules.facts import ABSENT, Facts, Field, Row, Rows, Value
from scorecards.rules.language.comparing import Comparison
from scorecards.rules.language.shown import shown, shown_value

Answer: TypeAlias = bool | None
MAX_STEPS = 400_000  # comparisons of one rule on one repository


class Spent(Exception):
    """The rule asks for more comparisons than one repository is worth."""


@dataclass(slots=True)
class Budget:
    """How many comparisons are left."""

    left: int = MAX_STEPS

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise Spent


class Scope(NamedTuple):
    """What a condition is asked of: the repository's row, then one row of each collection around it."""

    facts: Facts
    rows: tuple[Row, ...]
    budget: Budget

    def within(self, row: Row) -> "Scope":
        return Scope(self.facts, (*self.rows, row), self.budget)


class Seen(NamedTuple):
    """A value that decided, in words. ``value`` is short, for comparing one scan with the next."""

    text: str
    value: str
    places: tuple[Place, ...] = ()


class Condition(Protocol):
    """``size``: how many comparisons it makes on one row."""

    @property
    def size(self) -> int: ...

    def holds(self, scope: Scope) -> Answer: ...

    def seen(self, scope: Scope, wanted: bool = True) -> Iterator[Seen]:
        """What decided the answer; ``wanted``: which answer is asked for, false within ``not``."""
        ...


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of a row in scope. ``name`` is how the rule calls it."""

    name: str
    depth: int
    index: int
    field: Field

    def value(self, scope: Scope) -> Value:
        return scope.rows[self.depth].values[self.index]


@dataclass(frozen=True, slots=True)
class Compare:
    """A fact against a value, or against another fact."""

    fact: Reference
    comparison: Comparison
    other: Reference | None = None
    size: int = 1

    def holds(self, scope: Scope) -> Answer:
        value = self.fact.value(scope)
        if self.other is None:
            return self.comparison.holds(value)
        other = self.other.value(scope)
        return None if other is None or other is ABSENT else self.comparison.against(value, other)

    def seen(self, scope: Scope, wanted: bool = True) -> Iterator[Seen]:
        value = self.fact.value(scope)
        told = f"{self.fact.name} {shown_value(self.fact.field, value)}"
        asked = self.comparison.words(self.other.name if self.other else None)
        if self.holds(scope) is None:
            unread = self.other is not None and self.other.value(scope) is None
            told = f"{self.other.name} is not known" if unread and self.other and value is not None else told
        yield Seen(
            f"{told} (asked: {'' if wanted else 'not: '}{asked})", f"{self.fact.name}={shown(self.fact.field, value)}"
        )


@dataclass(frozen=True, slots=True)
class Every:
    """``all``: true where every part is."""

    parts: tuple[Condition, ...]
    size: int

    def holds(self, scope: Scope) -> Answer:
        answer: Answer = True
        for part in self.parts:
            found = part.holds(scope)
            if found is False:
                return False
            answer = answer if found else None
        return answer

    def seen(self, scope: Scope, wanted: bool = True) -> Iterator[Seen]:
        yield from _deciding(self.parts, self.holds(scope), scope, wanted)


@dataclass(frozen=True, slots=True)
class Some:
    """``any``: true where one part is."""

    parts: tuple[Condition, ...]
    size: int

    def holds(self, scope: Scope) -> Answer:
        answer: Answer = False
        for part in self.parts:
            found = part.holds(scope)
            if found:
                return True
            answer = None if found is None else answer
        return answer

    def seen(self, scope: Scope, wanted: bool = True) -> Iterator[Seen]:
        yield from _deciding(self.parts, self.holds(scope), scope, wanted)


def _deciding(parts: tuple[Condition, ...], answer: Answer, scope: Scope, wanted: bool) -> Iterator[Seen]:
    """What the parts saw that answer as the whole does."""
    for part in parts:
        if part.holds(scope) is answer:
            yield from part.seen(scope, wanted)


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition
    size: int

    def holds(self, scope: Scope) -> Answer:
        found = self.part.holds(scope)
        return None if found is None else not found

    def seen(self, scope: Scope, wanted: bool = True) -> Iterator[Seen]:
        yield from self.part.seen(scope, not wanted)


class _Counted(NamedTuple):
    """Rows of which it is certain, rows of which nobody knows, all that were looked at, and the certain ones."""

    sure: int
    perhaps: int
    total: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Count:
    """``count-where``: how many rows of a collection a condition holds for, compared with a number."""

    collection: str
    where: Condition | None
    comparison: Comparison
    other: Reference | None = None
    size: int = 1

    def holds(self, scope: Scope) -> Answer:
        found = self._found(scope)
        if found is None:
            return None
        sure, perhaps, _, _ = found
        number = self._number(scope)
        if number is None:
            return None
        around = (int(number) - 1, int(number), int(number) + 1)
        possible = {sure, sure + perhaps, *(turn for turn in around if sure <= turn <= sure + perhaps)}
        answers = {self.comparison.against(float(count), number) for count in possible}
        return answers.pop() if len(answers) == 1 else None

    def _number(self, scope: Scope) -> float | None:
        value = self.comparison.expected if self.other is None else self.other.value(scope)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def _found(self, scope: Scope) -> _Counted | None:
        """``None`` where the collection is not known."""
        rows = scope.facts.rows(self.collection)
        if rows is None:
            return None
        if self.where is None:
            return _Counted(len(rows.rows), _beyond(rows), len(rows.rows), list(rows.rows[:20]))
        scope.budget.spend(self.where.size * len(rows.rows))
        certain, possible = [], 0
        for row in rows.rows:
            answer = self.where.holds(scope.within(row))
            if answer:
                certain.append(row)
            elif answer is None:
                possible += 1
        return _Counted(len(certain), possible + _beyond(rows), len(rows.rows), certain)

    def seen(self, scope: Scope, wanted: bool = True) -> Iterator[Seen]:
        found = self._found(scope)
        asked = f"asked: {'' if wanted else 'not: '}{self.comparison.words(self.other.name if self.other else None)}"
        if found is None:
            yield Seen(f"{self.collection} are not known ({asked})", f"{self.collection}=?")
            return
        sure, perhaps, total, rows = found
        which = f" of {total}" if self.where is not None else ""
        more = f" and {'any number' if perhaps >= _ENDLESS else perhaps} that can't be told" if perhaps else ""
        places = tuple(row.place for row in rows[:10])
        yield Seen(f"{sure}{which} {self.collection}{more} ({asked})", f"{self.collection}={sure}", places)


_ENDLESS = 1 << 40


def _beyond(rows: Rows) -> int:
    """How many more rows there may be than are told."""
    return 0 if rows.complete else _ENDLESS
