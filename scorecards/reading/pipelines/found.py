"""(pure) The pipelines of a repository, of every system that is known."""

from dataclasses import replace

from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines import (
    azure,
    bitbucket,
    buildkite,
    circleci,
    drone,
    github,
    gitlab,
    jenkins,
    simple,
    tekton,
)
from scorecards.reading.pipelines.model import Pipeline

MAX_JOBS = 500
MAX_STEPS = 500
_SYSTEMS = (
    github.workflows, gitlab.pipelines, azure.pipelines, bitbucket.pipelines, circleci.pipelines, jenkins.pipelines,
    tekton.pipelines, drone.pipelines, buildkite.pipelines, simple.pipelines,
)  # fmt: skip


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    """Every pipeline, also those that are refused by their system; what is left out of scores is not among them."""
    return list(tree.derive(_pipelines))


def _pipelines(tree: RepositoryTree) -> tuple[Pipeline, ...]:
    return tuple(_bounded(pipeline) for system in _SYSTEMS for pipeline in system(tree))


def _bounded(pipeline: Pipeline) -> Pipeline:
    """A pipeline with as many jobs and steps as are judged; no real one has more."""
    if len(pipeline.jobs) <= MAX_JOBS and all(len(job.steps) <= MAX_STEPS for job in pipeline.jobs):
        return pipeline
    jobs = tuple(replace(job, steps=job.steps[:MAX_STEPS]) for job in pipeline.jobs[:MAX_JOBS])
    return replace(pipeline, jobs=jobs)


def actions(tree: RepositoryTree) -> list[Pipeline]:
    """The composite actions of the repository, each told as a pipeline of one job."""
    return list(tree.derive(_actions))


def _actions(tree: RepositoryTree) -> tuple[Pipeline, ...]:
    return tuple(github.actions(tree))
