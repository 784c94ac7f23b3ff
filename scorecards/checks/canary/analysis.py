"""(pure) Errors and latency both bound a canary's promotion."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.canaries import Canary, Measure, Rollout, canaries, flaw, rollouts
from scorecards.reading.canaries.measures import misfit

TOLERATED = 10  # failed checks


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
