"""(pure) Checks of incident response: the document, and who is called (DOP-5.2-01 and DOP-5.2-02)."""

from collections.abc import Iterator
from itertools import pairwise

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.incident_documents import PHASES, ROLES, IncidentDocument, incident_documents
from scorecards.reading.on_call import Routed, annotated, escalates, routes, unmapped_roles
from scorecards.reading.services import ServiceUnit, folded, services

UNIT = "incident response"
LEAST_SEVERITIES = 3


@check("incident-roles-documented")
def incident_roles_documented(subject: Subject) -> Iterator[Finding]:
    """A document tells roles with backups, severities with times, and phases (DOP-5.2-01)."""
    found = incident_documents(subject.tree)
    if not found and not any(service.production for service in services(subject)):
        return
    if subject.fleet is not None and subject.fleet.incident_process and not found:
        yield passed(UNIT, "A document of the organisation passes.")
    elif not found and subject.fleet is None:
        yield unknown(UNIT, "No incident document stands here; whether another repository has one is not known.")
    elif not found:
        yield failed(UNIT, "No document tells roles, severities and escalation; write one.")
    else:
        yield min((_judge(document) for document in found), key=lambda finding: _RANKS.index(finding.outcome.value))


_RANKS = ("pass", "partial", "fail")


def _judge(document: IncidentDocument) -> Finding:
    places = (document.place, *(role.place for role in document.roles), *(each.place for each in document.severities))
    value = f"{len(document.roles)} roles, {len(document.severities)} severities"
    if not document.roles or not document.severities:
        missing = "roles" if not document.roles else "severities"
        return failed(UNIT, f"The document tells no {missing}; add them.", *places, value=value)
    groups = [
        next(iter(faults), "") for faults in (_of_roles(document), _of_severities(document), _of_phases(document))
    ]
    lacking = [fault for fault in groups if fault]
    notes = tuple(lacking[1:])
    if len(lacking) == 1:
        return partial(UNIT, lacking[0], *places, value=value)
    if lacking:
        return failed(UNIT, f"{lacking[0]} More is missing.", *places, value=value, notes=notes)
    return passed(UNIT, "Roles with backups, severities with times, and all phases.", *places, value=value)


def _of_roles(document: IncidentDocument) -> Iterator[str]:
    for name, pattern in ROLES.items():
        of = [role for role in document.roles if pattern.search(role.name)]
        if not of:
            yield f"No {name} role is told; add one with a backup."
        elif not any(role.backup for role in of):
            yield f"The {name} role has no backup; name one."


def _of_severities(document: IncidentDocument) -> Iterator[str]:
    told = document.severities
    if len(told) < LEAST_SEVERITIES:
        yield f"Only {len(told)} severities are told; tell at least {LEAST_SEVERITIES}."
    for each in told:
        if each.response is None:
            yield f"{each.name} has no response time that is a duration; write one such as 15 minutes."
        elif not each.defined or not each.escalates or not each.communicates:
            lacks = "definition" if not each.defined else "escalation" if not each.escalates else "communication"
            yield f"{each.name} has no {lacks}; add it."
    times = [each.response for each in told if each.response is not None]
    if any(later <= earlier for earlier, later in pairwise(times)):
        yield "Response times do not rise with lower severity; order them."


def _of_phases(document: IncidentDocument) -> Iterator[str]:
    for name, pattern in PHASES.items():
        if not any(pattern.search(phase) for phase in document.phases):
            yield f"No procedure tells the phase of {name}; add it."


# ---------------------------------------------------------------- on call


@check("on-call-routed-and-escalated")
def on_call_routed_and_escalated(subject: Subject) -> Iterator[Finding]:
    """Critical alerts of each production service reach a pager that escalates (DOP-5.2-02)."""
    for service in services(subject):
        if service.production:
            yield _of_service(subject, service)
        else:
            yield not_applicable(service.name, "This service is not in production.", service.place)


def _of_service(subject: Subject, service: ServiceUnit) -> Finding:
    named = annotated(service)
    routed = routes(subject.tree, service)
    steps = escalates(subject.tree)
    places = _places(named, routed, steps)
    notes = tuple(f"The role {role} maps to no schedule or group." for role in unmapped_roles(subject.tree)[:5])
    if _is_known_elsewhere(subject, service):
        return passed(service.name, "Another repository routes its alerts to a pager that escalates.", *places)
    if routed and steps and named and not named.placeholder and not notes:
        return passed(service.name, "Its critical alerts reach a pager that escalates.", *places)
    if named or routed or steps:
        return partial(service.name, _missing(bool(routed), bool(steps), bool(notes)), *places, notes=notes)
    if subject.fleet is None:
        message = "Nothing here says who is called; whether another repository does is not known."
        return unknown(service.name, message, service.place)
    return failed(
        service.name, "Nothing says who is called; define a schedule, an escalation and a route.", service.place
    )


def _missing(routed: bool, steps: bool, unmapped: bool) -> str:
    if not routed and not steps:
        return "On-call is only named; route critical alerts to a pager and define its escalation."
    if not routed:
        return "No route leads critical alerts of this service to a pager; add one."
    if not steps:
        return "No escalation of two levels is defined; add one."
    if unmapped:
        return "A role that incidents escalate to maps to no schedule or group; define it."
    return "The catalogue does not name the service's on-call; annotate it with the service's id."


def _places(named: "Routed | None", routed: "Routed | None", steps: "Routed | None") -> list[Place]:
    return [each.place for each in (routed, steps, named) if each is not None]


def _is_known_elsewhere(subject: Subject, service: ServiceUnit) -> bool:
    known = subject.fleet.on_call if subject.fleet is not None else frozenset()
    return folded(service.name) in {folded(name) for name in known}
