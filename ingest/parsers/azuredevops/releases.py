"""(pure) ms.vss-release.deployment-{started,completed}-event -> deployments of a classic release to a stage."""

from datetime import datetime

from ingest.parsers.azuredevops.delivered import Delivered, display_name, link, maybe_when
from ingest.parsers.fields import Fields, as_sha
from ingest.parsers.named import as_name, fits, place_of, told_in
from ingest.parsers.observation import DeploymentSeen, Ignored, Outcome, RepositoryRef, Said
from ingest.parsers.repositories import repository_named

TERMINAL = {
    "succeeded": "succeeded",
    "partiallysucceeded": "succeeded",
    "failed": "failed",
    "rejected": "failed",
    "canceled": "cancelled",
    "notdeployed": "cancelled",
}


def release_started(delivered: Delivered) -> Outcome:
    at = delivered.at
    return _deployment(delivered, at, {"progress": "running", "started_at": at})


def release_completed(delivered: Delivered) -> Outcome:
    """Rejected is what the platform calls a stage whose deployment failed."""
    deployment = delivered.resource.maybe_child("deployment")
    told = deployment.maybe_text("deploymentStatus", 50) if deployment else None
    status = (told or delivered.resource.child("environment").text("status", 50)).lower()
    if status not in TERMINAL:
        return Ignored(f"The status {status} says nothing of how the deployment went.")
    said: Said = {"terminal": TERMINAL[status]}
    at = (maybe_when(deployment, "completedOn") if deployment else None) or delivered.at
    started_at = maybe_when(deployment, "startedOn") if deployment else None
    if started_at is not None:
        said["started_at"] = started_at
    return _deployment(delivered, at, said)


def _deployment(delivered: Delivered, at: datetime, said: Said) -> Outcome:
    if delivered.options.deploys_by != "stages":
        return Ignored(f"Stages of releases are no deployments here (deploys_by is {delivered.options.deploys_by}).")
    environment = delivered.resource.child("environment")
    definition = _definition(delivered)
    if not fits(delivered.options.pipelines, definition):
        return Ignored(f"{definition} fits none of {', '.join(delivered.options.pipelines)} (option pipelines).")
    stage = environment.text("name")
    release = environment.maybe_child("release")
    said = dict(said)
    if release is not None and release.maybe_text("name") is not None:
        said |= {"version": release.text("name"), "url": link(release)}
    sha, repository = _source(delivered)
    if sha is not None:
        said["sha"] = sha
    deployment = delivered.resource.maybe_child("deployment")
    by = display_name(deployment.maybe_child("requestedFor") if deployment else None)
    if by:
        said["by"] = by[:300]
    place = place_of(delivered.options, told_in(_variables(environment)), f"{definition}/{stage}", definition, stage)
    service = place.service or definition  # not the repository's: the event of the start tells no repository
    name = place.environment if place.told else stage
    external = delivered.id_of("release", environment.number("id"), _attempt(delivered, environment))
    return [DeploymentSeen(at, delivered.key, external, service, repository, name, None, said)]


def _definition(delivered: Delivered) -> str:
    """The release pipeline's name; where no event's form tells it, the project's."""
    for name in ("environment", "deployment", "release"):
        holder = delivered.resource.maybe_child(name)
        found = holder.maybe_child("releaseDefinition") if holder else None
        told = found.maybe_text("name") if found else None
        if told is not None:
            return told
    return delivered.resource.child("project").text("name")


def _variables(environment: Fields) -> dict[str, str]:
    """The stage's variables that are no secrets."""
    variables = environment.raw("variables")
    held = (
        {name: one for name, one in variables.items() if isinstance(one, dict)} if isinstance(variables, dict) else {}
    )
    named = {name: as_name(one.get("value")) for name, one in held.items() if one.get("isSecret") is not True}
    return {name: value for name, value in named.items() if value is not None}


def _attempt(delivered: Delivered, environment: Fields) -> int:
    """A stage that is deployed again is another deployment."""
    told = delivered.resource.maybe_number("attemptId")
    deployment = delivered.resource.maybe_child("deployment")
    if told is None and deployment is not None:
        told = deployment.maybe_number("attempt")
    steps = [step.maybe_number("attempt") or 0 for step in environment.children("deploySteps")]
    return told or max(steps, default=0) or 1


def _source(delivered: Delivered) -> tuple[str | None, RepositoryRef | None]:
    """The commit and repository of the release's primary artifact, where it tells them."""
    deployment = delivered.resource.maybe_child("deployment")
    release = (deployment.maybe_child("release") if deployment else None) or delivered.resource.maybe_child("release")
    artifacts = release.children("artifacts") if release else []
    primary = next((one for one in artifacts if one.raw("isPrimary") is True), artifacts[0] if artifacts else None)
    reference = primary.maybe_child("definitionReference") if primary else None
    if reference is None:
        return None, None
    found = {
        name: child.maybe_text(part)
        for name, part in (("sourceVersion", "id"), ("repository", "name"))
        if (child := reference.maybe_child(name)) is not None
    }
    name = found.get("repository")
    return as_sha(found.get("sourceVersion")), repository_named(name) if name and "/" in name else None
