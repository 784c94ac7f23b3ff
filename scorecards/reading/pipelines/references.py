"""(pure) What pipelines take from elsewhere: actions, workflows, images, orbs, pipes, runners; and how firmly."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.expressions import expansions, has_expression
from scorecards.reading.pipelines.found import actions, pipelines
from scorecards.reading.pipelines.model import EnvValue, Job, Pipeline, Step

Firmness = Literal["hash", "tag", "moving", "none", "unknown"]
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_TAG = re.compile(r"(?:[A-Za-z][\w.]*[-_/])?v?\d+(?:\.\d+){0,3}(?:[-+._]?[0-9A-Za-z.-]{1,60})?\Z")
_BRANCHES = frozenset(
    {"main", "master", "develop", "dev", "trunk", "head", "latest", "stable", "nightly", "edge", "next", "beta",
     "volatile", "release"}
)  # fmt: skip
_COMMENT = re.compile(r"#\s*(?:tag=|pin@|ratchet:\S+@|[\w./-]+@)?v?(\d+(?:\.\d+)*)")
FIRST_PARTY = ("actions/", "github/")


class Reference(NamedTuple):
    """A thing that a pipeline uses. ``version`` is what follows ``@`` or ``:``; ``told`` the version of a comment."""

    kind: Literal["action", "image", "orb", "pipe", "plugin", "runner"]
    text: str
    name: str
    version: str
    path: str
    line: int
    firmness: Firmness
    told: str = ""

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)

    @property
    def unit(self) -> str:
        return f"{self.path} {self.text[:200]}"


def references(tree: RepositoryTree) -> list[Reference]:
    """All references of the pipelines and composite actions, each with every expansion of its job's matrix."""
    return list(tree.derive(_references))


def _references(tree: RepositoryTree) -> tuple[Reference, ...]:
    every = [*pipelines(tree), *actions(tree)]
    found = [reference for pipeline in every for job in pipeline.jobs for reference in _of_job(tree, pipeline, job)]
    return tuple(dict.fromkeys(found))


def _of_job(tree: RepositoryTree, pipeline: Pipeline, job: Job) -> Iterator[Reference]:
    if pipeline.system in ("github", "circleci") and job.uses:
        yield from _used(tree, pipeline, job.uses, job.path, job.uses_line, job)
    for step in job.steps:
        if step.uses:
            yield from _used(tree, pipeline, step.uses, step.path, step.uses_line, job)
        yield from _of_inputs(step)
    if pipeline.system != "tekton":
        for image in [job.container, *(service.image for service in job.services)]:
            if image is not None and image.text:
                yield from _image(image, job)
    if pipeline.system == "github":
        for label in job.runs_on:
            for text in expansions(label, job.matrix):
                yield Reference("runner", text, text, "", job.path, _runner_line(job), "tag")


def _runner_line(job: Job) -> int:
    return job.root.line_of("runs-on") if job.root is not None else job.line


def _of_inputs(step: Step) -> Iterator[Reference]:
    image = step.with_.get("image")
    if not step.uses and image is not None and image.text:
        yield image_reference(image.text, step.path, image.line)


def _image(image: EnvValue, job: Job) -> Iterator[Reference]:
    for text in expansions(image.text, job.matrix):
        yield image_reference(text, job.path, image.line)


# ---------------------------------------------------------------- actions and their like


def _used(tree: RepositoryTree, pipeline: Pipeline, uses: str, path: str, line: int, job: Job) -> Iterator[Reference]:
    for text in expansions(uses, job.matrix):
        if pipeline.system == "github":
            yield from _action(tree, text, path, line)
        elif pipeline.system in ("drone", "woodpecker"):
            continue  # its image is the job's container
        elif pipeline.system in ("circleci", "bitbucket", "buildkite") and "/" in text:
            kind: Literal["orb", "pipe", "plugin"] = "orb"
            kind = "pipe" if pipeline.system == "bitbucket" else "plugin" if pipeline.system == "buildkite" else kind
            name, _, version = text.partition("@")
            yield Reference(kind, text, name, version, path, line, firmness_of(version))


def _action(tree: RepositoryTree, text: str, path: str, line: int) -> Iterator[Reference]:
    if text.startswith("./") or text == ".":
        return
    if text.startswith("docker://"):
        yield image_reference(text.removeprefix("docker://"), path, line)
        return
    name, _, version = text.partition("@")
    told = ""
    firmness = firmness_of(version)
    if firmness == "hash":
        lines = tree.lines(path)
        comment = _COMMENT.search(lines[line - 1][:2_000]) if 0 < line <= len(lines) else None
        told = comment[1] if comment else ""
    yield Reference("action", text, name.lower(), version, path, line, firmness, told)


def firmness_of(version: str) -> Firmness:
    """How firmly a version names what it names; empty: not at all."""
    if not version:
        return "none"
    if has_expression(version):
        return "unknown"
    if _HASH.match(version):
        return "hash"
    named_branch = version.lower() in _BRANCHES or version.startswith(("release/", "releases/", "heads/"))
    return "tag" if _TAG.match(version) and not named_branch else "moving"


# ---------------------------------------------------------------- images


def image_reference(text: str, path: str, line: int) -> Reference:
    """An image with its tag or digest; a tag that is computed is unknown."""
    name, _, digest = text.partition("@")
    repository, tag = _split_tag(name)
    if digest.startswith("sha256:"):
        return Reference("image", text, repository, digest, path, line, "hash")
    if has_expression(text) or text.startswith("$"):
        known = tag if tag and not has_expression(tag) else ""
        firmness: Firmness = _tag_firmness(known) if known else "unknown"
        return Reference("image", text, repository, tag, path, line, firmness)
    return Reference("image", text, repository, tag, path, line, _tag_firmness(tag))


def _split_tag(name: str) -> tuple[str, str]:
    head, slash, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    return f"{head}{slash}{base}", tag


def _tag_firmness(tag: str) -> Firmness:
    if not tag:
        return "none"
    return "moving" if tag.lower() in _BRANCHES else "tag"
