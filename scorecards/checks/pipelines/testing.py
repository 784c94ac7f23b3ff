"""(pure) Test jobs reach healthy services, run both kinds of tests, end in time, and hold coverage."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Job, Pipeline, pipelines
from scorecards.reading.pipelines.testing import (
    Coverage,
    coverage,
    kinds_of_tests,
    test_marks,
    unhealthy,
    unreachable,
)
from scorecards.reading.pipelines.units import job_unit

Gap = tuple[str, Place | None]
_NO_TIMEOUT = ("bitbucket", "drone", "woodpecker", "travis", "cloudbuild", "appveyor", "circleci")


@check("tests-run-with-coverage")
def tests_run_with_coverage(subject: Subject) -> Iterator[Finding]:
    """Every test job reaches its services and ends in time; tests of both kinds run, and coverage can fail them."""
    tree = subject.tree
    running = [pipeline for pipeline in pipelines(tree) if pipeline.valid and not _is_template(pipeline)]
    jobs = [(pipeline, job) for pipeline in running for job in pipeline.jobs if test_marks(tree, job)]
    kinds = frozenset(kind for _, job in jobs for kind in kinds_of_tests(tree, job))
    covered = [coverage(tree, job) for _, job in jobs]
    best = max(covered, key=lambda found: (found.gated is not None, found.produced is not None), default=None)
    for pipeline, job in jobs:
        elsewhere = best if kinds_of_tests(tree, job) == {"integration"} else None
        yield _judged(tree, pipeline, job, kinds, elsewhere)


def _is_template(pipeline: Pipeline) -> bool:
    return pipeline.system == "gitlab" and pipeline.triggers.reusable_only


def _judged(
    tree: RepositoryTree, pipeline: Pipeline, job: Job, kinds: frozenset[str], best: Coverage | None
) -> Finding:
    unit = job_unit(pipeline, job)
    marks = test_marks(tree, job)
    places = [mark.place for mark in marks[:3]]
    lost = list(unreachable(job))
    if lost:
        first = lost[0]
        text = f"The steps can't reach {first.service.name}: {first.why}."
        return failed(
            unit, text, *(Place(job.path, found.service.line) for found in lost), *places, value="unreachable"
        )
    if all(mark.tolerated for mark in marks):
        return partial(unit, "Its tests may fail without failing the job.", *places, value="tolerated")
    gaps = list(_gaps(tree, pipeline, job, kinds, best))
    if gaps:
        told = [place for _, place in gaps if place is not None]
        missing = [text for text, _ in gaps]
        value = ", ".join(missing)
        return partial(unit, f"It lacks {_list(missing)}.", *told, *places, value=value)
    return passed(unit, "It tests against healthy services, in time, and its coverage can fail.", *places)


def _gaps(
    tree: RepositoryTree, pipeline: Pipeline, job: Job, kinds: frozenset[str], best: Coverage | None
) -> Iterator[Gap]:
    """What a test job lacks, and where."""
    for kind in ("unit", "integration"):
        if kind not in kinds:
            yield f"{kind} tests", None
    found = best or coverage(tree, job)  # what integration tests cover is asked of the unit tests
    if found.produced is None:
        yield "coverage", None
    elif found.gated is None:
        yield "a coverage gate that can fail", found.uploaded or found.produced
    for service in unhealthy(job.services)[:1]:
        yield f"a health check of {service.name}", Place(job.path, service.line)
    if not job.timeout and pipeline.system not in _NO_TIMEOUT and not job.uses:
        yield "a timeout", job.place


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
