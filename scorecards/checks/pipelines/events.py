"""(pure) Every deployment is told to whoever measures delivery."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Job, Pipeline, marks, pipelines, trail
from scorecards.reading.pipelines.events import events
from scorecards.reading.pipelines.github import local
from scorecards.reading.pipelines.units import job_unit


@check("deployment-events-emitted")
def deployment_events_emitted(subject: Subject) -> Iterator[Finding]:
    """Every deploy job emits an event with service, environment, commit, times and outcome."""
    for pipeline in pipelines(subject.tree):
        for job in pipeline.jobs:
            deploying = [mark.place for mark in marks(subject.tree, job) if mark.stage == "deploy"]
            if deploying and not (job.uses and local(job.uses) is not None):
                yield _judged(subject, pipeline, job, deploying)


def _judged(subject: Subject, pipeline: Pipeline, job: Job, deploying: list[Place]) -> Finding:
    unit = job_unit(pipeline, job)
    told = events(subject.tree, pipeline, job)
    if told and not told[0].lacks:
        return passed(
            unit, f"Its deployment is told by {told[0].how[:60]}.", told[0].place, *deploying, value=told[0].how
        )
    if subject.ships_events:
        return passed(unit, "Deployments of this repository are received.", *deploying, value="received")
    if told:
        lacks = " and ".join(told[0].lacks)
        text = f"{told[0].how[:60]} tells of the deployment without its {lacks}: add that."
        return partial(unit, text, told[0].place, *deploying, value=f"lacks {lacks}")
    remote = [missing for missing in trail(subject.tree, job).opaque if missing.kind == "workflow"]
    if remote:
        return unknown(unit, f"Whether {remote[0].name} tells of deployments can't be seen from here.", *deploying)
    text = "It deploys and tells nobody: name an environment, or send an event with commit and status."
    return failed(unit, text, *deploying, value="none")
