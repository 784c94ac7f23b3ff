"""(pure) A thing with a life of its own that a repository refers to."""

from typing import NamedTuple

from ingest.repository.node import Place
from scorecards.reading.lifecycle import Category


class Used(NamedTuple):
    """``text`` is what to call it in a sentence. ``version`` is empty where the reference has none."""

    category: Category
    name: str
    version: str
    text: str
    place: Place
