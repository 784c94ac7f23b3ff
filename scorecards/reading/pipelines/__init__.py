"""(pure) Pipelines of every CI system: what they are, when they run, what they do."""

from scorecards.reading.pipelines.found import actions, pipelines
from scorecards.reading.pipelines.graph import Shipment, asks_success, shipments, successes
from scorecards.reading.pipelines.model import EnvValue, Fault, Job, Pipeline, Service, Step, Triggers
from scorecards.reading.pipelines.stages import Mark, makes_cluster, marks, stages
from scorecards.reading.pipelines.targets import Missing
from scorecards.reading.pipelines.tools import SHIPPING, action_stages, command_stages, named
from scorecards.reading.pipelines.trails import Command, Shell, Trail, commands, shell_of, trail
from scorecards.reading.pipelines.when import on_pull_requests
from scorecards.reading.pipelines.words import Run, run_of

__all__ = [
    "SHIPPING",
    "Command",
    "EnvValue",
    "Fault",
    "Job",
    "Mark",
    "Missing",
    "Pipeline",
    "Run",
    "Service",
    "Shell",
    "Shipment",
    "Step",
    "Trail",
    "Triggers",
    "action_stages",
    "actions",
    "asks_success",
    "command_stages",
    "commands",
    "makes_cluster",
    "marks",
    "named",
    "on_pull_requests",
    "pipelines",
    "run_of",
    "shell_of",
    "shipments",
    "stages",
    "successes",
    "trail",
]  # fmt: skip
