"""(pure) Pipelines fetch short-lived secrets from a vault by their own identity."""

from collections.abc import Iterator

from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.pipelines.pinning import retired
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Pipeline, marks, pipelines
from scorecards.reading.pipelines.references import references
from scorecards.reading.pipelines.secrets import uses_secret
from scorecards.reading.pipelines.units import unit_of
from scorecards.reading.pipelines.vaults import Fetch, fetches


@check("pipeline-secrets-fetched-by-identity")
def pipeline_secrets_fetched_by_identity(subject: Subject) -> Iterator[Finding]:
    """A step that asks a vault proves who it is by the workflow's identity, not by a stored secret."""
    tree = subject.tree
    found = pipelines(tree)
    if not any(_deploys(subject, pipeline) for pipeline in found):
        return
    taken = {pipeline: [fetch for job in pipeline.jobs for fetch in fetches(tree, pipeline, job)] for pipeline in found}
    if not any(taken.values()) and not subject.options.secret_manager_required:
        return
    for pipeline, steps in taken.items():
        yield _judged(subject, pipeline, steps)


def _deploys(subject: Subject, pipeline: Pipeline) -> bool:
    return any(mark.stage == "deploy" for job in pipeline.jobs for mark in marks(subject.tree, job))


def _judged(subject: Subject, pipeline: Pipeline, steps: list[Fetch]) -> Finding:
    unit = unit_of(pipeline)
    if not steps:
        if subject.options.secret_manager_required and _deploys(subject, pipeline) and uses_secret(pipeline):
            text = "It deploys with stored secrets though policy asks for a secret manager."
            return failed(unit, text, pipeline.place, value="no manager")
        return not_applicable(unit, "It fetches nothing from a vault.")
    places = [place for fetch in steps for place in fetch.places]
    notes = _notes(subject, pipeline, steps)
    weak = next((fetch for fetch in steps if fetch.weak), None)
    if weak is not None:
        text = f"It logs in to the vault by {weak.method}: {weak.weak}; log in by the workflow's identity."
        return partial(unit, text, *places, value=weak.method, notes=notes)
    unsure = next((fetch for fetch in steps if fetch.identity == "unknown"), None)
    if unsure is not None:
        return unknown(unit, f"How {unsure.method} logs in can't be seen.", *places, value=unsure.method, notes=notes)
    old = _retired(subject, pipeline)
    if old:
        return partial(unit, f"{old[0]} Update it.", *places, value="retired action", notes=notes)
    return passed(unit, f"It logs in to the vault by {steps[0].method}.", *places, value=steps[0].method, notes=notes)


def _notes(subject: Subject, pipeline: Pipeline, steps: list[Fetch]) -> tuple[str, ...]:
    spread = ("exportEnv gives the values to every later step.",) if any(fetch.spreads for fetch in steps) else ()
    return (*spread, *_retired(subject, pipeline))


def _retired(subject: Subject, pipeline: Pipeline) -> tuple[str, ...]:
    """What is said of vault actions of this pipeline whose version has ended."""
    return tuple(
        f"{reference.name}@{reference.told or reference.version} was retired on {end.on.isoformat()}."
        for reference in references(subject.tree)
        if reference.path == pipeline.path and reference.name.startswith("hashicorp/vault-action")
        if (end := retired(reference, subject.as_of)) is not None
    )
