"""(pure) Secrets of playbooks: values in files of variables, and tasks that handle one."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.ansible.jinja import is_templated, variables
from scorecards.reading.ansible.model import Play, Task
from scorecards.reading.ansible.playbooks import VAULT, is_of_molecule, playbooks
from scorecards.reading.secret_names import is_expression, is_placeholder, is_secret_name
from scorecards.reading.secrets.literals import graded
from scorecards.reading.secrets.structured import of_lines

MAX_TEXT = 20_000

_SECRET_FILE = re.compile(r"(?i)(?:^|[-_.])(?:secrets?|vault(?:ed)?)(?:[-_.]|$)")
# Modules that look at a secret's name only, or take their own care of it.
_QUIET = frozenset(
    {"assert", "fail", "meta", "stat", "wait_for", "include_vars", "include_tasks", "import_tasks", "include",
     "include_role", "import_role", "file", "pause"}
)  # fmt: skip
_MORE_NAMES = re.compile(r"(?i)webhook(?:_?url)?$|(?:^|_)(?:pass|apikey|api_key|private_key|secret_key|auth)$")
_NOT_VALUES = re.compile(
    r"(?i)^(?:update|no|validate|expire|generate)_?password|password_(?:lock|expire|policy)|^(?:token_)?type$"
)
_HEADERS = ("authorization", "x-api-key", "x-vault-token", "private-token", "api-key", "x-auth-token")


@dataclass(frozen=True, slots=True, eq=False)
class VariableFile:
    """A file of variables, or those that stand in a playbook. ``plain`` are the places of secrets in plain text.

    ``sealed``: encrypted as a whole. ``protected``: how many secrets are encrypted or looked up.
    """

    unit: str
    path: str
    plain: tuple[tuple[str, Place], ...] = ()
    sealed: bool = False
    protected: int = 0


def variable_files(tree: RepositoryTree) -> list[VariableFile]:
    """The files of variables, also those that plays name, and the variables of plays that hold a secret."""
    paths = dict.fromkeys(one.path for one in kinds.found(tree, "ans-vars"))
    paths.update(dict.fromkeys(_sealed(tree)))
    found = [_of_play(play) for book in playbooks(tree) if not is_of_molecule(book.path) for play in book.plays]
    paths.update(dict.fromkeys(path for book in playbooks(tree) for play in book.plays for path in _named(tree, play)))
    return [_of_file(tree, path) for path in sorted(paths) if not is_of_molecule(path)] + [
        one for one in found if one.plain or one.protected
    ]


def _sealed(tree: RepositoryTree) -> Iterator[str]:
    for path in tree.files("**/group_vars/**", "**/host_vars/**", "**/vars/**", "**/defaults/**"):
        if (tree.text(path) or "").startswith(VAULT):
            yield path


def _named(tree: RepositoryTree, play: Play) -> Iterator[str]:
    for item in play.node.items_at("vars_files"):
        for inner in item.items() or [item]:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(play.path), inner.text[:500]))
            if inner.text and not is_templated(inner.text) and tree.exists(path) and not tree.is_excluded(path):
                yield path


def _of_file(tree: RepositoryTree, path: str) -> VariableFile:
    text = tree.text(path) or ""
    if text.startswith(VAULT):
        return VariableFile(path, path, sealed=True)
    documents = tree.yaml(path)
    roots = [document.root for document in documents]
    if any(root.get("sops", "mac") is not None for root in roots):
        return VariableFile(path, path, sealed=True)
    strict = any(_SECRET_FILE.search(part.rpartition(".")[0] or part) for part in path.split("/")[-1:])
    return _judged(path, path, roots, strict)


def _of_play(play: Play) -> VariableFile:
    given = play.node.get("vars")
    unit = f"variables of {play.unit}"
    return _judged(unit, play.path, [given] if given is not None else [], strict=False)


def _judged(unit: str, path: str, roots: list[Node], strict: bool) -> VariableFile:
    plain: list[tuple[str, Place]] = []
    protected = 0
    for root in roots:
        for way, node in root.walk(lambda one: one.is_scalar and bool(one.raw)):
            name = next((part for part in reversed(way) if isinstance(part, str)), "")
            if is_plain(name, node, strict=strict):
                plain.append((name[:60], node.place if len(way) < 2 else Place(node.path, node.line)))
            elif is_secret_name(name) and (node.tag or is_templated(node.text)):
                protected += 1
    return VariableFile(unit, path, tuple(plain), False, protected)


def is_plain(name: str, node: Node, strict: bool = False) -> bool:
    """Whether a variable holds a secret in plain text; ``strict``: in a file that should hold nothing else."""
    if node.tag or node.is_null or isinstance(node.value, bool) or node.text.startswith(VAULT):
        return False
    text = node.text.strip()
    if is_templated(text) or is_expression(text) or is_placeholder(text) or not any(map(str.isalnum, text)):
        return False
    if strict:
        return isinstance(node.value, str)
    if not isinstance(node.value, str):
        return isinstance(node.value, int) and name.lower().endswith(("password", "passwd"))
    return graded(name, text) in ("high", "low") or (_is_short_password(name) and " " not in text)


def _is_short_password(name: str) -> bool:
    return is_secret_name(name) and name.lower().endswith(("password", "passwd"))


# ---------------------------------------------------------------- tasks


@dataclass(frozen=True, slots=True)
class Handled:
    """A secret that a task handles: what it is called, where; ``plain``: it stands there as plain text."""

    name: str
    place: Place
    plain: bool = False


def handled(task: Task) -> list[Handled]:
    """The secrets that a task sends, sets or shows, those in plain text first."""
    if task.bare in _QUIET or task.is_block or not task.module:
        return []
    found = list(_free(task))
    for name, argument in task.arguments.items():
        for way, node in argument.node.walk(lambda one: one.is_scalar) if not argument.node.is_scalar else ():
            inner = next((part for part in reversed(way) if isinstance(part, str)), name)
            found += _of_value(inner, node.text, node)
        if argument.node.is_scalar:
            found += _of_value(name, argument.text, argument.node)
    return sorted(dict.fromkeys(found), key=lambda one: not one.plain)


def _free(task: Task) -> Iterator[Handled]:
    for pair in of_lines(task.free[:MAX_TEXT], 0):
        if graded(pair.name, pair.value) == "high":
            yield Handled(pair.name, task.place, plain=True)
    for name in sorted(variables(task.free)):
        if is_secret(name):
            yield Handled(name, task.place)


def _of_value(name: str, text: str, node: Node) -> Iterator[Handled]:
    if _NOT_VALUES.search(name) or not text:
        return
    read = [variable for variable in sorted(variables(text[:MAX_TEXT])) if is_secret(variable)]
    if read:
        yield Handled(read[0], node.place)
    elif is_secret_name(name) and not node.tag and not isinstance(node.value, bool):
        if is_plain(name, node) or (node.is_scalar and graded(name, text) == "high"):
            yield Handled(name, node.place, plain=True)
        elif is_templated(text):
            yield Handled(name, node.place)
    elif name.lower() in _HEADERS:
        yield Handled(name, node.place, plain=not is_templated(text) and not is_placeholder(text))


def is_secret(variable: str) -> bool:
    """Whether a variable's name says that it holds a secret."""
    return is_secret_name(variable) or bool(_MORE_NAMES.search(variable))


def is_silent(task: Task) -> bool:
    """Whether a task, or what stands around it, keeps its arguments out of logs; an expression may do so."""
    told = task.inherited("no_log")
    return told is not None and (told.is_true or is_templated(told.text))


def unverified(task: Task) -> Place | None:
    """Where a task switches the check of certificates off."""
    given = task.arguments.get("validate_certs")
    return given.node.place if given is not None and given.is_false else None
