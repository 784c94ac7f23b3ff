"""(pure) Kustomize: what each overlay gives to a cluster, built in memory. Nodes keep the line of the base or patch."""

from scorecards.reading.kubernetes.overlays.build import Overlay, overlays
from scorecards.reading.kubernetes.overlays.resource import Resource

__all__ = ["Overlay", "Resource", "overlays"]
