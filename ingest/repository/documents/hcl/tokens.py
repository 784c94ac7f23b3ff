"""(pure) HCL's tokens in one flat list, with the partner of every bracket, quote and interpolation.

What is left open is closed here by tokens without width, so that a reader of the tokens meets pairs only.
"""

import re
from bisect import bisect_left

from ingest.repository.documents.hcl.model import Comment
from ingest.repository.documents.source import MAX_DEPTH, MAX_TOKENS, Source, report_too_many
from ingest.repository.documents.token_list import TokenList

_CODE = re.compile(
    r"""
    (?P<blank>[ \t\r\ufeff]+)
    |(?P<newline>\n)
    |(?P<ident>[^\W\d][\w-]*(?:::[^\W\d][\w-]*)*)
    |(?P<string>"[^"\\$%\n]*")
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    |(?P<comment>\#[^\n]*|//[^\n]*)
    |(?P<long>/\*)
    |(?P<heredoc><<-?[^\W\d][\w-]*[ \t]*\r?\n)
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<quote>")
    |(?P<op>==|!=|<=|>=|&&|\|\||=>|\.\.\.|[=?:,.*/%+\-!<>~])
    |(?P<bad>.)
    """,
    re.X | re.S,
)
_QUOTED = re.compile(
    r"""(?P<run>[^"\\$%\n]+)|(?P<code>\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})|(?P<escape>\\[^\n])
    |(?P<kept>\$\$\{|%%\{)|(?P<open>[$%]\{)|(?P<one>.)""",
    re.S | re.X,
)
_HEREDOC = re.compile(r"(?P<run>[^$%]+)|(?P<kept>\$\$\{|%%\{)|(?P<open>[$%]\{)|(?P<one>.)", re.S)
_LAST_LINE = re.compile(r"^[ \t]*([^\W\d][\w-]*)[ \t]*\r?$", re.M)
_HEADER = re.compile(r'^[^\W\d][\w-]*(?:[ \t]+(?:"[^"\n]*"|[^\W\d][\w-]*))*[ \t]*\{', re.M)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_CLOSER = {"(": ")", "[": "]", "{": "}", "${": "}", "%{": "}", '"': "quote_end", "heredoc": "heredoc_end"}
_TEMPLATES = ('"', "heredoc")


class Tokens(TokenList):
    """Kinds, offsets and partners by index. ``texts`` holds what a text within a template means."""

    __slots__ = ("comments", "texts")

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.texts: dict[int, str] = {}
        self.comments: list[Comment] = []


def tokens_of(source: Source) -> Tokens:
    """The tokens of a text. Where brackets stay open, a block that begins a line closes them."""
    lexer = _Lexer(source, resync=False)
    if lexer.run():
        return lexer.tokens
    source.problems.clear()
    lexer = _Lexer(source, resync=True)
    lexer.run()
    return lexer.tokens


