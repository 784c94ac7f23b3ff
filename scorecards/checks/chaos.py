"""(pure) Checks of fault experiments (DOP-5.3-01 to DOP-5.3-03)."""

from collections.abc import Iterator

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import environments
from scorecards.reading.chaos import EMBEDDED, Experiment, Fault, embedded_key, experiments, targets
from scorecards.reading.cron import timetable
from scorecards.reading.pipelines import commands, pipelines
from scorecards.reading.schema import Departure, departures, shapes
from scorecards.reading.services import folded, is_critical, services, tier_of
from scorecards.reading.slos import service_name, slos

WANTED_KINDS = 2
LONGEST = 15 * 60.0  # seconds of a continuous fault
_SELECTING = ("fixed", "fixed-percent", "random-max-percent")  # modes that need a value


@check("fault-experiments-scheduled")
def fault_experiments_scheduled(subject: Subject) -> Iterator[Finding]:
    """Each critical service meets two kinds of faults, again and again (DOP-5.3-01)."""
    held = [each for each in experiments(subject.tree) if each.faults]
    units = _critical(subject)
    if not units and held:
        units = _targeted(held) or {services(subject)[0].name: services(subject)[0].place}
    for name, place in units.items():
        own = [each for each in held if folded(name) in targets(each) or (len(units) == 1 and not targets(each))]
        yield _of_service(subject, name, place, own)


def _critical(subject: Subject) -> dict[str, Place]:
    """Critical services by name, with where they are called so: in the catalogue or by an objective's label."""
    found = {unit.name: unit.place for unit in services(subject) if is_critical(unit.tier)}
    known = {folded(name) for name in found}
    for slo in slos(subject.tree):
        name = service_name(subject, slo)
        if is_critical(tier_of(dict(slo.labels))) and folded(name) not in known:
            known.add(folded(name))
            found[name] = slo.document.root.place
    return found


def _targeted(held: list[Experiment]) -> dict[str, Place]:
    named = ("app.kubernetes.io/name", "app", "service", "k8s-app", "app.kubernetes.io/instance")
    return {
        value: each.place
        for each in held
        for fault in each.faults
        for key, value in fault.labels
        if key in named and value
    }


def _of_service(subject: Subject, name: str, place: Place, own: list[Experiment]) -> Finding:
    told = {fault.kind: False for each in own for fault in each.faults if fault.kind != "other"}
    for each in own:
        for fault in each.faults if _recurs(subject.tree, each) else ():
            if fault.kind in told:
                told[fault.kind] = True
    places = [each.place for each in own] or [place]
    value = ", ".join(f"{kind}{' scheduled' if scheduled else ''}" for kind, scheduled in sorted(told.items()))
    scheduled = sum(told.values())
    if scheduled >= WANTED_KINDS:
        return passed(name, f"{scheduled} kinds of faults are scheduled.", *places, value=value)
    if told:
        message = (
            f"{len(told)} kinds of faults are written, {scheduled} scheduled; schedule at least {WANTED_KINDS} kinds."
        )
        return partial(name, message, *places, value=value)
    return failed(name, "No fault experiment selects this service; add pod loss and network delay.", *places)


def _recurs(tree: RepositoryTree, experiment: Experiment) -> bool:
    """Whether a controller or a pipeline repeats an experiment."""
    if experiment.schedule == "repeat" or timetable(experiment.schedule) is not None:
        return True
    folder = experiment.path.rpartition("/")[0]
    wanted = {experiment.path, experiment.path.rpartition("/")[2], *([f"{folder} ", f"{folder}/"] if folder else [])}
    return any(part in f"{text} " for text in tree.derive(_applied) for part in wanted)


def _applied(tree: RepositoryTree) -> list[str]:
    """Commands of pipelines that apply or run experiments."""
    runs = ("kubectl apply", "kubectl create", "kubectl replace", "chaos run", "litmusctl", "aws fis start")
    texts = [each.text for line in pipelines(tree) for job in line.jobs for each in commands(tree, job)]
    return [text for text in texts if any(run in text for run in runs)]


# ---------------------------------------------------------------- schema


@check("fault-experiments-match-schema")
def fault_experiments_match_schema(subject: Subject) -> Iterator[Finding]:
    """Keys are those that the controller serves, and none is without effect (DOP-5.3-02)."""
    for experiment in experiments(subject.tree):
        yield _judge_schema(experiment)


def _judge_schema(experiment: Experiment) -> Finding:
    wrong = list(_departures(experiment))
    if wrong:
        value = ", ".join(sorted({f"{each.kind} {each.way}" for each in wrong})[:8])
        return failed(experiment.unit, _told(wrong[0]), *(each.place for each in wrong), value=value)
    idle = [*_idle(experiment), *_unplaced(experiment)]
    if idle:
        return partial(experiment.unit, idle[0][0], *(place for _, place in idle))
    return passed(experiment.unit, "Its keys are those that the controller serves.", experiment.place)


def _told(wrong: Departure) -> str:
    if wrong.kind == "missing":
        return f"{wrong.way} is missing; the controller needs it."
    if wrong.kind == "value":
        return f"{wrong.way} is not {' or '.join(wrong.known[:5])}."
    if wrong.way.endswith("scheduler"):
        return f"{wrong.way} is of the first generation and ignored; move the cron line to a Schedule object."
    return f"{wrong.way} is no key that the controller serves; remove or rename it."


