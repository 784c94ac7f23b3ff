"""(pure) Whether documents of objectives follow their tool's schema."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.promql import VARIABLE_RANGE
from scorecards.reading.schema import Departure, departures
from scorecards.reading.slos import Expression, Slo, SloDocument, documents, slos


@check("slo-document-matches-schema")
def slo_document_matches_schema(subject: Subject) -> Iterator[Finding]:
    """Keys are those that the tool reads, and ranges are its window (DOP-5.1-03)."""
    by_document: dict[int, list[Slo]] = {}
    for slo in slos(subject.tree):
        by_document.setdefault(id(slo.document), []).append(slo)
    for document in documents(subject.tree):
        yield _judge(document, by_document.get(id(document), []))


def _judge(document: SloDocument, held: list[Slo]) -> Finding:
    wrong = list(departures(document.body, "objectives", _shape_of(document)))
    literal = _literal_ranges(document, held)
    if wrong:
        places = (departure.place for departure in wrong)
        notes = ("A query also has a fixed range instead of the window.",) if literal else ()
        return failed(document.unit, _told(wrong[0], len(wrong)), *places, *literal, value=_value(wrong), notes=notes)
    if literal:
        message = "A query has a fixed range, so that all windows are equal; write [{{.window}}]."
        return failed(document.unit, message, *literal, value="fixed range")
    if empty := [slo for slo in held if slo.indicator.kind == "none"]:
        return failed(document.unit, "An objective has no indicator; give it one.", *(slo.place for slo in empty))
    if hidden := _hidden(held):
        return unknown(document.unit, "A query is only known when the template is rendered.", *hidden)
    if elsewhere := [slo.place for slo in held if slo.indicator.kind == "plugin"]:
        return partial(document.unit, "The keys are valid; a plugin or another document holds the queries.", *elsewhere)
    return passed(
        document.unit, "The keys are those that the tool reads, and ranges are its window.", document.root.place
    )


def _shape_of(document: SloDocument) -> str:
    if document.tool != "openslo":
        return document.tool
    old = document.root.text_at("apiVersion").endswith("v1alpha")
    return "openslo-v1alpha" if old else "openslo-v1"


def _told(wrong: Departure, count: int) -> str:
    name = wrong.way.rpartition(".")[2]
    more = f" ({count} such places)" if count > 1 else ""
    if wrong.kind == "missing":
        return f"{wrong.way} is missing; the tool needs it{more}."
    if wrong.kind == "value":
        return f"{wrong.way} is not {' or '.join(wrong.known[:4])}{more}."
    likely = next((known for known in wrong.known if _squeezed(known) == _squeezed(name)), "")
    advice = f"write {likely}" if likely else "remove or rename it"
    return f"{wrong.way} is no key of this format, so it is ignored; {advice}{more}."


def _squeezed(name: str) -> str:
    return name.replace("_", "").lower()


def _value(wrong: list[Departure]) -> str:
    return ", ".join(sorted({f"{each.kind} {each.way}" for each in wrong})[:8])


def _literal_ranges(document: SloDocument, held: list[Slo]) -> list[Place]:
    """Where queries of Sloth have a range that is not its window."""
    if not document.tool.startswith("sloth"):
        return []
    expressions = [each for slo in held for each in slo.indicator.expressions]
    return [_place_of_range(each) for each in expressions if _is_literal(each)]


def _is_literal(expression: Expression) -> bool:
    query = expression.query
    ranges = {part.range for part in query.root.walk() if part.range is not None} if query and query.root else set()
    return bool(ranges - {VARIABLE_RANGE}) or (bool(ranges) and "window" not in expression.node.text)


def _place_of_range(expression: Expression) -> Place:
    lines = expression.node.text.splitlines()
    literal = next((line for line in lines if "[" in line and "window" not in line.partition("[")[2]), "")
    return expression.place_of(literal or "[")


def _hidden(held: list[Slo]) -> list[Place]:
    return [
        each.place_of() for slo in held for each in slo.indicator.expressions if each.query is None and each.node.tag
    ]
