"""Each tool about each repository, in the order that shows something soonest."""

import sys
import time

from tests.referees import cache, environments
from tests.referees.checkout import checkout
from tests.referees.repositories import Repository
from tests.referees.said import Said
from tests.referees.tools import TOOLS


def ask(name: str, repository: Repository) -> list[Said]:
    """What a tool says of a repository; asked once, then remembered."""
    tool = TOOLS[name]
    key = f"{repository.name} {repository.commit} {tool.version} {_requirement(tool.requirement)}"
    return cache.kept(name, key, lambda: _asked(name, repository))


def _requirement(name: str) -> str:
    return (environments.REQUIREMENTS / f"requirements-{name}.in").read_text().strip()


def _asked(name: str, repository: Repository) -> list[Said]:
    environments.make(TOOLS[name].requirement)
    started = time.monotonic()
    with checkout(repository.tree) as folder:
        said = TOOLS[name].judge(repository.tree, folder)
    sys.stderr.write(f"{name} {repository.name}: {len(said):,} answers, {time.monotonic() - started:.0f} s\n")
    return said
