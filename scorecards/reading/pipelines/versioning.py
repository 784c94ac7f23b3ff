"""(pure) Tools that derive a version from commits: where they run, and which of their rules do nothing."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.model import Job, Pipeline, Step, Triggers
from scorecards.reading.pipelines.trails import Command, trail
from scorecards.reading.pipelines.words import run_of

# Actions, and whether they read the history of the clone.
_ACTIONS = {
    "mathieudutour/github-tag-action": False, "googleapis/release-please-action": False,
    "google-github-actions/release-please-action": False, "cycjimmy/semantic-release-action": True,
    "codfish/semantic-release-action": True, "go-semantic-release/action": False, "changesets/action": False,
    "python-semantic-release/python-semantic-release": True, "commitizen-tools/commitizen-action": True,
    "gittools/actions/gitversion/execute": True, "paulhatch/semantic-version": True, "release-plz/action": True,
    "thomaseizinger/keep-a-changelog-new-release": False, "ietf-tools/semver-action": False,
    "phips28/gh-action-bump-version": False, "anothrnick/github-tag-action": True, "cocogitto/cocogitto-action": True,
    "knope-dev/action": True, "intuit/auto": True, "triplestesting/conventional-changelog-action": True,
    "tripss/conventional-changelog-action": True, "orhun/git-cliff-action": True, "miniscruff/changie-action": False,
}  # fmt: skip
_COMMANDS = {
    ("semantic-release",): True, ("release-please",): False, ("standard-version",): True, ("cz", "bump"): True,
    ("gitversion",): True, ("svu",): True, ("release-it",): True, ("changeset", "version"): False,
    ("cog", "bump"): True, ("lerna", "version"): True, ("git-cliff",): True, ("nx", "release"): True,
    ("auto", "shipit"): True, ("uplift", "release"): True, ("commit-and-tag-version",): True,
    ("python-semantic-release",): True, ("changie", "batch"): False, ("dotnet-gitversion",): True,
    ("release-plz",): True, ("knope", "release"): True,
}  # fmt: skip
_SIGNS = {"git-cliff": ("--bump",), "lerna": ("--conventional-commits",)}
_CONFIGS = (
    "**/.releaserc*", "**/release.config.*", "release-please-config.json", ".release-please-manifest.json",
    ".changeset/config.json", ".cz.*", "GitVersion.yml", ".versionrc*", ".release-it.*", "cog.toml", ".changie.yaml",
)  # fmt: skip


class Tool(NamedTuple):
    """A tool that runs in a pipeline; ``weak`` are (what does nothing, where)."""

    name: str
    pipeline: Pipeline
    job: Job
    place: Place
    weak: tuple[tuple[str, Place], ...]


def tools(tree: RepositoryTree, pipeline: Pipeline) -> list[Tool]:
    """The version tools that a pipeline runs."""
    return [tool for job in pipeline.jobs for tool in (*_steps(tree, pipeline, job), *_commands(tree, pipeline, job))]


def configured(tree: RepositoryTree) -> list[str]:
    """Files that configure such a tool."""
    return tree.files(*_CONFIGS)


def _steps(tree: RepositoryTree, pipeline: Pipeline, job: Job) -> Iterator[Tool]:
    for step in trail(tree, job).steps:
        if step.action in _ACTIONS:
            place = Place(step.path, step.uses_line)
            weak = [*_rules(step), *_branches(pipeline, step)]
            if _ACTIONS[step.action]:
                weak += _history(job)
            yield Tool(step.uses.partition("@")[0], pipeline, job, place, tuple(weak))


def _commands(tree: RepositoryTree, pipeline: Pipeline, job: Job) -> Iterator[Tool]:
    for command in trail(tree, job).commands:
        key = _key(command)
        if key is not None:
            weak = _history(job) if _COMMANDS[key] else []
            yield Tool(" ".join(key), pipeline, job, command.place, tuple(weak))


def _key(command: Command) -> tuple[str, ...] | None:
    run = run_of(command.words)
    program = run.program.partition("@")[0]
    key = next((key for key in ((program, *run.plain[:1]), (program,)) if key in _COMMANDS), None)
    wanted = _SIGNS.get(program)
    if key is None or (wanted and not run.has(*wanted)) or run.has("--version", "--help"):
        return None
    return key


def _history(job: Job) -> list[tuple[str, Place]]:
    """A checkout with the last commit alone shows no history."""
    for step in job.steps:
        if step.action == "actions/checkout" and step.given("fetch-depth") != "0":
            return [("checkout fetches the last commit alone: set fetch-depth to 0", Place(step.path, step.uses_line))]
    return []


# ---------------------------------------------------------------- rules


def _rules(step: Step) -> Iterator[tuple[str, Place]]:
    """Rules of github-tag-action, which takes one comma-separated list."""
    rules = step.with_.get("custom_release_rules")
    if step.action != "mathieudutour/github-tag-action" or rules is None:
        return
    place = Place(step.path, rules.line)
    lines = [line.strip() for line in rules.text.strip().splitlines() if line.strip()]
    if len(lines) > 1 and not all(line.endswith(",") for line in lines[:-1]):
        yield "custom_release_rules is written line by line, but is split at commas", place
    types = [rule.split(":")[0].strip() for rule in re.split(r"[,\n]", rules.text) if rule.strip()]
    if "breaking" in types and not step.given("breaking_rule") and len(lines) <= 1:
        yield "breaking is no commit type of the convention: mark breaking changes by ! or a footer", place


def _branches(pipeline: Pipeline, step: Step) -> Iterator[tuple[str, Place]]:
    """Branches that a tool waits for and that never start the workflow."""
    for name in ("release_branches", "pre_release_branches", "target-branch"):
        given = step.with_.get(name)
        if given is None:
            continue
        for branch in filter(None, (part.strip() for part in given.text.split(","))):
            if not _starts(pipeline.triggers, branch):
                yield f"{name} names {branch[:40]}, which never starts this workflow", Place(step.path, given.line)


def _starts(triggers: Triggers, branch: str) -> bool:
    if not triggers.push or not triggers.branches or any(mark in branch for mark in "*.[]$^+"):
        return True
    return triggers.on_branch(branch)
