"""(pure) Whether each production service has objectives."""

import re
from collections.abc import Iterator

from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.services import ServiceUnit, folded, services
from scorecards.reading.slos import Slo, slos_by_service

_NUMBER = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s?%")
KINDS = ("availability", "latency")


@check("service-has-objectives")
def service_has_objectives(subject: Subject) -> Iterator[Finding]:
    """Each production service has an objective on availability and one on latency, with an owner (DOP-5.1-01)."""
    linked = slos_by_service(subject)
    for service in services(subject):
        if service.production:
            yield _judge(subject, service, linked.get(service.name, []))
        else:
            yield not_applicable(service.name, "This service is not in production.", service.place)


def _judge(subject: Subject, service: ServiceUnit, found: list[Slo]) -> Finding:
    sound = {aim: [slo for slo in found if slo.aim == aim and _is_sound(slo)] for aim in KINDS}
    missing = [aim for aim in KINDS if not sound[aim]]
    if len(missing) == len(KINDS):
        return _without(subject, service, found)
    return _with(service, [slo for aim in KINDS for slo in sound[aim]], missing)


def _with(service: ServiceUnit, told: list[Slo], missing: list[str]) -> Finding:
    places = [slo.objective_place for slo in told]
    value = ", ".join(sorted({f"{slo.aim} {_shown(slo)}" for slo in told}))
    notes = tuple(note for slo in told for note in _notes(slo))
    ownerless = next((slo for slo in told if not slo.owner), None)
    if missing:
        message = f"There is no objective on {missing[0]}; add one beside the other."
        return partial(service.name, message, *places, value=value, notes=notes)
    if ownerless is not None:
        message = f"The objective {ownerless.name or ownerless.unit} names no owner; label it with the owning team."
        return partial(service.name, message, ownerless.place, *places, value=value, notes=notes)
    if templated := next((slo for slo in told if slo.templated), None):
        return unknown(service.name, "An objective is only known when the template is rendered.", templated.place)
    return passed(
        service.name, "Objectives on availability and latency, with an owner.", *places, value=value, notes=notes
    )


def _without(subject: Subject, service: ServiceUnit, found: list[Slo]) -> Finding:
    if found:
        message = "None of its objectives is on availability or latency and between 0 and 100; add both."
        return failed(service.name, message, *(slo.objective_place for slo in found))
    if subject.fleet is None:
        message = "No objective stands in this repository; whether another one holds them is not known here."
        return unknown(service.name, message, service.place)
    elsewhere = _elsewhere(subject, service)
    missing = [aim for aim in KINDS if aim not in elsewhere]
    if len(missing) == len(KINDS):
        return failed(service.name, "It has no objective; add availability and latency objectives.", service.place)
    if missing:
        return partial(
            service.name, f"Another repository holds its objectives, but none on {missing[0]}.", service.place
        )
    return passed(service.name, "Another repository holds objectives on availability and latency.", service.place)


def _elsewhere(subject: Subject, service: ServiceUnit) -> set[str]:
    known = subject.fleet.slo_services if subject.fleet else {}
    return {kind for name, kinds in known.items() if folded(name) == folded(service.name) for kind in kinds}


def _is_sound(slo: Slo) -> bool:
    if slo.document.tool == "rules":
        return slo.objective is None or 0 < slo.objective < 100
    return slo.templated or (slo.objective is not None and 0 < slo.objective < 100)


def _shown(slo: Slo) -> str:
    return f"{slo.objective:g}" if slo.objective is not None else "?"


def _notes(slo: Slo) -> Iterator[str]:
    name = slo.name or slo.unit
    if not slo.description:
        yield f"{name} has no description."
    told = [float(number) for number in _NUMBER.findall(slo.description[:1000])]
    if told and slo.objective is not None and slo.objective not in told:
        yield f"The description of {name} says {told[0]:g} %, its objective {slo.objective:g} %."
