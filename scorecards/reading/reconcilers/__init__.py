"""(pure) What brings a repository's objects into clusters by itself: Argo CD's Applications, Flux's objects."""

from scorecards.reading.reconcilers.argocd import Application, applications
from scorecards.reading.reconcilers.environments import Environment, environment_of
from scorecards.reading.reconcilers.flux import flux_objects, kustomizations

__all__ = ["Application", "Environment", "applications", "environment_of", "flux_objects", "kustomizations"]
