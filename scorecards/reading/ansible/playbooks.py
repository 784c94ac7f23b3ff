"""(pure) The playbooks and files of tasks of a tree."""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.ansible.jinja import is_templated
from scorecards.reading.ansible.model import Import, Play, Playbook, RoleUse, Section, Task, TaskFile
from scorecards.reading.ansible.tasks import tasks_of

MAX_ROLES = 500
VAULT = "$ANSIBLE_VAULT"
SECTIONS: tuple[Section, ...] = ("pre_tasks", "tasks", "post_tasks", "handlers")
IMPORTS = ("ansible.builtin.import_playbook", "import_playbook", "ansible.legacy.import_playbook")
INCLUDES = ("include_tasks", "import_tasks", "include")
INCLUDED_ROLES = ("include_role", "import_role")


class Located(NamedTuple):
    """A task with its identity in findings."""

    task: Task
    unit: str


def playbooks(tree: RepositoryTree) -> list[Playbook]:
    return list(tree.derive(_playbooks))


def task_files(tree: RepositoryTree) -> list[TaskFile]:
    """The files of tasks and handlers, and those that plays include from elsewhere."""
    return list(tree.derive(_task_files))


def every_task(tree: RepositoryTree) -> list[Located]:
    """Every task of the tree, blocks left out."""
    return list(tree.derive(_every_task))


def is_of_molecule(path: str) -> bool:
    """Whether a playbook prepares, converges or verifies a test instance."""
    return "molecule" in path.split("/")[:-1]


# ---------------------------------------------------------------- playbooks


def _playbooks(tree: RepositoryTree) -> tuple[Playbook, ...]:
    return tuple(_playbook(one.path, one.root) for one in kinds.found(tree, "ans-play") if one.root is not None)


def _playbook(path: str, root: Node) -> Playbook:
    plays: list[Play] = []
    imports: list[Import] = []
    for item in root.items():
        target = next((item.text_at(name) for name in IMPORTS if item.has(name)), None)
        if target is not None:
            where = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            imports.append(Import(where, len(plays)))
        elif item.has("hosts"):
            plays.append(_play(path, len(plays), item))
    return Playbook(path, tuple(plays), tuple(imports))


def _play(path: str, index: int, node: Node) -> Play:
    tasks = [task for section in SECTIONS for task in tasks_of(node.items_at(section), path, section, around=(node,))]
    hosts = [part.strip() for text in node.texts_at("hosts") for part in text.split(",")]
    roles = tuple(role for item in node.items_at("roles")[:MAX_ROLES] if (role := _role_use(item)) is not None)
    return Play(path, index, node, tuple(hosts), roles, tuple(tasks))


def _role_use(item: Node) -> RoleUse | None:
    name = item.text if item.is_scalar else item.text_at("role") or item.text_at("name")
    return RoleUse(name, item, bool(item.texts_at("tags"))) if name else None


# ---------------------------------------------------------------- files of tasks


def _task_files(tree: RepositoryTree) -> tuple[TaskFile, ...]:
    plays = {book.path for book in playbooks(tree)}
    found: dict[str, list[Task]] = {}
    for one in kinds.found(tree, "ans-tasks"):
        if one.root is not None and one.path not in plays:
            found.setdefault(one.path, []).extend(_listed(one.path, one.root))
    waiting = [task for book in playbooks(tree) for play in book.plays for task in play.tasks]
    while waiting:
        task = waiting.pop()
        path = included(tree, task)
        if path and path not in found and path not in plays and not tree.is_excluded(path):
            found[path] = [task for document in tree.yaml(path) for task in _listed(path, document.root)]
            waiting += found[path]
    return tuple(TaskFile(path, tuple(tasks)) for path, tasks in sorted(found.items()) if tasks)


def _listed(path: str, root: Node) -> Iterator[Task]:
    section: Section = "handlers" if "handlers" in path.split("/")[:-1] else "tasks"
    yield from tasks_of(root.items(), path, section)


def included(tree: RepositoryTree, task: Task) -> str:
    """The file of this tree that a task includes; empty where it includes none, or one that only running tells."""
    if task.bare not in INCLUDES:
        return ""
    return next((path for path in include_paths(task) if tree.exists(path)), "")


def include_target(task: Task) -> str:
    """The name of the file that a task includes, as written; empty where it includes none or computes it."""
    if task.bare not in INCLUDES:
        return ""
    text = task.text("file", "_raw_params") or task.free
    name = (text.split() or [""])[0].strip("'\"")
    return "" if is_templated(text) or name.startswith("/") or "=" in name else name


def include_paths(task: Task) -> list[str]:
    """Where the file of an include may lie: beside the task's own, or in the tasks of its role."""
    name = include_target(task)
    if not name or len(name) > 500:
        return []
    folder = posixpath.dirname(task.path)
    places = [folder, posixpath.join(folder, "tasks")]
    parts = folder.split("/")
    for at in range(len(parts) - 1, -1, -1):
        if parts[at] in ("tasks", "handlers"):
            role = "/".join(parts[:at])
            places += [posixpath.join(role, "tasks"), posixpath.join(role, "handlers"), role]
            break
    return [posixpath.normpath(posixpath.join(place, name)) for place in places]


# ---------------------------------------------------------------- tasks with identities


def _every_task(tree: RepositoryTree) -> tuple[Located, ...]:
    tasks = [task for book in playbooks(tree) for play in book.plays for task in play.tasks]
    tasks += [task for file in task_files(tree) for task in file.tasks]
    counts: dict[str, int] = {}
    found: list[Located] = []
    for task in tasks:
        if not task.is_block:
            unit = f"{task.path} {task.label}"
            counts[unit] = counts.get(unit, 0) + 1
            found.append(Located(task, f"{unit} #{counts[unit]}" if counts[unit] > 1 else unit))
    return tuple(found)
