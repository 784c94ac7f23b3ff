"""(pure) What has surely been done before a job starts: by what it needs, who calls it, what triggers it."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.found import pipelines
from scorecards.reading.pipelines.github import local
from scorecards.reading.pipelines.model import Job, Pipeline
from scorecards.reading.pipelines.stages import Mark, marks
from scorecards.reading.pipelines.tools import SHIPPING, Stage

MAX_CALLS = 8
_WAITS = ("lewagon/wait-on-check-action", "fountainhead/action-wait-for-check", "poseidon/wait-for-status-checks")


class Shipment(NamedTuple):
    """Something that a job ships, with the marks of all that has succeeded before it."""

    pipeline: Pipeline
    job: Job
    mark: Mark
    before: tuple[Mark, ...]
    gated: bool

    def after(self, *stages: Stage) -> bool:
        """Whether one of these stages has succeeded before."""
        return self.gated and any(mark.stage in stages for mark in self.before)


def shipments(tree: RepositoryTree, pipeline: Pipeline) -> list[Shipment]:
    """What a pipeline deploys, publishes or releases: for each job and stage the first time."""
    return tree.derive(_shipments, pipeline)


def _shipments(tree: RepositoryTree, pipeline: Pipeline) -> list[Shipment]:
    earlier = _triggering(tree, pipeline)
    return [found for job in pipeline.jobs for found in _of_job(tree, pipeline, job, earlier, 0)]


def _of_job(
    tree: RepositoryTree, pipeline: Pipeline, job: Job, earlier: tuple[Mark, ...], depth: int
) -> Iterator[Shipment]:
    before = (*earlier, *_preceding(tree, pipeline, job)) if _ships(tree, job) else ()
    called = _called(tree, job) if depth < MAX_CALLS else None
    if called is not None:
        for inner in called.jobs:
            for found in _of_job(tree, called, inner, before if job.gated else (), depth + 1):
                yield found._replace(pipeline=pipeline, gated=found.gated and job.gated)
        return
    told: set[str] = set()
    own: list[Mark] = []
    for mark in marks(tree, job):
        if mark.stage in SHIPPING and mark.stage not in told:
            told.add(mark.stage)
            yield Shipment(pipeline, job, mark, (*before, *own), job.gated)
        elif not mark.tolerated:
            own.append(mark)


def _ships(tree: RepositoryTree, job: Job) -> bool:
    return any(mark.stage in SHIPPING for mark in marks(tree, job))


def _preceding(tree: RepositoryTree, pipeline: Pipeline, job: Job) -> list[Mark]:
    """The first mark of each stage that the jobs before this one have done."""
    first: dict[str, Mark] = {}
    for other in pipeline.before(job):
        for mark in tree.derive(_first_successes, other):
            first.setdefault(mark.stage, mark)
    return list(first.values())


def _first_successes(tree: RepositoryTree, job: Job) -> list[Mark]:
    first: dict[str, Mark] = {}
    for mark in successes(tree, job):
        first.setdefault(mark.stage, mark)
    return list(first.values())


def _called(tree: RepositoryTree, job: Job) -> Pipeline | None:
    path = local(job.uses) if job.uses else None
    return next((pipeline for pipeline in pipelines(tree) if pipeline.path == path), None) if path else None


def successes(tree: RepositoryTree, job: Job) -> list[Mark]:
    """What a job does whose failure ends the pipeline."""
    if job.continue_on_error:
        return []
    found = [mark for mark in marks(tree, job) if not mark.tolerated]
    if any(step.action.startswith(_WAITS) for step in job.steps):
        place = (job.path, job.line, "waits for other checks")
        found += [Mark("test", *place, "action"), Mark("quality", *place, "action")]
    return found


def _triggering(tree: RepositoryTree, pipeline: Pipeline) -> tuple[Mark, ...]:
    """What the workflows have done whose success starts this one."""
    names = pipeline.triggers.workflow_run
    if not names or not asks_success(pipeline):
        return ()
    return tuple(
        mark
        for other in pipelines(tree)
        if other is not pipeline and (other.name in names or other.path in names)
        for job in other.jobs
        for mark in successes(tree, job)
    )


def asks_success(pipeline: Pipeline) -> bool:
    """Whether a workflow that others start asks that they have succeeded."""
    texts = [job.condition for job in pipeline.jobs] + [step.condition for step in pipeline.steps]
    return any("workflow_run.conclusion" in text and "success" in text for text in texts)
