"""(pure) A release waits for its tests, may write what it must, and uploads what was made."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Job, Mark, Pipeline, asks_success, pipelines, shipments, trail
from scorecards.reading.pipelines.permissions import grant_of, writes
from scorecards.reading.pipelines.release_steps import releasing, unmade, unpinned
from scorecards.reading.pipelines.units import unit_of

Released = Sequence[tuple[Job, Mark]]


@check("releases-gated-by-pipeline")
def releases_gated_by_pipeline(subject: Subject) -> Iterator[Finding]:
    """Every release workflow releases after tests alone, with permission, and only files that exist."""
    for pipeline in pipelines(subject.tree):
        if pipeline.valid and not pipeline.triggers.reusable_only:
            found = releasing(subject.tree, pipeline)
            if found:
                yield _judged(subject, pipeline, found)


def _judged(subject: Subject, pipeline: Pipeline, found: Released) -> Finding:
    unit = unit_of(pipeline)
    missing = [upload for job, _ in found for upload in unmade(subject.tree, job)]
    open_jobs = _ungated(subject, pipeline, found)
    places = [place for job, mark in found for place in (job.place, mark.place)]
    if missing:
        notes = ("It also releases without waiting for tests.",) if open_jobs else ()
        text = f"No step makes {missing[0].path[:60]}, which the release uploads: build it, or leave it out."
        return failed(unit, text, *(upload.place for upload in missing), *places, value="missing artifact", notes=notes)
    if open_jobs:
        return _open(subject, pipeline, open_jobs, places)
    return _allowed(subject, pipeline, found, places)


def _ungated(subject: Subject, pipeline: Pipeline, found: Released) -> list[Job]:
    """The release jobs that start without any test, on no tag and without another workflow's success."""
    if _starts_on_tags(pipeline):
        return []
    if pipeline.triggers.workflow_run and asks_success(pipeline):
        return []
    shipped = shipments(subject.tree, pipeline)
    tested = {shipment.job.id for shipment in shipped if shipment.after("test")}
    return [job for job, _ in found if job.id not in tested and not _only_for_tags(job)]


def _only_for_tags(job: Job) -> bool:
    return any(word in job.condition for word in ("refs/tags/", "ref_type == 'tag'", "CI_COMMIT_TAG", "buildingTag"))


def _open(subject: Subject, pipeline: Pipeline, jobs: Sequence[Job], places: Sequence[Place]) -> Finding:
    unit, first = unit_of(pipeline), jobs[0]
    before = (*pipeline.before(first), first)
    remote = [missing for job in before for missing in trail(subject.tree, job).opaque if missing.kind == "workflow"]
    if remote:
        return unknown(unit, f"Whether {remote[0].name} tests can't be seen from here.", *places, value="unseen gate")
    text = f"“{first.id}” releases without waiting for tests: let it need them, or start on tags."
    return failed(unit, text, *places, value="ungated")


def _allowed(subject: Subject, pipeline: Pipeline, found: Released, places: Sequence[Place]) -> Finding:
    unit = unit_of(pipeline)
    lacks = _permission(pipeline, found)
    if lacks:
        return partial(unit, lacks, *places, value="permissions")
    loose = [entry for job, _ in found for entry in unpinned(subject.tree, job)]
    if loose:
        text = f"It installs {loose[0][0][:60]} in whatever version is the latest: pin it."
        return partial(unit, text, *(place for _, place in loose), *places, value="unpinned tool")
    if _starts_on_tags(pipeline):
        notes = ("That only tested commits are tagged can't be seen from here.",)
        return passed(
            unit, "Only tags start it, and it has just the permission for it.", *places, value="tag", notes=notes
        )
    return passed(unit, "It releases what passed its tests, with just the permission for it.", *places, value="gated")


def _starts_on_tags(pipeline: Pipeline) -> bool:
    return pipeline.triggers.tags_only or set(pipeline.triggers.raw) == {"release"}


def _permission(pipeline: Pipeline, found: Released) -> str:
    """What is wrong with the permission to release; empty where it is right, or asked elsewhere."""
    if pipeline.system != "github":
        return ""
    for job, _ in found:
        if job.permissions is None and pipeline.permissions is None:
            return f"“{job.id}” has no permissions: give that job alone what it writes, such as contents: write."
    wide = [scope for scope in writes(pipeline.permissions) if scope in ("contents", "packages", "write-all")]
    if wide and len(pipeline.jobs) > 1:
        return f"All jobs may write {wide[0]}: give that to the release job alone."
    releasing_jobs = [job for job, mark in found if mark.stage == "release" and not _own_token(job)]
    short = next((job for job in releasing_jobs if grant_of(pipeline, job, "contents") not in ("write", "")), None)
    return f"“{short.id}” lacks contents: write, so it can't create a release." if short is not None else ""


def _own_token(job: Job) -> bool:
    """Whether a job releases with another token than the workflow's own."""
    values = [value for step in job.steps for value in (*step.with_.values(), *step.env.values())]
    return (
        bool(job.uses)
        or any("secrets." in value.text and "secrets.GITHUB_TOKEN" not in value.text for value in values)
        or any("create-github-app-token" in step.action for step in job.steps)
    )
