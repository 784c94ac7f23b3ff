"""(pure) service.* and, where the options name them, pipelinerun.* and taskrun.* -> deployments."""

from ingest.parsers.cdevents.delivered import Delivered, Said, last_name
from ingest.parsers.cdevents.purl import read_purl
from ingest.parsers.named import Place, first_told, fits, place_of
from ingest.parsers.observation import DeploymentSeen, Ignored
from ingest.parsers.observation import Said as Facts

DEPLOYED = {"deployed": {}, "upgraded": {}, "rolledback": {"kind": "rollback"}}
OUTCOMES = {
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
    "cancel": "cancelled",
    "cancelled": "cancelled",
    "canceled": "cancelled",
}


def service(delivered: Delivered) -> Said:
    """A service that was deployed has succeeded then: no event tells of a start or a failure.

    The subject is the service, which is deployed again and again, so the event's own id tells its deployments apart.
    """
    if delivered.predicate not in DEPLOYED:
        return Ignored(f"A service that was {delivered.predicate} is no deployment.")
    artifact = read_purl(delivered.content.prose("artifactId"))
    said: Facts = {"terminal": "succeeded", **DEPLOYED[delivered.predicate]}
    version = first_told(delivered.custom, delivered.options.version_keys) or artifact.version
    said |= {name: value for name, value in (("version", version), ("sha", artifact.sha)) if value is not None}
    name = last_name(delivered.subject_id)
    place = _place(delivered, name or "")
    if not (place.service or name or artifact.repository):
        return Ignored("The subject's id names no service.")
    environment = delivered.reference("environment")
    return [
        DeploymentSeen(
            delivered.at,
            delivered.key,
            delivered.id_of(delivered.context.text("id")),
            place.service or name,
            artifact.repository,
            last_name(environment) or place.environment,
            None,
            said,
        )
    ]


def run(delivered: Delivered) -> Said:
    """A run of a pipeline or task that deploys. Its events share the run's id."""
    member, option = ("pipelineName", "pipelines") if delivered.name == "pipelinerun" else ("taskName", "tasks")
    name = delivered.content.maybe_text(member) or last_name(delivered.subject_id) or "unnamed"
    globs = delivered.options.pipelines if option == "pipelines" else delivered.options.tasks
    if not fits(globs, name):
        return Ignored(f"{name} is none that deploys: name it in the option {option} to count its runs.")
    at, said = delivered.at, Facts()
    if delivered.predicate == "finished":
        outcome = delivered.content.text("outcome", 50).lower()
        if outcome not in OUTCOMES:
            return Ignored(f"The outcome {outcome} says nothing of a deployment.")
        said["terminal"] = OUTCOMES[outcome]
    elif delivered.predicate == "started":
        said |= {"progress": "running", "started_at": at}
    elif delivered.predicate != "queued":
        return Ignored(f"Nothing is kept of a run that was {delivered.predicate}.")
    url, version = delivered.content.url("uri"), first_told(delivered.custom, delivered.options.version_keys)
    said |= {name: value for name, value in (("url", url), ("version", version)) if value}
    place = _place(delivered, name)
    external = delivered.id_of()
    return [DeploymentSeen(at, delivered.key, external, place.service or name, None, place.environment, None, said)]


def _place(delivered: Delivered, name: str) -> Place:
    return place_of(delivered.options, delivered.custom, name)
