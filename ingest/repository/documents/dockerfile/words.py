"""(pure) The words of an instruction as a shell cuts them, and the variables in them."""

import re
from collections.abc import Mapping

_PIECE = re.compile(r"""[^\s"'\\`]+|'[^']*'|"(?:[^"\\]|\\.)*"|\\.|\s+|.""", re.S)
_ESCAPED = re.compile(r'\\(["\\$`])')
_VARIABLE = re.compile(
    r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^}$]{0,500}))?\})"
)  # a default that is itself computed stays as written
_MAX_VALUE = 1_000


def raw_words(text: str) -> list[str]:
    """The words with their quotes."""
    return ["".join(pieces) for pieces in _cut(text)]


def words(text: str) -> list[str]:
    """The words without their quotes; a quote that is not closed stands for itself."""
    return ["".join(map(_meaning, pieces)) for pieces in _cut(text)]


def _cut(text: str) -> list[list[str]]:
    found: list[list[str]] = []
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        if not piece[0].isspace():
            pieces.append(piece)
        elif pieces:
            found.append(pieces)
            pieces = []
    return [*found, pieces] if pieces else found


def _meaning(piece: str) -> str:
    if len(piece) > 1 and piece[0] == "'":
        return piece[1:-1]
    if len(piece) > 1 and piece[0] == '"':
        return _ESCAPED.sub(r"\1", piece[1:-1])
    return piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """A text with its variables replaced where their value is known; unknown ones stay as written.

    A value that would grow beyond all measure is not filled in at all.
    """
    result = _VARIABLE.sub(lambda found: _value(found, values), text[:_MAX_VALUE])
    return result if len(text) <= _MAX_VALUE and len(result) <= _MAX_VALUE else text


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    known = values.get(found.group(1) or found.group(2))
    operator, other = found.group(3) or "", found.group(4) or ""
    if operator.endswith("+"):
        return other if known else ""
    if operator.endswith("-"):
        return known if known or (known is not None and operator == "-") else other
    return known if known is not None else found.group()
