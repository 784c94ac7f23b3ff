"""(pure) The commands that a step or a job runs, followed into make targets, scripts, actions and workflows (T5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.repository.documents.shell import Command as ShellCommand
from ingest.repository.documents.shell import Script, read_shell
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.expressions import Hidden, expansions, hidden
from scorecards.reading.pipelines.found import pipelines
from scorecards.reading.pipelines.github import action_steps, local
from scorecards.reading.pipelines.model import Job, Pipeline, Step
from scorecards.reading.pipelines.targets import Missing, Origin, Piece, follow, joined
from scorecards.reading.pipelines.words import run_of, unwrapped

MAX_COMMANDS = 3_000
MAX_DEPTH = 8
MAX_MATRIX = 12
Matrix = Mapping[str, tuple[str, ...]]
_NOT_SHELL = ("pwsh", "powershell", "bat", "python", "cmd", "node", "perl", "ruby")


class Command(NamedTuple):
    """A command as it runs. ``tolerated``: its failure ends nothing (``|| true``, a condition, a recipe's ``-``).

    ``through`` are the targets and scripts that led to it, the first one first; ``step`` counts the trail's steps.
    """

    words: tuple[str, ...]
    text: str
    path: str
    line: int
    tolerated: bool = False
    through: tuple[str, ...] = ()
    parsed: ShellCommand | None = None
    step: int = 0

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)


@dataclass(slots=True)
class Trail:
    """Where a step or job leads.

    ``steps`` are all steps that run, those of local actions and workflows too; ``absent`` what does not exist in the
    repository; ``opaque`` what can't be followed: another repository's workflow, a target of a file that is not there.
    """

    commands: list[Command] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    absent: list[Missing] = field(default_factory=list)
    opaque: list[Missing] = field(default_factory=list)
    seen: set[tuple[str, ...]] = field(default_factory=set)

    @property
    def full(self) -> bool:
        return len(self.commands) >= MAX_COMMANDS


class Shell(NamedTuple):
    """A step's script as the shell reads it, with what was hidden from it."""

    script: Script
    hidden: Hidden


class _Context(NamedTuple):
    path: str
    folder: str
    depth: int
    through: tuple[str, ...] = ()
    tolerated: frozenset[int] = frozenset()
    forgiving: bool = False
    matrix: Matrix = {}

    def within(self, name: str, path: str, folder: str, tolerated: frozenset[int] = frozenset()) -> "_Context":
        through = (*self.through, name) if name else self.through
        return _Context(path, folder, self.depth + 1, through, tolerated, self.forgiving, self.matrix)


def commands(tree: RepositoryTree, of: Step | Job) -> list[Command]:
    """The shell commands that a step or job runs, those of what it calls in this repository too."""
    return list(trail(tree, of).commands)


def trail(tree: RepositoryTree, of: Step | Job) -> Trail:
    """Where a step or a job leads; read once."""
    return tree.derive(_trail, of)


def _trail(tree: RepositoryTree, of: Step | Job) -> Trail:
    found = Trail()
    if isinstance(of, Job):
        _job(tree, found, of, 0)
    else:
        _step(tree, found, of, _Context(of.path, "", 0))
    return found


def _job(tree: RepositoryTree, found: Trail, job: Job, depth: int) -> None:
    for step in job.steps:
        _step(tree, found, step, _Context(step.path, "", depth, matrix=job.matrix))
    if job.uses:
        _called(tree, found, job, depth)


def _called(tree: RepositoryTree, found: Trail, job: Job, depth: int) -> None:
    path = local(job.uses)
    if path is None:
        found.opaque.append(Missing("workflow", job.uses, job.path, job.uses_line))
    elif not tree.exists(path):
        found.absent.append(Missing("workflow", path, job.path, job.uses_line))
    elif depth < MAX_DEPTH and ("workflow", path) not in found.seen:
        found.seen.add(("workflow", path))
        called = called_pipeline(tree, path)
        for inner in called.jobs if called is not None else ():
            _job(tree, found, inner, depth + 1)


def called_pipeline(tree: RepositoryTree, path: str) -> Pipeline | None:
    """The pipeline of a file that a job calls."""
    return next((pipeline for pipeline in pipelines(tree) if pipeline.path == path), None)


def _step(tree: RepositoryTree, found: Trail, step: Step, context: _Context) -> None:
    found.steps.append(step)
    folder = joined("", step.folder) if step.folder else context.folder
    forgiving = context.forgiving or step.continue_on_error
    here = context._replace(path=step.path, folder=folder, forgiving=forgiving)
    if step.run:
        shell = shell_of(tree, step)
        if shell is not None:
            _script(tree, found, shell.script, shell.hidden, here)
    action = local(step.uses) if step.uses else None
    if action is None:
        return
    inside = action_steps(tree, action)
    if inside is None:
        found.absent.append(Missing("action", step.uses, step.path, step.uses_line))
    elif context.depth < MAX_DEPTH and ("action", action) not in found.seen:
        found.seen.add(("action", action))
        for inner in inside:
            _step(tree, found, inner, here.within(step.uses, inner.path, ""))


def shell_of(tree: RepositoryTree, step: Step) -> Shell | None:
    """A step's script as the shell reads it; ``None`` where there is none or another language is named."""
    return tree.derive(_shell_of, step)


def _shell_of(tree: RepositoryTree, step: Step) -> Shell | None:
    if not step.run or step.shell.startswith(_NOT_SHELL):
        return None
    masked = hidden(step.run)
    script, _ = read_shell(step.path, masked.text, step.run_line)
    return Shell(script, masked)


def _script(tree: RepositoryTree, found: Trail, script: Script, masked: Hidden, context: _Context) -> None:
    folder = context.folder
    for command in script.commands:
        if found.full:
            return
        written = tuple(masked.shown(word.text) for word in command.words)
        if written[:1] == ("cd",) and len(written) > 1:
            folder = joined(folder, written[1])
        for words in _expanded(written, context.matrix):
            told = Command(
                words, " ".join(words), context.path, command.line,
                context.forgiving or _is_tolerated(command) or command.line in context.tolerated,
                context.through, command, len(found.steps) - 1,
            )  # fmt: skip
            found.commands.append(told)
            if context.depth < MAX_DEPTH:
                _follow(tree, found, told, context._replace(folder=folder))


def _expanded(words: tuple[str, ...], matrix: Matrix) -> list[tuple[str, ...]]:
    """The commands that a job's matrix makes of one."""
    if not matrix or not any("matrix." in word for word in words):
        return [words] if words else []
    return [tuple(text.split("\x1f")) for text in expansions("\x1f".join(words), matrix)[:MAX_MATRIX]]


def _follow(tree: RepositoryTree, found: Trail, command: Command, context: _Context) -> None:
    origin = Origin(command.path, command.line, context.folder)
    for piece in follow(tree, run_of(command.words), unwrapped(command.words), origin, found.seen):
        if found.full:
            return
        if isinstance(piece, Piece):
            inside = context.within(piece.name, piece.path, piece.folder, piece.tolerated)
            _script(tree, found, piece.script, piece.hidden, inside)
        else:
            (found.absent if piece.absent else found.opaque).append(piece)


def _is_tolerated(command: ShellCommand) -> bool:
    return command.negated or command.in_condition or _forgiven(command.and_or)


def _forgiven(and_or: str) -> bool:
    return and_or.startswith("||") and and_or.removeprefix("||").strip().split(" ")[0] in (
        "true",
        ":",
        "echo",
        "exit 0",
    )
