"""(pure) An organisation's declarative rules."""

from collections.abc import Iterator, Mapping
from typing import Any

from scorecards.checks.finding import Finding
from scorecards.reading.subject import Subject
from scorecards.rules.facts import LiveFacts
from scorecards.rules.judging import findings
from scorecards.rules.language import Problem, read_rule
from scorecards.rules.language.reading import LineOf

__all__ = ["Problem", "check_rule", "judge_rule"]


def judge_rule(rule: Mapping[str, Any], subject: Subject) -> Iterator[Finding]:
    """The findings of a rule: one for each unit, with what was seen. What is not known is never a pass."""
    return findings(rule, LiveFacts(subject))


def check_rule(rule: Mapping[str, Any], line: int, line_of: LineOf | None = None) -> list[Problem]:
    """What is wrong in a rule that stands at ``line``; ``line_of`` tells the lines of its parts."""
    return list(read_rule(rule, line_of or (lambda way: line)).problems)
