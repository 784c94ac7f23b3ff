"""(pure) A small part of Go's templates: conditions, comparisons and fields, enough for templates of resources."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_WORD = re.compile(r"""\s*(?:"([^"]{0,500})"|`([^`]{0,500})`|'([^']{0,500})'|(\()|(\))|(\|)|([^\s()|"'`]{1,300}))""")
_FUNCTIONS = frozenset(
    {"eq", "ne", "not", "and", "or", "default", "quote", "lower", "upper", "trim", "int", "toString"}
)
_OWN = ("Name", "Namespace", "Release", "Team", "Owner", "Labels", "Environment", "Metadata", "Chart", "Context")
MAX_TEXT, MAX_DEPTH = 20_000, 20


class Unsupported(Exception):
    """An action that this subset does not know."""


class Output(NamedTuple):
    """A rendered text, and the fields that no parameter gives."""

    text: str
    unknown: frozenset[str]


def render(text: str, values: Mapping[str, str]) -> Output:
    """A text rendered with parameters.

    Raises:
        Unsupported: at an action beyond the subset, or one that does not end.
    """
    if len(text) > MAX_TEXT:
        raise Unsupported("it is too long")
    pieces = _pieces(text)
    reading = _Reading(values)
    out = reading.block(pieces, 0, 0, emit=True)
    if out != len(pieces):
        raise Unsupported("an end without a beginning")
    return Output("".join(reading.out), frozenset(reading.unknown))


def fields(text: str) -> frozenset[str]:
    """The parameters that a text asks for: ``.Values.size`` is ``size``."""
    found: set[str] = set()
    for is_action, piece in _pieces(text[:MAX_TEXT]) if "{{" in text else ():
        if is_action:
            found.update(name for word in piece.split() if (name := _parameter(word.strip("()"))))
    return frozenset(found)


def _pieces(text: str) -> list[tuple[bool, str]]:
    """(is an action, text) in order, with spaces trimmed where marks say so."""
    found: list[tuple[bool, str]] = []
    at, trim = 0, False
    while (start := text.find("{{", at)) >= 0:
        end = text.find("}}", start)
        if end < 0:
            raise Unsupported("an action does not end")
        inner, plain = text[start + 2 : end], text[at:start]
        plain = plain.lstrip() if trim else plain
        found.append((False, plain.rstrip() if inner.startswith("-") else plain))
        trim = inner.endswith("-")
        found.append((True, inner.strip("-").strip()))
        at = end + 2
    found.append((False, text[at:].lstrip() if trim else text[at:]))
    return found


class _Reading:
    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.out: list[str] = []
        self.unknown: set[str] = set()

    def block(self, pieces: Sequence[tuple[bool, str]], at: int, depth: int, *, emit: bool) -> int:
        """Renders up to the end or else that closes this block; the index of that."""
        if depth > MAX_DEPTH:
            raise Unsupported("conditions are nested too deeply")
        while at < len(pieces):
            is_action, text = pieces[at]
            word = text.split(maxsplit=1)[0] if is_action and text else ""
            if word in ("end", "else"):
                return at
            if word == "if":
                at = self.condition(pieces, at, depth, emit=emit)
            elif is_action:
                value = "" if text.startswith("/*") else self.value(text)
                if emit:
                    self.out.append(value)
            elif emit:
                self.out.append(text)
            at += 1
        return at

    def condition(self, pieces: Sequence[tuple[bool, str]], at: int, depth: int, *, emit: bool) -> int:
        """Renders a condition with its branches; the index of its end."""
        holds = self.truth(pieces[at][1][2:])
        taken = holds
        at = self.block(pieces, at + 1, depth + 1, emit=emit and holds)
        while at < len(pieces) and pieces[at][1].split(maxsplit=1)[0] == "else":
            rest = pieces[at][1][4:].strip()
            if rest and not rest.startswith("if"):
                raise Unsupported(rest)
            holds = not taken and (not rest or self.truth(rest[2:]))
            taken = taken or holds
            at = self.block(pieces, at + 1, depth + 1, emit=emit and holds)
        if at >= len(pieces):
            raise Unsupported("a condition does not end")
        return at

    def truth(self, text: str) -> bool:
        return self.value(text) not in ("", "false", "0")

    def value(self, text: str) -> str:
        words = _words(text)
        value, rest = self.expression(words, 0)
        while rest < len(words):
            if words[rest] != ("mark", "|"):
                raise Unsupported(text)
            stop = next((index for index in range(rest + 1, len(words)) if words[index] == ("mark", "|")), len(words))
            call = [*words[rest + 1 : stop], ("text", value)]
            value, end = self.expression(call, 0)
            if end != len(call):
                raise Unsupported(text)
            rest = stop
        return value

    def expression(self, words: Sequence[tuple[str, str]], at: int) -> tuple[str, int]:
        """A call with its arguments, or a single value; and where it ends."""
        if at >= len(words):
            raise Unsupported("nothing")
        kind, word = words[at]
        if kind != "word" or word not in _FUNCTIONS:
            return self.single(words, at, 0)
        arguments: list[str] = []
        at += 1
        while at < len(words) and words[at][1] not in (")", "|"):
            value, at = self.single(words, at, 0)
            arguments.append(value)
        return _called(word, arguments), at

    def single(self, words: Sequence[tuple[str, str]], at: int, depth: int) -> tuple[str, int]:
        kind, word = words[at]
        if kind == "text":
            return word, at + 1
        if kind == "mark":
            if word != "(" or len(words) > 200:
                raise Unsupported(word)
            value, at = self.expression(words, at + 1)
            if at >= len(words) or words[at] != ("mark", ")"):
                raise Unsupported("a bracket does not end")
            return value, at + 1
        if re.fullmatch(r"-?\d{1,20}(?:\.\d{1,20})?|true|false", word):
            return word, at + 1
        return self.field(word), at + 1

    def field(self, word: str) -> str:
        name = _parameter(word)
        if name is None:
            if word.startswith((".", "$.")) and word.lstrip("$.").partition(".")[0] in _OWN:
                return "sample"
            raise Unsupported(word)
        if name not in self.values:
            self.unknown.add(name)
        return self.values.get(name, "")


def _parameter(word: str) -> str | None:
    """The parameter that a field names; ``None`` for anything else."""
    for prefix in (".Values.", ".Parameters.", ".Params.", ".parameters.", ".values.", ".params.", ".spec."):
        if word.lstrip("$").startswith(prefix):
            return word.lstrip("$")[len(prefix) :]
    return None


def _words(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, text.strip()
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            raise Unsupported(text[:100])
        quoted = next((part for part in match.groups()[:3] if part is not None), None)
        if quoted is not None:
            found.append(("text", quoted))
        elif match[7] is not None:
            found.append(("word", match[7]))
        else:
            found.append(("mark", match[4] or match[5] or match[6]))
        at = match.end()
    return found


def _called(name: str, given: Sequence[str]) -> str:
    if not given:
        raise Unsupported(name)
    match name:
        case "eq":
            return _told(any(value == given[0] for value in given[1:]))
        case "ne":
            return _told(len(given) > 1 and given[0] != given[1])
        case "not":
            return _told(given[0] in ("", "false", "0"))
        case "and":
            return next((value for value in given if value in ("", "false", "0")), given[-1])
        case "or":
            return next((value for value in given if value not in ("", "false", "0")), given[-1])
        case "default":
            return given[-1] or given[0]
        case "quote":
            return f'"{given[0]}"'
    return {"lower": given[0].lower(), "upper": given[0].upper(), "trim": given[0].strip()}.get(name, given[0])


def _told(holds: bool) -> str:
    return "true" if holds else "false"
