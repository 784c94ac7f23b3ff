"""(pure) Where a command leads in its repository: make targets, package scripts, tasks, script files."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.repository.documents.shell import Script, read_shell
from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.expressions import Hidden, hidden
from scorecards.reading.pipelines.make import Makefile, Target, expanded, makefile
from scorecards.reading.pipelines.words import Run

NOTHING_HIDDEN = Hidden("", ())
_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ksh", "source", "."})
_INTERPRETERS = frozenset({"python", "python3", "node", "ruby", "perl", "pwsh", "deno", "bun", "ts-node", "tsx"})
_WRAPPED_BUILDS = ("gradlew", "mvnw")
_SCRIPT_ENDINGS = (".sh", ".bash", ".py", ".js", ".ts", ".rb", ".pl", ".ps1")


class Piece(NamedTuple):
    """A script that a command runs. ``tolerated`` are the lines whose failure is ignored."""

    name: str
    path: str
    folder: str
    script: Script
    hidden: Hidden = NOTHING_HIDDEN
    tolerated: frozenset[int] = frozenset()


class Missing(NamedTuple):
    """What is named and does not lead to anything: a target, a script, an action, a workflow.

    ``absent``: it is certain that the repository does not hold it; else it can't be followed.
    """

    kind: str
    name: str
    path: str
    line: int
    absent: bool = True


class Origin(NamedTuple):
    """Where the command stands and the folder in which it runs."""

    path: str
    line: int
    folder: str


Seen = set[tuple[str, ...]]
Found = Iterator[Piece | Missing]


def follow(tree: RepositoryTree, run: Run, words: Sequence[str], origin: Origin, seen: Seen) -> Found:
    """What a command runs of the repository. What ``seen`` holds is not followed again; it is added to."""
    if run.program in ("make", "gmake"):
        yield from _make(tree, run, origin, seen)
    elif run.program in ("npm", "yarn", "pnpm", "bun"):
        yield from _package_script(tree, run, origin, seen)
    elif run.program in _SHELLS:
        yield from _shell(tree, run.arguments, origin, seen)
    elif run.program == "task":
        yield from _task(tree, run.plain, origin, seen)
    else:
        yield from _program(tree, words, origin, seen)


def joined(folder: str, name: str) -> str:
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


def is_computed(word: str) -> bool:
    """Whether only running tells what a word is."""
    return "$" in word or "`" in word or "*" in word or "{{" in word


# ---------------------------------------------------------------- script files


def _shell(tree: RepositoryTree, arguments: Sequence[str], origin: Origin, seen: Seen) -> Found:
    rest = list(arguments)
    while rest and rest[0].startswith(("-", "+")):
        flag = rest.pop(0)
        if flag.endswith("c") and not flag.startswith("--") and rest:
            masked = hidden(rest[0])
            script, _ = read_shell(origin.path, masked.text, origin.line)
            yield Piece("", origin.path, origin.folder, script, masked)
            return
    if rest and not is_computed(rest[0]):
        yield from _file(tree, rest[0], origin, seen)


def _program(tree: RepositoryTree, words: Sequence[str], origin: Origin, seen: Seen) -> Found:
    """A program that is named by its path in the repository, or given to an interpreter."""
    is_given = bool(words) and words[0] in _INTERPRETERS  # a wrapper alone (a bare sudo) leaves no words
    named = [word for word in words[1:] if not word.startswith("-")] if is_given else words
    word = named[0] if named else ""
    is_path = word.startswith(("./", "../")) or ("/" in word and word.endswith(_SCRIPT_ENDINGS))
    if is_path and "=" not in word and not is_computed(word):
        yield from _file(tree, word, origin, seen)


def _file(tree: RepositoryTree, name: str, origin: Origin, seen: Seen) -> Found:
    path = next((path for path in (joined(origin.folder, name), joined("", name)) if tree.exists(path)), "")
    if not path:
        if name.endswith(_SCRIPT_ENDINGS) and not name.startswith(("/", "~")):
            yield Missing("script", name, origin.path, origin.line)
        return
    if name.endswith(_WRAPPED_BUILDS) or ("script", path) in seen or not _is_shell(tree, path):
        return
    seen.add(("script", path))
    script = tree.shell(path)
    if script is not None:
        yield Piece(path, path, origin.folder, script)


def _is_shell(tree: RepositoryTree, path: str) -> bool:
    if path.endswith((".sh", ".bash", ".bats")):
        return True
    first = (tree.text(path) or "")[:100].partition("\n")[0]
    return first.startswith("#!") and first.rstrip().rstrip("-eux ").endswith("sh")


# ---------------------------------------------------------------- make


def _make(tree: RepositoryTree, run: Run, origin: Origin, seen: Seen) -> Found:
    folder = joined(origin.folder, run.value("-C", "--directory"))
    file = makefile(tree, folder, run.value("-f", "--file", "--makefile"))
    names = [word for word in run.plain if "=" not in word]
    if file is None:
        yield from (Missing("target", name, origin.path, origin.line) for name in names or ["all"])
        return
    given = dict(word.split("=", 1) for word in run.arguments if "=" in word and not word.startswith("-"))
    for name in names or [file.default]:
        yield from _target(file, name, {**file.variables, **given}, origin._replace(folder=folder), seen)


def _target(file: Makefile, first: str, variables: dict[str, str], origin: Origin, seen: Seen) -> Found:
    waiting = [first]
    while waiting:
        name = waiting.pop(0)
        if ("target", file.path, name) in seen:
            continue
        seen.add(("target", file.path, name))
        target = file.target(name)
        if target is not None:
            waiting.extend(target.needs)
            yield from _recipe(target, variables, origin.folder)
        elif name == first and not is_computed(name):
            yield Missing("target", name, origin.path, origin.line, file.complete)


def _recipe(target: Target, variables: dict[str, str], folder: str) -> Iterator[Piece]:
    if not target.recipe:
        return
    first = target.recipe[0][0]
    lines: list[str] = []
    for number, text in target.recipe:
        lines.extend([""] * max(number - first - len(lines), 0))
        lines.append(expanded(text.removeprefix("-").lstrip("@") if text.startswith("-") else text, variables))
    tolerated = frozenset(number for number, text in target.recipe if text.startswith("-"))
    script, _ = read_shell(target.path, "\n".join(lines), first)
    yield Piece(f"make {target.name}", target.path, folder, script, NOTHING_HIDDEN, tolerated)


# ---------------------------------------------------------------- package.json

_YARN_OWN = frozenset(
    {"install", "add", "remove", "upgrade", "config", "cache", "workspace", "workspaces", "set", "dlx", "exec", "pack",
     "publish", "version", "info", "why", "audit", "npm", "node", "plugin", "link", "init", "import", "list", "ci",
     "login", "logout", "global", "dedupe", "store", "fetch", "i", "x", "create", "outdated", "update", "tag", "whoami"}
)  # fmt: skip
_NPM_SHORT = {"t": "test", "tst": "test", "start": "start", "test": "test", "stop": "stop", "restart": "restart"}
_ELSEWHERE = ("--workspace", "-w", "--workspaces", "--filter", "-F", "-r", "--recursive")


def _package_script(tree: RepositoryTree, run: Run, origin: Origin, seen: Seen) -> Found:
    name = _script_name(run.program, run.plain)
    if not name or is_computed(name):
        return
    folder = joined(origin.folder, run.value("--prefix", "--cwd", "-C", "--dir"))
    path = f"{folder}/package.json" if folder else "package.json"
    parsed = tree.json(path) if tree.exists(path) else None
    scripts = parsed.root.get("scripts") if parsed is not None and parsed.root is not None else None
    for part in (f"pre{name}", name, f"post{name}"):
        node = scripts.get(part) if scripts is not None else None
        if ("npm", path, part) in seen:
            continue
        if node is not None:
            seen.add(("npm", path, part))
            script, _ = read_shell(path, node.text, node.line)
            yield Piece(f"npm run {part}", path, folder, script)
        elif part == name and run.plain[0] in ("run", "run-script"):
            yield Missing("script", name, origin.path, origin.line, not run.has(*_ELSEWHERE))


def _script_name(program: str, plain: Sequence[str]) -> str:
    if not plain:
        return ""
    if plain[0] in ("run", "run-script"):
        return plain[1] if len(plain) > 1 else ""
    if plain[0] in _NPM_SHORT:
        return _NPM_SHORT[plain[0]]
    return plain[0] if program in ("yarn", "pnpm") and plain[0] not in _YARN_OWN else ""


# ---------------------------------------------------------------- Taskfile


def _task(tree: RepositoryTree, names: Sequence[str], origin: Origin, seen: Seen) -> Found:
    path = next((path for path in _taskfiles(origin.folder) if tree.exists(path)), "")
    documents = tree.yaml(path) if path else []
    tasks = documents[0].root.get("tasks") if documents else None
    if tasks is None:
        return
    waiting = list(names)[:20]
    while waiting:
        name = waiting.pop(0)
        if ("task", path, name) in seen:
            continue
        seen.add(("task", path, name))
        node = tasks.get(name)
        if node is None:
            elsewhere = ":" in name or documents[0].root.has("includes")
            yield Missing("target", name, origin.path, origin.line, not elsewhere)
            continue
        waiting.extend([*node.texts_at("deps"), *(dep.text_at("task") for dep in node.items_at("deps"))])
        for item in node.items_at("cmds") or node.items() or [node]:
            waiting.extend(filter(None, [item.text_at("task")]))
            yield from _task_command(item, name, origin.folder)


def _task_command(item: Node, name: str, folder: str) -> Iterator[Piece]:
    text = item.text or item.text_at("cmd")
    if text:
        masked = hidden(text)
        script, _ = read_shell(item.path, masked.text, item.line_at(0))
        yield Piece(f"task {name}", item.path, folder, script, masked)


def _taskfiles(folder: str) -> Iterator[str]:
    for name in ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml"):
        yield f"{folder}/{name}" if folder else name
