"""(pure) The changelog of a repository: its sections by version."""

import re
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.semver import Version, version

_NAMES = ("CHANGELOG.md", "CHANGELOG", "CHANGELOG.rst", "CHANGELOG.txt", "CHANGES.md", "CHANGES.rst", "HISTORY.md",
          "changelog.md", "Changelog.md", "docs/CHANGELOG.md", "RELEASES.md",
          "RELEASE-NOTES.md", "RELEASE_NOTES.md")  # fmt: skip
_VERSION = re.compile(r"(?<![\w.])v?(\d{1,9}\.\d{1,9}(?:\.\d{1,9})?(?:-[0-9A-Za-z.-]{1,60})?)")
_HEADING = re.compile(r"(?:#{1,4}\s|\[?v?\d{1,9}\.\d)")
MAX_LINES = 50_000


class Section(NamedTuple):
    version: Version
    line: int


class Changelog(NamedTuple):
    """``sections`` in the file's order."""

    path: str
    sections: tuple[Section, ...]

    @property
    def place(self) -> Place:
        return Place(self.path, self.sections[0].line if self.sections else 1)

    @property
    def newest_first(self) -> bool:
        """Whether the first section is the highest, prereleases and lines of maintenance aside."""
        return not self.sections or self.sections[0].version.order >= self.sections[-1].version.order


def changelog(tree: RepositoryTree) -> Changelog | None:
    """The changelog at the top of the repository; ``None`` without one."""
    path = next((path for path in tree.files(*_NAMES) if tree.text(path)), None)
    if path is None:
        return None
    return Changelog(path, tuple(_sections(tree.lines(path)[:MAX_LINES])))


def _sections(lines: list[str]) -> list[Section]:
    found = []
    for number, line in enumerate(lines, 1):
        if _HEADING.match(line) and (match := _VERSION.search(line[:200])):
            told = match[1] if match[1].count(".") > 1 or "-" in match[1] else f"{match[1]}.0"
            if (one := version(told)) is not None:
                found.append(Section(one, number))
    return found
