"""(pure) The queries of a canary's metrics: do they parse, and do they ask about this canary."""

import re

from scorecards.reading.canaries.flagger import Canary, CanaryMetric
from scorecards.reading.canaries.measures import Measure
from scorecards.reading.promql import parse

_VARIABLE = re.compile(r"\{\{[-\s]{0,8}(?:\$?\.)?(name|namespace|target|service|ingress|route|interval|variables)\b")
_ANY = re.compile(r"\{\{[^{}]{0,300}\}\}")
_OWN = frozenset({"name", "namespace", "target", "service", "ingress", "route", "variables"})
INTERVAL = "1m"


def query_error(query: str) -> tuple[str, str]:
    """(what is wrong with a query, why nothing can be said); both empty for one that parses."""
    if not query.strip():
        return "it is empty", ""
    parsed = parse(_ANY.sub(_stand_in, query[:40_000]))
    if parsed is None:
        return "it is empty", ""
    return parsed.error, parsed.undecided


def _stand_in(match: re.Match[str]) -> str:
    named = _VARIABLE.match(match.group())
    return INTERVAL if named and named.group(1) == "interval" else "x"


def variables(query: str) -> set[str]:
    """The variables of Flagger that a query uses."""
    return set(_VARIABLE.findall(query[:40_000]))


def same_for_all(metric: CanaryMetric) -> bool:
    """Whether a template asks the same of every canary. A query of the canary's own may name it by hand."""
    return metric.template is not None and _OWN.isdisjoint(variables(metric.measure.query))


def redundant(canary: Canary, metric: CanaryMetric) -> list[str]:
    """Names of earlier metrics that say the same: a share of successes and of errors that add up to all."""
    found = []
    for other in canary.metrics:
        if other is metric:
            break
        if _complementary(other.measure, metric.measure):
            found.append(other.name)
    return found


def _complementary(one: Measure, other: Measure) -> bool:
    if one.kind != "errors" or other.kind != "errors":
        return False
    low = one.low if one.low is not None else other.low
    high = one.high if one.high is not None else other.high
    return low is not None and high is not None and any(abs(low + high - whole) < 1e-6 for whole in (1.0, 100.0))
