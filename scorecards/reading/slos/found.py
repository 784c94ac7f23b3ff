"""(pure) Every objective of a tree, and the service that it is about."""

from collections.abc import Iterator

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.burn_rates import BurnRates, burn_rates
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.kubernetes.manifest import texts
from scorecards.reading.services import ServiceUnit, folded, service_of, services_in
from scorecards.reading.slos.model import Indicator, Slo, SloDocument, Tool, aim_of
from scorecards.reading.slos.openslo import openslo_slos
from scorecards.reading.slos.pyrra import pyrra_slos
from scorecards.reading.slos.sloth import sloth_slos
from scorecards.reading.subject import Subject

SERVICE_LABELS = ("service", "app", "app.kubernetes.io/name", "pyrra.dev/service", "sloth_service", "job")


def documents(tree: RepositoryTree) -> list[SloDocument]:
    """Every document of objectives; burn-rate rules written by hand are none."""
    return tree.derive(_documents)


def slos(tree: RepositoryTree) -> list[Slo]:
    """Every objective, of documents first, then of rules written by hand."""
    return tree.derive(_slos)


def slos_of(subject: Subject, service: ServiceUnit) -> list[Slo]:
    """The objectives of a service."""
    return slos_by_service(subject).get(service.name, [])


def slos_by_service(subject: Subject) -> dict[str, list[Slo]]:
    """Objectives by the name of the repository's service that they are about."""
    linked: dict[str, list[Slo]] = {}
    for slo in slos(subject.tree):
        linked.setdefault(service_for(subject, slo).name, []).append(slo)
    return linked


def service_for(subject: Subject, slo: Slo) -> ServiceUnit:
    """The service that an objective names, by itself or by a label, else that of the folder in which it lies."""
    by_name = subject.tree.derive(_by_name, subject.short_name)
    named = (slo.document.service, *(slo.labels.get(label, "") for label in SERVICE_LABELS))
    found = next((by_name[folded(name)] for name in named if folded(name) in by_name), None)
    return found or service_of(subject, slo.document.path)


def _by_name(tree: RepositoryTree, repository: str) -> dict[str, ServiceUnit]:
    return {folded(unit.name): unit for unit in reversed(tree.derive(services_in, repository))}


def service_name(subject: Subject, slo: Slo) -> str:
    """The name of the service as the objective writes it, else as the repository does."""
    return slo.document.service or service_for(subject, slo).name


def _documents(tree: RepositoryTree) -> list[SloDocument]:
    objects = [document for each in manifests(tree) if (document := _of_manifest(each)) is not None]
    files = [
        _of_file(found.root)
        for found in kinds.found(tree, "sloth")
        if found.root is not None and not kinds.is_kubernetes(found.root)
    ]
    return [*objects, *files]


def _of_file(root: Node) -> SloDocument:
    service = root.text_at("service")
    return SloDocument(
        "sloth-file", f"SLOs of {service or '?'} in {root.path}", root, root, service, texts(root.get("labels"))
    )


def _of_manifest(manifest: Manifest) -> SloDocument | None:
    tool = _tool_of(manifest)
    body = manifest.get("spec")
    if tool is None:
        return None
    labels = {**texts(manifest.get("metadata", "annotations")), **_labels(manifest.get("metadata", "labels"))}
    labels |= texts(body.get("labels")) if body is not None else {}
    service = body.text_at("service") if body is not None else ""
    return SloDocument(tool, manifest.unit, manifest.root, body or manifest.root, service, labels)


def _tool_of(manifest: Manifest) -> Tool | None:
    if manifest.kind == "PrometheusServiceLevel":
        return "sloth-kind"
    if manifest.api_version.startswith("openslo") and manifest.kind == "SLO":
        return "openslo"
    return "pyrra" if manifest.group == "pyrra.dev" and manifest.kind == "ServiceLevelObjective" else None


def _labels(node: Node | None) -> dict[str, str]:
    """Labels, where OpenSLO gives a list of values the first of them."""
    found = texts(node)
    for name, _, value in node.members() if node is not None else ():
        if value.is_sequence and value.texts_at():
            found[name] = value.texts_at()[0]
    return found


def _slos(tree: RepositoryTree) -> list[Slo]:
    found = [slo for document in documents(tree) for slo in _of_document(tree, document)]
    return [*found, *(_of_rules(each) for each in burn_rates(tree))]


def _of_document(tree: RepositoryTree, document: SloDocument) -> Iterator[Slo]:
    if document.tool == "openslo":
        return openslo_slos(tree, document)
    return pyrra_slos(document) if document.tool == "pyrra" else sloth_slos(document)


def _of_rules(found: BurnRates) -> Slo:
    labels = dict(found.labels)
    service = next((labels[name] for name in SERVICE_LABELS if labels.get(name)), "")
    document = SloDocument("rules", found.unit, found.file.root, found.first.node, service, labels)
    aim = aim_of(f"{found.group} {found.first.name}", Indicator("none"))
    return Slo(
        document, found.unit, found.first.node, Indicator("none"), aim, found.objective,
        description=found.first.annotations.get("description", "") or found.first.annotations.get("summary", ""),
        labels=labels, objective_place=found.first.place, burning=found,
    )  # fmt: skip
