"""(pure) The typed facts that an organisation's rules are written over."""

from scorecards.rules.facts.catalogue import COLLECTIONS, REPOSITORY
from scorecards.rules.facts.kept import KeptFacts, keep
from scorecards.rules.facts.live import LiveFacts
from scorecards.rules.facts.model import ABSENT, Collection, Facts, Field, Kind, Row, Rows, Value

__all__ = [
    "ABSENT",
    "COLLECTIONS",
    "REPOSITORY",
    "Collection",
    "Facts",
    "Field",
    "KeptFacts",
    "Kind",
    "LiveFacts",
    "Row",
    "Rows",
    "Value",
    "keep",
]
