"""(pure) Clauses in CEL, an optional extra: an expression over the facts at hand, which must be a truth.

Facts are typed variables, alone for the innermost collection and behind ``collection.`` for each. A fact that is not
known, or not set, is no value: CEL's own logic absorbs it where the answer does not hang on it, and else it is unknown.
"""

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scorecards.rules.facts import ABSENT, COLLECTIONS, Collection, Kind
from scorecards.rules.language.model import Answer, Condition, Reference, Scope, Seen
from scorecards.rules.language.shown import shown, shown_value

MAX_EXPRESSION = 1_000
SIZE, LOOP_SIZE = 20, 400  # comparisons that one evaluation counts as, without and with a loop over a list
MISSING = "expressions in CEL can't be judged here: the extra of requirements/cel.txt is not installed"
_TEXT = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_LOOP = re.compile(r"\.(?:all|exists|exists_one|map|filter)\s*\(")
_PREFIXED = re.compile(r"\w\"\"")  # raw texts, in which a backslash does not keep a quote from ending them
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def engine() -> Any:
    """The library; ``None`` where it is not installed."""
    try:
        return importlib.import_module("cel_expr_python.cel")
    except ImportError:
        return None


@dataclass(frozen=True, slots=True)
class Expression:
    """``program`` is ``None`` where the library is not installed. ``facts``: those that the text names."""

    text: str
    program: Any
    facts: tuple[Reference, ...]
    size: int = SIZE

    def holds(self, scope: Scope) -> Answer:
        return self._answer(scope)[0]

    def _answer(self, scope: Scope) -> tuple[Answer, str]:
        """The answer, and why there is none. An error is a value of the library's too: only a truth is taken."""
        if self.program is None:
            return None, MISSING
        values = {fact.name: _plain(fact.value(scope)) for fact in self.facts}
        try:
            found = self.program.eval(data={name: value for name, value in values.items() if value is not None})
            if found.type().name() == "BOOL":
                return bool(found.value()), ""
        except (RuntimeError, TypeError, ValueError, MemoryError) as error:
            return None, _reason(error)
        return None, _reason(found.value())

    def seen(self, scope: Scope, wanted: bool = True) -> Iterator[Seen]:
        answer, why = self._answer(scope)
        asked = f"asked: {'' if wanted else 'not: '}{self.text[:150]}"
        told = ", ".join(f"{fact.name} {shown_value(fact.field, fact.value(scope))}" for fact in self.facts[:6])
        text = why if answer is None else told or "the expression names no fact"
        value = " ".join(f"{fact.name}={shown(fact.field, fact.value(scope))}" for fact in self.facts[:6])
        yield Seen(f"{text} ({asked})", value)


def _plain(value: Any) -> Any:
    if value is None or value is ABSENT:
        return None
    if isinstance(value, tuple):
        return list(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _reason(error: object) -> str:
    first = str(error).partition("\n")[0].removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: ")
    first = first.replace("UNKNOWN: No value with name", "not known:").replace(" found in Activation", "")
    hint = " Write numbers with a point, as in 3.0." if "(double, int)" in first or "(int, double)" in first else ""
    return (first.removeprefix("<input>:") + hint)[:200]


def clause(text: str, scope: Sequence[Collection]) -> Condition:
    """The condition that an expression is.

    Texts and lists can't be added up, so that none grows without bound.

    Raises:
        ValueError: with what is wrong in it.
    """
    if not 0 < len(text.strip()) <= MAX_EXPRESSION:
        raise ValueError(f"it has 1 to {MAX_EXPRESSION:,} characters.")
    bare = _TEXT.sub('""', text)
    if "+" in bare or _PREFIXED.search(bare) or '"""' in text or "'''" in text:
        raise ValueError("the sign +, raw texts and texts over several lines are not taken.")
    named = set(_NAME.findall(bare))
    prefixes = {".".join(parts[:size]) for name in named for parts in [name.split(".")] for size in (1, 2)}
    library = engine()
    names = tuple(one.name for one in scope)
    facts = tuple(fact for name, fact in _variables(names).items() if name in prefixes)
    program = _compiled(library, names, text) if library is not None else None
    return Expression(text, program, facts, LOOP_SIZE if _LOOP.search(bare) else SIZE)


def _compiled(library: Any, scope: tuple[str, ...], text: str) -> Any:
    try:
        program = _environment(scope).compile(text)
    except (RuntimeError, ValueError) as error:
        raise ValueError(_reason(error)) from error
    kind = program.return_type().name()
    if kind != "BOOL":
        raise ValueError(f"it must be a truth, and is {kind.lower()}.")
    return program


@lru_cache(maxsize=64)
def _variables(scope: tuple[str, ...]) -> Mapping[str, Reference]:
    """Facts by the names that an expression may call them; of two rows of a collection the outer one has the name."""
    found: dict[str, Reference] = {}
    for depth, name in enumerate(scope):
        for at, field in enumerate(COLLECTIONS[name].fields):
            found.setdefault(f"{name}.{field.name}", Reference(f"{name}.{field.name}", depth, at, field))
    inner = COLLECTIONS[scope[-1]]
    for at, field in enumerate(inner.fields):
        found[field.name] = Reference(field.name, len(scope) - 1, at, field)
    return found


@lru_cache(maxsize=64)
def _environment(scope: tuple[str, ...]) -> Any:
    library = engine()
    types = {
        Kind.TEXT: library.Type.STRING,
        Kind.NUMBER: library.Type.DOUBLE,
        Kind.TRUTH: library.Type.BOOL,
        Kind.LIST: library.Type.List(library.Type.STRING),
    }
    variables = {name: types[fact.field.kind] for name, fact in _variables(scope).items()}
    return library.NewEnv(variables=variables)
