"""(pure) The mode, owner and group that tasks give to the files which they make."""

import posixpath
import re
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.ansible.jinja import is_templated, whole
from scorecards.reading.ansible.model import Argument, Task
from scorecards.reading.ansible.roles import mapping_at
from scorecards.reading.ansible.tasks import is_word

MODULES = frozenset(
    {"file", "copy", "template", "lineinfile", "blockinfile", "unarchive", "get_url", "assemble"}
)  # fmt: skip
_LOOPS = ("loop", "with_items", "with_list", "with_flattened", "with_dict")
_OCTAL = re.compile(r"(?:0o?)?[0-7]{3,4}\Z")
_SYMBOLIC = re.compile(r"[ugoa]*[-+=][rwxXstugo]*(?:,[ugoa]*[-+=][rwxXstugo]*)*\Z")
_ITEM = re.compile(
    r"\{\{\s{0,9}item\.([A-Za-z_]\w{0,60})\s{0,9}(?:\|\s{0,9}(?:d|default)\s{0,3}\(\s{0,3}([^(){}]{1,100})\)\s{0,9})?\}\}\Z"
)


class Mode(NamedTuple):
    """What a task says of a mode. ``problem`` is empty where none is seen; ``known``: it does not depend on a run."""

    problem: str
    place: Place
    known: bool = True


def is_managing(task: Task) -> bool:
    return task.bare in MODULES and task.module.rpartition(".")[0] in ("", "ansible.builtin", "ansible.legacy")


def creates(task: Task) -> bool | None:
    """Whether a task may make a path; ``None`` where only running tells."""
    if task.bare == "file":
        state = task.text("state")
        if is_templated(state):
            return None
        return state in ("directory", "touch")
    if task.bare in ("lineinfile", "blockinfile"):
        given = task.arguments.get("create")
        if given is not None and is_templated(given.text):
            return None
        return given is not None and given.is_true
    return True


def mode(tree: RepositoryTree, task: Task) -> Mode | None:
    """What a task says of the mode; ``None`` where it says nothing."""
    given = task.arguments.get("mode")
    if given is None:
        return None
    place = given.node.place
    if not given.is_text:
        return Mode(f"mode {given.text} is a number, not a quoted text", place)
    if not is_templated(given.text):
        return Mode(_wrong(given.text), place)
    return _templated(tree, task, given)


def _wrong(text: str) -> str:
    """What is wrong with a mode; empty where nothing is."""
    text = text.strip()
    if text in ("preserve", ""):
        return "" if text else "mode is empty"
    if _OCTAL.match(text):
        return f"mode {text} lets everybody write" if int(text[-1], 8) & 2 else ""
    if _SYMBOLIC.match(text[:200]):
        return f"mode {text[:40]} lets everybody write" if _everybody_writes(text[:200]) else ""
    return f"mode {text[:40]} is no mode"


def _everybody_writes(text: str) -> bool:
    for part in text.split(","):
        who, operator, what = re.split(r"([-+=])", part, maxsplit=1)
        if operator != "-" and "w" in what and ("o" in who or "a" in who):
            return True
    return False


def _templated(tree: RepositoryTree, task: Task, given: Argument) -> Mode:
    place = given.node.place
    item = _ITEM.match(given.text.strip()[:500])
    if item is not None:
        return _of_items(task, item[1], (item[2] or "").strip(), place)
    read = whole(given.text)
    if read is None or read.may_be_omitted:
        return Mode("", place, known=False)
    if read.default is not None:
        return Mode(_wrong(read.default), place)
    value = variable(tree, task, read.name)
    if value is None or not value.is_scalar or is_templated(value.text):
        return Mode("", place, known=False)
    if value.style == "plain" and not is_word(value):
        return Mode(f"{read.name} is {value.raw[:20]}, a number and not a quoted text", value.place)
    return Mode(_wrong(value.text), value.place)


def _of_items(task: Task, key: str, default: str, place: Place) -> Mode:
    """The worst of the modes that the members of a loop carry."""
    items = next((task.node.items_at(word) for word in _LOOPS if task.node.has(word)), [])
    literal = default[1:-1] if default[:1] in ("'", '"') else ""
    if not items or not all(item.is_mapping for item in items):
        return Mode(_wrong(literal), place) if literal else Mode("", place, known=False)
    for item in items:
        own = item.get(key)
        if own is None and not literal:
            return Mode("an item of the loop has no mode", item.place)
        if own is not None and own.style == "plain" and not is_word(own):
            return Mode(f"mode {own.raw[:20]} is a number, not a quoted text", own.place)
        problem = _wrong(own.text if own is not None else literal) if own is None or not is_templated(own.text) else ""
        if problem:
            return Mode(problem, item.place)
    return Mode("", place)


def variable(tree: RepositoryTree, task: Task, name: str) -> Node | None:
    """What a variable holds by the task's own variables, those around it, or the defaults of its role."""
    for node in (task.node, *reversed(task.around)):
        found = node.get("vars", name)
        if found is not None:
            return found
    parts = task.path.split("/")[:-1]
    for at in range(len(parts) - 1, -1, -1):
        if parts[at] in ("tasks", "handlers"):
            return _of_role(tree, "/".join(parts[:at]), name)
    return None


def _of_role(tree: RepositoryTree, folder: str, name: str) -> Node | None:
    for stem in ("vars/main", "defaults/main"):
        root = mapping_at(tree, posixpath.join(folder, stem))
        found = root.get(name) if root is not None else None
        if found is not None:
            return found
    return None


def lacks_owner(task: Task) -> bool:
    """Whether a task that becomes root leaves out the owner or the group of what it makes."""
    become, user = task.inherited("become"), task.inherited("become_user")
    if become is None or not become.is_true or (user is not None and user.text != "root"):
        return False
    return not ("owner" in task.arguments and "group" in task.arguments)
