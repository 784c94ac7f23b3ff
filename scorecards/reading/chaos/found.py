"""(pure) Every fault experiment of a tree."""

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.chaos.fis import fis_experiments
from scorecards.reading.chaos.litmus import litmus_experiment
from scorecards.reading.chaos.mesh import mesh_experiment
from scorecards.reading.chaos.model import Experiment
from scorecards.reading.chaos.toolkit import toolkit_experiment
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.services import folded


def experiments(tree: RepositoryTree) -> list[Experiment]:
    """Every document on faults, status checks and the like too."""
    return tree.derive(_experiments)


def _experiments(tree: RepositoryTree) -> list[Experiment]:
    objects = [each for manifest in manifests(tree) if (each := _of_manifest(manifest)) is not None]
    documents = [
        toolkit_experiment(found.path, found.root)
        for found in kinds.found(tree, "chaos")
        if found.root is not None and not kinds.is_kubernetes(found.root)
    ]
    return [*objects, *documents, *fis_experiments(tree)]


def _of_manifest(manifest: Manifest) -> Experiment | None:
    spec = manifest.get("spec") or manifest.root
    if manifest.group == "chaos-mesh.org":
        return mesh_experiment(manifest, spec)
    if manifest.group == "litmuschaos.io" and manifest.kind in ("ChaosEngine", "ChaosSchedule"):
        return litmus_experiment(manifest, spec)
    return None


def targets(experiment: Experiment) -> set[str]:
    """The folded values of labels by which an experiment selects: names of services among them."""
    return {folded(value) for fault in experiment.faults for _, value in fault.labels if value}
