"""(pure) The workflow's token may do as little as possible, and clouds are entered by identity."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import Pipeline, pipelines
from scorecards.reading.pipelines.permissions import Login, grant_of, logins, writes
from scorecards.reading.pipelines.untrusted import untrusted_checkout


@check("workflow-token-has-least-privilege")
def workflow_token_has_least_privilege(subject: Subject) -> Iterator[Finding]:
    """Every workflow names its token's permissions, grants writing to single jobs, and logs in by identity."""
    for pipeline in pipelines(subject.tree):
        if pipeline.system == "github" and pipeline.root is not None:
            yield _judged(pipeline)


def _judged(pipeline: Pipeline) -> Finding:
    unit = pipeline.path
    untrusted = next((place for job in pipeline.jobs if (place := untrusted_checkout(pipeline, job))), None)
    if untrusted is not None:
        text = "It checks out a stranger's code with a privileged token: use pull_request, or never run that code."
        return failed(unit, text, untrusted, Place(unit, pipeline.triggers.line), value="untrusted checkout")
    bare = [job for job in pipeline.jobs if job.permissions is None]
    if pipeline.permissions is None and bare:
        return _unsaid(pipeline, bare[0].id)
    if writes(pipeline.permissions) == ("write-all",):
        return failed(
            unit, "permissions is write-all: name the scopes that are needed.", _block(pipeline), value="write-all"
        )
    everything = next((job for job in pipeline.jobs if writes(job.permissions) == ("write-all",)), None)
    if everything is not None and everything.root is not None:
        text = f"The job {everything.id} has write-all: name the scopes that it needs."
        return failed(unit, text, everything.root.place_of("permissions"), value="write-all")
    return _granted(pipeline)


def _unsaid(pipeline: Pipeline, job: str) -> Finding:
    if pipeline.triggers.reusable_only:
        return not_applicable(pipeline.path, "Its callers grant the token of a workflow that is only called.")
    text = "It has no permissions block, so its token may do whatever the default is: add permissions."
    if any(other.permissions is not None for other in pipeline.jobs):
        text = f"Neither it nor its job {job} has permissions: add a block at the top."
    return failed(pipeline.path, text, Place(pipeline.path, 1), value="none")


def _granted(pipeline: Pipeline) -> Finding:
    found = [(job, login) for job in pipeline.jobs for login in logins(pipeline, job)]
    static = [login for _, login in found if not login.federated]
    if static:
        text = f"A stored key opens a cloud ({static[0].how}): assume a role by OIDC instead."
        return partial(pipeline.path, text, *_places(static), _block(pipeline), value="static key")
    idle = [login for job, login in found if grant_of(pipeline, job, "id-token") != "write"]
    if idle and not pipeline.triggers.reusable_only:
        text = f"{idle[0].how} needs id-token: write, which its job does not have."
        return partial(pipeline.path, text, *_places(idle), _block(pipeline), value="no id-token")
    wide = writes(pipeline.permissions)
    if wide and len(pipeline.jobs) > 1:
        text = f"All jobs may write {', '.join(wide[:3])}: grant that to the job that needs it."
        return partial(pipeline.path, text, _block(pipeline), value=f"write {' '.join(sorted(wide))}")
    return passed(
        pipeline.path, "It names what its token may do.", _block(pipeline), *_places([login for _, login in found])
    )


def _block(pipeline: Pipeline) -> Place:
    node = pipeline.permissions
    if node is None:
        node = next((job.permissions for job in pipeline.jobs if job.permissions is not None), None)
    if node is None:
        return Place(pipeline.path, 1)
    return Place(pipeline.path, node.line if node.is_scalar else max(node.line - 1, 1))


def _places(found: list[Login]) -> list[Place]:
    return [login.place for login in found]
