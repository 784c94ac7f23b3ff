"""(pure) The versions of the tool that a directory asks for."""

from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.directory import Directory
from scorecards.reading.terraform.values import UNRESOLVED, names_of, resolved
from scorecards.reading.terraform.versions import Constraint, constraint


class Required(NamedTuple):
    """What all ``required_version`` of a directory say together; ``places`` are empty where there is none."""

    constraint: Constraint
    computed: bool
    places: tuple[Place, ...]


def required_version(tree: RepositoryTree, directory: Directory) -> Required:
    """The constraints of all ``terraform`` blocks, which must all hold."""
    names = names_of(tree, directory)
    given = [at for at in directory.blocks("terraform") if "required_version" in at.block.body.attributes]
    values = [resolved(names, at.block.body.get("required_version")) for at in given]
    places = tuple(at.place_of("required_version") for at in given)
    texts = [str(value) for value in values if value is not UNRESOLVED]
    return Required(constraint(*texts), len(texts) < len(values), places)
