"""(pure) How findings name pipelines, jobs and steps: without lines, the same after an edit around them."""

from scorecards.reading.pipelines.model import Job, Pipeline, Step


def unit_of(pipeline: Pipeline) -> str:
    """The file; with the pipeline's name where a file holds several."""
    several = pipeline.system in ("bitbucket", "circleci", "tekton", "drone")
    return f"{pipeline.path} ({pipeline.name})" if several and pipeline.name else pipeline.path


def job_unit(pipeline: Pipeline, job: Job) -> str:
    return f"{unit_of(pipeline)} {job.id}"


def step_unit(pipeline: Pipeline, job: Job, step: Step) -> str:
    """A step by its name or id, numbered where several have the same; one without either by its place in the job."""
    label = step.name or step.id
    alike = [other for other in job.steps if (other.name or other.id) == label]
    number = next((at for at, other in enumerate(alike, 1) if other is step), 0)
    if not label:
        label = f"step {next((at for at, other in enumerate(job.steps, 1) if other is step), 0)}"
    elif number > 1:
        label = f"{label} ({number})"
    return f"{job_unit(pipeline, job)}: {label[:100]}"
