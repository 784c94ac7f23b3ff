"""(pure) Canary releases are analysed by thresholds, take small steps, and are tested under load."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.canaries import Canary, Hook, Measure, Rollout, canaries, flaw, rollouts
from scorecards.reading.canaries.acceptance import (
    accepts,
    loads,
    stated_traffic,
    task_accepts,
    task_loads,
    wrong_address,
)
from scorecards.reading.canaries.flagger import DEADLINE, finite
from scorecards.reading.canaries.measures import misfit
from scorecards.reading.durations import seconds_of

TOLERATED = 10  # failed checks
SMALL_STEP = 20.0  # per cent of the traffic
WIDE_JUMP = 50.0
MAX_STEPS = 1_000
TIGHT_DEADLINE = 120.0  # seconds: less than starting a pod and pulling its image may take
SHORT_INTERVAL = 30.0  # seconds: less than two scrapes


# ---------------------------------------------------------------- DOP-2.2-03


@check("canary-analysed-by-thresholds")
def canary_analysed_by_thresholds(subject: Subject) -> Iterator[Finding]:
    """Errors and latency both bound a canary's promotion."""
    for canary in canaries(subject.tree):
        yield _canary_analysed(canary)
    for rollout in rollouts(subject.tree):
        if rollout.kind == "canary":
            yield _rollout_analysed(rollout)


def _canary_analysed(canary: Canary) -> Finding:
    if canary.analysis is None:
        return failed(canary.unit, "Nothing is analysed: add spec.analysis with metrics.", canary.manifest.place)
    metrics = canary.manifest.look("spec", "analysis", "metrics")
    if not canary.metrics and metrics.undecided and not canary.analysis.has("metrics"):
        return unknown(canary.unit, "Its metrics are only known when the template is rendered.", canary.manifest.place)
    gaps = tuple(
        f"the template of {metric.name} is not in this repository"
        for metric in canary.metrics
        if metric.reference is not None and metric.template is None
    )
    return _judged(canary.unit, canary.measures, canary.manifest.place, _tolerance(canary), gaps)


def _tolerance(canary: Canary) -> str:
    threshold = canary.analysis.get("threshold") if canary.analysis else None
    if threshold is None:
        return "set analysis.threshold, the number of failed checks that end the release"
    if threshold.number is not None and threshold.number > TOLERATED:
        return f"{threshold.number:g} failed checks are tolerated; {TOLERATED} are enough"
    return ""


def _rollout_analysed(rollout: Rollout) -> Finding:
    place = rollout.manifest.place_of("spec", "strategy", "canary")
    kinds = {measure.kind for measure in rollout.measures}
    if rollout.missing and not {"errors", "latency"} <= kinds:
        names = ", ".join(rollout.missing[:3])
        return unknown(rollout.unit, f"Its analysis templates are not in this repository: {names}.", place)
    return _judged(rollout.unit, rollout.measures, place, _failure_limit(rollout), ())


def _failure_limit(rollout: Rollout) -> str:
    for metric in rollout.metrics:
        limit = metric.get("failureLimit")
        number = limit.number if limit is not None else None
        if number is not None and (number > TOLERATED or number < 0):
            return f"{metric.text_at('name') or 'a metric'} tolerates {number:g} failures; {TOLERATED} are enough"
    return ""


def _judged(unit: str, measures: Sequence[Measure], place: Place, gap: str, notes: tuple[str, ...]) -> Finding:
    places = [measure.place for measure in measures] or [place]
    if not measures:
        return failed(unit, "No metric decides over the release: bound errors and latency.", *places)
    for measure in measures:
        if why := flaw(measure):
            return failed(unit, f"{measure.name} can never stop the release: it {why}.", measure.place, value=why)
    if any(measure.opaque for measure in measures):
        return unknown(unit, "A bound is only known when the template is rendered.", *places, notes=notes)
    return _covered(unit, measures, places, gap, notes)


def _covered(
    unit: str, measures: Sequence[Measure], places: Sequence[Place], gap: str, notes: tuple[str, ...]
) -> Finding:
    misfits = [f"{measure.name} {why}" for measure in measures if (why := misfit(measure))]
    kinds = {measure.kind for measure in measures if not misfit(measure)}
    value = " ".join(sorted(kinds))
    lacking = [word for word in ("errors", "latency") if word not in kinds]
    if misfits:
        return partial(unit, f"A bound does not fit its unit: {misfits[0]}.", *places, value=value, notes=notes)
    if len(lacking) == 2:
        return partial(unit, "Neither errors nor latency are bounded.", *places, value=value, notes=notes)
    if lacking:
        return partial(unit, f"No metric bounds {lacking[0]}: add one.", *places, value=value, notes=notes)
    if gap:
        return partial(unit, f"Errors and latency are bounded, but {gap}.", *places, value=value, notes=notes)
    return passed(unit, "Errors and latency are both bounded.", *places, value=value, notes=notes)


