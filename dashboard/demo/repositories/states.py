"""(pure) Each state of each demo repository: its files, its past and the commit that stands for it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha1
from typing import NamedTuple

from dashboard.demo.company import Service
from dashboard.demo.repositories.care import DAYS_AGO, Step, services, shape, steps
from dashboard.demo.repositories.past import DemoPast, past
from dashboard.demo.repositories.sheets import filled, sheet
from ingest.repository.memory import tree_of
from ingest.repository.tree import RepositoryTree
from scorecards.reading.subject import Fleet

_PROMOTED_IN = {
    "go": "charts/{}/values-production.yaml",
    "java": "deploy/production/kustomization.yaml",
    "terraform": "live/production/main.tf",
}
_BACKUP_BY = {"go": "helm get values {0} --namespace {0} --output yaml"}


class State(NamedTuple):
    """A repository at a commit. ``name``: owner/name."""

    service: Service
    name: str
    commit: str
    at: datetime
    files: dict[str, str]
    past: DemoPast

    def tree(self) -> RepositoryTree:
        return tree_of(self.files)


def states(seed: int, now: datetime) -> list[list[State]]:
    """The states that are new at each of ``DAYS_AGO``, in that order. The same arguments give the same states."""
    found: list[list[State]] = [[] for _ in DAYS_AGO]
    for service in services():
        for step in steps(service):
            found[step.number].append(_state(service, step, seed, now))
    return found


def fleet() -> Fleet:
    """What the organisation's other repositories are known to hold: its directory, its process, who is on call."""
    return Fleet(
        repositories=frozenset(service.repository for service in services()),
        entities=frozenset(f"group:default/{service.team.slug}" for service in services() if service.team.slug),
        services=frozenset({"rollback.platform"}),
        on_call=frozenset(_called()),
        incident_process=True,
    )


def _called() -> Iterator[str]:
    """Services that the on-call schedules of the platform know."""
    for service in services():
        if service.team.slug in ("checkout", "identity", "platform", "payments", "search"):
            yield service.slug


def _state(service: Service, step: Step, seed: int, now: datetime) -> State:
    at = now - timedelta(days=DAYS_AGO[step.number])
    told = past(service, step.levels["release"], at, seed)
    names = shape(service)
    files = filled(sum((sheet(name) for name in names), ()), step.levels, _values(service, told, names))
    commit = sha1(f"{seed} {service.slug} {step.number}".encode(), usedforsecurity=False).hexdigest()
    return State(service, service.repository, commit, at, files, told)


def _values(service: Service, told: DemoPast, names: tuple[str, ...]) -> dict[str, str]:
    kind = names[1]
    return {
        "service": service.slug,
        "package": service.slug.replace("-", "_"),
        "camel": "".join(word.capitalize() for word in service.slug.split("-")),
        "tier": service.tier,
        "team": service.team.slug or "nobody",
        "team name": service.team.name or "nobody",
        "number": sha1(service.slug.encode(), usedforsecurity=False).hexdigest()[:6].upper(),
        "version": told.version,
        "version before": told.tags[-2].name.removeprefix("v") if len(told.tags) > 1 else "0.0.1",
        "released": f"{told.tags[-1].at if told.tags else told.commits[0].at:%Y-%m-%d}",
        "promotion": _PROMOTED_IN.get(kind, "k8s/deployment.yaml").format(service.slug),
        "backup": _BACKUP_BY.get(kind, "kubectl get deployment {0} --namespace {0} --output yaml").format(service.slug),
    }
