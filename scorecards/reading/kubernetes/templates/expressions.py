"""(pure) The expressions of Go templates as trees: pipelines of calls over values, literals and variables."""

import re
from dataclasses import dataclass
from typing import NamedTuple

MAX_TOKENS = 400
MAX_NESTING = 6

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\\n]|\\.)*+"|`[^`]*+`)
         |(?P<number>-?\d++(?:\.\d++)?)
         |(?P<variable>\$\w*+)
         |(?P<field>\.(?:[A-Za-z_]\w*+)?)
         |(?P<word>[A-Za-z_]\w*+)
         |(?P<sign>[()|]|:=|=|,))""",
    re.X,
)
_SPACED = re.compile(r"\s")


class Literal(NamedTuple):
    """A string, number, bool or nil that is written out."""

    value: str | int | float | bool | None


class Fields(NamedTuple):
    """``.a.b``, ``$x.a.b`` or ``(pipeline).a.b``. ``base`` is ``.``, a variable's name, or a pipeline."""

    base: "str | Pipeline"
    names: tuple[str, ...]


class Call(NamedTuple):
    """A function with its arguments."""

    name: str
    arguments: "tuple[Operand, ...]"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands; the value of each is the last argument of the next."""

    commands: "tuple[Operand, ...]"


Operand = Literal | Fields | Call | Pipeline


class _Unreadable(Exception):
    """What this subset does not know."""


def parse(text: str) -> Pipeline | None:
    """An action's expression; ``None`` for what is no plain expression."""
    try:
        parser = _Parser(_tokens(text))
        pipeline = parser.pipeline(0)
    except _Unreadable:
        return None
    return pipeline if parser.at == len(parser.tokens) else None


def _tokens(text: str) -> list[tuple[str, str, bool]]:
    """(kind, text, whether space stands before it)."""
    found: list[tuple[str, str, bool]] = []
    at, text = 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or len(found) >= MAX_TOKENS:
            raise _Unreadable
        found.append((match.lastgroup or "", match[match.lastgroup or 0], bool(_SPACED.match(text, at))))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str, bool]]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> tuple[str, str, bool]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "", True)

    def pipeline(self, level: int) -> Pipeline:
        if level > MAX_NESTING:
            raise _Unreadable
        commands = [self.command(level)]
        while self.peek()[1] == "|" and self.peek()[0] == "sign":
            self.at += 1
            commands.append(self.command(level))
        return Pipeline(tuple(commands))

    def command(self, level: int) -> Operand:
        kind, text, _ = self.peek()
        if kind == "word" and text not in ("true", "false", "nil"):
            self.at += 1
            return Call(text, tuple(self.operands(level)))
        operands = self.operands(level)
        if not operands:
            raise _Unreadable
        return operands[0] if len(operands) == 1 else self.method(operands[0], operands[1:])

    def method(self, owner: Operand, arguments: list[Operand]) -> Operand:
        """``.Capabilities.APIVersions.Has "x"``: a call by the method's name."""
        if not isinstance(owner, Fields) or not owner.names:
            raise _Unreadable
        return Call("." + owner.names[-1], tuple(arguments))

    def operands(self, level: int) -> list[Operand]:
        found: list[Operand] = []
        while self.peek()[0] in ("string", "number", "variable", "field", "word") or self.peek()[1] == "(":
            found.append(self.operand(level))
        return found

    def operand(self, level: int) -> Operand:
        kind, text, _ = self.peek()
        self.at += 1
        if kind == "string":
            return Literal(_unquoted(text))
        if kind == "number":
            return Literal(float(text) if "." in text else int(text[:18]))
        if kind == "variable":
            return Fields(text, self.names())
        if kind == "field":
            return Fields(".", ((text[1:],) if text != "." else ()) + self.names())
        if kind == "word":
            if text in ("true", "false"):
                return Literal(text == "true")
            return Literal(None) if text == "nil" else Call(text, ())
        return self.nested(level)

    def nested(self, level: int) -> Operand:
        inner = self.pipeline(level + 1)
        if self.peek()[1] != ")":
            raise _Unreadable
        self.at += 1
        names = self.names()
        return Fields(inner, names) if names else inner

    def names(self) -> tuple[str, ...]:
        """The fields that follow without space."""
        found: list[str] = []
        while (token := self.peek())[0] == "field" and not token[2] and token[1] != ".":
            found.append(token[1][1:])
            self.at += 1
        return tuple(found)


def _unquoted(text: str) -> str:
    if text.startswith("`"):
        return text[1:-1]
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), text[1:-1])
