"""(pure) Groovy's tokens in one flat list, with the partner of every bracket; what stays open is closed at its end."""

import re

from ingest.repository.documents.groovy.strings import Ends
from ingest.repository.documents.source import MAX_DEPTH, MAX_TOKENS, Source, report_too_many
from ingest.repository.documents.token_list import TokenList

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r\f\ufeff]+|\\\r?\n)
    |(?P<newline>\n)
    |(?P<ident>[^\W\d][\w$]*)
    |(?P<number>[0-9][\w.]*)
    |(?P<comment>//[^\n]*)
    |(?P<long>/\*)
    |(?P<quote>'''|\"\"\"|'|"|\$/)
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<op>==|!=|<=|>=|=~|&&|\|\||->|\?\.|\*\.|\+=|-=|\*=|/=|\?:|[=?:;,.*/%+\-!<>~@&|^])
    |(?P<bad>.)
    """,
    re.X | re.S,
)
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_OPERANDS = frozenset({"ident", "number", "string", ")", "]", "}"})


class Tokens(TokenList):
    """Kinds, offsets and partners by index; ``quotes`` holds the quote of each string."""

    __slots__ = ("quotes",)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.quotes: dict[int, str] = {}

    def between(self, first: int, last: int) -> str:
        """The source between two tokens."""
        return self.source.text[self.ends[first] : self.starts[last]]


def tokens_of(source: Source) -> Tokens:
    """The tokens of a text, without comments."""
    return _Lexer(source).run()


class _Lexer:
    def __init__(self, source: Source) -> None:
        self.source, self.text = source, source.text
        self.tokens = Tokens(source)
        self.ends = Ends(self.text)
        self.stack: list[int] = []
        self.pos = self.text.find("\n") if self.text.startswith("#!") else 0
        self.pos = self.pos if self.pos >= 0 else len(self.text)

    def run(self) -> Tokens:
        while self.pos < len(self.text):
            found = _TOKEN.match(self.text, self.pos)
            if found is None:
                break
            if len(self.tokens.kinds) > MAX_TOKENS:
                report_too_many(self.source, self.pos, MAX_TOKENS, "tokens")
                break
            self._take(str(found.lastgroup), found.group(), found.end())
        self._close_down_to(0, self.pos)
        return self.tokens

    def _take(self, kind: str, text: str, end: int) -> None:
        start, self.pos = self.pos, end
        if kind in ("ident", "number", "newline", "bad"):
            self.tokens.add(kind, start, end)
        elif kind == "quote":
            self._string(start, text)
        elif kind == "open":
            self._open(start, text)
        elif kind == "close":
            self._close(start, text)
        elif kind == "op":
            if not (text[0] == "/" and self._begins_operand() and self._slashy(start)):
                self.tokens.add(text, start, end)
        elif kind == "long":
            self._long_comment(start)

    def _long_comment(self, start: int) -> None:
        end = self.text.find("*/", self.pos)
        if end < 0:
            self.source.report("broken", start, "A comment is not closed.")
        self.pos = end + 2 if end >= 0 else len(self.text)

    def _begins_operand(self) -> bool:
        return not self.tokens.kinds or self.tokens.kinds[-1] not in _OPERANDS

    def _slashy(self, start: int) -> bool:
        end = self.ends.of(start, "/")
        if end >= 0:
            self._keep_string(start, end, "/")
        return end >= 0

    def _string(self, start: int, quote: str) -> None:
        end = self.ends.of(start, quote)
        if end >= 0:
            self._keep_string(start, end, quote)
            return
        self.source.report("broken", start, f"“{quote}” is not closed.")
        line_end = self.text.find("\n", start)
        self.pos = line_end if line_end >= 0 else len(self.text)
        self.tokens.add("bad", start, self.pos)

    def _keep_string(self, start: int, end: int, quote: str) -> None:
        self.pos = end
        self.tokens.quotes[self.tokens.add("string", start, end)] = quote

    def _open(self, start: int, bracket: str) -> None:
        if len(self.stack) >= MAX_DEPTH:
            self.source.report("too_deep", start, f"Nested deeper than {MAX_DEPTH} levels.")
            self._close_down_to(0, start)
            self.pos = len(self.text)
            return
        self.stack.append(self.tokens.add(bracket, start, self.pos))

    def _close(self, start: int, closer: str) -> None:
        depth = len(self.stack) - 1
        while depth >= 0 and _CLOSER[self.tokens.kinds[self.stack[depth]]] != closer:
            depth -= 1
        if depth < 0:
            self.source.report("broken", start, f"“{closer}” closes nothing.")
            self.tokens.add("bad", start, self.pos)
            return
        self._close_down_to(depth + 1, start)
        self.tokens.pair[self.stack.pop()] = self.tokens.add(closer, start, self.pos)

    def _close_down_to(self, depth: int, pos: int) -> None:
        while len(self.stack) > depth:
            index = self.stack.pop()
            kind = self.tokens.kinds[index]
            self.source.report("broken", self.tokens.starts[index], f"“{kind}” is not closed.")
            self.tokens.pair[index] = self.tokens.add(_CLOSER[kind], pos, pos)
