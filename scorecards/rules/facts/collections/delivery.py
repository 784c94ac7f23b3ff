"""(pure) Facts on pipelines of every system: workflows, their jobs and steps."""

from collections.abc import Iterator

from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines import Job, Pipeline, Step, pipelines, stages
from scorecards.rules.facts.collections.images import image_facts
from scorecards.rules.facts.model import Collection, Field, Kind, Told


def _workflows(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in pipelines(tree):
        found = sorted({stage for job in one.jobs for stage in stages(tree, job)})
        facts = {
            "path": one.path,
            "name": one.name,
            "system": one.system,
            "triggers": one.triggers.raw,
            "on_pull_request": one.triggers.pull_request,
            "on_push": one.triggers.push,
            "on_schedule": one.triggers.schedule,
            "reusable_only": one.triggers.reusable_only,
            "job_count": len(one.jobs),
            "actions": list(dict.fromkeys(step.uses for step in one.steps if step.uses)),
            "calls": list(dict.fromkeys(job.uses for job in one.jobs if job.uses)),
            "stages": found,
            "deploys": "deploy" in found,
            "has_concurrency": one.concurrency,
            "valid": one.valid,
        }
        yield _unit(one), one.place, facts


def _unit(pipeline: Pipeline) -> str:
    return f"{pipeline.path} {pipeline.name}" if pipeline.system == "tekton" and pipeline.name else pipeline.path


def _jobs(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in pipelines(tree):
        for job in one.jobs:
            container = image_facts(job.container.text if job.container else "")
            facts = {
                "path": job.path,
                "system": one.system,
                "workflow": one.name,
                "id": job.id,
                "name": job.name,
                "stage": job.stage,
                "uses": job.uses,
                "needs": job.needs,
                "runs_on": job.runs_on,
                "environment": job.environment,
                "condition": job.condition,
                "container": container.get("image"),
                "has_timeout": job.timeout,
                "manual": job.manual,
                "continue_on_error": job.continue_on_error,
                "step_count": len(job.steps),
                "stages": sorted(stages(tree, job)),
                "deploys": "deploy" in stages(tree, job),
            }
            yield _job_unit(one, job), job.place, facts


def _job_unit(pipeline: Pipeline, job: Job) -> str:
    return f"{_unit(pipeline)} job {job.id}"


def _steps(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in pipelines(tree):
        for job in one.jobs:
            for number, step in enumerate(job.steps, 1):
                facts = _step(step) | {"system": one.system, "job": job.id}
                yield f"{_job_unit(one, job)} step {step.id or step.name or step.uses or number}", step.place, facts


def _step(step: Step) -> dict[str, object]:
    return {
        "path": step.path,
        "name": step.name,
        "uses": step.uses,
        "action": step.action,
        "version": step.version,
        "run": step.run,
        "shell": step.shell,
        "condition": step.condition,
        "continue_on_error": step.continue_on_error,
        "inputs": list(step.with_),
    }


_PATH = Field("path", Kind.TEXT, "the file")
_SYSTEM = Field("system", Kind.TEXT, "what runs it: github, gitlab, azure, jenkins, tekton and others")
_STAGES = Field("stages", Kind.LIST, "what it does, such as build, test, scan, publish or deploy")
_DEPLOYS = Field("deploys", Kind.TRUTH, "whether a job of it deploys")

COLLECTIONS = (
    Collection(
        "workflows",
        "workflow",
        "Pipelines of every CI system, one row a file or document.",
        (
            _PATH,
            Field("name", Kind.TEXT, "as written; empty without one"),
            _SYSTEM,
            Field("triggers", Kind.LIST, "what starts it, as written"),
            Field("on_pull_request", Kind.TRUTH, "whether pull or merge requests start it"),
            Field("on_push", Kind.TRUTH, "whether pushes start it"),
            Field("on_schedule", Kind.TRUTH, "whether a timetable starts it"),
            Field("reusable_only", Kind.TRUTH, "whether only other workflows call it"),
            Field("job_count", Kind.NUMBER, "how many jobs it has"),
            Field("actions", Kind.LIST, "actions that its steps use, with their versions"),
            Field("calls", Kind.LIST, "reusable workflows that its jobs call, with their versions"),
            _STAGES,
            _DEPLOYS,
            Field("has_concurrency", Kind.TRUTH, "whether it bounds how many runs there are at once"),
            Field("valid", Kind.TRUTH, "whether its system would accept it"),
        ),
        _workflows,
    ),
    Collection(
        "jobs",
        "job",
        "Jobs of pipelines, or stages of systems that only have stages.",
        (
            _PATH,
            _SYSTEM,
            Field("workflow", Kind.TEXT, "the workflow's name"),
            Field("id", Kind.TEXT, "as its file calls it"),
            Field("name", Kind.TEXT, "as shown; empty without one"),
            Field("stage", Kind.TEXT, "the stage that it belongs to; empty without one"),
            Field("uses", Kind.TEXT, "the reusable workflow that it calls; empty for none"),
            Field("needs", Kind.LIST, "jobs that must have ended before"),
            Field("runs_on", Kind.LIST, "labels or images of what runs it"),
            Field("environment", Kind.TEXT, "the environment that it deploys to; empty for none"),
            Field("condition", Kind.TEXT, "when it runs, as written", free=True),
            Field("container", Kind.TEXT, "the image that it runs in; empty for none"),
            Field("has_timeout", Kind.TRUTH, "whether it ends by itself after some time"),
            Field("manual", Kind.TRUTH, "whether a person must start it"),
            Field("continue_on_error", Kind.TRUTH, "whether its failure is let pass"),
            Field("step_count", Kind.NUMBER, "how many steps it has"),
            _STAGES,
            _DEPLOYS,
        ),
        _jobs,
    ),
    Collection(
        "steps",
        "step",
        "Steps of jobs.",
        (
            _PATH,
            _SYSTEM,
            Field("job", Kind.TEXT, "the job's id"),
            Field("name", Kind.TEXT, "as written; empty without one"),
            Field("uses", Kind.TEXT, "the action or plugin with its version; empty for a script"),
            Field("action", Kind.TEXT, "the action without its version, in lower case"),
            Field("version", Kind.TEXT, "the action's version; empty without one"),
            Field(
                "run", Kind.TEXT, "the script's first 500 characters, secrets masked; empty for an action", free=True
            ),
            Field("shell", Kind.TEXT, "what runs the script, where it is named"),
            Field("condition", Kind.TEXT, "when it runs, as written", free=True),
            Field("continue_on_error", Kind.TRUTH, "whether its failure is let pass"),
            Field("inputs", Kind.LIST, "names of the inputs that are set"),
        ),
        _steps,
    ),
)
