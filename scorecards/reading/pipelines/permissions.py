"""(pure) What a workflow's token may do, and how its jobs get into clouds."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.node import Node, Place
from scorecards.reading.pipelines.model import Job, Pipeline, Step, Values

# Logging in by the workflow's identity; facts of the actions' own descriptions.
_FEDERATED = {
    "aws-actions/configure-aws-credentials": ("role-to-assume",),
    "google-github-actions/auth": ("workload_identity_provider",),
    "azure/login": ("client-id",),
}
_STATIC_INPUTS = {
    "aws-actions/configure-aws-credentials": ("aws-access-key-id",),
    "google-github-actions/auth": ("credentials_json",),
    "google-github-actions/setup-gcloud": ("service_account_key",),
    "azure/login": ("creds", "client-secret"),
}
_STATIC_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "GOOGLE_CREDENTIALS", "GCP_SA_KEY", "ARM_CLIENT_SECRET",
                 "AZURE_CLIENT_SECRET", "AZURE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS_JSON")  # fmt: skip


class Login(NamedTuple):
    """A way into a cloud. ``federated``: by identity; else with a key that is kept."""

    federated: bool
    how: str
    path: str
    line: int

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)


Grant = Literal["write", "read", "none", ""]


def granted(node: Node | None, scope: str) -> Grant:
    """What a permissions block grants of a scope; empty without a block."""
    if node is None:
        return ""
    if node.is_scalar:
        return "write" if node.text == "write-all" else "read" if node.text == "read-all" else "none"
    value = node.text_at(scope)
    return value if value in ("write", "read") else "none"  # type: ignore[return-value]


def grant_of(pipeline: Pipeline, job: Job, scope: str) -> Grant:
    """What a job's token may do: its own block replaces the workflow's; empty where neither says."""
    return granted(job.permissions if job.permissions is not None else pipeline.permissions, scope)


def writes(node: Node | None) -> tuple[str, ...]:
    """The scopes that a block lets write; ``write-all`` is told as itself."""
    if node is None:
        return ()
    if node.is_scalar:
        return ("write-all",) if node.text == "write-all" else ()
    return tuple(name for name, _, value in node.members() if value.text == "write")


def logins(pipeline: Pipeline, job: Job) -> list[Login]:
    """How a job gets into clouds."""
    found = [login for step in job.steps for login in _of_step(step)]
    for path, values in ((pipeline.path, pipeline.env), (job.path, job.env)):
        found += _of_values(path, values)
    return found


def _of_step(step: Step) -> Iterator[Login]:
    static = [name for name in _STATIC_INPUTS.get(step.action, ()) if step.given(name)]
    if static:
        yield Login(False, static[0], step.path, step.with_[static[0]].line)
    elif _is_federated(step):
        yield Login(True, step.action, step.path, step.uses_line)
    yield from _of_values(step.path, step.env)
    if not static and not step.action.startswith(tuple(_FEDERATED)):
        yield from _of_values(step.path, step.with_)


def _is_federated(step: Step) -> bool:
    if step.action.startswith("hashicorp/vault-action"):
        return step.given("method").lower() == "jwt"
    return any(step.given(name) for name in _FEDERATED.get(step.action, ()))


def _of_values(path: str, values: Values) -> Iterator[Login]:
    for name, value in values.items():
        kept = next((known for known in _STATIC_NAMES if known in name.upper() or f"secrets.{known}" in value.text), "")
        if kept and "secrets." in value.text:
            yield Login(False, kept, path, value.line)
            return
