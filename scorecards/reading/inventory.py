"""(pure) What a repository tells the rest of the fleet: names that others may refer to."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from ingest.repository.tree import RepositoryTree
from scorecards.reading.catalogue import entities
from scorecards.reading.delivery_metrics import FOUR, is_per_service, shown
from scorecards.reading.incident_documents import PHASES, ROLES, IncidentDocument, incident_documents
from scorecards.reading.kubernetes import Manifest, manifests, of_group, workloads
from scorecards.reading.metric_names import metric_names
from scorecards.reading.on_call import escalates, routes
from scorecards.reading.pipelines import pipelines
from scorecards.reading.platform_tools import tools_used
from scorecards.reading.reconcilers import applications, flux_objects
from scorecards.reading.reconcilers.argocd import wildcards
from scorecards.reading.reconcilers.environments import repository_of
from scorecards.reading.reconcilers.flux import source_of
from scorecards.reading.services import services
from scorecards.reading.slos import Slo, service_name, slos
from scorecards.reading.subject import Subject

logger = logging.getLogger(__name__)

MAX_NAMES = 10_000  # of one part
LEAST_SEVERITIES = 3


def inventory(subject: Subject) -> dict[str, Any]:
    """Names that other repositories may refer to, as JSON knows them; ``Fleet`` tells what each part means.

    A part that can't be read is left out and named in ``left_out``: it must not take the scan with it.
    """
    found: dict[str, Any] = {}
    left_out = []
    for name, part in PARTS.items():
        try:
            found[name] = part(subject)
        except Exception:
            logger.exception("The inventory's %s could not be read", name)
            left_out.append(name)
    return found | ({"left_out": left_out} if left_out else {})


def _names(found: Iterable[str]) -> list[str]:
    return sorted({name[:500] for name in found if name})[:MAX_NAMES]


def _entities(subject: Subject) -> list[str]:
    return _names(entity.ref for entity in entities(subject.tree) if entity.has_valid_name)


def _projects(subject: Subject) -> dict[str, list[str]]:
    """Argo CD projects and what each leaves open; of two of a name, what either does."""
    found: dict[str, set[str]] = {}
    for project in of_group(subject.tree, "argoproj.io", "AppProject")[:MAX_NAMES]:
        if project.name:
            found.setdefault(project.name.lower()[:200], set()).update(wildcards(subject.tree, project))
    return {name: sorted(wide) for name, wide in found.items()}


def _slo_services(subject: Subject) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for slo in slos(subject.tree)[:MAX_NAMES]:
        if _is_sound(slo):
            found.setdefault(service_name(subject, slo).lower()[:200], set()).add(slo.aim)
    return {name: sorted(aims) for name, aims in found.items() if name}


def _is_sound(slo: Slo) -> bool:
    """Whether it names an objective that can be missed; one in rules may be left to their thresholds."""
    if slo.objective is None:
        return slo.templated or slo.document.tool == "rules"
    return 0 < slo.objective < 100


def _reconciled(subject: Subject) -> list[str]:
    """Repositories that a reconciler here follows."""
    return _names(map(repository_of, (*_of_applications(subject.tree), *_of_flux(subject.tree))))


def _of_applications(tree: RepositoryTree) -> Iterable[str]:
    return (
        source.text_at("repoURL")
        for app in applications(tree)
        for source in app.sources
        if not source.has("chart") and "{{" not in source.text_at("repoURL")
    )


def _of_flux(tree: RepositoryTree) -> Iterable[str]:
    for one in flux_objects(tree, "Kustomization", "HelmRelease"):
        reference = source_of(tree, one)
        source = reference.found if reference is not None else None
        if source is not None and source.kind == "GitRepository" and "${" not in source.text_at("spec", "url"):
            yield source.text_at("spec", "url")


def _tools(subject: Subject) -> list[str]:
    return _names(tools_used(subject.tree))


def _ci_systems(subject: Subject) -> list[str]:
    return _names(pipeline.system for pipeline in pipelines(subject.tree))


def _services(subject: Subject) -> list[str]:
    objects = (one for one in manifests(subject.tree, "Service") if one.api_version == "v1" and _is_placed(one))
    return _names(f"{one.name}.{one.namespace}".lower() for one in objects)


def _workloads(subject: Subject) -> list[str]:
    objects = (one.manifest for one in workloads(subject.tree) if _is_placed(one.manifest))
    return _names(f"{one.namespace}/{one.name}".lower() for one in objects)


def _is_placed(one: Manifest) -> bool:
    return bool(one.name and one.namespace) and not one.switched_off


def _metrics(subject: Subject) -> list[str]:
    return _names(metric_names(subject.tree))


def _runbooks(subject: Subject) -> list[str]:
    """Every page, since any may be linked as a runbook; paths of this repository, and folders with a front page."""
    pages = subject.tree.all_files("**/*.{md,markdown,adoc,rst}")
    fronts = (page.rpartition("/")[0] for page in pages if page.rpartition("/")[2].lower() == "readme.md")
    return _names((*pages, *fronts))


def _on_call(subject: Subject) -> list[str]:
    """The services whose critical alerts reach a pager that escalates."""
    if escalates(subject.tree) is None:
        return []
    return _names(one.name.lower() for one in services(subject)[:500] if routes(subject.tree, one) is not None)


def _incident_process(subject: Subject) -> bool:
    return any(map(_is_complete, incident_documents(subject.tree)))


def _is_complete(document: IncidentDocument) -> bool:
    """Whether it tells roles with backups, severities with times, and phases."""
    roles = all(any(pattern.search(role.name) and role.backup for role in document.roles) for pattern in ROLES.values())
    phases = all(any(map(pattern.search, document.phases)) for pattern in PHASES.values())
    told = document.severities
    severities = all(each.response is not None and each.defined and each.escalates for each in told)
    return roles and phases and severities and len(told) >= LEAST_SEVERITIES


def _metric_dashboard(subject: Subject) -> bool:
    """Whether the four delivery metrics are shown by service, on boards that can be imported."""
    panels = [each for each in shown(subject.tree) if each.board.importable and is_per_service(each.panel)]
    return {each.metric for each in panels} >= set(FOUR)


PARTS: dict[str, Callable[[Subject], Any]] = {
    "entities": _entities,
    "projects": _projects,
    "slo_services": _slo_services,
    "reconciled": _reconciled,
    "tools": _tools,
    "ci_systems": _ci_systems,
    "services": _services,
    "workloads": _workloads,
    "metrics": _metrics,
    "runbooks": _runbooks,
    "on_call": _on_call,
    "incident_process": _incident_process,
    "metric_dashboard": _metric_dashboard,
}
