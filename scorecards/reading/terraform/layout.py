"""(pure) How a module is cut into files, and whether its README tells what it takes."""

import re

from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.directory import Directory, Located

_VARIABLES = re.compile(r"variables(?:[._-][\w.-]{1,100})?\.(?:tf|tofu|tf\.json)", re.A)
_OUTPUTS = re.compile(r"outputs(?:[._-][\w.-]{1,100})?\.(?:tf|tofu|tf\.json)", re.A)
_MARKERS = ("BEGIN_TF_DOCS", "BEGINNING OF PRE-COMMIT-TERRAFORM DOCS", "terraform-docs")
_READMES = ("README.md", "README.adoc", "README.rst", "README", "Readme.md", "readme.md", "README.markdown")


def misplaced(module: Directory) -> list[Located]:
    """The variables and outputs outside the files where one looks for them."""
    wrong = [at for at in module.blocks("variable") if not _VARIABLES.fullmatch(_name(at))]
    return wrong + [at for at in module.blocks("output") if not _OUTPUTS.fullmatch(_name(at))]


def _name(at: Located) -> str:
    return at.path.rpartition("/")[2]


def mixes_all(module: Directory) -> Located | None:
    """The first block that does not belong beside the variables, where one file holds the whole module."""
    if len(module.sources) > 1 or not module.blocks("variable"):
        return None
    others = [at for kind in ("output", "resource", "data", "module", "ephemeral") for at in module.blocks(kind)]
    return others[0] if others else None


def is_tiny(module: Directory) -> bool:
    """Whether it has fewer than three resources."""
    return len(module.blocks("resource")) < 3


def readme(tree: RepositoryTree, module: Directory) -> str:
    """The path of the module's README; empty where there is none."""
    prefix = f"{module.path}/" if module.path else ""
    return next((prefix + name for name in _READMES if tree.exists(prefix + name)), "")


def untold(tree: RepositoryTree, module: Directory, path: str) -> list[str]:
    """The variables that a README does not name; none where it is generated from the code."""
    text = tree.text(path) or ""
    if any(marker in text for marker in _MARKERS):
        return []
    return [at.block.label for at in module.blocks("variable") if at.block.label not in text]
