"""Which rule of which tool asks what one of our checks asks, and where both are known to differ."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Per = Literal["workload", "file", "line", "task"]
FAILING = ("fail", "partial")


@dataclass(frozen=True, slots=True)
class Question:
    """``rules`` fail together: theirs fails where one of them does.

    Ours fails where the outcome is among ``failing`` and the message matches ``saying``. ``besides``: messages after
    which a check says no more, so that it leaves the question open.
    """

    control: str
    asks: str
    check: str
    tool: str
    rules: tuple[str, ...]
    per: Per
    framework: str = ""
    failing: tuple[str, ...] = FAILING
    saying: str = ""
    besides: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """A difference that is meant. All that is given must match: ``side`` is who finds fault."""

    side: Literal["ours", "theirs"]
    why: str
    control: str = ""
    asks: str = ""
    tool: str = ""
    repository: str = ""
    path: str = ""
    ours: str = ""
    theirs: str = ""


@cache
def load() -> tuple[list[Question], list[Expected]]:
    told = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text(encoding="utf-8"))
    questions = [_question(tool, row) for tool, rows in told["questions"].items() for row in rows]
    return questions, [Expected(**row) for row in told["expected"]]


def _question(tool: str, row: dict[str, Any]) -> Question:
    lists = {name: tuple(row[name]) for name in ("rules", "failing") if name in row}
    told: dict[str, Any] = row | lists | {"tool": tool}
    return Question(**told)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is not given, or found."""
    return not pattern or re.search(pattern, text) is not None