class _Lexer:
    """One run over a text; ``stack`` holds (kind, token, offset at which it must have ended) of what is open."""

    def __init__(self, source: Source, resync: bool) -> None:
        self.source, self.resync = source, resync
        self.text = source.text
        self.tokens = Tokens(source)
        self.stack: list[tuple[str, int, int]] = []
        self.pos = 0
        self.limit = len(self.text)
        self._last_lines: dict[str, list[int]] | None = None

    def run(self) -> bool:
        """Whether all that was opened was closed."""
        while self.pos < len(self.text):
            if len(self.tokens.kinds) > MAX_TOKENS:
                report_too_many(self.source, self.pos, MAX_TOKENS, "tokens")
                self._end_everything()
            elif self.stack and self.stack[-1][0] in _TEMPLATES:
                self._template(self.stack[-1])
            elif self.pos >= self.limit:
                self._leave_heredoc()
            else:
                self._code()
        complete = all(kind == "heredoc" for kind, _, _ in self.stack)
        self._close_down_to(0)
        return complete

    def _end_everything(self) -> None:
        while self.stack:
            self._pop(_CLOSER[self.stack[-1][0]], self.pos)
        self.pos = len(self.text)

    # ------------------------------------------------------------ code

    def _code(self) -> None:
        found = _CODE.match(self.text, self.pos, self.limit)
        if found is None:  # cannot be: its last alternative takes anything
            self.pos = self.limit
            return
        kind, start = str(found.lastgroup), self.pos
        self.pos = found.end()
        if kind in ("ident", "string", "number", "bad"):
            self.tokens.add(kind, start, self.pos)
        elif kind == "newline":
            self.tokens.add(kind, start, self.pos)
            self._resync()
        elif kind == "op":
            self.tokens.add(found.group(), start, self.pos)
        elif kind != "blank":
            self._rarer(kind, start, found.group())

    def _rarer(self, kind: str, start: int, text: str) -> None:
        if kind in ("open", "quote"):
            self._open(text, start, self.limit)
        elif kind == "close":
            self._close(text, start)
        elif kind == "heredoc":
            self._heredoc(start, text)
        elif kind == "comment":
            self.tokens.comments.append(Comment(self.source.line(start), text.lstrip("#/").strip()))
        else:
            self._long_comment(start)

    def _long_comment(self, start: int) -> None:
        end = self.text.find("*/", self.pos, self.limit)
        if end < 0:
            self.source.report("broken", start, "A comment is not closed.")
            end = self.limit
        first = self.source.line(start)
        for offset, line in enumerate(self.text[self.pos : end].split("\n")):
            self.tokens.comments.append(Comment(first + offset, line.strip(" \t\r*")))
        self.pos = min(end + 2, self.limit)

    def _resync(self) -> None:
        if self.resync and self.stack and self.limit == len(self.text) and _HEADER.match(self.text, self.pos):
            self._close_down_to(0)

    def _open(self, kind: str, start: int, limit: int) -> None:
        if len(self.stack) >= MAX_DEPTH:
            self.source.report("too_deep", start, f"Nested deeper than {MAX_DEPTH} levels.")
            self._close_down_to(0)
            self.tokens.add("newline", start, start)
            following = _HEADER.search(self.text, self.source.next_line(start))
            self.pos = following.start() if following else len(self.text)
            return
        self.stack.append((kind, self.tokens.add(kind, start, self.pos), limit))
        self.limit = limit

    def _close(self, closer: str, start: int) -> None:
        depth = len(self.stack) - 1
        while depth >= 0 and self.stack[depth][0] not in _TEMPLATES and _CLOSER[self.stack[depth][0]] != closer:
            depth -= 1
        if depth < 0 or self.stack[depth][0] in _TEMPLATES:
            self.tokens.add("bad", start, self.pos)
            return
        end, self.pos = self.pos, start
        self._close_down_to(depth + 1)
        self.pos = end
        self._pop(closer, start)

    def _pop(self, closer: str, start: int) -> None:
        _, index, _ = self.stack.pop()
        self.tokens.pair[index] = self.tokens.add(closer, start, self.pos)
        self.limit = self.stack[-1][2] if self.stack else len(self.text)

    def _close_down_to(self, depth: int) -> None:
        """Closes all above a depth where the text is, each with a problem at its opening."""
        while len(self.stack) > depth:
            kind, index, _ = self.stack[-1]
            if kind != "heredoc":
                self.source.report("broken", self.tokens.starts[index], f"“{kind}” is not closed.")
            self._pop(_CLOSER[kind], self.pos)

    # ------------------------------------------------------------ templates

    def _heredoc(self, start: int, mark: str) -> None:
        name = mark.lstrip("<-").strip()
        last = self._last_line(name)
        if last is None:
            self.source.report("broken", start, f"The text up to a line “{name[:40]}” has no such line.")
            self.tokens.add("bad", start, self.pos - 1)
            self.pos -= 1
            return
        self._open("heredoc", start, last)

    def _last_line(self, name: str) -> int | None:
        """The offset of the next line that holds this name alone, within what is open."""
        if self._last_lines is None:
            self._last_lines = {}
            for found in _LAST_LINE.finditer(self.text):
                self._last_lines.setdefault(found.group(1), []).append(found.start())
        lines = self._last_lines.get(name, [])
        at = bisect_left(lines, self.pos)
        return lines[at] if at < len(lines) and lines[at] < self.limit else None

    def _leave_heredoc(self) -> None:
        """The text of a heredoc ended within an interpolation."""
        depth = max(index for index, entry in enumerate(self.stack) if entry[0] == "heredoc")
        self._close_down_to(depth + 1)

    def _template(self, entry: tuple[str, int, int]) -> None:
        """The text up to the next interpolation or to the end of the template."""
        kind, index, limit = entry
        pattern = _QUOTED if kind == '"' else _HEREDOC
        start, parts = self.pos, []
        while self.pos < limit:
            found = pattern.match(self.text, self.pos, limit)
            if found is None or (kind == '"' and found.group() in ('"', "\n")) or found.lastgroup == "open":
                break
            parts.append(_meaning(str(found.lastgroup), found.group()))
            self.pos = found.end()
        if parts:
            self.tokens.texts[self.tokens.add("text", start, self.pos)] = "".join(parts)
        if self.pos < limit and self.text[self.pos] in "$%":
            self.pos += 2
            self._open(self.text[self.pos - 2 : self.pos], self.pos - 2, limit)
        else:
            self._end_template(kind, index)

    def _end_template(self, kind: str, index: int) -> None:
        start = self.pos
        if kind == "heredoc":
            found = _LAST_LINE.match(self.text, self.pos)
            self.pos = found.end(1) if found else self.pos
            self._pop("heredoc_end", start)
        elif self.text.startswith('"', self.pos, self.limit):
            self.pos += 1
            self._pop("quote_end", start)
        else:
            self._close_down_to(len(self.stack) - 1)


def _meaning(kind: str, text: str) -> str:
    if kind == "kept":
        return text[1:]
    if kind == "code":
        code = int(text[2:], 16)
        return chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"
    if kind == "escape":
        return _ESCAPES.get(text[1], text)
    return text
