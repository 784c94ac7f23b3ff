"""(pure) Services stand failures of others, end in order, and take new settings safely while they run."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.application.dynamic import MARKS as SAFETY_MARKS
from scorecards.reading.application.dynamic import clients, runs_long, safety
from scorecards.reading.application.files import settings
from scorecards.reading.application.frameworks import framework
from scorecards.reading.application.resilience import MARKS, Resilience, resilience
from scorecards.reading.services import ServiceUnit, services
from scorecards.reading.templates.skeletons import in_skeleton

SOME_MARKS = 2
SAFE_MARKS, SOME_SAFE_MARKS = 6, 3


def _services(subject: Subject) -> list[ServiceUnit]:
    """The services that are there; skeletons of templates are services to come."""
    return [one for one in services(subject) if not (one.path and in_skeleton(subject.tree, f"{one.path}/"))]


# ---------------------------------------------------------------- DOP-7.1-03


@check("service-configured-for-resilience")
def service_configured_for_resilience(subject: Subject) -> Iterator[Finding]:
    """A service ends gracefully, exposes health and metrics, and bounds what it asks of others."""
    for service in _services(subject):
        unit, found = f"service {service.name}", settings(subject, service)
        used = framework(subject, service, found)
        if used is None:
            yield not_applicable(unit, "No framework of a service is recognised.", service.place)
        elif not used.known:
            text = f"Its framework (see {used.name}) is not among those that are known."
            yield unknown(unit, text, used.place, value="framework")
        else:
            yield _resilient(unit, service, resilience(subject, service, found))


def _resilient(unit: str, service: ServiceUnit, shown: Resilience) -> Finding:
    lacking = [mark for mark in MARKS if mark not in shown.found]
    places = [*shown.found.values()] or [service.place]
    value = " ".join(sorted(shown.found))
    notes = (f"A retry: {shown.slow[0]}.",) if shown.slow is not None else ()
    if shown.everything is not None:
        text = "All management endpoints are exposed: name those that are needed."
        return failed(unit, text, shown.everything, value="*", notes=notes)
    if not lacking and shown.slow is not None:
        return partial(
            unit, f"{shown.slow[0][:1].upper()}{shown.slow[0][1:]}.", shown.slow[1], *places, value="slow retry"
        )
    if not lacking:
        text = "Shutdown, health, metrics, circuit breaker and retry are configured."
        return passed(unit, text, *places, value=value)
    text = f"It shows no {', no '.join(lacking)}."
    told = partial if len(shown.found) >= SOME_MARKS else failed
    return told(unit, text, *places, value=value, notes=notes)


# ---------------------------------------------------------------- DOP-7.1-07


@check("settings-change-without-redeploy")
def settings_change_without_redeploy(subject: Subject) -> Iterator[Finding]:
    """A long-running service watches a source of settings."""
    if not kinds.has(subject.tree, "app-src"):
        return
    for service in _services(subject):
        unit, shown = f"service {service.name}", runs_long(subject, service)
        if shown is None:
            yield not_applicable(unit, "Nothing shows that it keeps running.", service.place)
            continue
        found = clients(subject, service)
        if not found:
            text = "Its settings change by redeploying alone: watch a source of those that change often."
            yield failed(unit, text, shown, value="none")
        elif found[0].way == "watch":
            text = f"It watches settings by {found[0].library}."
            yield passed(unit, text, found[0].place, found[0].imported, value=found[0].library)
        else:
            text = f"It asks {found[0].library} again and again: watch, or block until something changes."
            yield partial(unit, text, found[0].place, found[0].imported, value=found[0].library)


# ---------------------------------------------------------------- DOP-7.1-08


@check("dynamic-configuration-fails-safe")
def dynamic_configuration_fails_safe(subject: Subject) -> Iterator[Finding]:
    """A client of changing settings has defaults, keeps the last good value, backs off, ends, checks and records."""
    if not kinds.has(subject.tree, "app-src"):
        return
    for service in _services(subject):
        if runs_long(subject, service) is not None:
            for path in dict.fromkeys(one.place.path for one in clients(subject, service)):
                yield _safe(subject, path)


def _safe(subject: Subject, path: str) -> Finding:
    unit = f"client {path}"
    found = safety(subject.tree, path)
    lacking = [name for name in SAFETY_MARKS if name not in found.marks]
    places = list(found.marks.values()) or [Place(path, 1)]
    value = f"{len(found.marks)} marks"
    if len(found.marks) >= SAFE_MARKS:
        if found.tested:
            return passed(unit, "It fails safe, and tests stand beside it.", *places, value=value)
        return partial(unit, "It seems to fail safe, but no test shows it.", *places, value=value)
    text = f"It does not show {', '.join(lacking[:3])}{' and more' if len(lacking) > 3 else ''}."
    return (partial if len(found.marks) >= SOME_SAFE_MARKS else failed)(unit, text, *places, value=value)
