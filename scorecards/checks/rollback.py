"""(pure) Releases go back by themselves where they can, and by a safe and documented procedure where not."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.reconcilers import applications, kustomizations
from scorecards.reading.rollback.entries import (
    Entry,
    documentation,
    documented_steps,
    entries,
    reference_elsewhere,
)
from scorecards.reading.rollback.marks import MARKS, is_weak_backup, marks
from scorecards.reading.rollback.paths import Path, paths
from scorecards.reading.rollback.safety import Issue, is_sourced, issues, tools_of
from scorecards.reading.rollback.triggers import WANTED, Trigger, triggers
from scorecards.reading.services import ServiceUnit, folded, service_of, services

ENOUGH_MARKS = 6
SOME_MARKS = 4


# ---------------------------------------------------------------- DOP-8.2-01


@check("rollback-triggers-evaluated")
def rollback_triggers_evaluated(subject: Subject) -> Iterator[Finding]:
    """Something acts when errors, latency or crashes of a new release pass a bound."""
    owned = _triggers_by_service(subject)
    for service in services(subject):
        unit = f"service {service.name}"
        if service.production:
            yield _triggers_judged(unit, service, owned.get(service, []))
        else:
            yield not_applicable(unit, "It is not in production.", service.place)


def _triggers_by_service(subject: Subject) -> dict[ServiceUnit, list[Trigger]]:
    by_name = {folded(service.name): service for service in reversed(services(subject))}
    owned: dict[ServiceUnit, list[Trigger]] = {}
    for trigger in triggers(subject.tree):
        named = next((by_name[folded(name)] for name in sorted(trigger.names) if folded(name) in by_name), None)
        owned.setdefault(named or service_of(subject, trigger.place.path), []).append(trigger)
    return owned


def _triggers_judged(unit: str, service: ServiceUnit, found: Sequence[Trigger]) -> Finding:
    acting = {kind for trigger in found if trigger.evaluated for kind in trigger.kinds}
    places = [trigger.place for trigger in found] or [service.place]
    lacking = [kind for kind in WANTED if kind not in acting]
    value = " ".join(sorted(acting))
    if not found:
        return failed(unit, "Nothing takes a bad release back: analyse it by Flagger or Argo Rollouts.", *places)
    if not lacking:
        return passed(unit, "Errors, latency and crashes take a release back.", *places, value=value)
    if not any(trigger.evaluated for trigger in found):
        text = f"{found[0].told} says when to go back, but nothing evaluates it."
        return partial(unit, text, *places, value="intent")
    return partial(unit, f"No trigger that is evaluated watches {' or '.join(lacking)}.", *places, value=value)


# ---------------------------------------------------------------- DOP-8.2-02


@check("rollback-wired-end-to-end")
def rollback_wired_end_to_end(subject: Subject) -> Iterator[Finding]:
    """Every way from a trigger to a rollback leads through to the end."""
    if any(service.production for service in _triggers_by_service(subject)):
        for path in paths(subject):
            yield _path_judged(path)


def _path_judged(path: Path) -> Finding:
    places = (*(place for _, place in path.faults + path.gaps), path.place)
    if path.faults:
        return failed(path.unit, _sentence(path.faults), *places, value=path.faults[0][0])
    if path.gaps:
        return partial(path.unit, _sentence(path.gaps), *places, value=path.gaps[0][0])
    return passed(path.unit, path.told, *places)


def _sentence(gaps: Sequence[tuple[str, Place]]) -> str:
    return _capital("; ".join(gap for gap, _ in gaps[:2]) + ".")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ---------------------------------------------------------------- DOP-8.2-04


@check("rollback-procedure-documented")
def rollback_procedure_documented(subject: Subject) -> Iterator[Finding]:
    """People know how to take a service back: a script or workflow, and a page that names it."""
    known = services(subject)
    owned = [(entry, _owner(subject, known, entry)) for entry in entries(subject.tree)]
    for service in known:
        unit = f"service {service.name}"
        if service.production:
            own = [entry for entry, owner in owned if owner is service or owner is None]
            yield _procedure_judged(subject.tree, unit, service, own)
        else:
            yield not_applicable(unit, "It is not in production.", service.place)


def _owner(subject: Subject, known: Sequence[ServiceUnit], entry: Entry) -> ServiceUnit | None:
    """Whose folder an entry point lies in; ``None`` for one that lies in no service's, so that it may serve any."""
    path = entry.place.path
    inside = any(unit.path and path.startswith(f"{unit.path}/") for unit in known)
    return service_of(subject, path) if inside else None


