"""(pure) A stretch of HCL's tokens becomes an expression; nothing is evaluated."""

import math
import textwrap
from bisect import bisect_left

from ingest.repository.documents.hcl.model import Expr, Value
from ingest.repository.documents.hcl.tokens import Tokens

_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_KEYWORDS = frozenset({*_WORDS, "for", "in", "if", "else", "endif", "endfor"})
_OPERANDS = frozenset({"ident", "number", "string", '"', "heredoc", "(", "[", "{"})
_OPERATORS = frozenset({"==", "!=", "<=", ">=", "<", ">", "&&", "||", "+", "-", "*", "/", "%", "?", ":"})
_MAX_DIGITS = 40


class Expressions:
    """Reads expressions out of tokens; a stretch is told by its first token and the one behind its last."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.kinds, self.pair = tokens.kinds, tokens.pair
        self.sound = True
        found = list(_references(tokens))
        self._reference_at = [index for index, _ in found]
        self._reference = [name for _, name in found]

    def read(self, first: int, stop: int) -> tuple[Expr, bool]:
        """The expression, and whether all of it follows the format."""
        self.sound = True
        return self._expr(first, stop), self.sound

    def end_of(self, index: int, stop: int, ends: tuple[str, ...] = ("newline",)) -> int:
        """The index of the first token of such a kind outside all brackets; ``stop`` when there is none."""
        kinds, pair = self.kinds, self.pair
        while index < stop and kinds[index] not in ends:
            index = pair[index] + 1 if pair[index] > index else index + 1
        return min(index, stop)

    def _expr(self, first: int, stop: int) -> Expr:
        kinds, pair = self.kinds, self.pair
        while first < stop and kinds[first] == "newline":
            first += 1
        while first < stop and kinds[stop - 1] == "newline":
            stop -= 1
        while stop - first > 2 and kinds[first] == "(" and pair[first] == stop - 1:
            first, stop = first + 1, stop - 1
            while first < stop and kinds[first] == "newline":
                first += 1
            while first < stop and kinds[stop - 1] == "newline":
                stop -= 1
        if first >= stop:
            self.sound = False
            return Expr("other", "", self.tokens.line(min(first, len(kinds) - 1)))
        return self._of_kind(first, stop)

    def _of_kind(self, first: int, stop: int) -> Expr:
        kind, whole = self.kinds[first], self.pair[first] == stop - 1
        if stop - first == 1 and kind in ("ident", "number", "string"):
            return self._single(first, kind)
        if whole and kind in ('"', "heredoc"):
            return self._template(first, stop)
        if whole and kind in ("[", "{") and not self._is_for(first + 1, stop):
            return self._list(first, stop) if kind == "[" else self._object(first, stop)
        if kind == "-" and stop - first == 2 and self.kinds[first + 1] == "number":
            return self._number(first, stop)
        if kind == "ident" and self.kinds[first + 1] == "(" and self.pair[first + 1] == stop - 1:
            return self._call(first, stop)
        if kind == "ident" and _traversal(self.tokens, first, stop)[0] == stop:
            return self._plain("reference", first, stop)
        if not self._is_sound(first, stop):
            self.sound = False
        return self._plain("other", first, stop)

    def _plain(self, kind: str, first: int, stop: int) -> Expr:
        line = self.tokens.line(first)
        raw = self.tokens.raw(first, stop)
        return Expr(kind, raw, line, references=self._references(first, stop), text_line=line)  # type: ignore[arg-type]

    def _literal(self, first: int, stop: int, value: Value) -> Expr:
        line = self.tokens.line(first)
        return Expr("literal", self.tokens.raw(first, stop), line, value, text_line=line)

    def _references(self, first: int, stop: int) -> tuple[str, ...]:
        low = bisect_left(self._reference_at, first)
        high = bisect_left(self._reference_at, stop, low)
        return tuple(dict.fromkeys(self._reference[low:high]))

    def _single(self, index: int, kind: str) -> Expr:
        raw = self.tokens.raw(index, index + 1)
        if kind == "string":
            return self._literal(index, index + 1, raw[1:-1])
        if kind == "number":
            return self._number(index, index + 1)
        if raw in _WORDS:
            return self._literal(index, index + 1, _WORDS[raw])
        return self._plain("reference", index, index + 1)

    def _number(self, first: int, stop: int) -> Expr:
        """A number of ordinary length; a longer one is kept as written."""
        raw = self.tokens.raw(first, stop).replace(" ", "")
        if len(raw) > _MAX_DIGITS:
            return self._plain("other", first, stop)
        value = float(raw) if any(mark in raw for mark in ".eE") else int(raw)
        return self._literal(first, stop, value) if math.isfinite(value) else self._plain("other", first, stop)

    def _template(self, first: int, stop: int) -> Expr:
        parts = []
        index, computed = first + 1, False
        while index < stop - 1:
            if self.kinds[index] == "text":
                parts.append(self.tokens.texts[index])
            computed = computed or self.kinds[index] != "text"
            index = max(index, self.pair[index]) + 1
        expr = self._plain("template", first, stop)
        expr.parts = tuple(parts)
        if self.kinds[first] == "heredoc":
            expr.text_line += 1
        if not computed:
            expr.kind, expr.value = "literal", self._text("".join(parts), first)
        return expr

    def _text(self, text: str, first: int) -> str:
        return textwrap.dedent(text) if self.tokens.raw(first, first + 1).startswith("<<-") else text

    def _is_for(self, index: int, stop: int) -> bool:
        while index < stop and self.kinds[index] == "newline":
            index += 1
        # "for" may also be a key or a name: what follows it then is no name
        is_word = self.kinds[index] == "ident" and self.tokens.raw(index, index + 1) == "for"
        return is_word and self.kinds[index + 1] == "ident"

    def _list(self, first: int, stop: int) -> Expr:
        expr = self._plain("list", first, stop)
        expr.items = self._items(first + 1, stop - 1)
        return expr

    def _call(self, first: int, stop: int) -> Expr:
        expr = self._plain("call", first, stop)
        expr.function = self.tokens.raw(first, first + 1)
        expr.items = self._items(first + 2, stop - 1)
        return expr

    def _items(self, index: int, stop: int) -> list[Expr]:
        """The expressions between commas; a comma may end the last, dots may follow it."""
        items = []
        while index < stop:
            end = self.end_of(index, stop, (",",))
            while index < end and self.kinds[index] == "newline":
                index += 1
            if index < stop:
                last = end - 1 if end == stop and self.kinds[end - 1] == "..." else end
                items.append(self._expr(index, last))
            index = end + 1
        return items

    def _object(self, first: int, stop: int) -> Expr:
        expr = self._plain("object", first, stop)
        index = first + 1
        while index < stop - 1:
            end = self.end_of(index, stop - 1, (",", "newline"))
            if end > index:
                self._member(expr, index, end)
            index = end + 1
        return expr

    def _member(self, expr: Expr, index: int, end: int) -> None:
        middle = self.end_of(index, end, ("=", ":"))
        if middle == index or middle + 1 >= end:
            self.sound = False
            return
        key = self._expr(index, middle)
        name = key.value if isinstance(key.value, str) else key.raw
        expr.members[name] = self._expr(middle + 1, end)

    def _is_sound(self, index: int, stop: int) -> bool:
        """Whether operands and operators take turns, outside all brackets."""
        wants_operand = True
        while index < stop:
            kind = self.kinds[index]
            following = max(index, self.pair[index]) + 1
            if kind == "newline" or (wants_operand and kind in ("-", "!")):
                pass
            elif wants_operand:
                if kind not in _OPERANDS:
                    return False
                wants_operand = False
            elif kind == ".":
                following = index + 2
            elif kind in _OPERATORS:
                wants_operand = True
            elif kind not in ("[", "(", "..."):
                return False
            index = following
        return not wants_operand


def _traversal(tokens: Tokens, index: int, stop: int) -> tuple[int, str]:
    """The index behind a name with its attributes and indices, and the name without the indices."""
    kinds = tokens.kinds
    names = [tokens.raw(index, index + 1)]
    index += 1
    while index < stop:
        if kinds[index] == "." and index + 1 < stop and kinds[index + 1] in ("ident", "number", "*"):
            if kinds[index + 1] == "ident":
                names.append(tokens.raw(index + 1, index + 2))
            index += 2
        elif kinds[index] == "[":
            index = tokens.pair[index] + 1
        else:
            break
    return index, ".".join(names)


def _references(tokens: Tokens) -> "list[tuple[int, str]]":
    """(token, dotted name) of every name that is read: not functions, keys, keywords."""
    found = []
    kinds, count = tokens.kinds, len(tokens.kinds)
    inside: list[str] = []
    for index, kind in enumerate(kinds):
        if tokens.pair[index] > index:
            inside.append(kind)
        elif inside and kind in (")", "]", "}", "quote_end", "heredoc_end"):
            inside.pop()
        elif kind == "ident" and _is_read(tokens, index, inside[-1] if inside else ""):
            found.append((index, _traversal(tokens, index, count)[1]))
    return found


def _is_read(tokens: Tokens, index: int, inside: str) -> bool:
    kinds = tokens.kinds
    before = kinds[index - 1] if index else "newline"
    after = kinds[index + 1] if index + 1 < len(kinds) else "newline"
    if before == "." or after in ("(", "=") or tokens.raw(index, index + 1) in _KEYWORDS:
        return False
    return not (after == ":" and inside == "{" and before in ("{", ",", "newline"))
