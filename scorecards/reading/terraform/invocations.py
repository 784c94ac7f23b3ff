"""(pure) Where pipelines and scripts run Terraform: in which folder, with which arguments."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.pipelines import Job, Step, commands, pipelines
from scorecards.reading.pipelines.make import expanded, makefile
from scorecards.reading.terraform.directory import folder_of, joined
from scorecards.reading.terraform.terragrunt import units

_MATRIX = re.compile(r"\$\{\{\s{0,20}matrix\.([\w-]{1,100})\s{0,20}\}\}", re.A)
_MAKEFILES = ("**/Makefile", "**/GNUmakefile", "**/makefile")
_ARGUMENTS, _OFF = "TF_CLI_ARGS", "-lock=false"
_TOOLS = frozenset({"terraform", "tofu", "terragrunt"})
_TOUCHES_STATE = frozenset(
    {"apply", "plan", "destroy", "refresh", "import", "workspace", "state", "output", "taint", "untaint", "show"}
)


class Invocation(NamedTuple):
    """One run of Terraform, OpenTofu or Terragrunt.

    ``folder`` is where it runs; ``None`` where that is not known. ``arguments`` stand behind the tool's name.
    ``by_pipeline``: a pipeline runs it, through a script or a target too.
    """

    tool: str
    arguments: tuple[str, ...]
    folder: str | None
    place: Place
    by_pipeline: bool = False

    @property
    def command(self) -> str:
        return next((word for word in self.arguments if not word.startswith("-")), "")

    @property
    def touches_state(self) -> bool:
        return self.command in _TOUCHES_STATE

    def values(self, flag: str) -> list[str]:
        """The values of a flag that may be repeated, with one dash or two."""
        found = []
        for at, word in enumerate(self.arguments):
            name, equals, value = word.partition("=")
            if name.lstrip("-") == flag and word.startswith("-"):
                found.append(value if equals else "".join(self.arguments[at + 1 : at + 2]))
        return found


def invocations(tree: RepositoryTree) -> list[Invocation]:
    """The runs in pipelines, with all that these call, in scripts and in makefiles."""
    return tree.derive(_invocations)


def _invocations(tree: RepositoryTree) -> list[Invocation]:
    found = [*_in_pipelines(tree), *_in_scripts(tree), *_in_makefiles(tree)]
    first: dict[tuple[Place, tuple[str, ...]], Invocation] = {}
    for one in found:
        first.setdefault((one.place, one.arguments), one)
    return list(first.values())


def _in_pipelines(tree: RepositoryTree) -> Iterator[Invocation]:
    for pipeline in pipelines(tree):
        for job in pipeline.jobs:
            for step in job.steps:
                for start in _folders(job, step.folder):
                    yield from _in_step(tree, step, start)


def _folders(job: Job, folder: str) -> list[str | None]:
    """Where a step starts: one folder, or one for each value of the matrix that its name is filled from."""
    found = _MATRIX.search(folder)
    values = job.matrix.get(found.group(1), ()) if found else ()
    given = [folder[: found.start()] + value + folder[found.end() :] for value in values[:50]] if found else []
    return [None if "$" in one else joined("", one) for one in given or [folder]]


def _in_step(tree: RepositoryTree, step: Step, folder: str | None) -> Iterator[Invocation]:
    for told in commands(tree, step):
        folder = _moved(folder, told.words)
        if (one := _invocation(told.words, folder, told.place)) is not None:
            yield one._replace(by_pipeline=True)


def _in_scripts(tree: RepositoryTree) -> Iterator[Invocation]:
    for found in kinds.found(tree, "shell"):
        if not _names_tool(tree.text(found.path) or "") or (script := tree.shell(found.path)) is None:
            continue
        folder: str | None = folder_of(found.path)
        for command in script.commands:
            words = tuple(word.text for word in command.words)
            folder = _moved(folder, words)
            if (one := _invocation(words, folder, Place(found.path, command.line))) is not None:
                yield one


def _in_makefiles(tree: RepositoryTree) -> Iterator[Invocation]:
    for path in tree.files(*_MAKEFILES):
        file = makefile(tree, folder_of(path)) if _names_tool(tree.text(path) or "") else None
        if file is not None:
            for target in file.targets.values():
                for line, text in target.recipe:
                    yield from _in_recipe(expanded(text, file.variables), folder_of(path), Place(target.path, line))


def _in_recipe(text: str, folder: str | None, place: Place) -> Iterator[Invocation]:
    """The runs in one line, each line from the makefile's own folder."""
    for part in text.lstrip("@-").replace(";", "&&").split("&&"):
        words = tuple(part.split())
        folder = _moved(folder, words)
        if (one := _invocation(words, folder, place)) is not None:
            yield one


