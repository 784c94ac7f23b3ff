"""(pure) What teams order for themselves: definitions of resources, their choices, and what comes of each."""

from scorecards.reading.self_service.definitions import Definition, definitions
from scorecards.reading.self_service.marks import MARKS, literal_credentials, marks_of
from scorecards.reading.self_service.rendered import Outcome, rendered

__all__ = [
    "MARKS",
    "Definition",
    "Outcome",
    "definitions",
    "literal_credentials",
    "marks_of",
    "rendered",
]
