"""(pure) What Ansible runs: plays with their sections, tasks with their arguments, roles in use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ingest.repository.node import Node, Place

Section = Literal["pre_tasks", "tasks", "post_tasks", "handlers"]


class Argument(NamedTuple):
    """What a module is given. ``node`` is where it stands: the whole text for ``key=value`` in one line.

    ``is_text``: it reaches the module as text whatever it looks like (quoted, or from ``key=value``).
    """

    text: str
    node: Node
    is_text: bool = True

    @property
    def is_true(self) -> bool:
        return self.node.is_true if not self.is_text else self.text.lower() in ("yes", "true", "on", "1")

    @property
    def is_false(self) -> bool:
        return self.node.is_false if not self.is_text else self.text.lower() in ("no", "false", "off", "0")


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A task, a handler or a block. ``module`` is as written, empty of a block and of what calls nothing.

    ``free`` is the text of a module that takes a command or a file's name. ``legacy``: called by a string behind
    ``action`` or ``local_action``. ``around`` are the play and the blocks that it stands in, the outermost first.
    """

    path: str
    node: Node
    section: Section
    module: str = ""
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    free: str = ""
    legacy: bool = False
    is_block: bool = False
    around: tuple[Node, ...] = ()

    @property
    def name(self) -> str:
        return self.node.text_at("name").strip()

    @property
    def bare(self) -> str:
        """The module's name without its collection."""
        return self.module.rpartition(".")[2]

    @property
    def is_qualified(self) -> bool:
        return self.module.count(".") >= 2

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return (self.name or self.bare or "block")[:60]

    @property
    def place(self) -> Place:
        return Place(self.path, self.node.line)

    @property
    def is_handler(self) -> bool:
        return self.section == "handlers"

    def text(self, *names: str) -> str:
        """The text of the first argument of these names that is given; empty where none is."""
        return next((self.arguments[name].text for name in names if name in self.arguments), "")

    def place_of(self, argument: str) -> Place:
        """Where an argument stands; the task's own place where it is not given."""
        given = self.arguments.get(argument)
        return given.node.place if given is not None else self.place

    def inherited(self, keyword: str) -> Node | None:
        """A keyword of the task, or else of the innermost block or play around it that has it."""
        for node in (self.node, *reversed(self.around)):
            found = node.get(keyword)
            if found is not None:
                return found
        return None


class RoleUse(NamedTuple):
    """A role as a play names it. ``tagged``: with tags of its own."""

    name: str
    node: Node
    tagged: bool


@dataclass(frozen=True, slots=True, eq=False)
class Play:
    """A play. ``hosts`` are its patterns as written."""

    path: str
    index: int
    node: Node
    hosts: tuple[str, ...]
    roles: tuple[RoleUse, ...]
    tasks: tuple[Task, ...]  # of every section, in the order in which they stand in the file

    @property
    def name(self) -> str:
        return self.node.text_at("name").strip()

    @property
    def unit(self) -> str:
        return f"{self.path} {self.name or f'play {self.index + 1}'}"

    @property
    def place(self) -> Place:
        return Place(self.path, self.node.line)

    @property
    def hosts_place(self) -> Place:
        return self.node.place_of("hosts")

    def section(self, *names: Section) -> list[Task]:
        return [task for task in self.tasks if task.section in names]

    @property
    def is_local(self) -> bool:
        """Whether it runs on the machine that runs Ansible alone."""
        return bool(self.hosts) and all(host in ("localhost", "127.0.0.1", "::1") for host in self.hosts)

    @property
    def changes_hosts(self) -> bool:
        return bool(self.roles or self.section("pre_tasks", "tasks", "post_tasks")) and not self.is_local


class Import(NamedTuple):
    """Another playbook that one runs; ``before`` counts the plays that stand before it."""

    target: str
    before: int


class Playbook(NamedTuple):
    path: str
    plays: tuple[Play, ...]
    imports: tuple[Import, ...]


class TaskFile(NamedTuple):
    path: str
    tasks: tuple[Task, ...]
