"""The files of a commit in a folder, written by us from blobs: no link, no hook, no filter, no settings of a tool."""

import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds

# A repository must not tell a tool what to leave out, nor which code of its own to load.
_SETTINGS = re.compile(
    r"\.checkov\.ya?ml|\.ansible-lint(?:\.ya?ml|-ignore)?|\.config|\.shellcheckrc|shellcheckrc|\.?hadolint\.ya?ml"
    r"|\.?zizmor\.ya?ml|ansible\.cfg|\.yamllint(?:\.ya?ml)?"
)
_SAFE = re.compile(r"[\w .,@+=(){}\[\]~#%&$!^-]+")


@contextmanager
def checkout(tree: RepositoryTree) -> Iterator[Path]:
    """A temporary folder with the files that we read ourselves, too."""
    with TemporaryDirectory(prefix="referee-") as name:
        folder = Path(name) / "repository"
        folder.mkdir()
        for path in tree.paths:
            if is_safe(path) and (text := tree.text(path)) is not None:
                to = folder / path
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_text(text, encoding="utf-8", errors="replace", newline="")
        yield folder


def is_safe(path: str) -> bool:
    parts = path.split("/")
    return posixpath.normpath(path) == path and all(
        _SAFE.fullmatch(part) and part not in ("..", ".git") and not _SETTINGS.fullmatch(part) for part in parts
    )


def paths_of(tree: RepositoryTree, kind: str) -> list[str]:
    """The files of a kind that a checkout has."""
    return list(dict.fromkeys(found.path for found in kinds.found(tree, kind) if is_safe(found.path)))
