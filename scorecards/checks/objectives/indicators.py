"""(pure) Whether indicators count what fails."""

import re
from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.burn_rates import BurnRates
from scorecards.reading.durations import seconds_of
from scorecards.reading.polarity import Polarity, is_wider, polarity
from scorecards.reading.promql import VARIABLE_RANGE, Part, Query
from scorecards.reading.rules import Rule
from scorecards.reading.slos import Expression, Indicator, Slo, slos

_DURATION = re.compile(r"\b(\d{1,6}(?:\.\d{1,6})?)\s?(ms|milliseconds?|s|secs?|seconds?)\b", re.I)
_NOT_EVENTS = {"gauge": "It measures a gauge, not events.", "threshold": "It compares a value, it counts no events."}


@check("slo-counts-bad-events")
def slo_counts_bad_events(subject: Subject) -> Iterator[Finding]:
    """The error query of every indicator provably counts failures (DOP-5.1-02)."""
    for slo in slos(subject.tree):
        if slo.document.tool == "rules":
            yield from _of_rules(slo)
        else:
            yield _judge(slo)


def _judge(slo: Slo) -> Finding:
    indicator = slo.indicator
    if indicator.kind in _NOT_EVENTS:
        return not_applicable(slo.unit, _NOT_EVENTS[indicator.kind], slo.place)
    if indicator.kind == "native":
        return passed(slo.unit, "The tool counts what is slower than its bound of the native histogram.", slo.place)
    if indicator.kind == "plugin":
        return partial(
            slo.unit, "A plugin or another document holds the queries; what they count can't be proved here.", slo.place
        )
    told = _told(indicator)
    if told is None:
        return unknown(slo.unit, "It has no query of Prometheus that could be read.", slo.place)
    if why := _unreadable(indicator):
        return unknown(slo.unit, f"What it counts can't be told: {why}.", told.place_of())
    return _judge_queries(slo, told, indicator)


def _told(indicator: Indicator) -> Expression | None:
    """The query that decides: of bad events, else of good ones."""
    return indicator.bad or indicator.good


def _unreadable(indicator: Indicator) -> str:
    for each in indicator.expressions:
        if each.query is None:
            return "a query is only known when the template is rendered" if each.node.tag else "a query is empty"
        if each.query.root is None:
            return each.query.undecided or "a query is no valid PromQL"
    return ""


def _judge_queries(slo: Slo, told: Expression, indicator: Indicator) -> Finding:
    root, total = _root(told), _root(indicator.total)
    wanted: Polarity = "bad" if indicator.bad else "good"
    counted: Polarity = polarity(root, total) if root is not None else "?"
    place = told.place_of(_needle(told.query))
    places = (place, *([indicator.total.place_of()] if indicator.total else []))
    value = f"{wanted} query counts {counted}"
    if fault := _fault(root, total, counted, wanted):
        return failed(slo.unit, fault, *places, value=value)
    if mismatch := _bound_mismatch(slo, told.query):
        return partial(slo.unit, mismatch, *places, value=value)
    if counted == "?":
        message = "Whether it counts failures can't be proved; select a failing class or subtract the good from all."
        return partial(slo.unit, message, *places, value=value)
    return passed(
        slo.unit, f"The {'error' if wanted == 'bad' else 'good'} query counts {counted} events.", *places, value=value
    )


def _root(expression: Expression | None) -> Part | None:
    return expression.query.root if expression and expression.query else None


def _fault(root: Part | None, total: Part | None, counted: Polarity, wanted: Polarity) -> str:
    """What is provably wrong with a pair of queries; empty where nothing is."""
    if root is None:
        return ""
    if total is not None and root == total:
        return "Both queries are the same, so that every event counts; narrow one of them."
    if counted not in (wanted, "?"):
        return _WRONG[wanted]
    if total is not None and is_wider(root, total):
        return "The error query is broader than the total; give both the same selection."
    if total is not None and (apart := _apart(root, total)):
        return f"The queries look at different ranges ({apart}); give both the same one."
    return ""


_WRONG: dict[Polarity, str] = {
    "bad": "The error query counts good events (or all); subtract what meets the target from the total.",
    "good": "The good query counts failing events (or all); select what meets the target.",
}


