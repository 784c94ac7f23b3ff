"""(pure) Whether a play looks at its environment before it changes anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.ansible.following import Step, steps
from scorecards.reading.ansible.inventories import environments_of
from scorecards.reading.ansible.jinja import variables
from scorecards.reading.ansible.model import Play, Playbook, Task
from scorecards.reading.ansible.playbooks import playbooks
from scorecards.reading.environments import NAMES, words

RESERVED = "environment"
MAX_TEXT = 2_000

# ``x in [...]``, ``x in allowed``, ``x == "..."`` and the opposites, and ``x is match("^(a|b)$")``.
_CLOSED = re.compile(
    r"([A-Za-z_]\w{0,100})\s{0,10}(?:\|\s{0,5}\w{1,40}(?:\([^()]{0,100}\))?\s{0,10})?"
    r"(?:(?:not\s{1,10})?in\s{1,10}(\[[^\]]{0,1000}\]|\([^)]{0,1000}\)|[A-Za-z_][\w.]{0,100})"
    r"|[!=]=\s{0,10}(\"[^\"]{0,100}\"|'[^']{0,100}')"
    r"|is\s{1,10}(?:not\s{1,10})?(?:match|regex|search)\s{0,5}\(([^()]{0,200}\([^()]{0,300}\)[^()]{0,100}|[^()]{0,300})\))"
)
_SUBJECT = re.compile(
    r"(?:^|_)(?:env|envs|environment|stage|tier|deploy_target|landscape|inventory_name)(?:_|$)|_env$|^env"
)


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """What looks at the environment. ``late`` is what was read or changed before; ``None`` where it comes first."""

    variable: str
    place: Place
    late: Place | None = None
    late_why: str = ""

    @property
    def is_reserved(self) -> bool:
        return self.variable == RESERVED


def guard(tree: RepositoryTree, play: Play) -> Guard | None:
    """The play's own guard, or one of a play that runs before it; the best one that there is."""
    own = _own(tree, play)
    if own is not None and own.late is None:
        return own
    return next(_before(tree, play), None) or own


def fixed_environment(tree: RepositoryTree, play: Play) -> str:
    """The one environment that the hosts of a play belong to; empty where they name none, or several.

    Their pattern names it, or each of their groups is defined by the inventory of that environment alone.
    """
    text = " ".join(play.hosts)
    if "{{" in text:
        return ""
    named = {word for word in words(text) if word in NAMES}
    if not named and play.hosts:
        defined = [environments_of(tree, host) or frozenset({""}) for host in play.hosts]
        named = set(frozenset[str]().union(*defined))
    return named.pop() if len(named) == 1 else ""


# ---------------------------------------------------------------- in the play


def _own(tree: RepositoryTree, play: Play) -> Guard | None:
    changed: Step | None = None
    read: list[tuple[Place, set[str]]] = list(_files_of(play))
    for step in steps(tree, play):
        task = step.task
        variable = _guards(task) if task is not None else ""
        if task is not None and variable:
            return _judged(play, task, variable, changed, read)
        if task is not None and task.bare == "include_vars":
            read.append((task.place, variables(_text(task.node))))
        if changed is None and not step.is_harmless:
            changed = step
    return None


def _judged(play: Play, task: Task, variable: str, changed: Step | None, read: list[tuple[Place, set[str]]]) -> Guard:
    early = next((place for place, names in read if variable in names), None)
    if early is not None:
        return Guard(variable, task.place, early, "variable files are read by it before")
    if changed is not None:
        return Guard(variable, task.place, changed.place, "something changes before")
    return Guard(variable, task.place)


def _files_of(play: Play) -> Iterator[tuple[Place, set[str]]]:
    """The variable files of a play: Ansible reads them before any task."""
    entries = play.node.get("vars_files")
    for item in [entries] if entries is not None and entries.is_scalar else play.node.items_at("vars_files"):
        for inner in item.items() or [item]:
            yield inner.place, variables(inner.text)


def _text(node: Node) -> str:
    return "\n".join(inner.text for _, inner in node.walk(lambda one: one.is_scalar))[:MAX_TEXT]


def _guards(task: Task) -> str:
    """The variable that a task holds against a closed list; empty where it does not."""
    if task.bare == "assert":
        given = task.arguments.get("that")
        texts = [given.text, *(item.text for item in given.node.items())] if given is not None else []
    elif task.bare == "fail":
        texts = task.node.texts_at("when")
    else:
        return ""
    return next((name for text in texts for name in _closed(text)), "")


def _closed(text: str) -> Iterator[str]:
    for name, listed, literal, pattern in _CLOSED.findall(text[:MAX_TEXT]):
        about = bool(_SUBJECT.search(name.lower()))
        told = listed + literal + pattern
        if about or not NAMES.isdisjoint(words(told)):
            yield name


# ---------------------------------------------------------------- in plays before it


def _before(tree: RepositoryTree, play: Play) -> Iterator[Guard]:
    """Guards of the plays that run before, in this playbook or in one that imports it."""
    for earlier in earlier_plays(tree, play):
        found = _own(tree, earlier)
        if found is not None and found.late is None:
            yield found


def earlier_plays(tree: RepositoryTree, play: Play) -> list[Play]:
    by_path = {book.path: book for book in playbooks(tree)}
    found = list(by_path[play.path].plays[: play.index]) if play.path in by_path else []
    own = by_path.get(play.path)
    if own is not None:
        found += _imported_before(by_path, own, play.index)
    for book in by_path.values():
        for one in book.imports:
            if one.target == play.path:
                found += [*book.plays[: one.before], *_imported_before(by_path, book, one.before, stop=one.target)]
    return found


def _imported_before(by_path: dict[str, Playbook], book: Playbook, before: int, stop: str = "") -> list[Play]:
    """The plays of playbooks that a playbook imports before its own play of that number, or before ``stop``."""
    found: list[Play] = []
    for one in book.imports:
        if one.before > before or one.target == stop:
            break
        found += by_path[one.target].plays if one.target in by_path else ()
    return found
