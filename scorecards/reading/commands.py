"""(pure) What changes clusters by hand: commands of pipelines and scripts that deploy past a reconciler."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree, glob_pattern
from scorecards.reading import kinds
from scorecards.reading.pipelines import Job, Pipeline, Run, Triggers, makes_cluster, pipelines, run_of, trail
from scorecards.reading.reconcilers.environments import environment_of

_LOCAL = ("kind", "k3d", "minikube", "microk8s", "ctlptl", "k3s")
_TEST_FILE = glob_pattern(
    ("**/test/**", "**/tests/**", "**/e2e/**", "**/hack/**", "**/local/**", "**/dev/**", "**/demo/**", "**/*e2e*",
     "**/*kind*", "**/*minikube*", "**/docs/**", "**/benchmark/**")
)  # fmt: skip
# What sets up a cluster rather than a product: reconcilers themselves, drivers, certificates, namespaces.
_PLATFORM = re.compile(
    r"(?i)argo-?cd|flux-system|fluxcd|flagger|istio|linkerd|cert-manager|ingress-nginx|external-dns|metrics-server"
    r"|https?://|kube-prometheus|prometheus-operator|sealed-secrets|crds?\b|namespace|argo-rollouts|metallb|calico|cilium"
)
_FILES = ("-f", "--filename", "-k", "--kustomize")
_DEPLOY_ACTIONS = ("azure/k8s-deploy", "azure/k8s-bake", "kodermax/kubectl-aws-eks", "koslibpro/helm-eks-action",
                   "deliverybot/helm", "vimeda/helm", "actions-hub/kubectl", "steebchen/kubectl")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """A command that runs. ``unit`` names the job or script that runs it; ``hints`` are names around it that may tell
    the environment. ``local``: a cluster that the same job makes for itself, or one for a change under review."""

    words: tuple[str, ...]
    text: str
    place: Place
    unit: str
    hints: tuple[str, ...] = ()
    local: bool = False

    @property
    def run(self) -> Run:
        return run_of(self.words)

    @property
    def tool(self) -> str:
        return self.run.program

    @property
    def short(self) -> str:
        """What to call it in a sentence: the program and what it does."""
        return " ".join([self.tool, *self.run.plain[:2]])[:60]


def deeds(tree: RepositoryTree) -> list[Deed]:
    """Every command of pipelines, then of scripts, in the order in which they stand."""
    return tree.derive(_deeds)


def deeds_of(tree: RepositoryTree, unit: str) -> list[Deed]:
    """The commands of one job or script, in their order."""
    return tree.derive(_by_unit).get(unit, [])


def _by_unit(tree: RepositoryTree) -> dict[str, list[Deed]]:
    found: dict[str, list[Deed]] = {}
    for deed in deeds(tree):
        found.setdefault(deed.unit, []).append(deed)
    return found


def _deeds(tree: RepositoryTree) -> list[Deed]:
    found = [deed for pipeline in pipelines(tree) for job in pipeline.jobs for deed in _job_deeds(tree, pipeline, job)]
    for one in kinds.found(tree, "shell"):
        found += _script_deeds(tree, one.path)
    return found


def _job_deeds(tree: RepositoryTree, pipeline: Pipeline, job: Job) -> Iterator[Deed]:
    way = trail(tree, job)
    local = makes_cluster(way) or _is_preview(pipeline.triggers)
    hints = (job.environment, job.id, job.name, pipeline.name, pipeline.path)
    unit = f"{pipeline.path} {job.id}"
    for command in way.commands:
        yield Deed(command.words, command.text, command.place, unit, hints, local)
    for step in way.steps:
        if step.action in _DEPLOY_ACTIONS:
            yield Deed((step.action,), step.action, step.place, unit, hints, local)


def _is_preview(triggers: Triggers) -> bool:
    """Whether only changes that are not merged yet start it: what it deploys ends with them."""
    others = (triggers.push, triggers.tags, triggers.manual, triggers.schedule, triggers.workflow_run)
    return triggers.pull_request and not any(others)


def _script_deeds(tree: RepositoryTree, path: str) -> Iterator[Deed]:
    script = tree.shell(path)
    if script is None:
        return
    local = is_for_tests(path) or any(run_of([command.name]).program in _LOCAL for command in script.commands)
    for command in script.commands:
        words = tuple(word.text for word in command.words)
        yield Deed(words, " ".join(words), Place(path, command.line), path, (path,), local)


# ---------------------------------------------------------------- which of them deploy


def imperative_deploys(tree: RepositoryTree, production: Sequence[str]) -> list[Deed]:
    """The commands that change what runs in a cluster which is, or may be, production; each place once."""
    found: dict[Place, Deed] = {}
    for deed in deeds(tree):
        if not deed.local and deploys(deed) and environment(deed, production) != "other":
            found.setdefault(deed.place, deed)
    return list(found.values())


def environment(deed: Deed, production: Sequence[str]) -> str:
    """The environment that the command's own words name, else the names around it."""
    return environment_of([" ".join(deed.words[:40]), *deed.hints], production)


def deploys(deed: Deed) -> bool:
    """Whether a command changes a product's workloads past any reconciler."""
    run = deed.run
    if deed.text in _DEPLOY_ACTIONS:
        return True
    if any(word.startswith("--dry-run") and word != "--dry-run=none" for word in run.arguments):
        return False
    return not _PLATFORM.search(" ".join(_named_by(run))[:2000]) and _deploys(run)


def _named_by(run: Run) -> Iterator[str]:
    """What a command names: its plain words, and the files that it applies."""
    yield from run.plain
    for before, word in pairwise(run.arguments):
        if before in _FILES:
            yield word
    yield from (word for word in run.arguments if word.startswith(_FILES) and "=" in word)


def _deploys(run: Run) -> bool:
    first, second, *_ = *run.plain[:2], "", ""
    match run.program:
        case "kubectl" | "oc":
            changes = first in ("apply", "replace", "patch", "scale", "edit") or (first, second) in _KUBECTL_PAIRS
            return changes or (first == "create" and run.has("-f", "--filename", "-k"))
        case "helm":
            return first in ("upgrade", "install", "rollback")
        case "helmfile" | "kapp" | "skaffold" | "werf" | "tk":
            return first in ("apply", "sync", "deploy", "run", "converge")
    return False


_KUBECTL_PAIRS = {("set", "image"), ("set", "env"), ("rollout", "undo"), ("create", "deployment")}


def release_name(deed: Deed) -> str:
    """The release that a helm command changes; empty for any other command and for a name made at run time."""
    run = deed.run
    if run.program != "helm" or not run.plain or run.plain[0] not in ("upgrade", "install", "rollback"):
        return ""
    name = run.plain[1] if len(run.plain) > 1 else ""
    return "" if "$" in name else name


def is_for_tests(path: str) -> bool:
    """Whether a file lies where tests, samples for a laptop, or documents do."""
    return bool(_TEST_FILE.match(path))
