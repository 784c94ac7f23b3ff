"""(pure) A Dockerfile's physical lines become logical ones: continuations joined, heredocs set apart."""

import re
from bisect import bisect_left
from typing import NamedTuple

from ingest.repository.documents.dockerfile.model import Heredoc
from ingest.repository.documents.dockerfile.words import raw_words
from ingest.repository.node import Problem

_DIRECTIVE = re.compile(r"#[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*(.+?)[ \t]*$")
_HEREDOC = re.compile(r"[0-9]{0,9}<<(-?)(['\"]?)([A-Za-z_][A-Za-z0-9_.-]*)\2(?=$|[>|;&)])")
_WITH_HEREDOCS = re.compile(r"[ \t]*(?:ONBUILD[ \t]+)?(?:RUN|COPY|ADD)\b", re.I)


class Logical(NamedTuple):
    """``line`` and ``end_line`` count from 1; ``script`` keeps the physical lines for a shell."""

    text: str
    script: str
    line: int
    end_line: int
    heredocs: list[Heredoc]


class Lines:
    """Reads the logical lines of a text; ``problems`` takes what is wrong."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
        self.problems: list[Problem] = []
        self.escape = "\\"
        self.at = self._directives()
        self._ends: dict[bool, dict[str, list[int]]] = {}

    def _directives(self) -> int:
        """Reads the directives at the top; the index of the first other line."""
        for index, line in enumerate(self.lines):
            found = _DIRECTIVE.match(line[:300])
            if not found:
                return index
            if found.group(1).lower() == "escape" and found.group(2) in ("\\", "`"):
                self.escape = found.group(2)
        return len(self.lines)

    def next(self) -> Logical | None:
        """The next logical line; ``None`` at the end."""
        while self.at < len(self.lines) and _is_empty(self.lines[self.at]):
            self.at += 1
        if self.at >= len(self.lines):
            return None
        first = self.at
        pieces, script = self._joined()
        text = "".join(pieces)
        heredocs = self._heredocs(text, script) if "<<" in text and _WITH_HEREDOCS.match(text) else []
        return Logical(text, "\n".join(script), first + 1, self.at, heredocs)

    def _joined(self) -> tuple[list[str], list[str]]:
        """The pieces of a line up to the one that is not continued; empty lines and comments within don't count."""
        pieces: list[str] = []
        script: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if pieces and _is_empty(line):
                script.append("\\")
                continue
            piece = line.rstrip(" \t")
            if not piece.endswith(self.escape) or piece.endswith(self.escape * 2):
                pieces.append(line)
                script.append(line)
                break
            pieces.append(piece[:-1])
            script.append(piece[:-1] + "\\")
        return pieces, script

    def _heredocs(self, text: str, script: list[str]) -> list[Heredoc]:
        found = []
        for word in raw_words(text):
            mark = _HEREDOC.match(word)
            if mark is None:
                continue
            end = self._end(mark.group(3), tabs=bool(mark.group(1)))
            if end is None:
                message = f"The text up to a line “{mark.group(3)[:40]}” has no such line."
                self.problems.append(Problem(self.path, self.at, "broken", message))
                break
            body = self.lines[self.at : end]
            script.extend([*body, self.lines[end]])
            first_line = self.at + 1
            self.at = end + 1
            told = [line.lstrip("\t") for line in body] if mark.group(1) else body
            found.append(Heredoc(mark.group(3), "".join(f"{line}\n" for line in told), first_line))
        return found

    def _end(self, name: str, *, tabs: bool) -> int | None:
        """The index of the next line that holds a name alone, behind tabs where these don't count."""
        if tabs not in self._ends:
            ends = self._ends[tabs] = {}
            for index, line in enumerate(self.lines):
                ends.setdefault(line.lstrip("\t") if tabs else line, []).append(index)
        known = self._ends[tabs].get(name, [])
        following = bisect_left(known, self.at)
        return known[following] if following < len(known) else None


def _is_empty(line: str) -> bool:
    stripped = line.lstrip(" \t")
    return not stripped or stripped.startswith("#")
