"""(pure) Traffic moves in small steps, within deadlines that can be met."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.canaries import Canary, Rollout, canaries, rollouts
from scorecards.reading.canaries.flagger import DEADLINE, finite
from scorecards.reading.durations import seconds_of

SMALL_STEP = 20.0  # per cent of the traffic
WIDE_JUMP = 50.0
MAX_STEPS = 1_000
TIGHT_DEADLINE = 120.0  # seconds: less than starting a pod and pulling its image may take
SHORT_INTERVAL = 30.0  # seconds: less than two scrapes


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
