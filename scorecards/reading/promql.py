"""(pure) PromQL: what an expression selects, calls and divides, behind limits that keep the parser alive.

The parser recurses in native code, so that a long chain of operators or brackets would end the process: length, depth
and operators are counted before it is asked. It tells no position within the expression.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import promql_parser

from scorecards.reading.promql_text import plain_of, substituted, variable_left

MAX_BYTES = 20_000
MAX_DEPTH = 60
MAX_OPERATORS = 70  # the parser takes quadratic time for a chain; the longest seen in public repositories has 55
LOGS = "it is a query of logs"
DIALECT = "it uses words of another dialect"
DASHBOARD_FUNCTION = "it is a function of the dashboard tool"
VARIABLE_RANGE = 7919.0  # seconds; the range of a selector whose range is a template variable

Kind = Literal["selector", "call", "aggregation", "binary", "unary", "subquery", "number", "text"]

_OPERATOR = re.compile(r"==|!=|>=|<=|[-+*/%^<>]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
# Functions and words of MetricsQL, and extensions of PromQL that are younger than the parser.
_DIALECT = re.compile(
    r"\b(?:range_\w+|running_\w+|rollup\w*|label_(?:set|map|match|mismatch|del|keep|copy|move|transform|value)"
    r"|keep_(?:last|next)_value|interpolate|union|alias|median|share|histogram|histogram_share|prometheus_buckets"
    r"|buckets_limit|any|bottomk_\w+|topk_\w+|outliers\w*|zscore|mode|limit_offset|increase_(?:pure|prometheus)"
    r"|(?:rate|delta)_prometheus|default_rollup|rate_over_sum|lag|lifetime|scrape_interval|smooth_exponential"
    r"|drop_\w+|remove_resets|now|rand|bitmap_\w+|ru|ttf|integrate|ideriv|tlast_change_over_time"
    r"|(?:aggr|quantiles|distinct|tmin|tmax|median|geomean|sum2|range|mode|zscore|ascent|descent|increases|decreases)"
    r"_over_time|(?:count|share|sum|hoeffding)_\w+_over_time)\s*\("
    r"|\bkeep_metric_names\b|\bWITH\s*\(|\b(?:default|ifnot|if)\s|\b(?:smoothed|anchored|fill|fill_left|fill_right)\b"
    r"|\[\s*\d+(?:\.\d+)?i\s*\]|\[\d+\.\d+[smhdwy]\]|\b\d+(?:\.\d+)?[KMGT]i?\b"
)
_LOGS = re.compile(r"\|=|\|~|!~\s*[\"`]|\|\s*(?:json|logfmt|pattern|regexp|unpack|line_format|unwrap|label_format)\b")
_GRAFANA = re.compile(r"\s*(?:label_values|label_names|query_result|metrics)\s*\(")


class Matcher(NamedTuple):
    """``op`` is ``=``, ``!=``, ``=~`` or ``!~``."""

    name: str
    op: str
    value: str


class Selector(NamedTuple):
    """``metric`` is empty where only labels select; ``range`` in seconds, ``None`` for an instant."""

    metric: str
    matchers: tuple[Matcher, ...]
    range: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an expression. ``name``: metric, function, aggregation or operator. Brackets leave no part.

    ``labels`` are those of ``by`` (``grouping``) or ``without``; ``grouping`` is empty where neither stands.
    """

    kind: Kind
    name: str = ""
    parts: tuple["Part", ...] = ()
    matchers: tuple[Matcher, ...] = ()
    range: float | None = None
    labels: tuple[str, ...] = ()
    grouping: Literal["", "by", "without"] = ""
    value: float | str | None = None

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, outer ones first."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.parts))


@dataclass(frozen=True, slots=True)
class Query:
    """An expression. ``root`` is ``None`` where it could not be read: ``error`` says what is wrong with it, or
    ``undecided`` why nothing can be said (another language, a limit, a variable in a place that may hold anything).
    """

    text: str
    root: Part | None = None
    error: str = ""
    undecided: str = ""
    selectors: tuple[Selector, ...] = ()
    functions: tuple[str, ...] = field(default=())  # of calls and aggregations, outer ones first


