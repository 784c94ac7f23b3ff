"""(pure) Groovy's strings: where one ends, what it says, and whether values are filled in."""

import re

from ingest.repository.documents.source import MAX_DEPTH

_SLASHY = re.compile(r"/(?:[^/\\\n]|\\[^\n])+/")
_STEP = re.compile(r"""[^\\"'$\n{}]+|\\.|\$\{|\"\"\"|'''|.""", re.S)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.S)
_DOLLAR_ESCAPE = re.compile(r"\$([$/])")
_FILLED = re.compile(r"(?:^|[^\\])\$(?:\{|[A-Za-z_])")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "s": " "}
_QUOTES = ("'''", '"""', "'", '"')


class Ends:
    """Finds ends of strings. What can't be found is not looked for again and again: all is linear in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.left = 3 * len(text) + 1000
        self._absent: set[str] = set()
        self._no_slash_before = 0

    def of(self, start: int, quote: str) -> int:
        """The offset behind the closing quote; -1 when there is none."""
        if quote == "$/":
            return self._find("/$", start + 2)
        if quote == "/":
            return self._slashy(start)
        if quote == "'''" and "'''" in self._absent:
            return -1
        end = self._nested(start, quote) if self.left > 0 else -1
        if end < 0 and quote == "'''":
            self._absent.add(quote)
        return end

    def _find(self, mark: str, start: int) -> int:
        found = -1 if mark in self._absent else self.text.find(mark, start)
        if found < 0:
            self._absent.add(mark)
            return -1
        return found + len(mark)

    def _slashy(self, start: int) -> int:
        if start < self._no_slash_before:
            return -1
        found = _SLASHY.match(self.text, start)
        if found:
            return found.end()
        line_end = self.text.find("\n", start)
        self._no_slash_before = line_end if line_end >= 0 else len(self.text)
        return -1

    def _nested(self, start: int, quote: str) -> int:
        """Steps through a quoted text with the code that it interpolates and the strings within that."""
        open_kinds = [quote]
        pos = start + len(quote)
        while open_kinds and len(open_kinds) <= MAX_DEPTH:
            found = _STEP.match(self.text, pos)
            if found is None:
                break
            pos = _step(open_kinds, found.group(), pos)
            if pos < 0:
                break
        if not open_kinds:
            return pos
        self.left -= abs(found.end() if found else len(self.text)) - start
        return -1


def _step(open_kinds: list[str], piece: str, pos: int) -> int:
    """Opens or closes what a piece of text opens or closes; the offset behind it, -1 where a line ends too early."""
    kind = open_kinds[-1]
    if kind == "{":
        if piece in ("{", "${"):
            open_kinds.append("{")
        elif piece == "}":
            open_kinds.pop()
        elif piece in _QUOTES:
            open_kinds.append(piece)
    elif piece == "\n" and len(kind) == 1:
        return -1
    elif piece.startswith(kind):
        open_kinds.pop()
        return pos + len(kind)
    elif piece == "${" and kind[0] == '"':
        open_kinds.append("{")
    elif piece in ("'''", '"""') and len(kind) == 1:
        return pos + 1 if piece[0] != kind else pos
    return pos + len(piece)


def meaning(source: str, quote: str) -> tuple[str, bool]:
    """(text, whether values are filled in) of a string with its quotes.

    A line continued by a backslash stays two lines, so that lines can be counted.
    """
    inner = source[len(quote) : len(source) - len(quote)]
    if quote == "$/":
        return _DOLLAR_ESCAPE.sub(r"\1", inner), bool(_FILLED.search(inner.replace("$$", "  ")))
    if quote == "/":
        return inner.replace("\\/", "/"), bool(_FILLED.search(inner))
    text = _ESCAPE.sub(_escape, inner) if "\\" in inner else inner
    return text, quote[0] == '"' and bool(_FILLED.search(inner.replace("\\\\", "  ")))


def _escape(found: re.Match[str]) -> str:
    letter = found.group(1)
    if letter == "\n":
        return "\\\n"
    if len(letter) > 1:
        code = int(letter[1:], 16)
        return chr(code) if not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return _LETTERS.get(letter, letter)
