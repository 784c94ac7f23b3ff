"""(pure) Whether a query counts good events, bad ones, or all: what PromQL alone can prove."""

import re
from typing import Literal

from scorecards.reading.promql import Matcher, Part

Polarity = Literal["good", "bad", "all", "?"]

_OPPOSITE: dict[Polarity, Polarity] = {"good": "bad", "bad": "good", "all": "?", "?": "?"}
_CLASS_LABELS = re.compile(
    r"status|code|result|outcome|(?:^|_)(?:state|success|error|reason|class|response_flags)(?:_|$)", re.I
)
_BAD_WORD = re.compile(
    r"err|fail|5\.\.|5xx|5\[|5\\d|timeout|unavailable|abort|internal|unknown|unimplemented|dataloss|deadline|exhausted"
    r"|reject|denied|drop|exception|crash|panic|cancel|refused|down|unhealthy|\b5\d\d\b|429|4\.\.|4xx|4\[|\b4\d\d\b",
    re.I,
)
_GOOD_WORD = re.compile(
    r"succe|\bok\b|2\.\.|2xx|2\[|2\\d|\b2\d\d\b|3\.\.|3xx|healthy|passed|complete|\btrue\b|\bup\b", re.I
)
_BAD_METRIC = re.compile(
    r"error|fail|drop|reject|timeout|5xx|exception|unavailable|panic|denied|violation|aborted|_lost|discard|restarts",
    re.I,
)
_GOOD_METRIC = re.compile(r"succe|_ok(?:_|$)|_good(?:_|$)|completed", re.I)
_UP = re.compile(r"^up$|_up$|success|healthy|ready|available", re.I)
# A gauge's values over time: a measure of its own, not a count of events.
_MEASURING = frozenset({"sum_over_time", "avg_over_time", "max_over_time", "min_over_time", "last_over_time"})
_THROUGH = frozenset(
    {"clamp_min", "clamp_max", "clamp", "label_replace", "label_join", "round", "abs", "scalar", "vector"}
)


def polarity(part: Part, total: Part | None) -> Polarity:
    """What a query counts, against the query that counts all (``None``: unknown). ``?`` where it can't be proved."""
    if total is not None and part == total:
        return "all"
    if part.kind == "binary":
        return _of_binary(part, total)
    if part.kind == "selector":
        return _of_selector(part, total)
    if part.name == "histogram_fraction" and len(part.parts) >= 2:
        return _of_fraction(part)
    if part.kind in ("call", "aggregation", "subquery") and part.parts:
        below = polarity(part.parts[0 if part.name in _THROUGH else -1], _below(total))
        return "?" if below == "all" and part.name in _MEASURING else below
    return "?"


def _below(total: Part | None) -> Part | None:
    """The total one level down, so that like is compared with like; the selectors decide in the end."""
    return total.parts[-1] if total is not None and total.parts and total.kind != "binary" else total


def _of_binary(part: Part, total: Part | None) -> Polarity:
    left, right = part.parts
    match part.name:
        case "-":
            whole = None if left.kind == "number" else left
            return _OPPOSITE[polarity(right, whole)]
        case "/" if right.kind != "number":
            return polarity(left, right)
        case "*" | "/":
            return polarity(right if left.kind == "number" else left, total)
        case "+":
            both = {polarity(left, total), polarity(right, total)}
            return both.pop() if len(both) == 1 else "?"
        case "or":
            return polarity(left, total) if _is_filler(right) else _of_binary(Part("binary", "+", part.parts), total)
        case "==" | "!=" | "<" | ">" | ">=" | "<=":
            return _of_comparison(part)
        case "and" | "unless":
            return polarity(left, total)
    return "?"


def _is_filler(part: Part) -> bool:
    """``vector(0)`` and the like, which stand in where there are no series."""
    return all(each.kind in ("call", "number", "binary", "aggregation") for each in part.walk()) or any(
        each.name == "absent" for each in part.walk()
    )


def _of_comparison(part: Part) -> Polarity:
    """``up == 0`` counts what is down; a comparison with another number proves nothing."""
    left, right = part.parts
    names = [each.name for each in left.walk() if each.kind == "selector"]
    if (
        right.kind != "number"
        or part.name not in ("==", "!=", "<", ">")
        or not names
        or not all(map(_UP.search, names))
    ):
        return "?"
    is_zero = right.value == 0
    alive = (part.name == "==") != is_zero if part.name in ("==", "!=") else part.name == ">"
    return "good" if alive else "bad"


def _of_fraction(part: Part) -> Polarity:
    """Native histograms: the share between two bounds."""
    low, high = (each.value if each.kind == "number" else None for each in part.parts[:2])
    if isinstance(high, float) and high == float("inf"):
        return "bad"
    return "good" if isinstance(low, float) and low <= 0 else "?"


def _of_selector(part: Part, total: Part | None) -> Polarity:
    bound = next((matcher for matcher in part.matchers if matcher.name == "le"), None)
    if part.name.endswith("_bucket") and bound is not None:
        return ("all" if bound.value in ("+Inf", "Inf") else "good") if bound.op == "=" else "?"
    told = [polarity for matcher in part.matchers if (polarity := matcher_polarity(matcher)) != "?"]
    if told:
        return told[0] if len(set(told)) == 1 else "?"
    if _BAD_METRIC.search(part.name):
        return "bad"
    if _GOOD_METRIC.search(part.name):
        return "good"
    return "all" if is_broader(part, total) else "?"


def is_broader(part: Part, total: Part | None) -> bool:
    """Whether a selector takes all that the total's does, and no label narrows it."""
    of_total = [each for each in total.walk() if each.kind == "selector"] if total is not None else []
    same = [each for each in of_total if each.name == part.name]
    return bool(same) and all(set(part.matchers) <= set(each.matchers) for each in same)


def is_wider(root: Part, total: Part) -> bool:
    """Whether a lone selector of the same metric lacks a matcher that the total has, and has none of its own."""
    ours = [part for part in root.walk() if part.kind == "selector"]
    theirs = [part for part in total.walk() if part.kind == "selector"]
    if len(ours) != 1 or len(theirs) != 1 or ours[0].name != theirs[0].name:
        return False
    return set(ours[0].matchers) < set(theirs[0].matchers)


def matcher_polarity(matcher: Matcher) -> Polarity:
    """What a matcher on a status, code or result lets through."""
    if not _CLASS_LABELS.search(matcher.name) or not matcher.value:
        return "?"
    bad, good = bool(_BAD_WORD.search(matcher.value)), bool(_GOOD_WORD.search(matcher.value))
    if matcher.name.lower() in ("success", "error") and matcher.value.lower() in ("true", "false"):
        bad = (matcher.value.lower() == "true") == (matcher.name.lower() == "error")
        good = not bad
    found: Polarity = "?" if bad == good else ("bad" if bad else "good")
    return _OPPOSITE[found] if matcher.op in ("!=", "!~") else found
