"""(pure) What is deployed is what was tested: built once, cached, named once and for all."""

from collections.abc import Iterator, Sequence

from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Pipeline, pipelines
from scorecards.reading.pipelines.artifacts import Build, Handover, builds, handovers, moves
from scorecards.reading.pipelines.units import unit_of


@check("artifact-built-once-and-promoted")
def artifact_built_once_and_promoted(subject: Subject) -> Iterator[Finding]:
    """An image or package is built once, under an immutable name, with a cache; that very one is deployed."""
    for pipeline in pipelines(subject.tree):
        if not pipeline.valid or pipeline.triggers.reusable_only:
            continue
        made = [build for job in pipeline.jobs for build in builds(subject.tree, job)]
        if made:
            yield _judged(pipeline, made, handovers(subject.tree, pipeline))
        else:
            yield not_applicable(unit_of(pipeline), "It builds no image and no package.")


def _judged(pipeline: Pipeline, made: Sequence[Build], deployed: Sequence[Handover]) -> Finding:
    unit = unit_of(pipeline)
    places = [*(build.place for build in made), *(handover.mark.place for handover in deployed)]
    for handover in deployed:
        broken = _broken(pipeline, made, handover)
        if broken:
            return failed(unit, broken, *places, value="not promoted")
    moving = next((build for build in made if _is_moving(build)), None)
    if moving is not None:
        text = f"It pushes only tags that move ({' '.join(moving.tags)[:50]}): add the commit or version."
        return partial(unit, text, *places, value="mutable tag")
    unseen = next((handover for handover in deployed if not _is_seen(made, handover)), None)
    if unseen is not None:
        text = f"“{unseen.job.id}” does not show which artifact it deploys: pass the tested tag or digest."
        return unknown(unit, text, *places, value="unseen reference")
    if not all(build.cached for build in made):
        return partial(
            unit, "It builds without a cache: keep layers or dependencies between runs.", *places, value="no cache"
        )
    text = "It builds once with a cache and deploys what it built." if deployed else "It builds once, with a cache."
    return passed(unit, text, *places, value="promoted" if deployed else "built")


def _broken(pipeline: Pipeline, made: Sequence[Build], handover: Handover) -> str:
    """Why what is deployed is not what was built and tested before; empty where it may be."""
    before = {job.id for job in pipeline.before(handover.job)}
    own = [build for build in made if build.job is handover.job]
    earlier = [build for build in made if build.job.id in before]
    if own and earlier and any(build.kind == "image" for build in own):
        return f"“{handover.job.id}” builds again what was tested before: deploy the tested artifact."
    if not own and earlier and not handover.downloads and not any(build.pushed for build in earlier):
        return f"The tested artifact is never pushed, and “{handover.job.id}” does not download it."
    return ""


def _is_moving(build: Build) -> bool:
    return build.kind == "image" and build.pushed and bool(build.tags) and all(map(moves, build.tags))


def _is_seen(made: Sequence[Build], handover: Handover) -> bool:
    """Whether the deployment's words hold the tag of a build, or the artifact is downloaded or built on the spot."""
    if handover.downloads or any(build.job is handover.job for build in made):
        return True
    tags = [tag.rpartition(":")[2] for build in made for tag in build.tags]
    return any(tag and tag in handover.words for tag in tags) or "needs." in handover.words or _names_commit(handover)


def _names_commit(handover: Handover) -> bool:
    """Whether it names a commit: what was pushed for that is then what it takes."""
    return any(name in handover.words for name in ("github.sha", "GITHUB_SHA", "CI_COMMIT_SHA", "CI_COMMIT_SHORT_SHA",
                                                   "BITBUCKET_COMMIT", "CIRCLE_SHA1", "GIT_COMMIT"))  # fmt: skip