def _apart(root: Part, total: Part) -> str:
    one, two = ({part.range for part in each.walk() if part.range is not None} for each in (root, total))
    if not one or not two or one == two:
        return ""
    return " and ".join(f"{each:g} s" if each != VARIABLE_RANGE else "the window" for each in sorted(one ^ two)[:2])


def _needle(query: Query | None) -> str:
    """A piece of the text that shows what decided."""
    for selector in query.selectors if query else ():
        for matcher in selector.matchers:
            if matcher.name == "le" or matcher.name.rpartition("_")[2] in ("status", "code"):
                return f"{matcher.name}{matcher.op}"
    return ""


def _bound_mismatch(slo: Slo, query: Query | None) -> str:
    """Says so where the description names another latency than the bucket."""
    bounds = {
        (matcher.value, selector.metric)
        for selector in (query.selectors if query else ())
        for matcher in selector.matchers
        if matcher.name == "le" and matcher.op == "="
    }
    told = [seconds_of(f"{number}{unit}") for number, unit in _DURATION.findall(slo.description[:1000])]
    for bound, metric in bounds:
        if told and not any(_is_bound(bound, metric, seconds) for seconds in told if seconds is not None):
            return f"The bucket le={bound} is not the latency that the description tells; make them agree."
    return ""


def _is_bound(bound: str, metric: str, seconds: float) -> bool:
    try:
        number = float(bound)
    except ValueError:
        return True  # a template variable or +Inf says nothing
    in_milliseconds = abs(number / 1000 - seconds) <= seconds * 0.001
    in_seconds = abs(number - seconds) <= seconds * 0.001
    if "millisecond" in metric or "_ms" in metric:
        return in_milliseconds
    return in_seconds or (in_milliseconds and "_seconds" not in metric)


# ---------------------------------------------------------------- rules written by hand


def _of_rules(slo: Slo) -> Iterator[Finding]:
    """What the alerts, or the recordings that they read, divide by what."""
    found = slo.burning
    if found is None:
        return
    ratios = [(rule.place, part) for rule in _deciding(found) for part in _ratios(rule.query)]
    if not ratios:
        message = "The burn rate comes from series that are divided elsewhere; what they count can't be proved here."
        yield partial(slo.unit, message, found.first.place)
        return
    told = {polarity(part.parts[0], part.parts[1]): place for place, part in ratios}
    yield _of_ratios(slo, told, ratios[0][0])


def _deciding(found: BurnRates) -> list[Rule]:
    """The alerts, and the recordings that they read."""
    read = {selector.metric for rule in found.alerts if rule.query for selector in rule.query.selectors}
    return [*found.alerts, *(rule for rule in found.file.rules if not rule.alert and rule.name in read)]


def _ratios(query: Query | None) -> list[Part]:
    parts = query.root.walk() if query and query.root else ()
    return [part for part in parts if part.kind == "binary" and part.name == "/" and _is_counted(part)]


def _is_counted(part: Part) -> bool:
    """Whether both sides select series of their own, and not recordings of recordings."""
    return all(any(each.kind == "selector" and ":" not in each.name for each in side.walk()) for side in part.parts)


def _of_ratios(slo: Slo, told: dict[Polarity, Place], first: Place) -> Finding:
    value = ", ".join(sorted(told))
    if "bad" in told and not told.keys() & {"good", "all"}:
        return passed(slo.unit, "Its rules divide failures by all events.", told["bad"], value=value)
    if wrong := told.get("all"):
        return failed(
            slo.unit, "Its rules divide all events by all; select failures in the numerator.", wrong, value=value
        )
    if "bad" not in told and (good := told.get("good")) and not _subtracts(slo):
        return failed(
            slo.unit, "Its rules divide good events by all and burn on that; subtract from one.", good, value=value
        )
    return partial(slo.unit, "Whether its rules count failures can't be proved.", first, value=value)


def _subtracts(slo: Slo) -> bool:
    """Whether a rule takes something from one: then a good share may become a bad one."""
    rules = _deciding(slo.burning) if slo.burning else ()
    parts = [part for rule in rules if rule.query and rule.query.root for part in rule.query.root.walk()]
    return any(part.kind == "binary" and part.name == "-" and part.parts[0].kind == "number" for part in parts)
