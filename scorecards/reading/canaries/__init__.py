"""(pure) Canary and blue-green releases: Flagger's Canary objects and Rollouts, with what decides over them."""

from scorecards.reading.canaries.flagger import Canary, CanaryMetric, Hook, canaries
from scorecards.reading.canaries.measures import Measure, flaw, kind_of
from scorecards.reading.canaries.rollouts import Rollout, rollouts

__all__ = ["Canary", "CanaryMetric", "Hook", "Measure", "Rollout", "canaries", "flaw", "kind_of", "rollouts"]
