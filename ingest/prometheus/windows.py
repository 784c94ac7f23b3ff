"""(pure) Text of a PromQL expression without parsing it: its windows, and the matchers of a selector.

A window is a range in square brackets. Where any is a variable (Sloth's ``{{.window}}``, ``$window``), those alone are
the window; else that of a subquery; else every fixed one (``[5m]``).
"""

import re
from typing import NamedTuple

SLOT = "5m"
SLOT_SECONDS = 300

# Strings and comments; a string without its end runs to the end of the text.
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"?|\'(?:[^\'\\]|\\.)*+\'?|`[^`]*+`?|#[^\n]*', re.DOTALL)
_RANGE = re.compile(r"\[([^\[\]]{1,300})\]")
_FIXED = re.compile(r"\s{0,9}(?:\d{1,9}(?:ms|[smhdwy])){1,6}\s{0,9}")
_ESCAPED = re.compile(r"\{\{\s{0,9}[`\"](\{\{[^{}`\"]{0,300}\}\})[`\"]\s{0,9}\}\}")
_RATE = re.compile(r"\b(?:rate|irate|deriv)\s*\(", re.I)
_MATCHER = re.compile(r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*+"|\'(?:[^\'\\]|\\.)*+\'|`[^`]*+`)\s*(,|$)')
_SELECTOR = re.compile(r"\s*([A-Za-z_:][\w:]*)?\s*(?:\{(.*)\})?\s*", re.DOTALL)


class Range(NamedTuple):
    """Of a window: where its duration starts and ends in the text, and the duration as written."""

    start: int
    end: int
    whole: str
    is_subquery: bool

    @property
    def is_variable(self) -> bool:
        return not _FIXED.fullmatch(self.whole)


class Matcher(NamedTuple):
    """``op`` is ``=``, ``!=``, ``=~`` or ``!~``; ``value`` as written, without its quotes."""

    name: str
    op: str
    value: str


def masked(text: str) -> str:
    """The text with blanks for what stands in strings and comments: what is left stands where it stood."""
    return QUOTED.sub(lambda found: " " * len(found[0]), text)


def unescaped(text: str) -> str:
    """``{{`{{ .window }}`}}``, as a chart writes what the next tool shall replace, without its escape."""
    return _ESCAPED.sub(r"\1", text)


def with_window(text: str, window: str = SLOT) -> str:
    """The expression with its window replaced."""
    text = unescaped(text)
    for found in reversed(_windows(text)):
        text = f"{text[: found.start]}{window}{text[found.end :]}"
    return text


def has_window(text: str) -> bool:
    return bool(_windows(unescaped(text)))


def ranges(text: str) -> list[Range]:
    """Everything in square brackets, in the order of the text."""
    found = []
    for each in _RANGE.finditer(masked(text)):
        whole, colon, _ = text[each.start(1) : each.end(1)].partition(":")
        found.append(Range(each.start(1), each.start(1) + len(whole), whole, bool(colon)))
    return found


def _windows(text: str) -> list[Range]:
    every = ranges(text)
    variable = [each for each in every if each.is_variable]
    if variable:
        return variable
    subqueries = [each for each in every if each.is_subquery]
    return subqueries[-1:] if subqueries else every


def scale(text: str) -> float:
    """What turns an answer over five minutes into a number of events: rates are per second, increases are not.

    An expression without a window reads a recording, and those keep rates.
    """
    return SLOT_SECONDS if _RATE.search(masked(text)) or not has_window(text) else 1


def matchers(selector: str) -> tuple[str, frozenset[Matcher]] | None:
    """The metric and matchers of a plain selector; ``None`` where the text is none."""
    found = _SELECTOR.fullmatch(selector)
    if found is None or not (found[1] or found[2]):
        return None
    inner, read = found[2] or "", set()
    at = 0
    while at < len(inner.rstrip()):
        one = _MATCHER.match(inner, at)
        if one is None:
            return None
        read.add(Matcher(one[1], one[2], one[3][1:-1]))
        at = one.end()
    return found[1] or "", frozenset(read)


def narrowed_by(part: str, whole: str) -> frozenset[str] | None:
    """The labels by which a selector takes less than another of the same metric; ``None`` where it is not a part of it.

    Empty: both take the same.
    """
    ours, theirs = matchers(part), matchers(whole)
    if ours is None or theirs is None or ours[0] != theirs[0] or not theirs[1] <= ours[1]:
        return None
    return frozenset(each.name for each in ours[1] - theirs[1])