def _names_tool(text: str) -> bool:
    return any(tool in text for tool in _TOOLS)


def _moved(folder: str | None, words: tuple[str, ...]) -> str | None:
    """The folder after a command: another one behind ``cd``, not known where the name is computed."""
    if words[:1] not in (("cd",), ("pushd",)) or len(words) < 2:
        return folder
    target = words[1]
    if "$" in target or target.startswith(("/", "~", "-")):
        return None
    return joined(folder, target) if folder is not None else None


def _invocation(words: tuple[str, ...], folder: str | None, place: Place) -> Invocation | None:
    at = next((at for at, word in enumerate(words[:8]) if word.rpartition("/")[2] in _TOOLS), None)
    if at is None or not all(_is_prefix(word) for word in words[:at]):
        return None
    arguments = words[at + 1 :]
    one = Invocation(words[at].rpartition("/")[2], arguments, folder, place)
    moved = one.values("chdir") + one.values("terragrunt-working-dir") + one.values("working-dir")
    return one._replace(folder=_moved(folder, ("cd", moved[0]))) if moved else one


def _is_prefix(word: str) -> bool:
    """Whether a word may stand before the tool's name: an assignment or a wrapper."""
    return "=" in word or word in ("sudo", "env", "time", "exec", "command", "aws-vault", "op", "run", "--", "doppler")


# ---------------------------------------------------------------- locking switched off


def unlocked(tree: RepositoryTree) -> list[tuple[Place, str | None]]:
    """The commands and settings that switch the state's lock off, each with its folder where that is known."""
    return tree.derive(_unlocked)


def _unlocked(tree: RepositoryTree) -> list[tuple[Place, str | None]]:
    by_command = [(one.place, one.folder) for one in invocations(tree) if "false" in one.values("lock")]
    return [*by_command, *((place, None) for place in _in_settings(tree)), *_in_terragrunt(tree)]


def _in_settings(tree: RepositoryTree) -> Iterator[Place]:
    """Where the environment of a pipeline, a script or a makefile gives the flag to every command."""
    for pipeline in pipelines(tree):
        for env in (pipeline.env, *(job.env for job in pipeline.jobs), *(step.env for step in pipeline.steps)):
            for name, value in env.items():
                if name.startswith(_ARGUMENTS) and _OFF in value.text:
                    yield Place(pipeline.path, value.line)
    for path in (*(found.path for found in kinds.found(tree, "shell")), *tree.files(*_MAKEFILES)):
        if _OFF in (tree.text(path) or ""):
            for number, line in enumerate(tree.lines(path), 1):
                if _ARGUMENTS in line and _OFF in line and not line.lstrip().startswith("#"):
                    yield Place(path, number)


def _in_terragrunt(tree: RepositoryTree) -> Iterator[tuple[Place, str | None]]:
    for unit in units(tree):
        for part, block in unit.blocks("terraform"):
            for extra in block.body.blocks_of("extra_arguments"):
                given = extra.body.get("arguments")
                if given is not None and _OFF in given.texts():
                    yield Place(part.path, extra.line), unit.folder
