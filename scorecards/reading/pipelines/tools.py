"""(pure) What single commands, actions and names do, from quality to release; the table is stages.yaml."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Literal

import yaml

from scorecards.reading.pipelines.model import Step
from scorecards.reading.pipelines.words import Run, run_of

Stage = Literal["quality", "security", "build", "test", "deploy", "publish", "release"]
SHIPPING: frozenset[str] = frozenset({"deploy", "publish", "release"})

_TARGET_RUNNERS = frozenset(
    {"make", "gmake", "just", "task", "mage", "rake", "tox", "nox", "invoke", "inv", "npm", "yarn", "pnpm", "bun",
     "gradle", "gradlew", "nx", "turbo", "lerna", "mvn", "mvnw", "grunt", "gulp", "composer", "hatch", "poe", "pdm",
     "earthly", "bazel", "bazelisk", "rush", "ant", "sbt"}
)  # fmt: skip
_PACKAGE_RUNNERS = ("npm", "yarn", "pnpm", "bun", "hatch", "pdm")
_SAME = {"gradlew": "gradle", "mvnw": "mvn", "gmake": "make"}
_NAME_WORD = re.compile(r"[A-Za-z][a-z0-9]*|[0-9]+[a-z]*|[A-Z]+")
_OTHER_VERBS = frozenset(
    {"setup", "set", "install", "prepare", "clean", "cleanup", "start", "stop", "up", "down", "generate", "gen",
     "update", "download", "wait", "login", "init", "tools", "deps", "dependencies", "configure", "checkout", "cache",
     "notify", "bump", "draft", "label", "delete", "remove", "destroy", "get", "fetch", "restore", "save", "comment",
     "list", "print", "show", "load", "pull", "create", "enable", "detect", "determine", "calculate", "changes",
     "report", "find", "undeploy", "rollback", "verify"}
)  # fmt: skip


# ---------------------------------------------------------------- actions


def action_stages(step: Step) -> tuple[Stage, ...]:
    """What an action, a pipe, a task or a plugin does."""
    if not step.uses:
        return ()
    name = step.action
    if name in ("docker/build-push-action", "depot/build-push-action", "docker/bake-action", "depot/bake-action"):
        return ("build", "publish") if pushes(step) else ("build",)
    if name == "goreleaser/goreleaser-action":
        return _goreleaser(step.given("args"))
    if name == "helm/chart-testing-action":
        return ()
    if name == "docker":  # the task of Azure Pipelines
        return _AZURE_DOCKER.get(step.given("command").lower(), ("build", "publish"))
    told = _by_prefix(_table()["actions"], name)
    return told or _by_arguments(step) or _of_call(step)


_AZURE_DOCKER: dict[str, tuple[Stage, ...]] = {"build": ("build",), "push": ("publish",), "login": (), "logout": ()}


def _goreleaser(arguments: str) -> tuple[Stage, ...]:
    if "--snapshot" in arguments or "build" in arguments or "--skip=publish" in arguments:
        return ("build",)
    return ("build", "publish", "release") if "check" not in arguments.split() else ("quality",)


def pushes(step: Step) -> bool:
    """Whether a build action sends its image to a registry; an expression may."""
    push = step.given("push").strip().lower()
    outputs = step.given("outputs")
    return push not in ("", "false") or "type=registry" in outputs or "push=true" in outputs


_NO_STAGE = ("publishHTML", "publishCoverage", "publishChecks", "publishTestResults", "publishIssues", "recordCoverage")


def _of_call(step: Step) -> tuple[Stage, ...]:
    """What a Jenkins step does by its name: ``docker.build``, ``image.push``, ``deployToKubernetes``."""
    if "arguments" not in step.with_ or "/" in step.uses or step.uses in _NO_STAGE:
        return ()
    if step.uses.endswith(".push"):
        return ("publish",)
    if step.uses == "docker.build" or step.uses.endswith(".docker.build"):
        return ("build",)
    return named(step.uses) if "." not in step.uses else ()


def _by_arguments(step: Step) -> tuple[Stage, ...]:
    """Actions that run a tool with arguments: ``args: apply -f x``, ``arguments: test``."""
    program = next((program for part, program in _ARGUMENT_ACTIONS.items() if part in step.action), "")
    text = step.given("args", "arguments", "cmd", "command", "goals", "tasks", "script", "run", "target", "targets")
    if not program or not text:
        return ()
    return command_stages(run_of((program, *text.split()[:50])))


_ARGUMENT_ACTIONS = {
    "kubectl": "kubectl", "flyctl": "flyctl", "wrangler": "wrangler", "gradle": "gradle", "pulumi": "pulumi",
    "terraform": "terraform", "terragrunt": "terragrunt", "helmfile": "helmfile", "maven": "mvn", "tox": "tox",
    "cargo": "cargo", "npm": "npm", "yarn": "yarn", "dotnetcorecli": "dotnet", "mage-action": "mage", "helm": "helm",
    "firebase": "firebase", "cdk": "cdk", "skaffold": "skaffold",
}  # fmt: skip


# ---------------------------------------------------------------- commands


def command_stages(run: Run) -> tuple[Stage, ...]:
    """What a command does."""
    program = _SAME.get(run.program, run.program)
    words = (program, *run.plain[:4], *(flag for flag in run.flags[:1] if not run.plain))
    found = _by_words(_table()["programs"], words)
    if program in ("mvn", "gradle", "cargo"):
        goals = [(program, word.rpartition(":")[2]) for word in run.plain[:10]]
        found = (
            tuple(dict.fromkeys(stage for goal in goals for stage in _by_words(_table()["programs"], goal))) or found
        )
    if program in _TARGET_RUNNERS and not (found and program in ("tox", "nox", "npm")):
        found = tuple(dict.fromkeys((*found, *_of_targets(program, run))))
    if program.endswith((".sh", ".bash", ".py")) and not found:
        return named(program.rpartition(".")[0])
    if run.plain[:2] == ("audit", "fix"):
        return ()
    if program == "go" and run.plain[:1] == ("install",) and any("@" in word for word in run.plain):
        return ()
    return _with_flags(program, run, found)


def _of_targets(program: str, run: Run) -> Iterator[Stage]:
    names = list(run.plain)
    if program in _PACKAGE_RUNNERS and names[:1] in (["run"], ["run-script"]):
        names = names[1:2]
    elif program in _PACKAGE_RUNNERS:
        names = names[:1] if program != "npm" else []
    if program in ("tox", "nox"):
        names = run.value("-e", "-s", "--session", "--sessions").split(",")
    for name in names[:20]:
        if "=" not in name and not _by_words(_table()["programs"], (program, name)):
            yield from named(name)


def _with_flags(program: str, run: Run, found: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """What flags make of it: a dry run ships nothing, a build with ``--push`` publishes."""
    if not found:
        return ()
    if run.has("--dry-run", "--syntax-check", "--check", "--snapshot", "--dryrun", "--dry_run", "-n") and _dry(
        program, run
    ):
        kept = tuple(stage for stage in found if stage not in SHIPPING)
        return kept or (("quality",) if program in ("kubectl", "helm", "ansible-playbook") else ())
    kaniko_pushes = (
        program == "executor" and run.has("--destination", "-d") and not run.has("--no-push", "--no-push=true")
    )
    if kaniko_pushes or (program in ("docker", "podman", "nerdctl") and "build" in found and run.has("--push")):
        return (*found, "publish")
    if program == "mvn" and run.has("-DskipTests", "-Dmaven.test.skip"):
        return tuple(stage for stage in found if stage != "test")
    if program == "gradle" and "test" in found and run.value("-x", "--exclude-task") == "test":
        return tuple(stage for stage in found if stage != "test")
    return found


def _dry(program: str, run: Run) -> bool:
    if run.has("-n") and not run.has("--dry-run", "--syntax-check", "--check", "--snapshot", "--dryrun"):
        return program in ("make", "rsync")
    return True


# ---------------------------------------------------------------- names


def named(name: str) -> tuple[Stage, ...]:
    """The stages that a name tells: of a job, a target, a script. A name that begins with another verb tells none."""
    words = [word.lower() for word in _NAME_WORD.findall(name[:200])]
    if not words or (words[0] in _OTHER_VERBS and words != ["verify"]):
        return ()
    table = _name_table()
    found = tuple(dict.fromkeys(table[word] for word in words if word in table))
    if "test" in found and "build" in found and words[0] not in ("build", "compile"):
        found = tuple(stage for stage in found if stage != "build")
    if "publish" in found or "deploy" in found:
        found = tuple(stage for stage in found if stage not in ("build", "test"))
    return found


# ---------------------------------------------------------------- the table


@cache
def _table() -> Mapping[str, Mapping[tuple[str, ...], tuple[Stage, ...]]]:
    text = resources.files("scorecards.reading.pipelines").joinpath("stages.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    return {part: _by_key(told[part]) for part in ("programs", "actions")}


def _by_key(told: Mapping[Stage, str]) -> dict[tuple[str, ...], tuple[Stage, ...]]:
    found: dict[tuple[str, ...], tuple[Stage, ...]] = {}
    for stage, entries in told.items():
        for entry in entries.split(";"):
            key = tuple(entry.split())
            found[key] = (*found.get(key, ()), stage)
    return found


@cache
def _name_table() -> Mapping[str, Stage]:
    text = resources.files("scorecards.reading.pipelines").joinpath("stages.yaml").read_text(encoding="utf-8")
    return {word: stage for stage, entries in yaml.safe_load(text)["names"].items() for word in entries.split()}


def _by_words(table: Mapping[tuple[str, ...], tuple[Stage, ...]], words: Iterable[str]) -> tuple[Stage, ...]:
    key = tuple(words)
    for size in range(min(len(key), 4), 0, -1):
        if key[:size] in table:
            return table[key[:size]]
    return ()


def _by_prefix(table: Mapping[tuple[str, ...], tuple[Stage, ...]], action: str) -> tuple[Stage, ...]:
    """By the whole name, by its first parts, or by the owner alone."""
    parts = action.split("/")
    for size in range(len(parts), 0, -1):
        found = table.get(("/".join(parts[:size]),))
        if found:
            return found
    return ()
