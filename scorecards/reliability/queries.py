"""(pure) The counter whose rate a query adds up, and whether a query can be asked at all.

Windows are replaced by ``ingest.prometheus.windows``.
"""

import re

from ingest.prometheus.windows import masked, ranges, unescaped, with_window
from scorecards.reading.promql import Part, Query, parse
from scorecards.reading.promql_text import variable_left

_COUNTED = frozenset({"rate", "increase"})
_COUNTER = re.compile(r"_(?:total|count|bucket|sum)$")


def is_askable(text: str) -> bool:
    """Whether nothing but its window is left open: no variable stands elsewhere, strings looked at too."""
    return not variable_left(with_window(text), in_strings=True)


def counter_selector(text: str, *, is_counter: bool = False) -> str:
    """The selector of the one counter of which a query is the sum of rates or increases; empty where it is not.

    ``is_counter``: a bare selector (or its sum) stands for a counter, as in Pyrra's documents.
    """
    text = unescaped(text).strip()
    query = parse(text)
    if query is None or query.root is None or not is_askable(text):
        return ""
    body = _summed(query.root)
    if body.kind == "call" and body.name in _COUNTED and len(body.parts) == 1 and body.parts[0].kind == "selector":
        return _selector_in(text, query) if body.parts[0].range is not None else ""
    return _bare(text, query) if is_counter and body.kind == "selector" and body.range is None else ""


def is_counter_name(text: str) -> bool:
    """Whether a bare selector's metric is called as counters are."""
    query = parse(text)
    return bool(query and len(query.selectors) == 1 and _COUNTER.search(query.selectors[0].metric))


def _summed(root: Part) -> Part:
    """What a sum adds up; other expressions stay as they are. A sum of sums adds up the same."""
    while root.kind == "aggregation" and root.name == "sum" and len(root.parts) == 1:
        root = root.parts[0]
    return root


def _selector_in(text: str, query: Query) -> str:
    """The text of the only selector, which ends where its range begins."""
    every = ranges(text)
    if len(every) != 1 or every[0].is_subquery:
        return ""
    plain = masked(text)
    after = plain[every[0].end + 1 :]
    if not re.fullmatch(r"[\s)]*(?:(?:by|without)\s*\([^()]*\)[\s)]*)*", after):
        return ""  # an offset, an @
    end = every[0].start - 1
    return _as_selector(text[plain.rfind("(", 0, end) + 1 : end], query)


def _bare(text: str, query: Query) -> str:
    plain = masked(text)
    start = plain.rfind("(", 0, plain.find("{") if "{" in plain else len(plain)) + 1
    found = re.match(r"[^(){}]*(?:\{[^{}]*\})?", plain[start:])
    return _as_selector(text[start : start + found.end()], query) if found else ""


def _as_selector(text: str, query: Query) -> str:
    """The text if it is that selector and nothing more: asked again, so that no guess counts."""
    text = text.strip()
    again = parse(text)
    if again is None or again.root is None or again.root.kind != "selector" or again.root.range is not None:
        return ""
    if _has_modifier(text) or " or " in masked(text):
        return ""
    told, ours = query.selectors, again.selectors[0]
    return text if len(told) == 1 and (told[0].metric, told[0].matchers) == (ours.metric, ours.matchers) else ""


def _has_modifier(text: str) -> bool:
    plain = masked(text)
    return "@" in plain or re.search(r"\boffset\b", plain, re.I) is not None
