"""(pure) What a repository tells the rest of the fleet."""

from typing import Any

from scorecards.reading.subject import Subject


def inventory(subject: Subject) -> dict[str, Any]:
    """Names that other repositories may refer to."""
    return {}