def parse(text: str) -> Query | None:
    """What an expression says, template variables replaced; ``None`` for an empty one."""
    if not text.strip():
        return None
    if why := _beyond(text):
        return Query(text, undecided=why)
    error = ""
    for attempt in substituted(text, VARIABLE_RANGE):
        root, error = _parsed(attempt)
        if root is not None:
            return _query(text, root)
    return Query(text, undecided=why) if (why := _foreign(text)) else Query(text, error=error)


def _beyond(text: str) -> str:
    plain = plain_of(text)
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return f"it is longer than {MAX_BYTES:,} bytes"
    if _depth(plain) > MAX_DEPTH:
        return f"its brackets are nested deeper than {MAX_DEPTH}"
    if sum(1 for _ in _OPERATOR.finditer(plain)) > MAX_OPERATORS:
        return f"it has more than {MAX_OPERATORS} operators"
    return ""


def _depth(plain: str) -> int:
    deepest = depth = 0
    for letter in plain:
        if letter in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in ")]}":
            depth -= 1
    return deepest


def _foreign(text: str) -> str:
    plain = plain_of(text)
    if _LOGS.search(plain) or _LOGS.search(text[:2000]):
        return LOGS
    if _GRAFANA.match(plain):
        return DASHBOARD_FUNCTION
    if _DIALECT.search(plain):
        return DIALECT
    if variable_left(text):
        return "a template variable stands where anything may stand"
    return ""


def _parsed(text: str) -> tuple[Part | None, str]:
    try:
        return _part(promql_parser.parse(text)), ""
    except ValueError as error:
        return None, str(error)[:200] or "it does not follow the language"
    except RecursionError:
        return None, "it is nested too deeply"
    except BaseException as error:  # a panic of the native parser is no Exception
        if type(error).__name__ != "PanicException":
            raise
        return None, "the parser gave up"


def _query(text: str, root: Part) -> Query:
    parts = list(root.walk())
    selectors = tuple(Selector(part.name, part.matchers, part.range) for part in parts if part.kind == "selector")
    functions = tuple(part.name for part in parts if part.kind in ("call", "aggregation"))
    return Query(text, root, selectors=selectors, functions=functions)


def _part(expression: Any) -> Part:
    """The parser's tree as ours. It recurses no deeper than the limits on depth and operators let it."""
    part: Part = _READERS[type(expression)](expression)
    return part


def _selector(expression: Any, seconds: float | None = None) -> Part:
    found = expression.matchers
    each = [*found.matchers, *(matcher for group in found.or_matchers for matcher in group)]
    matchers = [Matcher(matcher.name, _OPS[str(matcher.op)], matcher.value) for matcher in each]
    named = expression.name or next((m.value for m in matchers if m.name == "__name__" and m.op == "="), "")
    return Part("selector", named, matchers=tuple(m for m in matchers if m.name != "__name__"), range=seconds)


def _matrix(expression: Any) -> Part:
    return _selector(expression.vector_selector, expression.range.total_seconds())


def _aggregation(expression: Any) -> Part:
    modifier = expression.modifier
    given = [expression.param] if isinstance(expression.param, promql_parser.Expr) else []
    return Part(
        "aggregation",
        str(expression.op),
        tuple(_part(each) for each in [*given, expression.expr]),
        labels=tuple(modifier.labels) if modifier else (),
        grouping=_GROUPINGS[str(modifier.type)] if modifier else "",
    )


def _subquery(expression: Any) -> Part:
    seconds = expression.range.total_seconds() if expression.range else None
    return Part("subquery", "", (_part(expression.expr),), range=seconds)


_OPS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
_GROUPINGS: dict[str, Literal["by", "without"]] = {"AggModifierType.By": "by", "AggModifierType.Without": "without"}
_READERS: dict[type, Any] = {
    promql_parser.VectorSelector: _selector,
    promql_parser.MatrixSelector: _matrix,
    promql_parser.AggregateExpr: _aggregation,
    promql_parser.SubqueryExpr: _subquery,
    promql_parser.Call: lambda call: Part("call", call.func.name, tuple(_part(each) for each in call.args)),
    promql_parser.BinaryExpr: lambda binary: Part("binary", str(binary.op), (_part(binary.lhs), _part(binary.rhs))),
    promql_parser.UnaryExpr: lambda unary: Part("unary", "-", (_part(unary.expr),)),
    promql_parser.ParenExpr: lambda paren: _part(paren.expr),
    promql_parser.NumberLiteral: lambda number: Part("number", value=number.val),
    promql_parser.StringLiteral: lambda text: Part("text", value=text.val),
}
