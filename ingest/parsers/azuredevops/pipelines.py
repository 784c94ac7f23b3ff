"""(pure) Runs of YAML pipelines, their stages and jobs, and builds -> deployments, as the options say."""

from datetime import datetime

from ingest.parsers.azuredevops.delivered import Delivered, display_name, link, maybe_when, repository_id
from ingest.parsers.fields import Fields, as_sha
from ingest.parsers.named import first_told, fits, object_or_none, place_of, told_in
from ingest.parsers.observation import DeploymentSeen, Ignored, Outcome, RepositoryRef, Said
from ingest.parsers.repositories import repository_of_url

HEADS = "refs/heads/"
RUNNING = ("running", "inprogress")
TERMINAL = {
    "succeeded": "succeeded",
    "partiallysucceeded": "succeeded",
    "failed": "failed",
    "canceled": "cancelled",
    "rejected": "cancelled",
    "stopped": "cancelled",
}


def stage(delivered: Delivered) -> Outcome:
    """A stage of a run. Each attempt of a stage is a deployment of its own."""
    told = delivered.resource.child("stage")
    if delivered.options.deploys_by != "stages":
        return _not_counted(delivered, "Stages")
    name = told.text("name")
    shown = told.maybe_text("displayName") or name
    if not fits(delivered.options.stages, name, shown):
        return Ignored(f"The stage {name} fits none of {', '.join(delivered.options.stages)} (option stages).")
    return _part(delivered, told, shown, "stage", name, _attempt(told))


def job(delivered: Delivered) -> Outcome:
    told, its_stage = delivered.resource.child("job"), delivered.resource.maybe_child("stage")
    if delivered.options.deploys_by != "jobs":
        return _not_counted(delivered, "Jobs")
    name, within = told.text("name"), its_stage.maybe_text("name") if its_stage else None
    if not fits(delivered.options.jobs, name):
        return Ignored(f"The job {name} fits none of {', '.join(delivered.options.jobs)} (option jobs).")
    return _part(delivered, told, within or name, "job", within, name, _attempt(told))


def run(delivered: Delivered) -> Outcome:
    if delivered.options.deploys_by != "runs":
        return _not_counted(delivered, "Runs")
    return _part(delivered, delivered.resource.child("run"), "")


def build(delivered: Delivered) -> Outcome:
    """A build that ended. The older form tells the result as its status."""
    told, options = delivered.resource, delivered.options
    if options.deploys_by != "builds":
        return _not_counted(delivered, "Builds")
    definition, branch = told.child("definition").text("name"), told.prose("sourceBranch").removeprefix(HEADS)
    refused = _refusal(delivered, definition, branch)
    if refused is not None:
        return refused
    status = told.text("status", 50)
    result = (told.maybe_text("result", 50) or status).lower()
    if result not in TERMINAL:
        return Ignored(f"The result {result} says nothing of how the build went.")
    said: Said = {"terminal": TERMINAL[result], "url": link(told)}
    started_at = maybe_when(told, "startTime")
    if started_at is not None:
        said["started_at"] = started_at
    sha = as_sha(told.raw("sourceVersion")) or as_sha(told.prose("sourceGetVersion").rpartition(":")[2])
    said |= {"sha": sha} if sha is not None else {"version": told.text("buildNumber")}
    at = maybe_when(told, "finishTime") or delivered.at
    place = place_of(options, {}, definition)
    external = delivered.id_of("run", told.number("id"))
    service = place.service or definition
    return [DeploymentSeen(at, delivered.key, external, service, None, place.environment, None, said)]


def _not_counted(delivered: Delivered, what: str) -> Ignored:
    return Ignored(f"{what} are no deployments here (deploys_by is {delivered.options.deploys_by}).")


def _refusal(delivered: Delivered, pipeline: str, branch: str) -> Ignored | None:
    options = delivered.options
    if not fits(options.pipelines, pipeline):
        return Ignored(f"The pipeline {pipeline} fits none of {', '.join(options.pipelines)} (option pipelines).")
    if branch and not fits(options.branches, branch):
        return Ignored(f"The branch {branch} fits none of {', '.join(options.branches)} (option branches).")
    return None


