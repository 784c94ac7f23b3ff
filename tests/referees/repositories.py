"""The repositories that are judged: a folder of git directories, OWNER+NAME/repo or OWNER+NAME."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.repository.bare import open_bare
from ingest.repository.tree import RepositoryTree


@dataclass(frozen=True, slots=True, eq=False)
class Repository:
    """``name`` is OWNER/NAME."""

    name: str
    commit: str
    tree: RepositoryTree


def repositories(folder: Path, only: list[str], commits: dict[str, str]) -> Iterator[Repository]:
    """Those whose names contain one of ``only`` (all without any), and, with ``commits``, only those named there.

    A repository without a commit in ``commits`` is taken at its HEAD.
    """
    for place in sorted(folder.iterdir()):
        owner, plus, rest = place.name.partition("+")
        name = f"{owner}/{rest}"
        if not plus or not place.is_dir() or (only and not any(part in name for part in only)):
            continue
        if commits and name not in commits:
            continue
        git = place / "repo" if (place / "repo").exists() else place
        opened = open_bare(git, commits.get(name, "HEAD"))
        yield Repository(name, opened.commit or "", RepositoryTree(opened.entries, opened.content))
