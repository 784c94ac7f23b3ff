"""(pure) Strangers can't run code or write scripts where a workflow has secrets."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Pipeline, actions, pipelines
from scorecards.reading.pipelines.permissions import writes
from scorecards.reading.pipelines.secrets import uses_secret
from scorecards.reading.pipelines.untrusted import injections, persisted, untrusted_checkout


@check("workflow-guarded-against-untrusted-code")
def workflow_guarded_against_untrusted_code(subject: Subject) -> Iterator[Finding]:
    """A workflow with secrets or a writing token runs no stranger's code and puts no stranger's text into scripts."""
    workflows = [pipeline for pipeline in pipelines(subject.tree) if pipeline.system == "github"]
    if not any(_is_privileged(pipeline) for pipeline in workflows):
        return
    for pipeline in workflows:
        if pipeline.root is not None and _is_privileged(pipeline):
            yield _judged(subject, pipeline)
    for action in actions(subject.tree):
        for job in action.jobs:
            for found in list(injections(job))[:1]:
                yield failed(action.path, _text(found.field), found.place, value=found.field)


def _is_privileged(pipeline: Pipeline) -> bool:
    blocks = [pipeline.permissions, *(job.permissions for job in pipeline.jobs)]
    return uses_secret(pipeline) or any(writes(block) for block in blocks)


def _judged(subject: Subject, pipeline: Pipeline) -> Finding:
    unit, trigger = pipeline.path, Place(pipeline.path, pipeline.triggers.line)
    for job in pipeline.jobs:
        place = untrusted_checkout(pipeline, job)
        if place is not None:
            text = "It checks out a stranger's code where secrets are at hand: use pull_request for that code."
            return failed(unit, text, trigger, place, value="untrusted checkout")
    put = [found for job in pipeline.jobs for found in injections(job)]
    if put:
        return failed(unit, _text(put[0].field), *[found.place for found in put], value=put[0].field)
    kept = [place for job in pipeline.jobs if (place := persisted(subject.tree, job)) is not None]
    if kept:
        text = "Checkout leaves its token where later steps run others' code: set persist-credentials to false."
        return partial(unit, text, *kept, value="persisted")
    return passed(unit, "No stranger's code or text reaches it, and no checkout leaves its token behind.", trigger)


def _text(field: str) -> str:
    return f"{field}, which anybody can write, becomes part of a script: pass it through env."
