"""What can go wrong in judging, told apart by what the caller does next."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class ScorecardError(Exception):
    """Base of this room's errors."""


class PackProblem(NamedTuple):
    """One thing to mend in a pack. ``line`` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class InvalidPack(ScorecardError):
    """A pack is refused whole: its author must mend each of ``problems``, which stand in the order of the file."""

    def __init__(self, problems: Iterable[PackProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DefinitionRefused(ScorecardError):
    """A definition makes no sense: a sentence for each value by its name; what concerns all stands under ``""``."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(f"{key}: {text}" if key else text for key, text in self.problems.items()))