# ---------------------------------------------------------------- DOP-2.2-04


@check("canary-steps-are-small")
def canary_steps_are_small(subject: Subject) -> Iterator[Finding]:
    """Traffic moves in small steps, within deadlines that can be met."""
    for canary in canaries(subject.tree):
        yield _canary_steps(canary)
    for rollout in rollouts(subject.tree):
        if rollout.kind == "canary":
            yield _rollout_steps(rollout)


def _canary_steps(canary: Canary) -> Finding:
    skipped = canary.manifest.get("spec", "skipAnalysis")
    if canary.analysis is None or (skipped is not None and skipped.is_true):
        return failed(
            canary.unit, "The analysis is skipped: all traffic moves at once.", canary.place_of("skipAnalysis")
        )
    places = [
        canary.analysis_place(name)
        for name in ("stepWeight", "stepWeights", "maxWeight", "iterations")
        if canary.analysis.has(name)
    ]
    if _is_opaque(canary):
        return unknown(canary.unit, "Its steps are only known when the template is rendered.", *places)
    wrong, coarse = _course(canary)
    if wrong:
        return failed(canary.unit, wrong, *(places or [canary.manifest.place]), value=_course_value(canary))
    tight = [*coarse, *_tight(canary)]
    return _steps_told(canary.unit, tight, places, _course_value(canary))


def _steps_told(unit: str, gaps: Sequence[tuple[str, Place]], places: Sequence[Place], value: str) -> Finding:
    if gaps:
        where = dict.fromkeys([place for _, place in gaps] + list(places))
        return partial(unit, f"{_sentence('; '.join(gap for gap, _ in gaps[:2]))}", *where, value=value)
    return passed(unit, "Traffic moves in small steps, and the deadlines can be met.", *places, value=value)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _is_opaque(canary: Canary) -> bool:
    names = ("stepWeight", "maxWeight", "iterations")
    looks = [canary.manifest.look("spec", "analysis", name) for name in names]
    told = [look.node for look in looks if look.node is not None]
    return any(node.number is None for node in told) or (not told and all(look.undecided for look in looks))


