"""(pure) The words for how grave an incident is, and sev1 to sev4, which they stand for."""

import re
from collections.abc import Mapping

# What monitoring and paging tools say by default. A source's option ``severities`` comes before these.
WORDS = {
    "critical": "sev1", "emergency": "sev1", "emerg": "sev1", "fatal": "sev1", "disaster": "sev1", "alert": "sev1",
    "page": "sev2", "error": "sev2", "err": "sev2", "major": "sev2", "high": "sev2",
    "warning": "sev3", "warn": "sev3", "medium": "sev3", "moderate": "sev3", "average": "sev3", "minor": "sev3",
    "info": "sev4", "information": "sev4", "informational": "sev4", "notice": "sev4", "low": "sev4",
}  # fmt: skip
_NUMBERED = re.compile(r"(?:severity|sev|priority|p)?[ :/_-]{0,3}([0-5])(?![0-9])")


def severity_of_word(word: str | None, severities: Mapping[str, str]) -> str | None:
    """sev1 to sev4, by ``severities`` (words in lower case), else by common usage: ``critical``, ``P2 - High``,
    ``SEV-1``; what is graver than 1 is sev1, P5 is sev4. ``None`` for a word that says nothing of it."""
    said = (word or "").strip().lower()[:100]
    if not said:
        return None
    found = severities.get(said) or WORDS.get(said)
    return found or severity_of_number(said)


def severity_of_number(said: str) -> str | None:
    """By a number after sev, severity, p or priority, or one by itself; ``said`` is in lower case."""
    numbered = _NUMBERED.match(said)
    return f"sev{min(max(int(numbered[1]), 1), 4)}" if numbered else None
