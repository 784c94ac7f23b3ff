"""(pure) What jobs and steps do, from quality to release: told by their commands, actions and names."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.model import Job, Step
from scorecards.reading.pipelines.tools import SHIPPING, Stage, action_stages, command_stages, named
from scorecards.reading.pipelines.trails import Command, Trail, trail
from scorecards.reading.pipelines.words import run_of

_CLUSTER_TOOLS = frozenset(
    {"kubectl", "helm", "kustomize", "flux", "kapp", "skaffold", "helmfile", "oc", "timoni", "tk"}
)
_CLUSTER_ACTIONS = (
    "helm/kind-action", "engineerd/setup-kind", "container-tools/kind-action", "manusa/actions-setup-minikube",
    "medyagh/setup-minikube", "absaoss/k3d-action", "nolar/setup-k3d-k3s", "fluxcd/pkg/actions/kind",
    "debianmaster/actions-k3s",
)  # fmt: skip
# Publishing a site of documents is no deployment of the product.
_PAGES = (
    "actions/deploy-pages",
    "actions/upload-pages-artifact",
    "peaceiris/",
    "jamesives/",
    "crazy-max/ghaction-github-pages",
)
_TEST_FOLDERS = frozenset({"test", "tests", "e2e", "integration", "testing"})
_CLUSTER_COMMANDS = (
    ("kind", "create"),
    ("k3d", "cluster"),
    ("minikube", "start"),
    ("microk8s", ""),
    ("ctlptl", "create"),
)


class Mark(NamedTuple):
    """Something that shows a stage. ``how`` is the command, action or name as it may be shown."""

    stage: Stage
    path: str
    line: int
    how: str
    kind: Literal["command", "action", "name"]
    tolerated: bool = False
    step: int = -1

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)


def stages(tree: RepositoryTree, of: Job | Step) -> frozenset[str]:
    """The stages that a job or a step does."""
    return frozenset(mark.stage for mark in marks(tree, of))


def marks(tree: RepositoryTree, of: Job | Step) -> tuple[Mark, ...]:
    """What shows the stages of a job or step, in the order in which it runs."""
    return tree.derive(_marks, of)


def _marks(tree: RepositoryTree, of: Job | Step) -> tuple[Mark, ...]:
    way = trail(tree, of)
    found = [mark._replace(step=index) for index, step in enumerate(way.steps) for mark in _of_action(step)]
    found += [mark for command in way.commands for mark in _of_command(command)]
    found += _of_step_names(way.steps, {mark.step for mark in found})
    found = sorted(_local_cluster(way, found), key=lambda mark: mark.step)
    if isinstance(of, Job):
        found += _of_name(of, found)
    return tuple(dict.fromkeys(found))


def _of_action(step: Step) -> Iterator[Mark]:
    for stage in action_stages(step):
        yield Mark(stage, step.path, step.uses_line or step.line, step.uses, "action", step.continue_on_error)


def _of_command(command: Command) -> Iterator[Mark]:
    in_tests = not _TEST_FOLDERS.isdisjoint(command.path.split("/")[:-1])
    for stage in command_stages(run_of(command.words)):
        stage = "test" if in_tests and stage == "deploy" else stage  # noqa: PLW2901 - what test scripts apply
        yield Mark(stage, command.path, command.line, command.text[:120], "command", command.tolerated, command.step)


_CHECKING = frozenset({"quality", "security", "test"})
_TOLD_AFTER = re.compile(r"\b(?:reports?|results?|summary|artifacts?|logs?)\b", re.I)


def _of_step_names(steps: list[Step], known: set[int]) -> Iterator[Mark]:
    """What steps of which nothing else tells say of themselves; that one ships something is not believed."""
    for index, step in enumerate(steps):
        runs = step.run or (step.uses and not step.action.startswith("actions/"))
        if index in known or not runs or _TOLD_AFTER.search(step.name):
            continue
        for stage in named(step.name):
            if stage in _CHECKING:
                yield Mark(stage, step.path, step.line, step.name[:120], "name", step.continue_on_error, index)


def _of_name(job: Job, found: list[Mark]) -> Iterator[Mark]:
    """What a job's own name adds. That it ships something is believed only where nothing else of it can be told."""
    runs_something = bool(job.uses) or any(step.run or step.uses for step in job.steps)
    if not runs_something:
        return
    shown = {mark.stage for mark in found}
    shows_pages = any(step.action.startswith(_PAGES) for step in job.steps)
    for stage in dict.fromkeys((*named(job.id), *named(job.name), *named(job.stage))):
        if stage not in shown and not (stage in SHIPPING and (shown or shows_pages)):
            yield Mark(stage, job.path, job.line, job.name or job.id, "name")


# ---------------------------------------------------------------- clusters that end with the job


def _local_cluster(way: Trail, found: list[Mark]) -> Iterator[Mark]:
    """What is applied to a cluster that the job itself makes is a test, no deployment."""
    if not makes_cluster(way):
        yield from found
        return
    for mark in found:
        program = mark.how.split(" ")[0]
        applied = mark.stage == "deploy" and program in _CLUSTER_TOOLS | {"make"}
        is_local = mark.kind == "command" and (applied or mark.stage == "publish")
        yield mark._replace(stage="test") if is_local else mark


def makes_cluster(way: Trail) -> bool:
    """Whether a throw-away cluster is made on the way."""
    if any(step.action.startswith(_CLUSTER_ACTIONS) for step in way.steps):
        return True
    return any(
        run.program == program and (not verb or verb in run.plain[:2])
        for command in way.commands
        if command.words[0].startswith(("kind", "k3d", "minikube", "sudo", "microk8s", "ctlptl", "./"))
        for run in [run_of(command.words)]
        for program, verb in _CLUSTER_COMMANDS
    )
