"""(pure) What of a repository's references has ended or ends soon."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import lifecycle
from scorecards.reading.ends.code import of_code
from scorecards.reading.ends.molecule import of_scenarios
from scorecards.reading.ends.objects import of_objects
from scorecards.reading.ends.used import Used
from scorecards.reading.lifecycle import Category, End

__all__ = ["Ending", "Used", "ended", "ends_soon", "used"]

Look = Callable[[Category, str, str, date], End | None]


class Ending(NamedTuple):
    used: Used
    end: End


def used(tree: RepositoryTree) -> list[Used]:
    """Every reference that the table may know, each place once."""
    return list(tree.derive(_used))


def _used(tree: RepositoryTree) -> tuple[Used, ...]:
    return tuple(dict.fromkeys([*of_objects(tree), *of_code(tree), *of_scenarios(tree)]))


def ended(tree: RepositoryTree, as_of: date) -> list[Ending]:
    """The references to what has ended, the longest ended first."""
    return _found(tree, lifecycle.ended, as_of)


def ends_soon(tree: RepositoryTree, as_of: date) -> list[Ending]:
    """The references to what ends within 180 days, the next first."""
    return _found(tree, lifecycle.ends_soon, as_of)


def _found(tree: RepositoryTree, look: Look, as_of: date) -> list[Ending]:
    """Of a reference that ends in more than one way, the first end."""
    ordered = sorted(_endings(tree, look, as_of), key=lambda one: (one.end.on, one.used.text, one.used.place))
    found: dict[tuple[str, Place], Ending] = {}
    for one in ordered:
        found.setdefault((one.used.text, one.used.place), one)
    return list(found.values())


def _endings(tree: RepositoryTree, look: Look, as_of: date) -> Iterator[Ending]:
    for one in used(tree):
        end = look(one.category, one.name, one.version, as_of)
        # Where only some versions end, a reference without one tells nothing.
        if end is not None and (one.version or not (end.before or end.versions)):
            yield Ending(one, end)
