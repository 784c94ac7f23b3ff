"""(pure) Expressions of CI systems inside texts: found, hidden from the shell's reader, put back, resolved."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

MAX_EXPRESSION = 2_000
MAX_EXPANSIONS = 50
_OTHERS = re.compile(
    r"<<[ \t]{0,4}[A-Za-z_][\w.-]{1,100}[ \t]{0,4}>>"  # CircleCI
    r"|\$\([A-Za-z_]\w{0,60}\.[\w.\-\[\]'\"*]{1,200}\)"  # Tekton, Azure
    r"|\$\{[A-Za-z_]\w{0,60}[.(][^{}\n]{1,200}\}"  # Groovy
)
_TOKEN = re.compile(r"_X9x(\d{1,6})x_")
_MATRIX = re.compile(r"^matrix\.([A-Za-z_][\w.-]{0,100})$")


class Expression(NamedTuple):
    """``text`` is what stands between the braces; ``line`` counts from 0 within the text."""

    text: str
    start: int
    end: int
    line: int


class Hidden(NamedTuple):
    """A text whose expressions are tokens that the shell takes for plain characters."""

    text: str
    originals: tuple[str, ...]

    def shown(self, text: str) -> str:
        """A part of the text with the expressions put back."""
        if "_X9x" not in text:
            return text
        return _TOKEN.sub(lambda found: _at(self.originals, int(found[1]), found[0]), text)


def _at(originals: tuple[str, ...], index: int, otherwise: str) -> str:
    return originals[index] if index < len(originals) else otherwise


def expressions(text: str) -> Iterator[Expression]:
    """The ``${{ ... }}`` of a text, in order."""
    at = text.find("${{")
    line, counted = 0, 0
    while at >= 0:
        end = text.find("}}", at, at + MAX_EXPRESSION)
        if end < 0:
            at = text.find("${{", at + 3)
            continue
        line += text.count("\n", counted, at)
        counted = at
        yield Expression(text[at + 3 : end].strip(), at, end + 2, line)
        at = text.find("${{", end + 2)


def hidden(text: str) -> Hidden:
    """The text with its expressions hidden; it has as many lines as before."""
    originals: list[str] = []
    parts: list[str] = []
    at = 0
    for found in expressions(text):
        parts += [text[at : found.start], _token(originals, text[found.start : found.end])]
        at = found.end
    joined = "".join([*parts, text[at:]])
    if "<<" in joined or "$(" in joined or "${" in joined:
        joined = _OTHERS.sub(lambda match: _token(originals, match[0]), joined)
    return Hidden(joined, tuple(originals))


def _token(originals: list[str], original: str) -> str:
    originals.append(original)
    return f"_X9x{len(originals) - 1}x_" + "\\\n" * original.count("\n")


def expansions(text: str, matrix: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The texts that a matrix makes of one, ``MAX_EXPANSIONS`` at most; expressions that it does not tell stay."""
    results = [text]
    for found in expressions(text):
        name = _MATRIX.match(found.text)
        known = matrix.get(name[1], ()) if name else ()
        if known:
            whole = text[found.start : found.end]
            results = [result.replace(whole, value) for result in results for value in known][:MAX_EXPANSIONS]
    return tuple(dict.fromkeys(results))


def has_expression(text: str) -> bool:
    return (
        "${{" in text or "<<" in text or "$(" in text or "${" in text or bool(re.search(r"\$[A-Za-z_]", text[:5_000]))
    )


def only(text: str) -> str:
    """What a text that is one expression and nothing else holds; empty for any other text."""
    stripped = text.strip()
    found = next(expressions(stripped), None)
    return found.text if found is not None and (found.start, found.end) == (0, len(stripped)) else ""