def _weights(canary: Canary) -> list[float]:
    """The weights that a canary goes through, rising, until it is promoted."""
    analysis = canary.analysis
    if analysis is None:
        return []
    listed = [weight for node in analysis.items_at("stepWeights")[:MAX_STEPS] if (weight := finite(node)) is not None]
    if listed:
        return listed
    step, most = finite(analysis.get("stepWeight")), finite(analysis.get("maxWeight"))
    if step is None or step <= 0:
        return []
    count = int(min((most or 100.0) // step, MAX_STEPS))
    return [step * (at + 1) for at in range(max(count, 1))]


def _course(canary: Canary) -> tuple[str, list[tuple[str, Place]]]:
    """(what is wrong, what is coarse)."""
    weights = _weights(canary)
    iterations = canary.analysis.get("iterations") if canary.analysis else None
    if iterations is not None and iterations.number and not weights:
        once = [("one check decides: raise iterations", canary.analysis_place("iterations"))]
        return "", once if iterations.number < 2 else []
    if not weights:
        return "There is no step: set stepWeight and maxWeight, or iterations.", []
    if weights[0] >= 100:
        return "A single step moves all traffic at once: lower stepWeight.", []
    return "", _coarse(canary, weights)


def _coarse(canary: Canary, weights: list[float]) -> list[tuple[str, Place]]:
    name = "stepWeights" if canary.analysis and canary.analysis.has("stepWeights") else "stepWeight"
    place = canary.analysis_place(name)
    if weights[0] > SMALL_STEP:
        return [(f"the first step takes {weights[0]:g} % of the traffic; {SMALL_STEP:g} % are enough", place)]
    if max(weights) > 100:
        return [(f"{max(weights):g} % is more than all traffic", place)]
    if any(after - before > WIDE_JUMP for before, after in pairwise(weights)):
        return [(f"one step adds more than {WIDE_JUMP:g} % of the traffic", place)]
    return []


def _tight(canary: Canary) -> Iterator[tuple[str, Place]]:
    deadline = canary.manifest.get("spec", "progressDeadlineSeconds")
    number = deadline.number if deadline is not None else DEADLINE
    if number is not None and number < TIGHT_DEADLINE:
        place = canary.place_of("progressDeadlineSeconds")
        yield f"{number:g} s are little for new pods to become ready: allow {TIGHT_DEADLINE:g} s or more", place
    for metric in canary.metrics:
        interval = seconds_of(metric.node.text_at("interval"))
        if interval is not None and interval < SHORT_INTERVAL:
            yield f"{metric.name} looks at {interval:g} s, less than two scrapes hold", metric.node.place_of("interval")


def _course_value(canary: Canary) -> str:
    told = " ".join(f"{weight:g}" for weight in _weights(canary)[:20])
    iterations = canary.analysis.text_at("iterations") if canary.analysis is not None else ""
    return told or (f"iterations {iterations}" if iterations else "")


def _rollout_steps(rollout: Rollout) -> Finding:
    place = rollout.manifest.place_of("spec", "strategy", "canary", "steps")
    steps = rollout.manifest.look("spec", "strategy", "canary", "steps")
    if steps.undecided or any(
        step.get(
            "setWeight",
        )
        is not None
        and _weight(step) is None
        for step in rollout.steps
    ):
        return unknown(rollout.unit, "Its steps are only known when the template is rendered.", place)
    weights = [weight for step in rollout.steps if (weight := _weight(step)) is not None]
    value = " ".join(f"{weight:g}" for weight in weights[:20])
    if not weights or weights[0] >= 100:
        return failed(
            rollout.unit, "No step moves a part of the traffic first: add setWeight and pause.", place, value=value
        )
    return _steps_told(rollout.unit, list(_rollout_gaps(rollout, weights)), [place], value)


def _weight(step: Node) -> float | None:
    weight = step.get("setWeight")
    return weight.number if weight is not None else None


def _rollout_gaps(rollout: Rollout, weights: list[float]) -> Iterator[tuple[str, Place]]:
    place = rollout.manifest.place_of("spec", "strategy", "canary", "steps")
    if weights[0] > SMALL_STEP:
        yield f"the first step takes {weights[0]:g} % of the traffic; {SMALL_STEP:g} % are enough", place
    if not any(step.has("pause") or step.has("analysis") for step in rollout.steps):
        yield "no pause and no analysis stands between the steps", place
    deadline = rollout.manifest.get("spec", "progressDeadlineSeconds")
    number = deadline.number if deadline is not None else None
    if number is not None and number < TIGHT_DEADLINE:
        where = rollout.manifest.place_of("spec", "progressDeadlineSeconds")
        yield f"{number:g} s are little for new pods to become ready: allow {TIGHT_DEADLINE:g} s or more", where


# ---------------------------------------------------------------- DOP-2.2-05


@check("canary-tested-under-load")
def canary_tested_under_load(subject: Subject) -> Iterator[Finding]:
    """A canary is tested before it gets traffic, and has traffic while it is analysed."""
    for canary in canaries(subject.tree):
        yield _canary_tested(subject, canary)
    for rollout in rollouts(subject.tree):
        if rollout.kind == "canary":
            yield _rollout_tested(rollout)


def _canary_tested(subject: Subject, canary: Canary) -> Finding:
    look = canary.manifest.look("spec", "analysis", "webhooks")
    if not canary.hooks and look.undecided and canary.analysis is not None:
        return unknown(canary.unit, "Its webhooks are only known when the template is rendered.", canary.manifest.place)
    acceptance = [hook for hook in canary.hooks if accepts(hook)]
    load = [hook for hook in canary.hooks if loads(hook)]
    notes = tuple(why for hook in canary.hooks if (why := wrong_address(canary, hook)))
    if notes:
        acceptance, load = (_addressed(canary, acceptance), _addressed(canary, load))
    places = [hook.place for hook in canary.hooks] or [canary.analysis_place("webhooks")]
    traffic = stated_traffic(subject.tree, canary.manifest)
    return _tested(canary.unit, bool(acceptance), bool(load), traffic, places, notes)


def _addressed(canary: Canary, hooks: list[Hook]) -> list[Hook]:
    return [hook for hook in hooks if not wrong_address(canary, hook)]


def _tested(
    unit: str, acceptance: bool, load: bool, traffic: Place | None, places: Sequence[Place], notes: tuple[str, ...]
) -> Finding:
    value = " ".join(word for word, there in (("acceptance", acceptance), ("load", load)) if there)
    why = f" {notes[0]}" if notes else ""
    if acceptance and load:
        return passed(unit, "It is tested before the rollout and under load during it.", *places, value=value)
    if acceptance:
        return partial(unit, f"It is tested before the rollout, but nothing makes load.{why}", *places, value=value)
    if load:
        text = f"Load is made, but no check that can fail runs before the rollout.{why}"
        return partial(unit, text, *places, value=value)
    if traffic is not None:
        return partial(unit, "Live traffic is said to be enough; no check runs before the rollout.", traffic)
    return failed(
        unit, f"Nothing tests it and nothing makes load: add both to its analysis.{why}", *places, value=value
    )


def _rollout_tested(rollout: Rollout) -> Finding:
    place = rollout.manifest.place_of("spec", "strategy", "canary")
    acceptance = [task for task in rollout.tasks if task_accepts(task)]
    load = [task for task in rollout.tasks if task_loads(task)]
    if rollout.missing and not (acceptance and load):
        return unknown(rollout.unit, f"Its analysis template {rollout.missing[0]} is not in this repository.", place)
    places = [task.place for task in rollout.tasks] or [place]
    return _tested(rollout.unit, bool(acceptance), bool(load), None, places, ())
