"""(pure) Package manifests: what a build file is called, what it inherits from and what it depends on."""

from scorecards.rules.packages.found import Manifest, manifests
from scorecards.rules.packages.model import Dependency

__all__ = ["Dependency", "Manifest", "manifests"]
