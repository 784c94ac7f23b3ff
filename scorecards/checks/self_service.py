"""(pure) Resources that teams order for themselves: bounded choices, valid results, secure defaults."""

import re
from collections.abc import Iterator
from datetime import date

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.lifecycle import ended
from scorecards.reading.self_service import (
    MARKS,
    Definition,
    definitions,
    literal_credentials,
    marks_of,
    rendered,
)
from scorecards.reading.templates.parameters import Parameter

SOME_MARKS = 3
_ENGINES = {
    "postgresql": r"postgres", "mysql": r"mysql", "mariadb": r"maria", "mongodb": r"mongo", "redis": r"redis",
    "elasticsearch": r"elasticsearch", "kafka": r"kafka", "kubernetes": r"kubernetes|\bk8s\b|\beks\b|\bgke\b|\baks\b",
}  # fmt: skip
_ENGINE_WORDS = {name: re.compile(rf"(?i){words}") for name, words in _ENGINES.items()}
_VERSION = re.compile(r"(?i)version\Z")


# ---------------------------------------------------------------- DOP-4.2-01


@check("self-service-parameters-bounded")
def self_service_parameters_bounded(subject: Subject) -> Iterator[Finding]:
    """Every parameter has a type, a description, bounds, and a default or the duty to give one."""
    for definition in definitions(subject):
        yield _bounded(definition, subject.as_of)


def _bounded(definition: Definition, as_of: date) -> Finding:
    asked = definition.parameters
    if not asked:
        return not_applicable(definition.unit, "It asks for no parameter.", definition.place)
    notes = tuple(_ended_choices(definition, as_of))
    if wrong := [fault for one in asked if (fault := _wrong(definition, one, as_of))]:
        return failed(definition.unit, wrong[0][0], *_places(wrong), value=_values(wrong), notes=notes)
    if loose := [fault for one in asked if (fault := _loose(one))]:
        return partial(definition.unit, loose[0][0], *_places(loose), value=_values(loose), notes=notes)
    text = "Every parameter is typed, described and bounded."
    return passed(definition.unit, text, *(one.place for one in asked), notes=notes)


def _places(faults: list[tuple[str, Place]]) -> list[Place]:
    return [place for _, place in faults]


def _values(faults: list[tuple[str, Place]]) -> str:
    return "; ".join(sorted(text for text, _ in faults)[:8])[:500]


def _wrong(definition: Definition, one: Parameter, as_of: date) -> tuple[str, Place] | None:
    name = one.name[:60]
    if not one.type:
        return f"{name} has no type: give it one.", one.place
    if one.default is not None and one.choices and one.default not in one.choices and one.type != "boolean":
        return f"The default of {name} is not among its choices: name one that is.", one.place
    if one.default and (end := _end_of(definition, one, one.default, as_of)):
        return f"The default of {name} is {end}: offer one that is maintained.", one.place
    return None


def _loose(one: Parameter) -> tuple[str, Place] | None:
    name = one.name[:60]
    if not one.description:
        return f"{name} has no description: say what it does.", one.place
    if one.is_open:
        return f"{name} may be any text: close it by enum or pattern.", one.place
    if not one.is_answered:
        return f"{name} has no default and is not required: decide.", one.place
    return None


def _ended_choices(definition: Definition, as_of: date) -> Iterator[str]:
    for one in definition.parameters:
        for choice in one.choices if _is_version(one) else ():
            if choice != one.default and (end := _end_of(definition, one, choice, as_of)):
                yield f"{one.name[:60]} also offers {end}."


def _is_version(one: Parameter) -> bool:
    return bool(_VERSION.search(one.name))


def _end_of(definition: Definition, one: Parameter, version: str, as_of: date) -> str:
    """``postgresql 12, has ended on ...``; empty while it is maintained or nothing is known."""
    if not _is_version(one):
        return ""
    words = f"{one.name} {one.description} {definition.name}"[:1_000]
    for engine, named in _ENGINE_WORDS.items():
        if named.search(words):
            end = ended("engine", engine, version, as_of)
            return f"{engine} {version[:20]}, which ended on {end.on.isoformat()}" if end is not None else ""
    return ""


# ---------------------------------------------------------------- DOP-4.2-02


@check("self-service-choices-render")
def self_service_choices_render(subject: Subject) -> Iterator[Finding]:
    """Every choice renders numbers as numbers, quantities on one line, and fields that the operator knows."""
    for definition in definitions(subject):
        if definition.resources or definition.compositions:
            yield _rendered(definition)


def _rendered(definition: Definition) -> Finding:
    outcome = rendered(definition)
    if outcome.faults:
        text, _ = outcome.faults[0]
        places = [place for _, place in outcome.faults]
        more = f" ({len(outcome.faults)} such faults)" if len(outcome.faults) > 1 else ""
        value = "; ".join(sorted(text for text, _ in outcome.faults)[:8])[:500]
        return failed(definition.unit, f"{text[:1].upper()}{text[1:]}{more}.", *places, value=value)
    if definition.opaque:
        return unknown(definition.unit, "Functions in code make its objects; they are not run here.", definition.place)
    if len(outcome.unrendered) >= outcome.checked - len(definition.resources) > 0 and outcome.unrendered:
        return unknown(definition.unit, "No choice can be rendered here.", *outcome.unrendered)
    if outcome.unrendered:
        text = "Some choices can't be rendered here: their templates use other functions."
        return partial(definition.unit, text, *outcome.unrendered, value="not rendered")
    return passed(definition.unit, "Every choice renders valid objects.", definition.place)


# ---------------------------------------------------------------- DOP-4.2-03


@check("self-service-defaults-secure")
def self_service_defaults_secure(subject: Subject) -> Iterator[Finding]:
    """What keeps data is backed up, encrypted, monitored, owned, and gets credentials by reference."""
    for definition in definitions(subject):
        if not definition.is_stateful:
            yield not_applicable(definition.unit, "It makes nothing that keeps data.", definition.place)
        elif not definition.resources:
            yield unknown(definition.unit, "What it makes is not seen here.", definition.place)
        else:
            yield _secured(definition)


def _secured(definition: Definition) -> Finding:
    literal = literal_credentials(definition.resources)
    if literal:
        text = f"{literal[0][0]} is a credential in plain text: generate it, or name a secret."
        return failed(definition.unit, text, *(place for _, place in literal), value="literal credential")
    found = marks_of(definition.resources)
    lacking = [mark for mark in MARKS if mark not in found]
    places = [*found.values(), definition.place]
    if not lacking:
        return passed(definition.unit, "Backup, encryption, monitoring, credentials and owner are set.", *places)
    value = " ".join(sorted(found))
    text = f"It does not set {', '.join(lacking)}: build that into the template."
    if len(found) >= SOME_MARKS:
        return partial(definition.unit, text, *places, value=value)
    if definition.opaque:
        return unknown(definition.unit, "Functions in code make more of it; they are not run here.", *places)
    return failed(definition.unit, text, *places, value=value)
