"""(pure) What a release job uploads and installs, and whether anything makes what it uploads."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.model import Job, Pipeline, Step
from scorecards.reading.pipelines.stages import Mark, marks
from scorecards.reading.pipelines.trails import Command, trail
from scorecards.reading.pipelines.words import Run, run_of

FILES = {
    "softprops/action-gh-release": ("files",), "ncipollo/release-action": ("artifacts", "artifact"),
    "svenstaro/upload-release-action": ("file",), "actions/upload-release-asset": ("asset_path",),
    "marvinpinto/action-automatic-releases": ("files",), "shogo82148/actions-upload-release-asset": ("asset_path",),
}  # fmt: skip
_DOWNLOADS = ("actions/download-artifact", "dawidd6/action-download-artifact", "robinraju/release-downloader")
_SETTING_UP = ("actions/checkout", "actions/setup-", "actions/cache", "docker/setup-", "docker/login-action", *FILES)


def releasing(tree: RepositoryTree, pipeline: Pipeline) -> list[tuple[Job, Mark]]:
    """The jobs that release, each with what shows it: releases, and packages published for a tag or by name."""
    tagged = pipeline.triggers.tags or re.search(r"release|publish", f"{pipeline.path} {pipeline.name}", re.I)
    wanted = ("release", "publish") if tagged else ("release",)
    found = [(job, mark) for job in pipeline.jobs for mark in marks(tree, job) if mark.stage in wanted]
    first: dict[str, tuple[Job, Mark]] = {}
    for job, mark in found:
        first.setdefault(job.id, (job, mark))
    return list(first.values())


# ---------------------------------------------------------------- files


class Upload(NamedTuple):
    """A path that a release takes along."""

    path: str
    place: Place
    step: Step


def uploads(job: Job) -> list[Upload]:
    """The files that release actions of a job upload, each with its own line where that can be told."""
    return [upload for step in job.steps for name in FILES.get(step.action, ()) for upload in _listed(step, name)]


def _listed(step: Step, name: str) -> Iterator[Upload]:
    value = step.with_.get(name)
    node = step.root.get("with", name) if step.root is not None else None
    if value is None or node is None:
        return
    for offset, line in enumerate(value.text.split("\n")):
        for path in re.split(r",\s*", line.strip()):
            if path and not path.startswith("#"):
                yield Upload(path, Place(step.path, node.line_at(offset)), step)


def unmade(tree: RepositoryTree, job: Job) -> list[Upload]:
    """The files that nothing in the job makes, fetches or already holds; none where something can't be looked into."""
    listed = uploads(job)
    way = trail(tree, job)
    before = [step for step in way.steps if not step.action.startswith(_SETTING_UP)]
    if not listed or way.absent or way.opaque or any(step.action.startswith(_DOWNLOADS) for step in way.steps):
        return []
    if any(mark.stage == "build" for mark in marks(tree, job)):
        return []
    written = [redirect.target for command in way.commands if command.parsed for redirect in command.parsed.redirects]
    text = "\n".join([*(command.text for command in way.commands), *written, *_outputs(before)])
    return [upload for upload in listed if not _is_made(tree, upload.path, text)]


def _outputs(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        yield from (value.text for value in step.with_.values())


def _is_made(tree: RepositoryTree, path: str, text: str) -> bool:
    """Whether commands name the file or its folder, or the repository holds it."""
    if "${{" in path or "$" in path:
        return True
    plain = path.removeprefix("./")
    folder, _, name = plain.rpartition("/")
    stem = folder.rpartition("/")[2] if "*" in name else name
    return bool(stem and stem in text) or bool(tree.all_files(plain))


# ---------------------------------------------------------------- tools

_PINNED = re.compile(r"==|@v?\d|@\$|@[0-9a-f]{7,}|~=|\.tgz|\.whl|\.tar\.gz")


def unpinned(tree: RepositoryTree, job: Job) -> list[tuple[str, Place]]:
    """(what, where) of tools that a job installs in whatever version is the latest."""
    named = [(_installs(run_of(command.words), command), command.place) for command in trail(tree, job).commands]
    return [(name, place) for name, place in named if name]


def _installs(run: Run, command: Command) -> str:
    words = [word for word in run.plain[1:] if not word.startswith((".", "/", "-"))]
    loose = next((word for word in words if not _PINNED.search(word)), "")
    match run.program, run.plain[:1]:
        case ("npm" | "pnpm" | "bun", ("install",) | ("i",) | ("add",)):
            return loose if run.has("-g", "--global") else ""
        case ("yarn", ("global",)):
            return next((word for word in words[1:] if not _PINNED.search(word)), "")
        case ("pip" | "pip3" | "pipx", ("install",)):
            return "" if run.has("-r", "--requirement", "-e", "--editable") else loose
        case ("go", ("install",)):
            return next((word for word in words if word.endswith(("@latest", "@master", "@main"))), "")
        case ("gem" | "cargo", ("install",)):
            return "" if run.has("-v", "--version", "--locked", "--path") else loose
    if run.program in ("bash", "sh") and command.parsed is not None and command.parsed.in_pipe and not run.plain:
        return "a script from the network"
    return ""