def _departures(experiment: Experiment) -> Iterator[Departure]:
    if (
        experiment.manifest is not None
        and not experiment.manifest.name
        and not experiment.manifest.get("metadata", "generateName")
    ):
        yield Departure("missing", "metadata.name", experiment.place)
    if experiment.tool == "chaos-mesh" and experiment.body is not None:
        yield from _of_mesh(experiment, experiment.body)
    elif experiment.tool == "litmus" and experiment.body is not None:
        yield from departures(experiment.body, "litmus", experiment.kind)
    elif experiment.tool == "toolkit" and experiment.body is not None:
        missing = [key for key in ("title", "description", "method") if not experiment.body.has(key)]
        yield from (Departure("missing", key, experiment.place) for key in missing)
    elif experiment.block is not None:
        body = experiment.block.body
        asked = ("description", "role_arn", "action", "stop_condition")
        there = {
            *body.attributes,
            *(each.type for each in body.blocks),
            *(each.label for each in body.blocks_of("dynamic")),
        }
        yield from (Departure("missing", key, experiment.place) for key in asked if key not in there)


def _of_mesh(experiment: Experiment, spec: Node) -> Iterator[Departure]:
    if experiment.kind not in shapes("chaos-mesh"):
        yield Departure("value", "kind", experiment.place, ("a kind that Chaos Mesh 2 serves",))
        return
    yield from departures(spec, "chaos-mesh", experiment.kind)
    for fault in experiment.faults:
        if fault.mode in _SELECTING and fault.node is not None and not fault.node.has("value"):
            yield Departure("missing", "value", fault.place)
    kind = spec.text_at("type")
    if experiment.kind == "Schedule" and kind and not spec.has(embedded_key(kind)):
        yield Departure("missing", embedded_key(kind), experiment.place)


def _idle(experiment: Experiment) -> Iterator[tuple[str, Place]]:
    """Keys of Chaos Mesh that are served and do nothing."""
    if experiment.tool != "chaos-mesh" or experiment.body is None:
        return
    for fault in experiment.faults:
        node = fault.node or experiment.body
        if fault.action in ("pod-kill", "container-kill") and node.has("duration"):
            yield f"A duration has no effect on {fault.action}; remove it.", node.place_of("duration")
        if fault.mode in ("one", "all") and node.has("value"):
            yield f"A value has no effect with mode {fault.mode}; remove it.", node.place_of("value")
    wanted = embedded_key(experiment.body.text_at("type"))
    for name, key, _ in experiment.body.members() if experiment.kind == "Schedule" else ():
        if EMBEDDED.match(name) and name != wanted:
            yield f"{name} has no effect in a schedule of another type; remove it.", key.place


def _unplaced(experiment: Experiment) -> Iterator[tuple[str, Place]]:
    manifest = experiment.manifest
    if (
        manifest is not None
        and not manifest.namespace
        and manifest.namespace_known
        and manifest.kind != "RemoteCluster"
    ):
        yield "No namespace is set, so that it lands wherever it is applied; name one.", manifest.place


# ---------------------------------------------------------------- blast radius


@check("fault-experiments-contained")
def fault_experiments_contained(subject: Subject) -> Iterator[Finding]:
    """Faults are narrow, short, and stop when they hurt (DOP-5.3-03)."""
    for experiment in experiments(subject.tree):
        if experiment.faults:
            yield _judge_blast(subject, experiment)
        else:
            yield not_applicable(experiment.unit, "It causes no fault by itself.", experiment.place)


def _judge_blast(subject: Subject, experiment: Experiment) -> Finding:
    production = any(_in_production(subject, experiment, fault) for fault in experiment.faults)
    places = [place for fault in experiment.faults for place in fault.places]
    value = ", ".join(sorted({f"{fault.mode or '?'} {fault.duration or 0:g}s" for fault in experiment.faults}))
    if fault := next((each for each in experiment.faults if each.undecided), None):
        return unknown(experiment.unit, "The duration is only known when the template is rendered.", fault.place)
    if wrong := next((why for each in experiment.faults if (why := _unbounded(experiment, each, production))), ""):
        return failed(experiment.unit, wrong, *places, value=value)
    if experiment.aborts is None:
        message = "It is narrow and short, but nothing aborts it; add a status check or stop condition."
        return partial(experiment.unit, message, *places, value=value)
    if production and (late := _untimely(experiment)):
        return partial(experiment.unit, late, *places, value=value)
    return passed(experiment.unit, "It is narrow, short, and aborts.", experiment.aborts, *places, value=value)


def _unbounded(experiment: Experiment, fault: Fault, production: bool) -> str:
    if production and fault.mode == "all" and experiment.aborts is None:
        return "It hits all targets in production and nothing aborts it; choose one or a share, and add a status check."
    if fault.duration is None and not fault.instant:
        return "A continuous fault has no duration; give it one of at most 15 minutes."
    if fault.duration is not None and not fault.instant and fault.duration > LONGEST:
        return f"A fault lasts {fault.duration / 60:g} minutes; at most 15 are asked."
    if not fault.named and (not fault.namespaces or not fault.labels):
        what = "namespace" if fault.labels else "label"
        return f"The selector does not narrow by {what}; select by namespace and label."
    return ""


def _in_production(subject: Subject, experiment: Experiment, fault: Fault) -> bool:
    names = subject.options.production_names
    told = [
        *fault.namespaces,
        *(value for key, value in fault.labels if "env" in key.lower() or "stage" in key.lower()),
    ]
    own = experiment.hints if not fault.namespaces else ()
    return any(environments.is_production(text, names) for text in (*told, *own) if text)


def _untimely(experiment: Experiment) -> str:
    times = timetable(experiment.schedule)
    if times is None:
        return ""
    if times.per_day > 1:
        return f"It runs {times.per_day} times a day in production; once is enough."
    return "" if times.in_business_hours else "It runs outside business hours in production; move it where people are."
