"""(pure) The pipelines run on change and cover quality, build, test and deploy."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import SHIPPING, Mark, Missing, Pipeline, marks, on_pull_requests, pipelines, trail
from scorecards.reading.pipelines.content import builds, holds_code, reconciled, ships

UNIT = "repository"
WANTED = ("quality", "build", "test")


@check("pipeline-covers-all-stages")
def pipeline_covers_all_stages(subject: Subject) -> Iterator[Finding]:
    """Every pipeline is valid, and together they cover quality, build and test of pull requests, and a deployment."""
    tree = subject.tree
    if not holds_code(tree):
        return
    found = [pipeline for pipeline in pipelines(tree) if not pipeline.triggers.reusable_only or not pipeline.valid]
    if not any(not pipeline.triggers.reusable_only for pipeline in found):
        yield failed(UNIT, "There is no pipeline: add one that checks, builds and tests every change.")
        return
    faults = [(pipeline, line, text) for pipeline in found for line, text in _faults(tree, pipeline)]
    if faults:
        pipeline, _, text = faults[0]
        places = [Place(pipeline.path, line) for pipeline, line, _ in faults]
        yield failed(UNIT, f"{pipeline.path} would not run: {text}", *places, value="invalid")
        return
    yield _covered(tree, found)


def _faults(tree: RepositoryTree, pipeline: Pipeline) -> Iterator[tuple[int, str]]:
    """What keeps a pipeline from running: errors of its file, workflows that it calls and that are not there."""
    if not pipeline.valid:
        yield from pipeline.errors[:1] or [(pipeline.line, "its file is not valid.")]
    for job in pipeline.jobs if pipeline.system == "github" else ():
        for missing in trail(tree, job).absent if job.uses else ():
            if missing.kind == "workflow" and missing.path == pipeline.path:
                yield missing.line, f"the workflow {missing.name} that it calls does not exist."


def _covered(tree: RepositoryTree, found: Sequence[Pipeline]) -> Finding:
    everywhere = [mark for pipeline in found for job in pipeline.jobs for mark in marks(tree, job)]
    proposed = [
        mark for pipeline in found for job in pipeline.jobs if on_pull_requests(pipeline, job)
        for mark in marks(tree, job)
    ]  # fmt: skip
    wanted = _wanted(tree)
    missing = [name for name, stages in wanted.items() if not any(mark.stage in stages for mark in everywhere)]
    late = [
        name for name in wanted
        if name not in ("deploy", *missing) and not any(mark.stage == name for mark in proposed)
    ]  # fmt: skip
    return _told(tree, found, _first_of_each(proposed + everywhere), missing, late)


def _wanted(tree: RepositoryTree) -> dict[str, frozenset[str]]:
    """The stages that are asked, with those that count as one: a build where there is something to build, a
    deployment where something ships and no reconciler deploys it."""
    wanted = {stage: frozenset({stage}) for stage in WANTED}
    if not builds(tree):
        del wanted["build"]
    if ships(tree) and not reconciled(tree):
        wanted["deploy"] = SHIPPING
    return wanted


def _told(
    tree: RepositoryTree, found: Sequence[Pipeline], shown: list[Mark], missing: list[str], late: list[str]
) -> Finding:
    places = [mark.place for mark in shown]
    value = " ".join(sorted({mark.stage for mark in shown}))
    remote = _remote(tree, found)
    if missing and remote:
        what = _list(missing)
        return unknown(UNIT, f"{what} may happen in {remote[0].name}, which lies elsewhere.", *_at(remote), value=value)
    if len(missing) > 1:
        return failed(UNIT, f"No job does {_list(missing)}: add them.", *places, value=value)
    if missing:
        return partial(UNIT, f"No job does {missing[0]}: add one.", *places, value=value)
    if late:
        return partial(UNIT, f"Pull requests start no {_list(late)}: add that trigger.", *places, value=value)
    notes = () if _on_default_branch(found) else ("No pipeline runs on pushes to a default branch.",)
    stages = _list(sorted({mark.stage for mark in shown}))
    return passed(UNIT, f"Pipelines cover {stages}, and run on pull requests.", *places, value=value, notes=notes)


def _remote(tree: RepositoryTree, found: Sequence[Pipeline]) -> list[Missing]:
    return [missing for pipeline in found for job in pipeline.jobs for missing in trail(tree, job).opaque
            if missing.kind == "workflow"]  # fmt: skip


def _at(remote: Sequence[Missing]) -> list[Place]:
    return [Place(missing.path, missing.line) for missing in remote]


def _first_of_each(found: Sequence[Mark]) -> list[Mark]:
    first: dict[str, Mark] = {}
    for mark in found:
        first.setdefault(mark.stage, mark)
    return list(first.values())


def _on_default_branch(found: Sequence[Pipeline]) -> bool:
    return any(pipeline.triggers.on_branch("main", "master", "trunk", "develop") for pipeline in found)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