def _procedure_judged(tree: RepositoryTree, unit: str, service: ServiceUnit, found: Sequence[Entry]) -> Finding:
    told = [(entry, page) for entry in found if (page := documentation(tree, entry)) is not None]
    if told:
        # The best of them decides: one with parameters that it checks, else one with parameters.
        entry, page = max(told, key=lambda pair: (pair[0].parameters, pair[0].validated))
        return _documented(unit, entry, page)
    if found:
        text = f"{found[0].unit} takes it back, but no page or runbook names it."
        return partial(unit, _capital(text), found[0].place, value=found[0].unit)
    return _without_entry(tree, unit, service)


def _documented(unit: str, entry: Entry, page: Place) -> Finding:
    if not entry.parameters:
        return partial(unit, _capital(f"{entry.unit} takes no parameters."), entry.place, page, value=entry.unit)
    if not entry.validated:
        text = _capital(f"{entry.unit} does not check its parameters.")
        return partial(unit, text, entry.place, page, value=entry.unit)
    text = _capital(f"{entry.unit} takes it back, and a page says so.")
    return passed(unit, text, entry.place, page, value=entry.unit)


def _without_entry(tree: RepositoryTree, unit: str, service: ServiceUnit) -> Finding:
    if page := reference_elsewhere(tree):
        return passed(unit, "A page names the organisation's rollback script.", page)
    if page := documented_steps(tree):
        return partial(unit, "A page tells the steps, but no script or workflow runs them.", page)
    return failed(unit, "No script, workflow or page says how to take it back.", service.place)


# ---------------------------------------------------------------- DOP-8.2-05


@check("rollback-scripts-safe")
def rollback_scripts_safe(subject: Subject) -> Iterator[Finding]:
    """Scripts that change clusters or clouds stop at the first error, and know what they read."""
    for found in kinds.found(subject.tree, "shell"):
        script = subject.tree.shell(found.path)
        if script is None or not (tools := tools_of(script)):
            continue
        unit = f"script {found.path}"
        if not script.shebang and is_sourced(subject.tree, found.path):
            yield not_applicable(unit, "Other scripts read it in.", Place(found.path, 1))
        else:
            yield _script_judged(unit, found.path, issues(subject.tree, found.path, script), sorted(tools))


def _script_judged(unit: str, path: str, found: Sequence[Issue], tools: Sequence[str]) -> Finding:
    places = [Place(path, issue.line) for issue in found] or [Place(path, 1)]
    value = "; ".join(dict.fromkeys(issue.text for issue in found))[:300]
    text = _sentence([(issue.text, Place(path, issue.line)) for issue in found])
    if any(issue.severe for issue in found):
        return failed(unit, text, *places, value=value)
    if found:
        return partial(unit, text, *places, value=value)
    return passed(unit, f"It calls {', '.join(tools)} in strict mode.", *places)


# ---------------------------------------------------------------- DOP-8.2-06


@check("manual-rollback-verified-and-recorded")
def manual_rollback_verified_and_recorded(subject: Subject) -> Iterator[Finding]:
    """A rollback by hand checks its target, waits, verifies, tells people, and is not undone by a reconciler."""
    if not any(service.production for service in services(subject)):
        return
    managed = _reconcilers(subject)
    for entry in entries(subject.tree):
        if entry.deeds:
            yield _marks_judged(subject, entry, managed)


def _reconcilers(subject: Subject) -> Place | None:
    """What would restore the bad version: a reconciler here, or one elsewhere that covers this repository."""
    here = [one.place for one in applications(subject.tree)] + [one.place for one in kustomizations(subject.tree)]
    if here:
        return here[0]
    covered = subject.fleet is not None and subject.name in subject.fleet.reconciled
    return Place("") if covered else None


def _marks_judged(subject: Subject, entry: Entry, managed: Place | None) -> Finding:
    borne = marks(entry)
    places = [borne[name] for name in MARKS if name in borne] or [entry.place]
    lacking = ", ".join(name for name in MARKS if name not in borne)
    value = " ".join(name for name in MARKS if name in borne)
    notes = ("Its only backup is an export of what runs.",) if is_weak_backup(entry.deeds) else ()
    if managed is not None and "git or pause" not in borne:
        text = "It changes the cluster under a reconciler, which restores the bad version: revert in git."
        return failed(entry.unit, text, *places, *([managed] if managed.path else []), value=value, notes=notes)
    if len(borne) >= ENOUGH_MARKS:
        return passed(entry.unit, f"It bears {len(borne)} of {len(MARKS)} marks.", *places, value=value, notes=notes)
    text = f"It bears {len(borne)} of {len(MARKS)} marks; it lacks {lacking}."
    outcome = partial if len(borne) >= SOME_MARKS else failed
    return outcome(entry.unit, text, *places, value=value, notes=notes)
