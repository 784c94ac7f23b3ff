"""(pure) An organisation's declarative rules."""

from collections.abc import Iterator, Mapping
from typing import Any

from scorecards.checks.finding import Finding, unknown
from scorecards.reading.subject import Subject


def judge_rule(rule: Mapping[str, Any], subject: Subject) -> Iterator[Finding]:
    """The findings of a rule."""
    yield unknown("the repository", "Rules can't be judged yet.")
