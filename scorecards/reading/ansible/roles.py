"""(pure) The roles of a tree: what each consists of, and which handlers, files and inputs it tells."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.ansible.jinja import is_templated
from scorecards.reading.ansible.model import Play, Task
from scorecards.reading.ansible.playbooks import (
    INCLUDED_ROLES,
    include_paths,
    include_target,
    playbooks,
    task_files,
)

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
ENDINGS = ("yml", "yaml")
_MAIN = re.compile(r"(?:(?:.*/)?roles/[^/]+/|)tasks/main\.ya?ml\Z")
MAX_DEPENDENCIES, MAX_PATTERNS = 50, 200


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """A role. ``folder`` is ``""`` where the repository is the role; ``name`` is then what its meta tells, or empty."""

    folder: str
    name: str
    main: str  # path of its tasks/main.yml

    @property
    def unit(self) -> str:
        return f"role {self.folder or self.name or '.'}"

    @property
    def place(self) -> Place:
        return Place(self.main)

    def path(self, *parts: str) -> str:
        return posixpath.join(self.folder, *parts)

    def holds(self, path: str) -> bool:
        return not self.folder or path.startswith(self.folder + "/")


class Dangling(NamedTuple):
    """A name that leads nowhere."""

    kind: str
    name: str
    place: Place


def roles(tree: RepositoryTree) -> list[Role]:
    return list(tree.derive(_roles))


def _roles(tree: RepositoryTree) -> tuple[Role, ...]:
    found: dict[str, Role] = {}
    for one in kinds.found(tree, "ans-tasks"):
        if _MAIN.match(one.path):
            folder = posixpath.dirname(posixpath.dirname(one.path))
            name = posixpath.basename(folder) if folder else _told_name(tree)
            found.setdefault(folder, Role(folder, name, one.path))
    return tuple(found.values())


def _told_name(tree: RepositoryTree) -> str:
    meta = mapping_at(tree, "meta/main")
    return meta.text_at("galaxy_info", "role_name") if meta is not None else ""


def file_at(tree: RepositoryTree, stem: str) -> str:
    """The path of a YAML file, whichever ending it has; empty where there is none."""
    return next((f"{stem}.{ending}" for ending in ENDINGS if tree.exists(f"{stem}.{ending}")), "")


def mapping_at(tree: RepositoryTree, stem: str) -> Node | None:
    path = file_at(tree, stem)
    documents = tree.yaml(path) if path else []
    return documents[0].root if documents and documents[0].root.is_mapping else None


def missing(tree: RepositoryTree, role: Role) -> list[str]:
    """The parts of the skeleton that a role lacks."""
    return [name for name in ("defaults/main", "meta/main") if not _has(tree, role.path(name))]


def _has(tree: RepositoryTree, stem: str) -> bool:
    """Whether a main file, or a folder called main, is there."""
    return bool(file_at(tree, stem)) or tree.is_folder(stem)


def has_specification(tree: RepositoryTree, role: Role) -> bool:
    meta = mapping_at(tree, role.path("meta/main"))
    return bool(file_at(tree, role.path("meta/argument_specs"))) or (meta is not None and meta.has("argument_specs"))


def tasks_in(tree: RepositoryTree, role: Role) -> list[Task]:
    """All tasks and handlers of a role, blocks too."""
    return tree.derive(_by_folder).get(role.folder, [])


def _by_folder(tree: RepositoryTree) -> dict[str, list[Task]]:
    """The tasks by the folders that hold a folder ``tasks`` or ``handlers`` in which they stand."""
    found: dict[str, list[Task]] = {}
    for file in task_files(tree):
        parts = file.path.split("/")[:-1]
        for at, part in enumerate(parts):
            if part in ("tasks", "handlers"):
                found.setdefault("/".join(parts[:at]), []).extend(file.tasks)
    return found


def asserts(tree: RepositoryTree, role: Role) -> bool:
    """Whether a role looks at its inputs itself."""
    return any(task.bare in ("assert", "validate_argument_spec") for task in tasks_in(tree, role))


# ---------------------------------------------------------------- dependencies


class Dependencies(NamedTuple):
    """``known``: of this tree, near and far; ``foreign``: names of those that are not."""

    known: tuple[Role, ...]
    foreign: tuple[str, ...]


def dependencies(tree: RepositoryTree, role: Role) -> Dependencies:
    """The roles that a role brings along, by its meta or by including them."""
    return tree.derive(_dependencies, role)


def _dependencies(tree: RepositoryTree, role: Role) -> Dependencies:
    by_name = {other.name: other for other in roles(tree) if other.name}
    known: dict[str, Role] = {}
    foreign: dict[str, None] = {}
    waiting = [role]
    while waiting and len(known) < MAX_DEPENDENCIES:
        for name in tree.derive(_named, waiting.pop()):
            other = by_name.get(name) or by_name.get(name.rpartition(".")[2])
            if other is None:
                foreign[name] = None
            elif other is not role and other.folder not in known:
                known[other.folder] = other
                waiting.append(other)
    return Dependencies(tuple(known.values()), tuple(foreign))


def _named(tree: RepositoryTree, role: Role) -> tuple[str, ...]:
    meta = mapping_at(tree, role.path("meta/main"))
    names = [
        item.text if item.is_scalar else item.text_at("role") or item.text_at("name") or item.text_at("src")
        for item in (meta.items_at("dependencies") if meta is not None else [])
    ]
    names += [task.text("name") for task in tasks_in(tree, role) if task.bare in INCLUDED_ROLES]
    return tuple(dict.fromkeys(name for name in names if name))


# ---------------------------------------------------------------- names that lead nowhere


def dangling(tree: RepositoryTree, role: Role) -> list[Dangling]:
    """The includes and templates that are not there, and the notified handlers that nobody defines."""
    found = [*_includes(tree, role), *_templates(tree, role), *_notified(tree, role)]
    return list(dict.fromkeys(found))


def _includes(tree: RepositoryTree, role: Role) -> Iterator[Dangling]:
    for task in tasks_in(tree, role):
        name = include_target(task)
        if name and not any(tree.exists(path) for path in include_paths(task)):
            yield Dangling("include", name, task.place)


def _templates(tree: RepositoryTree, role: Role) -> Iterator[Dangling]:
    for task in tasks_in(tree, role):
        name = task.text("src") if task.bare == "template" else ""
        if not name or is_templated(name) or name.startswith(("/", "~")) or len(name) > 500:
            continue
        beside = posixpath.dirname(task.path)
        places = (role.path("templates"), role.folder, role.path("tasks"), role.path("files"), beside)
        if not any(tree.exists(posixpath.normpath(posixpath.join(place, name))) for place in places):
            yield Dangling("template", name, task.place_of("src"))


def _notified(tree: RepositoryTree, role: Role) -> Iterator[Dangling]:
    handlers = [tree.derive(_handlers, one) for one in (role, *dependencies(tree, role).known)]
    handlers.append(_topics(task for play in users(tree, role) for task in play.section("handlers")))
    for task in tasks_in(tree, role):
        notify = task.node.get("notify")
        for item in [notify] if notify is not None and notify.is_scalar else task.node.items_at("notify"):
            name = item.text.strip()
            known = name.partition(" : ")[2] or name
            if name and not is_templated(name) and not any(one.answer(known[:500]) for one in handlers):
                yield Dangling("handler", name, item.place)


class _Topics(NamedTuple):
    """The names and topics that handlers answer to; patterns of those with an expression in them."""

    names: frozenset[str]
    patterns: tuple["re.Pattern[str]", ...]

    def answer(self, name: str) -> bool:
        return name in self.names or any(pattern.match(name) for pattern in self.patterns)


def _handlers(tree: RepositoryTree, role: Role) -> _Topics:
    return _topics(task for task in tasks_in(tree, role) if task.is_handler)


def _topics(tasks: Iterable[Task]) -> _Topics:
    texts = [text for task in tasks for text in (task.name, *task.node.texts_at("listen")) if text]
    patterns = dict.fromkeys(text for text in texts if is_templated(text))
    return _Topics(frozenset(texts), tuple(_pattern(text) for text in list(patterns)[:MAX_PATTERNS]))


def _pattern(text: str) -> "re.Pattern[str]":
    """What a name with one expression in it may become."""
    before, _, rest = text[:500].partition("{{")
    return re.compile(re.escape(before) + ".*" + re.escape(rest.rpartition("}}")[2]) + r"\Z", re.S)


def users(tree: RepositoryTree, role: Role) -> list[Play]:
    """The plays that name a role."""
    return tree.derive(_by_role).get(role.name, []) if role.name else []


def _by_role(tree: RepositoryTree) -> dict[str, list[Play]]:
    found: dict[str, list[Play]] = {}
    for book in playbooks(tree):
        for play in book.plays:
            names = [use.name for use in play.roles]
            names += [task.text("name") for task in play.tasks if task.bare in INCLUDED_ROLES]
            for known in {short for name in names for short in (name, name.rpartition(".")[2])}:
                found.setdefault(known, []).append(play)
    return found
