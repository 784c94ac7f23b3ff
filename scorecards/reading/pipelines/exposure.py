"""(pure) Where a step lets a secret be seen: printed, put into a script's text, or passed on a command line."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ingest.repository.documents.shell import Command as ShellCommand
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.expressions import expressions
from scorecards.reading.pipelines.model import Job, Pipeline, Step
from scorecards.reading.pipelines.secrets import carriers, secrets_in
from scorecards.reading.pipelines.trails import Command, shell_of, trail
from scorecards.reading.pipelines.words import run_of
from scorecards.reading.secret_names import is_secret_name

# Systems that put all variables of the project into a script's environment without naming them in the file.
_IMPLICIT = frozenset({"gitlab", "bitbucket", "circleci", "drone", "woodpecker", "buildkite", "travis"})
_BUILTINS = frozenset(
    {"[", "[[", "test", "export", "read", "local", "declare", "typeset", "readonly", ":", "unset", "set", "true",
     "return", "cd", "let", "shift", "eval", "source", "."}
)  # fmt: skip
# What is kept in a secret store for convenience, and tells whoever sees it only where something is.
_IDENTIFIER = re.compile(
    r"(?:project|org|organi[sz]ation|region|zone|user|username|usr|login|bucket|bucket_?name|role|role_?arn|account|registry|host"
    r"|hostname|domain|email|mail|cluster|cluster_?name|namespace|(?:project|account|client|tenant|subscription|app|team)_?id)$",
    re.I,
)
_PRINTERS = frozenset({"echo", "printf"})
_SCREENS = ("/dev/stdout", "/dev/stderr", "/dev/tty", "1", "2")
_ENV = re.compile(r"^env\.([A-Za-z_][A-Za-z0-9_]*)$")


class Exposure(NamedTuple):
    """A secret that can be seen. ``masked``: the platform was told to hide it before, and it is only an argument."""

    name: str
    how: str
    place: Place
    masked: bool = False


class Uses(NamedTuple):
    """Whether a step's script uses a secret, and where it lets it be seen."""

    any: bool
    exposures: tuple[Exposure, ...]


def uses_of(tree: RepositoryTree, pipeline: Pipeline, job: Job, step: Step) -> Uses:
    """What a step's script does with secrets; scripts and targets that it calls are looked at as well."""
    known = carriers(tree, pipeline, job, step)
    found = list(_interpolated(step, known))
    used = bool(found) or bool(secrets_in(step.run))
    masked: set[str] = set()
    read = False
    for command in trail(tree, step).commands:
        names = _names(pipeline, command, known)
        if not names or command.parsed is None:
            continue
        read = True
        if _only_masks(command):
            masked.update(names)
            continue
        names = [name for name in names if not _IDENTIFIER.search(name)]
        found += _seen(command, command.parsed, names, masked)
    found += _traced(tree, step) if read else []
    return Uses(used or read, tuple(dict.fromkeys(found)))


def _interpolated(step: Step, known: Mapping[str, str]) -> Iterator[Exposure]:
    """Secrets that an expression writes into the script's own text."""
    for found in expressions(step.run):
        names = secrets_in("${{" + found.text + "}}")
        env = _ENV.match(found.text)
        if env and env[1] in known:
            names = [env[1]]
        names = [name for name in names if not _IDENTIFIER.search(name)]
        if names and not _is_comparison(found.text):
            line = step.run_line + (found.line if step.exact else 0)
            yield Exposure(names[0], "expression", Place(step.path, line))


def _is_comparison(text: str) -> bool:
    return "==" in text or "!=" in text


def _names(pipeline: Pipeline, command: Command, known: Mapping[str, str]) -> list[str]:
    if command.parsed is None:
        return []
    read = [expansion.name for word in command.parsed.words for expansion in word.expansions]
    if pipeline.system in _IMPLICIT:
        return [name for name in read if name in known or is_secret_name(name)]
    return [name for name in read if name in known]


def _only_masks(command: Command) -> bool:
    return any("::add-mask::" in word for word in command.words[:3]) and command.words[0] in _PRINTERS


def _seen(command: Command, parsed: ShellCommand, names: list[str], masked: set[str]) -> Iterator[Exposure]:
    program = run_of(command.words).program or command.words[0]
    if not names or program in _BUILTINS or command.words[0] in _BUILTINS:
        return
    if program in _PRINTERS:
        if _is_shown(parsed):
            yield Exposure(names[0], "printed", command.place)
    elif not any(redirect.target.startswith("(") for redirect in parsed.redirects):
        yield Exposure(names[0], f"argument of {program}", command.place, masked.issuperset(names))


def _is_shown(parsed: ShellCommand) -> bool:
    """Whether what is printed ends in the log: it goes to no file, no other command and no variable."""
    to_file = any(
        redirect.operator.startswith((">", "&>")) and redirect.target not in _SCREENS for redirect in parsed.redirects
    )
    return not (to_file or parsed.in_pipe or parsed.depth)


def _traced(tree: RepositoryTree, step: Step) -> Iterator[Exposure]:
    """``set -x`` writes every command with its values to the log."""
    shell = shell_of(tree, step)
    option = shell.script.option("xtrace") if shell is not None else None
    if option is not None:
        yield Exposure("", "set -x", Place(step.path, option.line))
