"""(pure) Secrets come from the platform's store and reach only the steps that need them."""

import re
from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Job, Pipeline, marks, pipelines
from scorecards.reading.pipelines.github import local
from scorecards.reading.pipelines.model import EnvValue
from scorecards.reading.pipelines.secrets import dumps_context, inherits, secret_lines, uses_secret
from scorecards.reading.pipelines.units import unit_of
from scorecards.reading.secret_names import is_literal_secret, masked

_LOCAL_ADDRESS = re.compile(r"@?(?:localhost|127\.0\.0\.1|host\.docker\.internal)\b")
_SYSTEMS = (
    "github",
    "gitlab",
    "azure",
    "bitbucket",
    "circleci",
    "drone",
    "woodpecker",
    "buildkite",
    "travis",
    "tekton",
)
_BOUND = ("github", "gitlab", "azure", "bitbucket")  # systems whose jobs name an environment


@check("pipeline-secrets-exposed-narrowly")
def pipeline_secrets_exposed_narrowly(subject: Subject) -> Iterator[Finding]:
    """No secret is written out, dumped or handed to others; deployments name an environment."""
    for pipeline in pipelines(subject.tree):
        if pipeline.system in _SYSTEMS and pipeline.root is not None:
            yield _judged(subject, pipeline)


def _judged(subject: Subject, pipeline: Pipeline) -> Finding:
    unit = unit_of(pipeline)
    literal = list(_literals(pipeline))
    if literal:
        name, value, _ = literal[0]
        places = [Place(path, value.line) for _, value, path in literal]
        text = f"{name} is written out ({masked(value.text)}): keep it in the platform's secret store."
        return failed(unit, text, *places, value=f"literal {name}")
    dumped = [Place(pipeline.path, node.line) for _, node in pipeline.root.walk(_is_dump)] if pipeline.root else []
    if dumped:
        return failed(unit, "It takes all secrets at once: name those that it needs.", *dumped, value="dump")
    handed = _handed_on(subject, pipeline)
    return handed if handed is not None else _exposed(subject, pipeline)


def _is_dump(node: object) -> bool:
    return dumps_context(getattr(node, "raw", ""))


def _literals(pipeline: Pipeline) -> Iterator[tuple[str, EnvValue, str]]:
    """(name, value, file) of secrets that stand in the file; those of services and local addresses are none."""
    sources = [(pipeline.path, pipeline.env)]
    sources += [(job.path, job.env) for job in pipeline.jobs]
    sources += [(step.path, values) for step in pipeline.steps for values in (step.env, step.with_)]
    known = {value.text for job in pipeline.jobs for service in job.services for value in service.env.values()}
    for path, values in sources:
        for name, value in values.items():
            is_local = value.text in known or _LOCAL_ADDRESS.search(value.text[:500])
            if not is_local and is_literal_secret(name, value.text) and "\n" not in value.text:
                yield name, value, path


def _handed_on(subject: Subject, pipeline: Pipeline) -> Finding | None:
    """All secrets given to a workflow of somebody else; ``None`` where that does not happen."""
    owner = subject.options.workflow_owner.lower() or subject.owner
    for job in pipeline.jobs:
        if not inherits(job) or local(job.uses) is not None:
            continue
        place = Place(job.path, job.root.line_of("secrets") if job.root is not None else job.line)
        if not owner:
            text = f"It hands all secrets to {job.uses[:60]}; whether that is its owner's can't be told."
            return unknown(pipeline.path, text, place, value="inherit")
        if job.uses.partition("/")[0].lower() != owner:
            text = f"It hands all secrets to {job.uses[:60]}: name those that it needs."
            return failed(pipeline.path, text, place, value="inherit")
    return None


def _exposed(subject: Subject, pipeline: Pipeline) -> Finding:
    unit = unit_of(pipeline)
    deploying = [job for job in pipeline.jobs if any(mark.stage == "deploy" for mark in marks(subject.tree, job))]
    if not uses_secret(pipeline) and not deploying:
        return not_applicable(unit, "It uses no secret and deploys nothing.")
    wide = secret_lines(pipeline.env)
    places = [Place(pipeline.path, value.line) for value in wide]
    open_jobs = _without_environment(pipeline, deploying)
    if wide:
        names = [name for name, value in pipeline.env.items() if value in wide]
        text = f"{names[0]} reaches every step, also those of others: set it where it is needed."
        return partial(unit, text, *places, *[job.place for job in open_jobs], value="workflow env")
    if open_jobs:
        text = f"“{open_jobs[0].id}” deploys without naming an environment, so nothing scopes its secrets."
        return partial(unit, text, *[job.place for job in open_jobs], value="no environment")
    return passed(unit, "Secrets are set where they are needed.", *_environments(deploying), value="narrow")


def _without_environment(pipeline: Pipeline, deploying: Sequence[Job]) -> list[Job]:
    if pipeline.system not in _BOUND:
        return []
    return [job for job in deploying if not job.environment and local(job.uses) is None and not job.uses]


def _environments(deploying: Sequence[Job]) -> list[Place]:
    return [Place(job.path, job.environment_line) for job in deploying if job.environment_line]