def _attempt(told: Fields) -> int | None:
    """``None`` for the first, which not every form of the event tells."""
    attempt = told.maybe_number("attempt") or 1
    return attempt if attempt > 1 else None


def _part(delivered: Delivered, told: Fields, stage_name: str, *parts: str | int | None) -> Outcome:
    """A run, or a part of one, as a deployment."""
    its_run = delivered.resource.child("run")
    pipeline = (delivered.resource.maybe_child("pipeline") or its_run.child("pipeline")).text("name")
    version, branch = _checked_out(its_run)
    refused = _refusal(delivered, pipeline, branch)
    if refused is not None:
        return refused
    outcome = _outcome(delivered, told)
    if isinstance(outcome, Ignored):
        return outcome
    at, said = outcome
    repository, sha = _repository(delivered)
    sha = sha or version
    if sha is not None:
        said["sha"] = sha
    told_by_run = told_in(object_or_none(its_run, "templateParameters"))
    named_version = first_told(told_by_run, delivered.options.version_keys)
    if named_version is not None or sha is None:
        said["version"] = named_version or its_run.text("name")  # else the commit stands in: a run's name says nothing
    said["url"] = link(told) or link(its_run)
    by = display_name(delivered.resource.maybe_child("requestedFor"))
    if by:
        said["by"] = by[:300]
    names = [name for name in (f"{pipeline}/{stage_name}" if stage_name else "", pipeline, stage_name) if name]
    place = place_of(delivered.options, told_by_run, *names)
    environment = place.environment if place.told or not stage_name else _environment(stage_name)
    service = place.service or (None if repository else pipeline)
    external = delivered.id_of("run", its_run.number("id"), *parts)
    return [
        DeploymentSeen(at, delivered.key, external, service, repository, environment or place.environment, None, said)
    ]


def _environment(stage_name: str) -> str:
    """``Production`` of a stage named ``Deploy_to_Production``: what is left without the words for deploying."""
    words = [word for word in stage_name.replace("_", " ").replace("-", " ").split()
             if word.lower() not in ("deploy", "deployment", "release", "to", "stage", "the")]  # fmt: skip
    return "-".join(words)


def _outcome(delivered: Delivered, told: Fields) -> tuple[datetime, Said] | Ignored:
    state = told.text("state", 50).lower()
    started_at = maybe_when(told, "startTime") or maybe_when(told, "createdDate")
    said: Said = {"started_at": started_at} if started_at else {}
    if state in RUNNING:
        return started_at or delivered.at, {"started_at": delivered.at} | said | {"progress": "running"}
    if state != "completed":
        return Ignored(f"The state {state} says nothing of how it went.")
    result = told.text("result", 50).lower()
    if result not in TERMINAL:
        return Ignored(f"The result {result} says nothing of how it went.")
    at = maybe_when(told, "finishTime") or maybe_when(told, "finishedDate") or delivered.at
    return at, said | {"terminal": TERMINAL[result]}


def _checked_out(its_run: Fields) -> tuple[str | None, str]:
    """The commit and branch of the repository that holds the pipeline."""
    resources = its_run.maybe_child("resources")
    repositories = resources.maybe_child("repositories") if resources else None
    own = repositories.maybe_child("self") if repositories else None
    return (as_sha(own.raw("version")), own.prose("refName").removeprefix(HEADS)) if own else (None, "")


def _repository(delivered: Delivered) -> tuple[RepositoryRef | None, str | None]:
    """The pipeline's own repository and commit; else the only one that it checks out."""
    told = delivered.resource.children("repositories")
    own = [one for one in told if one.raw("alias") == "self"] or (told if len(told) == 1 else [])
    if not own:
        return None, None
    found = repository_of_url(own[0].prose("url"))
    change, number = own[0].maybe_child("change"), own[0].maybe_text("id", 100)
    sha = as_sha(change.raw("version")) if change else None
    if found is None:
        return None, None
    azure = own[0].prose("type").lower() in ("git", "tfsgit", "azurereposgit")
    return found._replace(external_id=repository_id(own[0].prose("url"), number) if azure and number else ""), sha
