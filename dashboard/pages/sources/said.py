"""(pure) What an observation says, in a few words for a list."""

from collections import Counter
from collections.abc import Sequence

from dashboard.formats import plural, sha_text
from ingest.parsers.observation import (
    ChangeSeen,
    DeploymentSeen,
    IncidentSeen,
    Observation,
    PullRequestSeen,
    RepositoryRef,
    RepositorySeen,
    ServiceSeen,
    TeamSeen,
)

NUMBER_DIGITS = 12
PULL_REQUEST = (("merged_at", "merged"), ("closed_at", "closed"), ("approved_at", "approved"),
                ("first_review_at", "reviewed"), ("opened_at", "opened"))  # fmt: skip
NAMES = {
    DeploymentSeen: ("deployment", "deployments"),
    ChangeSeen: ("change", "changes"),
    PullRequestSeen: ("pull request", "pull requests"),
    IncidentSeen: ("incident", "incidents"),
    RepositorySeen: ("repository", "repositories"),
    ServiceSeen: ("service", "services"),
    TeamSeen: ("team", "teams"),
}


def together(told: Sequence[Observation]) -> list[Observation]:
    """What is told of one deployment, incident or pull request in several observations, as one: the later word wins."""
    found: dict[object, Observation] = {}
    for place, seen in enumerate(told):
        match seen:
            case DeploymentSeen() | IncidentSeen():
                name: object = (type(seen), seen.external_id)
            case PullRequestSeen():
                name = (type(seen), seen.number, seen.repository)
            case _:
                name = place
        before = found.get(name)
        found[name] = seen._replace(said={**before.said, **seen.said}) if isinstance(before, type(seen)) else seen
    return list(found.values())


def sentence(seen: Observation) -> str:
    """Such as "deployment 77 of pay to production: succeeded"."""
    match seen:
        case DeploymentSeen():
            return _deployment(seen)
        case IncidentSeen():
            return _incident(seen)
        case PullRequestSeen():
            state = next((word for name, word in PULL_REQUEST if seen.said.get(name)), "told of")
            return f"pull request {seen.number}{_of(seen.service, seen.repository)}: {state}"
        case ChangeSeen():
            return f"change {sha_text(seen.sha)}{_of(seen.service, seen.repository)}"
        case RepositorySeen():
            return f"repository {seen.repository.name}"
        case ServiceSeen():
            return f"service {seen.service}"
    return f"team {seen.team}"


def _deployment(seen: DeploymentSeen) -> str:
    last = seen.external_id.rpartition("/")[2]
    number = last if last.isdigit() and len(last) <= NUMBER_DIGITS else seen.said.get("version") or ""
    where = f" to {seen.environment}" if seen.environment else ""
    state = seen.said.get("terminal") or seen.said.get("progress")
    return (
        f"deployment {number}".rstrip() + _of(seen.service, seen.repository) + where + (f": {state}" if state else "")
    )


def _incident(seen: IncidentSeen) -> str:
    said, title = seen.said, str(seen.said.get("title") or "")[:80]
    if said.get("resolved_at"):
        state = "resolved"
    elif said.get("acknowledged_at"):
        state = "acknowledged"
    else:
        state = "opened" if said.get("opened_at") else "told of"
    told = [state, *([str(said["severity"])] if said.get("severity") else [])]
    return "incident" + _of(seen.service, seen.repository) + (f" “{title}”" if title else "") + ": " + ", ".join(told)


def _of(service: str | None, repository: RepositoryRef | None) -> str:
    name = service or (repository.name if repository else "")
    return f" of {name}" if name else ""


def counted(observations: Sequence[Observation]) -> str:
    """Such as "3 changes, 1 pull request"."""
    counts = Counter(type(seen) for seen in observations)
    return ", ".join(plural(count, *NAMES[kind]) for kind, count in counts.items())
