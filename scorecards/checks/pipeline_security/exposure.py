"""(pure) Secrets are never printed, written into scripts or passed on a command line."""

from collections.abc import Iterator

from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Job, Pipeline, Step, pipelines
from scorecards.reading.pipelines.exposure import Exposure, uses_of
from scorecards.reading.pipelines.units import step_unit


@check("pipeline-never-prints-secrets")
def pipeline_never_prints_secrets(subject: Subject) -> Iterator[Finding]:
    """A step whose script uses a secret hands it on by input, file or environment alone."""
    for pipeline in pipelines(subject.tree):
        for job in pipeline.jobs:
            for step in job.steps:
                if step.run:
                    yield from _judged(subject, pipeline, job, step)


def _judged(subject: Subject, pipeline: Pipeline, job: Job, step: Step) -> Iterator[Finding]:
    uses = uses_of(subject.tree, pipeline, job, step)
    if not uses.any:
        return
    unit = step_unit(pipeline, job, step)
    plain = [exposure for exposure in uses.exposures if not exposure.masked]
    places = [exposure.place for exposure in plain or uses.exposures]
    if plain:
        yield failed(unit, _text(plain[0]), *places, value=f"{plain[0].how} {plain[0].name}".strip())
    elif uses.exposures:
        first = uses.exposures[0]
        text = f"{first.name} is masked in the log, but still an {first.how}: pass it by stdin, file or environment."
        yield partial(unit, text, *places, value=f"masked {first.how}")
    else:
        yield passed(unit, "Its secrets are neither printed nor passed as arguments.", step.place)


def _text(exposure: Exposure) -> str:
    if exposure.how == "expression":
        return f"The secret {exposure.name} is written into the script's text: pass it through env."
    if exposure.how == "printed":
        return f"{exposure.name} is printed to the log: leave it out."
    if exposure.how == "set -x":
        return "set -x writes commands with their secrets to the log: switch it off."
    return f"{exposure.name} is an {exposure.how}, which others can see: pass it by stdin, file or environment."
