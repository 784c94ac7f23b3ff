"""(pure) Kubernetes objects as they would reach a cluster: plain manifests, charts and overlays, told alike.

Checks ask ``manifests`` and ``workloads`` and never open a template or a patch themselves: values of charts and patches
of overlays stand in the objects' nodes already, each node knowing the file and line that set it.
"""

from scorecards.reading.kubernetes.destinations import destinations
from scorecards.reading.kubernetes.manifest import Container, Looked, Manifest, Workload, look
from scorecards.reading.kubernetes.objects import containers, manifests, of_group, same_set, workloads

__all__ = [
    "Container",
    "Looked",
    "Manifest",
    "Workload",
    "containers",
    "destinations",
    "look",
    "manifests",
    "of_group",
    "same_set",
    "workloads",
]
