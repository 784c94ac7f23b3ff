"""(pure) How a value is compared: by operators that each take certain types of facts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import re2

from scorecards.rules.facts import ABSENT, Kind, Value

MAX_PATTERN = 500
PATTERN_MEMORY = 1 << 20
_VERSION = re.compile(
    r"\s*[vV=]?\s*(\d{1,18}(?:\.\d{1,18}){0,5})(?:[-.+_]?(?![xX](?:\.|\s*$))([A-Za-z][0-9A-Za-z.+_-]{0,100}))?\s*"
)
# What stands behind a number and comes before its release; other words (alpine, slim, jre) name a variant.
_BEFORE = re.compile(
    r"(?i)(?:a|b|c|m|alpha|beta|rc|cr|pre|preview|dev|snapshot|milestone|ea|next|canary)(?:$|[^A-Za-z])"
)

Test = Callable[[Any, Any], bool | None]


class Operator(NamedTuple):
    """``takes``: types of facts. ``of``: the type of what stands behind it, ``None``: the fact's own, a list ``many``.

    ``of_facts``: whether another fact may stand behind it.
    """

    name: str
    words: str
    takes: frozenset[Kind]
    of: Kind | None
    test: Test
    many: bool = False
    of_facts: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """An operator with what stands behind it; ``expected`` is ``None`` where another fact does."""

    operator: Operator
    expected: Any = None

    def holds(self, value: Value) -> bool | None:
        if value is None or value is ABSENT:
            return self.against(value, self.expected)
        return self.operator.test(value, self.expected)

    def against(self, value: Value, expected: Any) -> bool | None:
        """``None`` where the value is unknown, or is not set and has no order."""
        if value is None:
            return None
        if value is ABSENT and self.operator.name not in _OF_ABSENT:
            return None
        return self.operator.test(value, expected)

    def words(self, other: str | None) -> str:
        """What is asked for, as a phrase."""
        if self.operator.name == "exists":
            return "is set" if self.expected else "is not set"
        told = other or _phrase(self.expected)
        return f"{self.operator.words} {told}"[:150]


def _phrase(expected: Any) -> str:
    if isinstance(expected, frozenset | list | tuple):
        return ", ".join(sorted(map(str, expected)))
    if isinstance(expected, bool):
        return "true" if expected else "false"
    if isinstance(expected, float):
        return f"{expected:g}"
    return str(getattr(expected, "pattern", expected)) or "empty"


# ---------------------------------------------------------------- tests


def _is(value: Any, expected: Any) -> bool:
    return bool(value == expected)


def _exists(value: Any, expected: bool) -> bool:
    return (value is not ABSENT and value not in ("", ())) is expected


def _any_text(test: Callable[[str, Any], bool]) -> Test:
    """A text passes by itself, a list by any of its items."""
    return lambda value, expected: (
        any(test(item, expected) for item in value) if isinstance(value, tuple) else test(value, expected)
    )


def _contains(value: Any, expected: str) -> bool:
    """A part of a text, or an item of a list."""
    return expected in value


def compiled(pattern: str) -> Any:
    """RE2, which runs in linear time, with bounded memory. Raises: ValueError with what is wrong."""
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"a pattern has at most {MAX_PATTERN} characters")
    options = re2.Options()
    options.log_errors, options.max_mem = False, PATTERN_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it can't be read"
        raise ValueError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from error


def version_key(text: str) -> tuple[tuple[int, ...], bool, str] | None:
    """A version as it is ordered, prereleases before the release; ``None`` for a range and for what is no version."""
    found = _VERSION.fullmatch(text[:300])
    if found is None:
        return None
    numbers = [int(part) for part in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    before = (found[2] or "").lower() if _BEFORE.match(found[2] or "") else ""
    return tuple(numbers), not before, before


def _version_test(holds: Callable[[Any, Any], bool]) -> Test:
    def test(value: str, expected: str) -> bool | None:
        have, want = version_key(value), version_key(expected)
        return None if have is None or want is None else holds(have, want)

    return test


_TEXTS = frozenset({Kind.TEXT, Kind.LIST})
_TEXT, _NUMBER = frozenset({Kind.TEXT}), frozenset({Kind.NUMBER})
_ONE = frozenset({Kind.TEXT, Kind.NUMBER, Kind.TRUTH})
_OF_ABSENT = frozenset({"exists", "is", "is-not", "in", "not-in"})

OPERATORS: Mapping[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("is", "is", _ONE, None, _is),
        Operator("is-not", "is not", _ONE, None, lambda value, expected: not _is(value, expected)),
        Operator("in", "is one of", _ONE, None, lambda value, expected: value in expected, many=True, of_facts=False),
        Operator(
            "not-in", "is none of", _ONE, None, lambda value, expected: value not in expected, many=True, of_facts=False
        ),
        Operator("less", "is less than", _NUMBER, None, lambda value, expected: value < expected),
        Operator("more", "is more than", _NUMBER, None, lambda value, expected: value > expected),
        Operator("at-least", "is at least", _NUMBER, None, lambda value, expected: value >= expected),
        Operator("at-most", "is at most", _NUMBER, None, lambda value, expected: value <= expected),
        Operator(
            "matches", "matches", _TEXTS, Kind.TEXT, _any_text(lambda item, pattern: bool(pattern.search(item))),
            of_facts=False,
        ),
        Operator("starts-with", "starts with", _TEXTS, Kind.TEXT, _any_text(str.startswith)),
        Operator("ends-with", "ends with", _TEXTS, Kind.TEXT, _any_text(str.endswith)),
        Operator("contains", "contains", _TEXTS, Kind.TEXT, _contains),
        Operator("exists", "is set", frozenset(Kind), Kind.TRUTH, _exists, of_facts=False),
        Operator(
            "version-at-least", "is at least version", _TEXT, Kind.TEXT, _version_test(lambda have, want: have >= want)
        ),
        Operator(
            "version-below", "is below version", _TEXT, Kind.TEXT, _version_test(lambda have, want: have < want)
        ),
    )
}  # fmt: skip
NUMERIC = ("is", "is-not", "less", "more", "at-least", "at-most")
