"""(pure) Steps that fetch secrets from a vault, and by which identity."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.model import Job, Pipeline, Step
from scorecards.reading.pipelines.permissions import grant_of, logins
from scorecards.reading.pipelines.trails import trail
from scorecards.reading.pipelines.words import run_of

Identity = Literal["identity", "stored", "unknown"]
_IDENTITY_METHODS = ("jwt", "oidc", "kubernetes", "aws", "gcp", "azure")
_BY_CLOUD = ("aws-actions/aws-secretsmanager-get-secrets", "google-github-actions/get-secretmanager-secrets",
             "azure/get-keyvault-secrets", "azurekeyvault")  # fmt: skip
_STORED_TOKEN = ("1password/load-secrets-action", "dopplerhq/secrets-fetch-action", "bitwarden/sm-action",
                 "cyberark/conjur-action", "akeyless-community/akeyless-github-action")  # fmt: skip
_COMMANDS = (("vault", "kv"), ("vault", "read"), ("aws", "secretsmanager"), ("op", "read"), ("gcloud", "secrets"))


class Fetch(NamedTuple):
    """A fetch from a vault. ``method`` is how it proves who it is; ``weak`` what is long-lived or does not hold."""

    step: Step
    method: str
    identity: Identity
    weak: str
    places: tuple[Place, ...]
    spreads: bool = False


def fetches(tree: RepositoryTree, pipeline: Pipeline, job: Job) -> list[Fetch]:
    """The vault steps of a job."""
    found = [fetch for step in trail(tree, job).steps for fetch in _of_step(pipeline, job, step)]
    found += [fetch for step in job.steps for fetch in _of_commands(tree, pipeline, job, step)]
    if job.root is not None and pipeline.system == "gitlab" and job.root.has("secrets"):
        place = job.root.place_of("secrets")
        step = Step(job.path, place.line, "secrets")
        weak = "" if job.root.has("id_tokens") else "it names no id_tokens"
        found.append(Fetch(step, "id_tokens", "identity" if not weak else "stored", weak, (place,)))
    return found


def _of_step(pipeline: Pipeline, job: Job, step: Step) -> Iterator[Fetch]:
    place = Place(step.path, step.uses_line)
    if step.action.startswith("hashicorp/vault-action"):
        yield _of_vault_action(pipeline, job, step, place)
    elif step.action.startswith(_BY_CLOUD):
        ways = logins(pipeline, job)
        kept = [login for login in ways if not login.federated]
        weak = "a stored key opens the cloud" if kept else ""
        identity: Identity = "stored" if kept else "identity" if ways else "unknown"
        yield Fetch(step, "cloud identity", identity, weak, (place, *(login.place for login in kept)))
    elif step.action.startswith(_STORED_TOKEN):
        stored = not any("oidc" in name.lower() or "identity" in name.lower() for name in step.with_)
        yield Fetch(
            step, "token", "stored" if stored else "identity", "its token is stored" if stored else "", (place,)
        )
    elif step.uses in ("withVault", "vault"):
        yield Fetch(step, "credentials", "unknown", "", (place,))


def _of_vault_action(pipeline: Pipeline, job: Job, step: Step, place: Place) -> Fetch:
    method = step.given("method").lower() or "token"
    line = step.with_["method"].line if "method" in step.with_ else step.uses_line
    spreads = step.given("exportEnv").lower() != "false"
    if method not in _IDENTITY_METHODS:
        what = {"approle": "its secret id is stored", "token": "its token is stored"}.get(
            method, f"{method} logs in with a stored secret"
        )
        return Fetch(step, method, "stored", what, (place, Place(step.path, line)), spreads)
    weak = ""
    if method == "jwt" and not step.given("jwtPrivateKey") and grant_of(pipeline, job, "id-token") != "write":
        weak = "its job has no id-token: write"
    return Fetch(step, method, "identity", weak, (place, Place(step.path, line)), spreads)


def _of_commands(tree: RepositoryTree, pipeline: Pipeline, job: Job, step: Step) -> Iterator[Fetch]:
    for command in trail(tree, step).commands if step.run else ():
        run = run_of(command.words)
        if (run.program, *run.plain[:1]) in _COMMANDS:
            stored = any(
                "token" in name.lower() and "secrets." in value.text for name, value in {**job.env, **step.env}.items()
            )
            kept = [login for login in logins(pipeline, job) if not login.federated]
            identity: Identity = "stored" if stored or kept else "identity" if logins(pipeline, job) else "unknown"
            weak = "its token or key is stored" if identity == "stored" else ""
            yield Fetch(step, run.program, identity, weak, (command.place,))
            return
