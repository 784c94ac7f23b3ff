"""(pure) Molecule scenarios: which roles they converge, whether they verify, and on which images."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.ansible.model import Play
from scorecards.reading.ansible.playbooks import INCLUDED_ROLES, included, playbooks, task_files
from scorecards.reading.ansible.roles import Role, roles

MAX_FOLLOWED = 100
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w{0,100})(?::?-([^{}$]{0,300}))?\}|\$([A-Za-z_]\w{0,100})")
_OWN = re.compile(r"MOLECULE_PROJECT_DIRECTORY|playbook_dir|role_path|project_dir")
_SYSTEMD = re.compile(r"(?i)systemd|/sbin/init")
_CGROUP = "/sys/fs/cgroup"


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A scenario. ``converge`` and ``verify`` are paths of files that are there, empty where they are not."""

    path: str
    root: Node
    converge: str
    verify: str
    tested: bool  # by testinfra

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.path)

    @property
    def owner(self) -> str:
        """The folder that holds ``molecule/``: a role's, or the repository's."""
        return posixpath.dirname(posixpath.dirname(self.folder))

    @property
    def unit(self) -> str:
        return f"scenario {self.folder}"

    @property
    def platforms(self) -> list[Node]:
        return [item for item in self.root.items_at("platforms") if item.is_mapping]

    @property
    def verifies(self) -> bool:
        return bool(self.platforms) and (bool(self.verify) or self.tested)


def scenarios(tree: RepositoryTree) -> list[Scenario]:
    return list(tree.derive(_scenarios))


def _scenarios(tree: RepositoryTree) -> tuple[Scenario, ...]:
    return tuple(_scenario(tree, one.path, one.root) for one in kinds.found(tree, "molecule") if one.root is not None)


def _scenario(tree: RepositoryTree, path: str, root: Node) -> Scenario:
    folder = posixpath.dirname(path)
    converge = _playbook(tree, root, folder, "converge", ("converge.yml", "converge.yaml", "playbook.yml"))
    verify = _playbook(tree, root, folder, "verify", ("verify.yml", "verify.yaml"))
    tests = posixpath.join(folder, default_of(root.text_at("verifier", "directory") or "tests"))
    tested = bool(tree.all_files(posixpath.join(posixpath.normpath(tests), "**/test_*.py")))
    return Scenario(path, root, converge, verify, tested)


def _playbook(tree: RepositoryTree, root: Node, folder: str, name: str, usual: tuple[str, ...]) -> str:
    told = root.text_at("provisioner", "playbooks", name)
    names = (default_of(told),) if told else usual
    paths = [posixpath.normpath(posixpath.join(folder, one)) for one in names if one]
    return next((path for path in paths if tree.exists(path)), "")


def default_of(text: str) -> str:
    """A text with ``${NAME:-default}`` filled in by the default; without one nothing stands there."""
    return _VARIABLE.sub(lambda match: (match[2] or "").strip("'\""), text[:2_000])


def is_open(text: str) -> bool:
    """Whether a text has a variable without a default."""
    return any(match[2] is None for match in _VARIABLE.finditer(text[:2_000]))


# ---------------------------------------------------------------- which roles a scenario converges


def covered(tree: RepositoryTree, scenario: Scenario) -> list[Role]:
    """The roles of this tree that the converge playbook applies."""
    known = roles(tree)
    found: dict[str, Role] = {}
    for name in _applied(tree, scenario):
        for role in known:
            if _means(scenario, role, name):
                found[role.folder] = role
    return list(found.values())


def _means(scenario: Scenario, role: Role, name: str) -> bool:
    """Whether a role's name in a converge playbook is that of a role, also by the place of the scenario."""
    own = scenario.owner == role.folder
    if own and _OWN.search(name[:500]):
        return True
    short = name.rstrip("/").rpartition("/")[2].rpartition(".")[2]
    if role.name:
        return short == role.name or short.replace("-", "_") == role.name.replace("-", "_")
    return own and not role.folder  # the repository is the role, and nothing tells its name


def _applied(tree: RepositoryTree, scenario: Scenario) -> Iterator[str]:
    """The names of the roles in the converge playbook and what it imports or includes."""
    by_path = {book.path: book for book in playbooks(tree)}
    waiting = [scenario.converge]
    seen: set[str] = set()
    while waiting and len(seen) < MAX_FOLLOWED:
        path = waiting.pop()
        if not path or path in seen:
            continue
        seen.add(path)
        book = by_path.get(path)
        for play in book.plays if book is not None else ():
            yield from _of_play(tree, play)
        waiting += [one.target for one in book.imports] if book is not None else []


def _of_play(tree: RepositoryTree, play: Play) -> Iterator[str]:
    yield from (use.name for use in play.roles)
    files = {file.path: file.tasks for file in task_files(tree)}
    for task in play.tasks:
        inner = files.get(included(tree, task), ())
        for one in (task, *inner):
            if one.bare in INCLUDED_ROLES and one.text("name"):
                yield one.text("name")


# ---------------------------------------------------------------- images


class Privilege(NamedTuple):
    """A privileged platform. ``reason`` is why, as far as the scenario tells; empty where it does not."""

    place: Place
    reason: str


def privileges(tree: RepositoryTree, scenario: Scenario) -> list[Privilege]:
    lines = tree.lines(scenario.path)
    found = []
    for platform in scenario.platforms:
        given = platform.get("privileged")
        if given is not None and (given.is_true or default_of(given.text).lower() in ("true", "yes")):
            found.append(Privilege(platform.place_of("privileged"), _reason(platform, lines)))
    return found


def _reason(platform: Node, lines: list[str]) -> str:
    """Systemd in the image needs it, or a comment beside the setting says why."""
    texts = " ".join(text for name in ("command", "image", "name", "tmpfs") for text in platform.texts_at(name))
    if _SYSTEMD.search(texts[:2_000]):
        return "systemd"
    for name in ("privileged", "volumes"):
        line = platform.line_of(name)
        near = lines[max(line - 2, 0) : line]
        if platform.has(name) and any("#" in text[:500] for text in near):
            return "a comment"
    mounts = any(_CGROUP in text for text in platform.texts_at("volumes"))
    is_init_image = "geerlingguy/docker-" in platform.text_at("image")
    return "the image runs systemd" if mounts and is_init_image else ""
