"""(pure) Whether PromQL expressions are valid and read their metrics as they should."""

from collections.abc import Iterator

from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.expressions import Asked, divides_by_nothing, expressions, misuses
from scorecards.reading.promql import DASHBOARD_FUNCTION, DIALECT, LOGS


@check("promql-queries-valid")
def promql_queries_valid(subject: Subject) -> Iterator[Finding]:
    """Every expression parses, counters are read by a rate, quantiles keep their bounds (DOP-5.1-05)."""
    found = expressions(subject.tree)
    foreign = {asked.node.path for asked in found if asked.query is not None and asked.query.undecided == DIALECT}
    for asked in found:
        yield _judge(subject, asked, foreign)


def _judge(subject: Subject, asked: Asked, foreign: set[str]) -> Finding:
    query, place = asked.query, asked.place
    if query is None:
        return unknown(asked.unit, "The expression is only known when the template is rendered.", place)
    if query.undecided in (LOGS, DASHBOARD_FUNCTION):
        return not_applicable(asked.unit, f"No PromQL: {query.undecided}.", place)
    if query.undecided:
        return unknown(asked.unit, f"The expression can't be judged: {query.undecided}.", place)
    if query.error and asked.node.path in foreign:
        return unknown(asked.unit, "The expression can't be judged: its file is of another dialect.", place)
    if query.error:
        return failed(asked.unit, f"The expression does not parse: {query.error[:100]}.", place, value="parse error")
    notes = tuple(_notes(subject, asked))
    if wrong := misuses(query):
        return partial(asked.unit, f"{wrong[0][:150]}.", place, value="; ".join(wrong)[:300], notes=notes)
    return passed(asked.unit, "The expression parses and reads its metrics as it should.", place, notes=notes)


def _notes(subject: Subject, asked: Asked) -> Iterator[str]:
    query = asked.query
    if query is None:
        return
    if divides_by_nothing(query):
        yield "It divides by what may be empty or zero."
    known = subject.fleet.metrics if subject.fleet is not None else frozenset()
    named = {selector.metric for selector in query.selectors if selector.metric}
    if known and (missing := sorted(named - known)):
        yield f"No source code, exporter or rule makes {missing[0]}."
