"""(pure) What a package manifest tells."""

from dataclasses import dataclass, field
from typing import NamedTuple

MAX_DEPENDENCIES = 2_000  # of one manifest


class Dependency(NamedTuple):
    """``version`` is the range as written, empty where none is; ``None`` where something else must fill it in."""

    name: str
    version: str | None
    scope: str  # runtime, development, test, build, optional
    line: int = 0


@dataclass(slots=True)
class Told:
    """What a reader of one format found. ``parent`` is what Maven's poms inherit from, as group:name."""

    name: str | None = ""
    version: str | None = ""
    parent: str | None = ""
    parent_version: str | None = ""
    dependencies: list[Dependency] = field(default_factory=list)

    def add(self, name: str, version: str | None, scope: str = "runtime", line: int = 0) -> None:
        if name and len(self.dependencies) < MAX_DEPENDENCIES:
            self.dependencies.append(Dependency(name, version, scope, line))
