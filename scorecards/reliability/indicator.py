"""(pure) What an objective measures, from the texts of its queries: how it is read, or why it can't be.

Whether it counts the right events is proved as the check of the standard does (``scorecards.reading.polarity``).
"""

from typing import Literal, NamedTuple

from ingest.prometheus.windows import has_window
from scorecards.reading.polarity import Polarity, is_wider, polarity
from scorecards.reading.promql import LOGS, Query, parse
from scorecards.reliability.queries import counter_selector, is_askable, is_counter_name

MAX_QUERY = 10_000
MAX_SUGGESTED = 600
HOUR = 3_600
LONGEST = 366 * 24 * HOUR
Kind = Literal["events", "ratio", "none"]


class Queries(NamedTuple):
    """As written. ``kind`` is that of ``scorecards.reading.slos``: events, ratio, plugin, native, gauge, threshold,
    none. ``bare``: its queries are selectors of counters, as Pyrra's."""

    kind: str
    bad: str = ""
    good: str = ""
    total: str = ""
    bare: bool = False


class Measure(NamedTuple):
    """How it is read; members as ``ingest.models.Slo``'s. With a ``problem_code`` it is not read."""

    indicator: Kind = "none"
    bad_query: str = ""
    good_query: str = ""
    total_query: str = ""
    bad_selector: str = ""
    good_selector: str = ""
    total_selector: str = ""
    problem_code: str = ""
    problem: str = ""


class _Problem(NamedTuple):
    code: str
    text: str


_NOT_READ = {
    "plugin": "A plugin or another document holds its queries, which can't be read here. Write the queries out.",
    "native": "It reads a native histogram, which can't be counted here yet. Measure it by classic buckets.",
    "threshold": "It compares a value with a limit and counts no events. Give it good (or bad) events and their total.",
    "gauge": "It measures a gauge and counts no events. Give it bad events and their total.",
}
_NO_INDICATOR = _Problem(
    "no_indicator",
    "It names no queries of Prometheus that could be asked. Give it bad (or good) events and their total.",
)


def measure_of(queries: Queries, window: float | None) -> Measure:
    """How an objective over ``window`` seconds is read."""
    if queries.kind == "gauge" and queries.bare and queries.good:
        queries = _of_gauge(queries)
    kind: Kind = "events" if queries.kind == "events" else "ratio" if queries.kind == "ratio" else "none"
    told = Measure(kind, queries.bad[:MAX_QUERY], queries.good[:MAX_QUERY], queries.total[:MAX_QUERY])
    problem = _problem(queries, kind) or _window_problem(window)
    if problem is not None:
        return told._replace(problem_code=problem.code, problem=problem.text)
    if kind == "ratio":
        return told
    return told._replace(
        bad_selector=_counter(queries.bad, queries.bare),
        good_selector=_counter(queries.good, queries.bare),
        total_selector=_counter(queries.total, queries.bare),
    )


def _of_gauge(queries: Queries) -> Queries:
    """A gauge that is 1 while all is well, as Pyrra reads it: how much of the time it was."""
    well = (
        f"sum(sum_over_time({queries.good}[{{{{.window}}}}])) / sum(count_over_time({queries.good}[{{{{.window}}}}]))"
    )
    return Queries("ratio", good=well)


def _counter(text: str, bare: bool) -> str:
    return counter_selector(text, is_counter=bare or is_counter_name(text)) if text else ""


# ---------------------------------------------------------------- what is wrong with it


def _window_problem(window: float | None) -> _Problem | None:
    if window is None:
        return _Problem("no_window", "It names no time over which it holds. Give it a window, such as 30d.")
    if not HOUR <= window <= LONGEST:
        return _Problem(
            "no_window", "Its window is shorter than an hour or longer than a year. Choose one such as 30d."
        )
    return None


def _problem(queries: Queries, kind: Kind) -> _Problem | None:
    if queries.kind in _NOT_READ:
        return _Problem(queries.kind, _NOT_READ[queries.kind])
    if kind == "none" or not (queries.bad or queries.good):
        return _NO_INDICATOR
    if kind == "events" and not queries.total:
        return _Problem("no_indicator", "It has no query that counts all events. Give it a total.")
    for name, text in _named(queries):
        problem = _unreadable(name, text) or (_unranged(name, text, queries.bare) if kind == "events" else None)
        if problem is not None:
            return problem
    return _wrong(queries)


def _named(queries: Queries) -> list[tuple[str, str]]:
    every = [("error query", queries.bad), ("good query", queries.good), ("total query", queries.total)]
    return [(name, text) for name, text in every if text]


def _unreadable(name: str, text: str) -> _Problem | None:
    if len(text) > MAX_QUERY:
        return _Problem("unreadable", f"The {name} is longer than {MAX_QUERY:,} characters.")
    if not is_askable(text):
        return _Problem("template", f"The {name} has variables beside its window, known only when it is rendered.")
    query = parse(text)
    if query is None or query.error:
        return _Problem("unreadable", f"The {name} is no valid PromQL: {query.error if query else 'it is empty'}.")
    if query.undecided == LOGS:
        return _Problem("unreadable", f"The {name} asks for logs, not for metrics.")
    return None


def _unranged(name: str, text: str, bare: bool) -> _Problem | None:
    """A counter's value is no number of events; a recording's or a known counter's is."""
    if bare or has_window(text) or is_counter_name(text):
        return None
    query = parse(text)
    if query is not None and any(":" in selector.metric for selector in query.selectors):
        return None
    return _Problem("no_range", f"The {name} reads values without a window. Count events, as in rate(NAME[5m]).")


def _wrong(queries: Queries) -> _Problem | None:
    """What is provably counted wrongly, and how to mend it."""
    wanted: Polarity = "bad" if queries.bad else "good"
    text = queries.bad or queries.good
    decides, total = parse(text), parse(queries.total)
    root, whole = (each.root if each else None for each in (decides, total))
    if root is None:
        return None
    if whole is not None and root == whole:
        return _Problem("wrong_measure", "Both queries are the same, so that every event counts. Narrow one of them.")
    counted = polarity(root, whole)
    if counted not in (wanted, "?"):
        return _Problem("wrong_measure", _mend(wanted, counted, text, queries.total, decides))
    if whole is not None and is_wider(root, whole):
        return _Problem(
            "wrong_measure", "It counts events that its total leaves out. Give both queries the same selection."
        )
    return None


def _mend(wanted: Polarity, counted: Polarity, text: str, total: str, query: Query | None) -> str:
    name = "error query" if wanted == "bad" else "good query"
    if counted == "all":
        return f"The {name} counts all events. Narrow it to those that {'fail' if wanted == 'bad' else 'are good'}."
    if wanted == "good":
        return "The good query counts the events that fail. Give it as the error query."
    bound = next(
        (one.value for each in (query.selectors if query else ()) for one in each.matchers if one.name == "le"), ""
    )
    which = f"within its bound ({bound}), which are the good ones" if bound else "that are good"
    told = f"The error query counts the events {which}. Subtract them from all"
    if not total:
        return f"{told}: 1 - ({_line(text)})"[:MAX_SUGGESTED]
    return f"{told}: {_line(total)} - {_line(text)}"[:MAX_SUGGESTED]


def _line(text: str) -> str:
    return " ".join(text.split())
