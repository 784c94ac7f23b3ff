"""(pure) What a play runs, in the order in which it runs, through includes and the roles of this tree."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.ansible.model import Play, Task
from scorecards.reading.ansible.playbooks import INCLUDED_ROLES, included, task_files
from scorecards.reading.ansible.roles import roles

MAX_STEPS = 5_000
MAX_WAY = 4  # folders below roles/ in which a role may lie
# Modules that look or speak, and change no host.
HARMLESS = frozenset(
    {"assert", "fail", "debug", "set_fact", "include_vars", "setup", "gather_facts", "meta", "stat", "pause", "find",
     "add_host", "group_by", "set_stats", "slurp", "service_facts", "package_facts", "ping", "wait_for",
     "wait_for_connection", "validate_argument_spec", "include_tasks", "import_tasks", "include", "import_role",
     "include_role", ""}
)  # fmt: skip


class Step(NamedTuple):
    """A task, or (``task`` is ``None``) a role that is not in this tree. ``role`` is the role that it comes from."""

    task: Task | None
    role: str
    place: Place

    @property
    def is_harmless(self) -> bool:
        return self.task is not None and (self.task.is_block or self.task.bare in HARMLESS)


def role_named(tree: RepositoryTree, name: str) -> str | None:
    """The file of tasks of a role; empty for a role of this tree without any, ``None`` for one of another."""
    found = tree.derive(_mains)
    wanted = name.strip("/")
    return found.get(wanted, found.get(wanted.rpartition(".")[2]))


def _mains(tree: RepositoryTree) -> dict[str, str]:
    """The file of tasks of each role by its name, and, for roles in folders of roles, by its way."""
    found = {role.name: role.main for role in roles(tree) if role.name}
    for path in tree.files("**/roles/**"):
        parts = path.split("/")
        at = len(parts) - 1 - parts[::-1].index("roles") if "roles" in parts else len(parts)
        for end in range(at + 1, min(len(parts) - 1, at + MAX_WAY) + 1):
            name = "/".join(parts[at + 1 : end])
            is_main = parts[end:] in (["tasks", "main.yml"], ["tasks", "main.yaml"])
            if name and (is_main or not found.get(name)):
                found[name] = path if is_main else ""
    return found


def steps(tree: RepositoryTree, play: Play) -> list[Step]:
    """The tasks of a play without its handlers: pre_tasks, roles, tasks, post_tasks."""
    return list(tree.derive(_steps, play))


def _steps(tree: RepositoryTree, play: Play) -> tuple[Step, ...]:
    found: list[Step] = []
    for step in _ordered(tree, play):
        found.append(step)
        if len(found) >= MAX_STEPS:
            break
    return tuple(found)


def _ordered(tree: RepositoryTree, play: Play) -> Iterator[Step]:
    yield from _expanded(tree, play.section("pre_tasks"), "", frozenset())
    for use in play.roles:
        yield from _of_role(tree, use.name, use.node.place, frozenset())
    yield from _expanded(tree, play.section("tasks", "post_tasks"), "", frozenset())


def _expanded(tree: RepositoryTree, tasks: list[Task], role: str, seen: frozenset[str]) -> Iterator[Step]:
    for task in tasks:
        yield Step(task, role, task.place)
        path = included(tree, task)
        if path and path not in seen and len(seen) < 20:
            yield from _expanded(tree, _of_file(tree, path), role, seen | {path})
        elif task.bare in INCLUDED_ROLES and task.text("name"):
            yield from _of_role(tree, task.text("name"), task.place, seen)


def _of_role(tree: RepositoryTree, name: str, place: Place, seen: frozenset[str]) -> Iterator[Step]:
    main = role_named(tree, name)
    if main is None:
        yield Step(None, name, place)
    elif main and main not in seen and len(seen) < 20:
        yield from _expanded(tree, _of_file(tree, main), name, seen | {main})


def _of_file(tree: RepositoryTree, path: str) -> list[Task]:
    return list(tree.derive(_by_path).get(path, ()))


def _by_path(tree: RepositoryTree) -> dict[str, tuple[Task, ...]]:
    return {file.path: file.tasks for file in task_files(tree)}
