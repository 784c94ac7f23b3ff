"""(pure) Whether gameday scenarios can be run as they stand (DOP-5.3-04)."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.gamedays import Scenario, heals_itself, hypothesis_probes, literal_targets, scenarios
from scorecards.reading.kubernetes.manifest import OPAQUE

_HYPOTHESIS = "steady-state-hypothesis"


@check("gameday-scenarios-executable")
def gameday_scenarios_executable(subject: Subject) -> Iterator[Finding]:
    """Scenarios have tolerances, actions, rollbacks and targets by tag, and import what there is (DOP-5.3-04)."""
    for scenario in scenarios(subject.tree):
        yield _judge(scenario)


def _judge(scenario: Scenario) -> Finding:
    faults = list(_faults(scenario))
    if faults:
        value = "; ".join(fault for fault, _ in faults)[:300]
        more = tuple(fault for fault, _ in faults[1:])
        return failed(scenario.unit, faults[0][0], *(place for _, place in faults), value=value, notes=more)
    hidden = [key for key in ("method", "rollbacks", _HYPOTHESIS) if _is_hidden(scenario, key)]
    if hidden:
        return unknown(scenario.unit, f"{hidden[0]} is computed and can't be read.", scenario.root.place_of(hidden[0]))
    if not scenario.root.items_at("rollbacks"):
        message = "The rollbacks are empty; the fault heals by itself, but say how to stop it early."
        return partial(scenario.unit, message, scenario.root.place_of("rollbacks"))
    return passed(scenario.unit, "Hypothesis, actions and rollbacks are complete.", scenario.root.place)


def _is_hidden(scenario: Scenario, key: str) -> bool:
    node = scenario.root.get(key)
    return node is not None and node.tag == OPAQUE


def _faults(scenario: Scenario) -> Iterator[tuple[str, Place]]:
    root = scenario.root
    for name in scenario.wrong_imports[:1]:
        place = Place(root.path, name.line)
        yield f"{name.name} gives no runner; import run_experiment from chaoslib.experiment.", place
    yield from _of_hypothesis(scenario)
    for key in ("title", "description"):
        if not root.has(key):
            yield f"{key} is missing; the runner needs it.", root.place
    if not root.items_at("method") and not _is_hidden(scenario, "method"):
        yield "The method is empty, so that nothing is tried; add an action.", root.place_of("method")
    for place in literal_targets(scenario)[:1]:
        yield "A target is named by a literal id; choose targets by tags or labels.", place
    if not root.items_at("rollbacks") and not _is_hidden(scenario, "rollbacks") and not heals_itself(scenario):
        yield "The rollbacks are empty and the fault does not heal by itself; undo it.", root.place_of("rollbacks")
    for each in scenario.undefined[:1]:
        yield f"{each.name} is used and defined nowhere; define it.", Place(root.path, each.line)


def _of_hypothesis(scenario: Scenario) -> Iterator[tuple[str, Place]]:
    probes = hypothesis_probes(scenario)
    if not probes and not _is_hidden(scenario, _HYPOTHESIS):
        yield "The hypothesis has no probe; add one with a tolerance.", scenario.root.place_of(_HYPOTHESIS)
    for probe in probes:
        if not probe.has("tolerance") and not probe.has("ref"):
            name = probe.text_at("name") or "of the hypothesis"
            yield f"The probe {name} has no tolerance; say what it must answer.", probe.place
            return
