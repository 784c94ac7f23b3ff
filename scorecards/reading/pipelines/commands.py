"""(pure) The commands that a step or a job runs, followed into make targets, scripts, actions and workflows (T5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.repository.documents.shell import Script, read_shell
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.expressions import Hidden, hidden
from scorecards.reading.pipelines.found import pipelines
from scorecards.reading.pipelines.github import action_steps, local
from scorecards.reading.pipelines.make import Makefile, Target, expanded, makefile
from scorecards.reading.pipelines.model import Job, Pipeline, Step
from scorecards.reading.pipelines.words import run_of

MAX_COMMANDS = 3_000
MAX_DEPTH = 8
_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ksh", "source", "."})
_NOT_SHELL = ("pwsh", "powershell", "python", "cmd", "node", "perl", "ruby")
_WRAPPED_BUILDS = ("gradlew", "mvnw")
_SCRIPT_ENDINGS = (".sh", ".bash", ".py", ".js", ".ts", ".rb", ".pl", ".ps1")


class Command(NamedTuple):
    """A command as it runs. ``tolerated``: its failure ends nothing (``|| true``, a condition, a recipe's ``-``).

    ``through`` are the targets and scripts that led to it, the first one first.
    """

    words: tuple[str, ...]
    text: str
    path: str
    line: int
    tolerated: bool = False
    through: tuple[str, ...] = ()
    piped: bool = False

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)


class Missing(NamedTuple):
    """What a command or step names and does not lead to: a target, a script, an action, a workflow."""

    kind: str
    name: str
    path: str
    line: int


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

    def within(self, name: str, path: str, folder: str) -> "_Context":
        return _Context(path, folder, self.depth + 1, (*self.through, name)[:MAX_DEPTH])


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
        _step(tree, found, step, _Context(step.path, "", depth))
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
    here = context._replace(path=step.path, folder=_joined("", step.folder) if step.folder else context.folder)
    if step.run:
        shell = shell_of(tree, step)
        if shell is not None:
            _script(tree, found, shell.script, shell.hidden, here)
    folder = local(step.uses) if step.uses else None
    if folder is None:
        return
    inside = action_steps(tree, folder)
    if inside is None:
        found.absent.append(Missing("action", step.uses, step.path, step.uses_line))
    elif context.depth < MAX_DEPTH and ("action", folder) not in found.seen:
        found.seen.add(("action", folder))
        for inner in inside:
            _step(tree, found, inner, context.within(step.uses, inner.path, ""))


def shell_of(tree: RepositoryTree, step: Step) -> Shell | None:
    """A step's script as the shell reads it; ``None`` where there is none or another language is named."""
    return tree.derive(_shell_of, step)


def _shell_of(tree: RepositoryTree, step: Step) -> Shell | None:
    if not step.run or step.shell.startswith(_NOT_SHELL):
        return None
    masked = hidden(step.run)
    script, _ = read_shell(step.path, masked.text, step.run_line)
    return Shell(script, masked)


_PLAIN = Hidden("", ())


def _script(tree: RepositoryTree, found: Trail, script: Script, masked: Hidden, context: _Context) -> None:
    folder = context.folder
    for command in script.commands:
        if found.full:
            return
        words = tuple(masked.shown(word.text) for word in command.words)
        if not words:
            continue
        told = Command(
            words, " ".join(words), context.path, command.line,
            command.negated or command.in_condition or _forgiven(command.and_or) or command.line in context.tolerated,
            context.through, command.in_pipe,
        )  # fmt: skip
        if words[0] == "cd" and len(words) > 1:
            folder = _joined(folder, words[1])
        found.commands.append(told)
        _follow(tree, found, told, context._replace(folder=folder))


def _forgiven(and_or: str) -> bool:
    return and_or.startswith("||") and and_or.removeprefix("||").strip().split(" ")[0] in (
        "true",
        ":",
        "echo",
        "exit 0",
    )


def _joined(folder: str, name: str) -> str:
    """A folder below another one; ``..`` climbs, an absolute or computed name leads to the repository's top."""
    if name.startswith("/") or "$" in name:
        name = name.rpartition("}}")[2].lstrip("/") if "}}" in name else ""
        folder = ""
    parts = folder.split("/") if folder else []
    for part in name.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


# ---------------------------------------------------------------- where a command leads


def _follow(tree: RepositoryTree, found: Trail, command: Command, context: _Context) -> None:
    if context.depth >= MAX_DEPTH:
        return
    run = run_of(command.words)
    if run.program in ("make", "gmake"):
        _make(tree, found, command, context)
    elif run.program in ("npm", "yarn", "pnpm", "bun"):
        _package_script(tree, found, command, context)
    elif run.program in _SHELLS:
        _shell_file(tree, found, command, run.arguments, context)
    elif run.program == "task":
        _task(tree, found, command, run.plain, context)
    else:
        _script_file(tree, found, command, context)


def _shell_file(
    tree: RepositoryTree, found: Trail, command: Command, arguments: Sequence[str], context: _Context
) -> None:
    rest = list(arguments)
    while rest and rest[0].startswith(("-", "+")):
        flag = rest.pop(0)
        if flag.endswith("c") and not flag.startswith("--") and rest:
            script, _ = read_shell(context.path, hidden(rest[0]).text, command.line)
            _script(tree, found, script, hidden(rest[0]), context.within("", context.path, context.folder))
            return
    if rest and not _computed(rest[0]):
        _run_file(tree, found, command, rest[0], context, named=True)


def _script_file(tree: RepositoryTree, found: Trail, command: Command, context: _Context) -> None:
    """A program that is named by its path in the repository, or given to an interpreter."""
    for index, word in enumerate(command.words[:3]):
        if "=" in word or word.startswith("-"):
            continue
        is_path = word.startswith(("./", "../")) or ("/" in word and word.endswith(_SCRIPT_ENDINGS))
        if is_path and not _computed(word):
            _run_file(tree, found, command, word, context, named=index > 0)
            return


def _computed(word: str) -> bool:
    return "$" in word or "`" in word or "*" in word or "{{" in word


def _run_file(
    tree: RepositoryTree, found: Trail, command: Command, name: str, context: _Context, *, named: bool
) -> None:
    path = next((path for path in (_joined(context.folder, name), _joined("", name)) if tree.exists(path)), "")
    if not path:
        if name.endswith(_SCRIPT_ENDINGS) and not name.startswith("/"):
            found.absent.append(Missing("script", name, command.path, command.line))
        return
    if name.endswith(_WRAPPED_BUILDS) or ("script", path) in found.seen or not _is_shell(tree, path, named):
        return
    found.seen.add(("script", path))
    script = tree.shell(path)
    if script is not None:
        _script(tree, found, script, _PLAIN, context.within(path, path, context.folder))


def _is_shell(tree: RepositoryTree, path: str, named: bool) -> bool:
    if path.endswith((".sh", ".bash", ".bats")):
        return True
    first = (tree.text(path) or "")[:100].partition("\n")[0]
    return first.startswith("#!") and first.rstrip().rstrip("-eux ").endswith("sh")


# ---------------------------------------------------------------- make


def _make(tree: RepositoryTree, found: Trail, command: Command, context: _Context) -> None:
    run = run_of(command.words)
    folder = _joined(context.folder, run.value("-C", "--directory"))
    file = makefile(tree, folder, run.value("-f", "--file", "--makefile"))
    names = [word for word in run.plain if "=" not in word]
    given = dict(word.split("=", 1) for word in run.arguments if "=" in word and not word.startswith("-"))
    if file is None:
        found.absent.extend(Missing("target", name, command.path, command.line) for name in names or ["all"])
        return
    inside = context.within("", context.path, folder)
    for name in names or [file.default]:
        _target(tree, found, file, name, {**file.variables, **given}, command, inside)


def _target(
    tree: RepositoryTree, found: Trail, file: Makefile, first: str, variables: dict[str, str], command: Command,
    context: _Context,
) -> None:  # fmt: skip
    waiting = [first]
    while waiting and not found.full:
        name = waiting.pop(0)
        key = ("target", file.path, name)
        if key in found.seen:
            continue
        found.seen.add(key)
        target = file.target(name)
        if target is not None:
            waiting.extend(target.needs)
            _recipe(tree, found, target, variables, context)
        elif name == first and not _computed(name):
            missing = Missing("target", name, command.path, command.line)
            (found.absent if file.complete else found.opaque).append(missing)


def _recipe(tree: RepositoryTree, found: Trail, target: Target, variables: dict[str, str], context: _Context) -> None:
    if not target.recipe:
        return
    first = target.recipe[0][0]
    lines: list[str] = []
    for number, text in target.recipe:
        lines.extend([""] * max(number - first - len(lines), 0))
        lines.append(expanded(text.removeprefix("-").lstrip("@") if text.startswith("-") else text, variables))
    tolerated = frozenset(number for number, text in target.recipe if text.startswith("-"))
    script, _ = read_shell(target.path, "\n".join(lines), first)
    name = f"make {target.name}"
    inside = _Context(target.path, context.folder, context.depth, (*context.through[:-1], name), tolerated)
    _script(tree, found, script, _PLAIN, inside)


# ---------------------------------------------------------------- package.json, Taskfile

_YARN_OWN = frozenset(
    {"install", "add", "remove", "upgrade", "config", "cache", "workspace", "workspaces", "set", "dlx", "exec", "pack",
     "publish", "version", "info", "why", "audit", "npm", "node", "plugin", "link", "init", "import", "list", "ci",
     "login", "logout", "global", "dedupe", "store", "fetch", "i", "x", "create", "outdated", "update", "tag", "whoami"}
)  # fmt: skip
_NPM_SHORT = {"t": "test", "tst": "test", "start": "start", "test": "test", "stop": "stop", "restart": "restart"}


def _package_script(tree: RepositoryTree, found: Trail, command: Command, context: _Context) -> None:
    run = run_of(command.words)
    name = _script_name(run.program, run.plain)
    if not name or _computed(name):
        return
    folder = _joined(context.folder, run.value("--prefix", "--cwd", "-C", "--dir"))
    path = f"{folder}/package.json" if folder else "package.json"
    parsed = tree.json(path) if tree.exists(path) else None
    explicit = run.plain[0] in ("run", "run-script")
    if parsed is None or parsed.root is None:
        if explicit:
            found.absent.append(Missing("script", name, command.path, command.line))
        return
    elsewhere = run.has("--workspace", "-w", "--workspaces", "--filter", "-F", "-r", "--recursive")
    scripts = parsed.root.get("scripts")
    for part in (f"pre{name}", name, f"post{name}"):
        node = scripts.get(part) if scripts is not None else None
        key = ("npm", path, part)
        if node is not None and key not in found.seen:
            found.seen.add(key)
            script, _ = read_shell(path, node.text, node.line)
            _script(tree, found, script, _PLAIN, context.within(f"npm run {part}", path, folder))
        elif node is None and part == name and explicit and key not in found.seen:
            missing = Missing("script", name, command.path, command.line)
            (found.opaque if elsewhere else found.absent).append(missing)


def _script_name(program: str, plain: Sequence[str]) -> str:
    if not plain:
        return ""
    if plain[0] in ("run", "run-script"):
        return plain[1] if len(plain) > 1 else ""
    if plain[0] in _NPM_SHORT:
        return _NPM_SHORT[plain[0]]
    return plain[0] if program in ("yarn", "pnpm") and plain[0] not in _YARN_OWN else ""


def _task(tree: RepositoryTree, found: Trail, command: Command, names: Sequence[str], context: _Context) -> None:
    path = next((path for path in _taskfiles(context.folder) if tree.exists(path)), "")
    documents = tree.yaml(path) if path else []
    tasks = documents[0].root.get("tasks") if documents else None
    if tasks is None:
        return
    waiting = list(names)[:20]
    while waiting and not found.full:
        name = waiting.pop(0)
        if ("task", path, name) in found.seen:
            continue
        found.seen.add(("task", path, name))
        node = tasks.get(name)
        if node is None:
            kind = found.opaque if ":" in name or documents[0].root.has("includes") else found.absent
            kind.append(Missing("target", name, command.path, command.line))
            continue
        waiting.extend(
            text for text in (*node.texts_at("deps"), *(dep.text_at("task") for dep in node.items_at("deps")))
        )
        for item in node.items_at("cmds") or node.items() or [node]:
            waiting.extend(filter(None, [item.text_at("task")]))
            text = item.text or item.text_at("cmd")
            script, _ = read_shell(path, hidden(text).text, item.line_at(0))
            _script(tree, found, script, hidden(text), context.within(f"task {name}", path, context.folder))


def _taskfiles(folder: str) -> Iterator[str]:
    for name in ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml"):
        yield f"{folder}/{name}" if folder else name
