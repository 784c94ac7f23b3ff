"""(pure) The actions of a Go template, ``{{ ... }}``, and which of them open and close a block."""

import re
from typing import NamedTuple

_ACTION = re.compile(
    r"""\{\{ (?: (?:-\s+)? /\* (?s:.*?) \*/ (?:\s+-)?
           | (?!(?:-\s+)?/\*)
             (?: [^"`'}]++ | "(?:[^"\\\n]++|\\.)*+" | `[^`]*+` | '(?:[^'\\\n]++|\\.)*+' | \}(?!\}) )*+
         ) \}\}""",
    re.X,
)
_WORD = re.compile(
    r"(if|else|end|range|with|define|block|template|break|continue)\b|(/\*)|\$\w*(?:\s*,\s*\$\w+)?\s*:?="
)
_OPENS = frozenset({"if", "range", "with", "define", "block"})
MAX_UNCLOSED = 20
MAX_FAULTS = 100


class Action(NamedTuple):
    """``text[start:end]``. ``word`` is its keyword; ``/*`` of a comment, ``=`` of an assignment, else empty."""

    start: int
    end: int
    line: int
    end_line: int
    word: str
    body: str

    @property
    def writes(self) -> bool:
        return self.word in ("", "template", "block")


class Block(NamedTuple):
    """From ``{{ if ... }}`` and its like to ``{{ end }}``; ``first`` and ``last`` are the numbers of these actions."""

    word: str
    body: str
    line: int
    end_line: int
    first: int
    last: int


class Fault(NamedTuple):
    line: int
    message: str


def actions_of(text: str) -> tuple[list[Action], list[Fault]]:
    """The actions in order. What isn't closed is left as it is; after ``MAX_UNCLOSED`` such the rest is."""
    found: list[Action] = []
    faults: list[Fault] = []
    line, counted, pos = 1, 0, text.find("{{")
    while pos >= 0 and len(faults) < MAX_UNCLOSED:
        line, counted = line + text.count("\n", counted, pos), pos
        match = _ACTION.match(text, pos)
        if match is None:
            faults.append(Fault(line, "This action is not closed."))
            pos = text.find("{{", pos + 2)
            continue
        raw = match[0]
        word, body = _understood(raw)
        found.append(Action(pos, match.end(), line, line + raw.count("\n"), word, body))
        pos = text.find("{{", match.end())
    return found, faults


def _understood(raw: str) -> tuple[str, str]:
    """(word, body without the marks that trim)."""
    body = raw[2:-2]
    if body[:1] == "-" and body[1:2].isspace():
        body = body[1:]
    if body[-1:] == "-" and body[-2:-1].isspace():
        body = body[:-1]
    body = body.strip()
    match = _WORD.match(body)
    return ("" if match is None else match[1] or match[2] or "="), body


def blocks_of(actions: list[Action]) -> tuple[list[Block], list[Fault]]:
    """The blocks in the order of their ends, and what has no partner."""
    found: list[Block] = []
    faults: list[Fault] = []
    opened: list[int] = []
    for number, action in enumerate(actions):
        if action.word in _OPENS:
            opened.append(number)
        elif action.word in ("end", "else") and not opened:
            faults.append(Fault(action.line, f"This {{{{ {action.word} }}}} belongs to no block."))
        elif action.word == "end":
            first = opened.pop()
            start = actions[first]
            found.append(Block(start.word, start.body, start.line, action.end_line, first, number))
    faults += [Fault(actions[n].line, f"This {{{{ {actions[n].word} }}}} has no {{{{ end }}}}.") for n in opened]
    return found, faults[:MAX_FAULTS]
