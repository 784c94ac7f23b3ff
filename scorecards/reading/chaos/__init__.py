"""(pure) Fault experiments: Chaos Mesh, Litmus, Chaos Toolkit and AWS FIS, told alike."""

from scorecards.reading.chaos.found import experiments, targets
from scorecards.reading.chaos.mesh import EMBEDDED, embedded_key
from scorecards.reading.chaos.model import Experiment, Fault, FaultKind, Tool
from scorecards.reading.chaos.toolkit import toolkit_experiment

__all__ = [
    "EMBEDDED",
    "Experiment",
    "Fault",
    "FaultKind",
    "Tool",
    "embedded_key",
    "experiments",
    "targets",
    "toolkit_experiment",
]
