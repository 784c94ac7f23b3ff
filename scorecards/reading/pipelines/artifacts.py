"""(pure) The way of an artifact: where it is built, under which name it is pushed, what is deployed."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.model import Job, Pipeline, Step
from scorecards.reading.pipelines.stages import Mark, marks
from scorecards.reading.pipelines.tools import action_stages, pushes
from scorecards.reading.pipelines.trails import Command, trail
from scorecards.reading.pipelines.words import Run, run_of

_IMAGE_ACTIONS = (
    "docker/build-push-action", "depot/build-push-action", "docker/bake-action", "depot/bake-action", "docker.build",
    "redhat-actions/buildah-build", "int128/kaniko-action", "plugins/docker", "plugins/kaniko",
    "woodpeckerci/plugin-docker-buildx", "elgohr/publish-docker-github-action",
)  # fmt: skip
_PACKAGE_ACTIONS = (
    "goreleaser/goreleaser-action", "pypa/cibuildwheel", "hynek/build-and-inspect-python-package",
    "pyo3/maturin-action",
)  # fmt: skip
_IMAGE_COMMANDS = (
    ("docker", "build"), ("podman", "build"), ("buildah", "bud"), ("buildah", "build"), ("ko", "build"), ("executor",),
    ("docker", "compose", "build"), ("docker-compose", "build"), ("pack", "build"), ("docker", "buildx", "build"),
    ("docker", "buildx", "bake"), ("skaffold", "build"),
)  # fmt: skip
_PACKAGE_COMMANDS = (
    ("build",), ("poetry", "build"), ("uv", "build"), ("hatch", "build"), ("npm", "pack"), ("mvn", "package"),
    ("mvn", "deploy"), ("gradle", "assemble"), ("gradle", "bootJar"), ("goreleaser",), ("cargo", "package"),
    ("gem", "build"), ("dotnet", "pack"), ("dotnet", "publish"), ("helm", "package"),
)  # fmt: skip
_DOWNLOADS = (
    "actions/download-artifact", "dawidd6/action-download-artifact", "downloadbuildartifacts",
    "downloadpipelineartifact", "download",
)  # fmt: skip
_CACHES = (
    "actions/cache", "swatinem/rust-cache", "gradle/actions/setup-gradle", "gradle/gradle-build-action", "depot/",
    "mozilla-actions/sccache-action", "restore_cache", "save_cache", "useblacksmith/", "cache@",
)  # fmt: skip
_SET_UP = ("actions/setup-", "astral-sh/setup-uv", "pnpm/action-setup", "ruby/setup-ruby", "golangci/")
_IMMUTABLE = re.compile(
    r"(?i)sha\b|\bsha|commit|revision|\.outputs\.|version|\btag\b|_tag\b|ref_name|build_?(?:number|id)|run_(?:id|number)|digest"
    r"|rev-parse|describe|buildid|github\.ref\b|\bdate\b|semver|v?\d+\.\d+"
)


_ONE_WORKSPACE = ("jenkins", "drone", "woodpecker", "cloudbuild", "travis", "appveyor")


class Build(NamedTuple):
    """Something that is built. ``tags`` are the names that it gets; ``cached``: layers or dependencies are kept."""

    kind: str
    job: Job
    place: Place
    tags: tuple[str, ...]
    pushed: bool
    cached: bool


def builds(tree: RepositoryTree, job: Job) -> list[Build]:
    """The images and packages that a job builds."""
    way = trail(tree, job)
    cached = any(_caches(step) for step in way.steps) or _keeps_cache(job)
    found = [build for step in way.steps for build in _of_step(job, step, cached)]
    pushed = [run_of(command.words) for command in way.commands]
    sends = any((run.program, *run.plain[:1]) in _PUSHES for run in pushed) or any(
        step.uses.endswith(".push") for step in way.steps
    )
    for command in way.commands:
        found += _of_command(job, command, cached, sends)
    return found


_PUSHES = {("docker", "push"), ("podman", "push"), ("skopeo", "copy"), ("crane", "push"), ("buildah", "push")}


def _keeps_cache(job: Job) -> bool:
    return job.root is not None and job.root.has("cache")


def _caches(step: Step) -> bool:
    if step.action.startswith(_CACHES) or step.given("cache-from", "cache-to"):
        return True
    if step.action == "actions/setup-go":
        return step.given("cache").lower() != "false"
    return step.action.startswith(_SET_UP) and step.given("cache", "enable-cache", "bundler-cache").lower() not in (
        "",
        "false",
    )


def _of_step(job: Job, step: Step, cached: bool) -> Iterator[Build]:
    if step.action.startswith(_IMAGE_ACTIONS):
        tags = step.given("tags", "tag", "image") or step.given("arguments")
        own = cached or bool(step.given("cache-from", "cache-to", "cache"))
        sends = pushes(step) or "publish" in action_stages(step)
        jenkins = step.action == "docker.build" and any(other.uses.endswith(".push") for other in job.steps)
        yield Build(
            "image",
            job,
            Place(step.path, step.uses_line),
            tuple(tag.strip() for tag in re.split(r"[\n,]", tags) if tag.strip()),
            sends or jenkins,
            own,
        )
    elif step.action.startswith(_PACKAGE_ACTIONS) and "build" in action_stages(step):
        sends = "publish" in action_stages(step)
        yield Build("package", job, Place(step.path, step.uses_line), ("${version}",), sends, cached)


def _of_command(job: Job, command: Command, cached: bool, sends: bool) -> Iterator[Build]:
    run = run_of(command.words)
    if any((run.program, *run.plain[: len(key) - 1]) == key for key in _IMAGE_COMMANDS):
        own = cached or run.has("--cache-from", "--cache-to", "--cache")
        pushed = sends or run.has("--push") or (run.program == "executor" and not run.has("--no-push"))
        yield Build("image", job, command.place, _tags(run), pushed, own)
    elif any((run.program, *run.plain[: len(key) - 1]) == key for key in _PACKAGE_COMMANDS):
        # A chart is packed from files at hand: there is nothing to keep.
        yield Build("package", job, command.place, ("${version}",), False, cached or run.program == "helm")


def _tags(run: Run) -> tuple[str, ...]:
    found = []
    for index, word in enumerate(run.arguments):
        name, equals, value = word.partition("=")
        if name in ("-t", "--tag", "--destination", "-d"):
            found.append(value if equals else next(iter(run.arguments[index + 1 : index + 2]), ""))
    return tuple(tag for tag in found if tag)


def moves(tag: str) -> bool:
    """Whether a tag is sure to name another build tomorrow: no commit, version or number is in it, nor a variable."""
    last = tag.rpartition("/")[2]
    part = last.partition(":")[2]
    return "@sha256:" not in tag and "$" not in last and "}}" not in last and not _IMMUTABLE.search(part)


class Handover(NamedTuple):
    """How a deploy job gets what was built before. ``words`` are those of its deploying commands."""

    job: Job
    mark: Mark
    downloads: bool
    words: str
    opaque: bool


def _shares_files(pipeline: Pipeline) -> bool:
    """Whether later jobs find the files of earlier ones: in one workspace, or as artifacts that need no download."""
    if pipeline.system in _ONE_WORKSPACE:
        return True
    named = pipeline.system in ("gitlab", "bitbucket")
    return named and any(job.root is not None and job.root.has("artifacts") for job in pipeline.jobs)


def handovers(tree: RepositoryTree, pipeline: Pipeline) -> list[Handover]:
    """The deployments of a pipeline, each with what can be seen of what it deploys."""
    found = []
    for job in pipeline.jobs:
        deploying = [mark for mark in marks(tree, job) if mark.stage == "deploy"]
        if not deploying:
            continue
        way = trail(tree, job)
        fetched = any(step.action.startswith(_DOWNLOADS) for step in way.steps) or bool(job.uses)
        downloads = fetched or _shares_files(pipeline)
        inputs = " ".join(value.text for step in way.steps for value in (*step.with_.values(), *step.env.values()))
        words = " ".join(
            [*(command.text for command in way.commands), inputs, *(value.text for value in job.env.values())]
        )
        found.append(Handover(job, deploying[0], downloads, words, bool(way.absent or way.opaque)))
    return found
