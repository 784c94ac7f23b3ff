"""(pure) Which secrets a pipeline reaches, and under which names its scripts know them."""

import re
from collections.abc import Iterator, Mapping

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.expressions import expressions
from scorecards.reading.pipelines.model import EnvValue, Job, Pipeline, Step, Values
from scorecards.reading.secret_names import is_secret_name

_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*([A-Za-z_][A-Za-z0-9_]*)|\[\s*['\"]([^'\"]{1,100})['\"]\s*\])")
_DUMP = re.compile(r"toJSON\s*\(\s*secrets\s*\)", re.I)
_VAULT_NAME = re.compile(r"\|\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:;|$)", re.M)
_CREDENTIALS = re.compile(r"^credentials\s*\(")


def secrets_in(text: str) -> list[str]:
    """The names of the secrets that a text's expressions hold."""
    if "secrets" not in text:
        return []
    return [name or quoted for found in expressions(text) for name, quoted in _SECRET.findall(found.text)]


def dumps_context(text: str) -> bool:
    """Whether a text takes all secrets at once."""
    return "secrets" in text and any(_DUMP.search(found.text) for found in expressions(text))


def uses_secret(pipeline: Pipeline) -> bool:
    """Whether a workflow takes any secret, or hands all on."""
    return any("secrets." in text or text == "inherit" or "secrets[" in text for text in _texts(pipeline.root))


def _texts(root: Node | None) -> Iterator[str]:
    for _, node in root.walk() if root is not None else ():
        if node.is_scalar and ("secrets" in node.raw or node.raw == "inherit"):
            yield node.raw


def carriers(tree: RepositoryTree, pipeline: Pipeline, job: Job, step: Step) -> Mapping[str, str]:
    """The variables of a step's script that hold a secret, and where each comes from.

    From the environment of workflow, job and step; from a vault in an earlier step; in Jenkins from credentials.
    """
    found = dict(tree.derive(_of_both, pipeline, job))
    found.update(_of_values(step.env))
    position = tree.derive(_positions, job).get(step, 0)
    found.update((name, what) for index, name, what in tree.derive(_bound, job) if index < position)
    return found


def _positions(tree: RepositoryTree, job: Job) -> dict[Step, int]:
    return {step: index for index, step in enumerate(job.steps)}


def _of_both(tree: RepositoryTree, pipeline: Pipeline, job: Job) -> dict[str, str]:
    return dict([*_of_values(pipeline.env), *_of_values(job.env)])


def _bound(tree: RepositoryTree, job: Job) -> list[tuple[int, str, str]]:
    """(index of the step, variable, what it holds) of what vaults and bindings give to the steps behind them."""
    return [(index, *bound) for index, step in enumerate(job.steps) for bound in (*_of_vault(step), *_of_binding(step))]


def _of_values(values: Values) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        names = [secret for secret in secrets_in(value.text) if secret.upper() != "GITHUB_TOKEN"]
        if names:
            yield name, f"secrets.{names[0]}"
        elif "secrets.GITHUB_TOKEN" in value.text or "github.token" in value.text:
            yield name, "the workflow's token"
        elif _CREDENTIALS.match(value.text):
            yield name, "credentials()"
        elif "steps." in value.text and is_secret_name(name) and "outputs" in value.text:
            yield name, "a step's output"


def _of_vault(step: Step) -> Iterator[tuple[str, str]]:
    if not step.action.startswith("hashicorp/vault-action") or step.given("exportEnv").lower() == "false":
        return
    text = step.given("secrets")
    for name in _VAULT_NAME.findall(text):
        yield name, "a vault"


_BINDING = re.compile(r"\b(?:\w*[vV]ariable)\s*:\s*['\"]([A-Za-z_][A-Za-z0-9_]*)['\"]")


def _of_binding(step: Step) -> Iterator[tuple[str, str]]:
    """The variables that Jenkins binds to credentials."""
    if step.uses == "withCredentials":
        for name in _BINDING.findall(step.given("arguments")[:5_000]):
            yield name, "credentials()"


def secret_lines(values: Values) -> list[EnvValue]:
    """The values that hold a secret."""
    return [value for value in values.values() if secrets_in(value.text)]


def inherits(job: Job) -> bool:
    """Whether a job hands all secrets to the workflow that it calls."""
    return bool(job.uses) and job.root is not None and job.root.text_at("secrets") == "inherit"
