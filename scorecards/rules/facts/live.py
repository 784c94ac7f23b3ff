"""(pure) Facts of a repository that is being scanned."""

from ingest.repository.tree import RepositoryTree
from scorecards.reading.subject import Subject
from scorecards.rules.facts.catalogue import COLLECTIONS
from scorecards.rules.facts.model import Rows


class LiveFacts:
    """Read from the tree when a rule asks, each collection once."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def rows(self, collection: str) -> Rows | None:
        if collection not in COLLECTIONS:
            return None
        return self._subject.tree.derive(_rows, collection, self._subject.name)


def _rows(tree: RepositoryTree, collection: str, repository: str) -> Rows:
    return COLLECTIONS[collection].rows(tree, repository)
