"""(pure) What the readers of single files share: a text with its lines, the limits, and the problems met."""

import re
from bisect import bisect_right

from ingest.repository.node import Problem

MAX_SIZE = 5_000_000
MAX_DEPTH = 100
MAX_PROBLEMS = 50
MAX_TOKENS = 300_000

_NEWLINE = re.compile("\n")


class Source:
    """A text whose offsets can be told as lines; ``first_line`` is the line on which the text itself begins."""

    __slots__ = ("_starts", "first_line", "path", "problems", "text")

    def __init__(self, path: str, text: str, first_line: int = 1) -> None:
        self.path = path
        self.text = text
        self.first_line = first_line
        self.problems: list[Problem] = []
        self._starts = [found.end() for found in _NEWLINE.finditer(text)]

    def line(self, offset: int) -> int:
        """The line of an offset; a newline belongs to the line that it ends."""
        return bisect_right(self._starts, offset) + self.first_line

    def next_line(self, offset: int) -> int:
        """The offset at which the line after an offset's own begins; the text's end after the last."""
        index = bisect_right(self._starts, offset)
        return self._starts[index] if index < len(self._starts) else len(self.text)

    def report(self, code: str, offset: int, message: str) -> None:
        """Keeps a problem: one of a code a line, and not too many."""
        if len(self.problems) >= MAX_PROBLEMS:
            return
        line = self.line(offset)
        if not any(problem.line == line and problem.code == code for problem in self.problems):
            self.problems.append(Problem(self.path, line, code, message))


def report_too_many(source: Source, offset: int, limit: int, what: str) -> None:
    """Tells that reading ends here, whatever else the file holds."""
    if len(source.problems) >= MAX_PROBLEMS:
        source.problems.pop()
    source.report("too_many", offset, f"More than {limit:,} {what}.")


def too_large(path: str, text: str) -> list[Problem]:
    """The problem of a text larger than what is read; empty for any other."""
    if len(text) <= MAX_SIZE:
        return []
    return [Problem(path, 0, "too_large", f"It is longer than {MAX_SIZE:,} characters.")]
