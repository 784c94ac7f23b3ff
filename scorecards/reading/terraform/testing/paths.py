"""(pure) Which folders a Go test runs Terraform in, told from its literal texts."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from scorecards.reading.terraform.testing.go import GoFile, Token, arguments, assignments, calls_at, closing

_VERB = re.compile(r"%[+#]?[svdq]")
_MAX_DEPTH, _MAX_WORK, _MAX_TOKENS, _MAX_GIVEN = 8, 200, 300, 100
_COPIES = ("CopyTerraformFolderToTemp", "CopyTerraformFolderToDest")


def folders(file: GoFile, body: Sequence[Token]) -> list[str | None]:
    """The paths given as ``TerraformDir``, relative to the file's folder; ``None`` for one that is computed."""
    own = assignments(body)
    return [_Values(file, body, own).text(value, 0) for value in islice(_given(body), _MAX_GIVEN)]


def _given(body: Sequence[Token]) -> Iterator[Sequence[Token]]:
    for at, token in enumerate(body):
        if token[:2] == ("ident", "TerraformDir") and at + 1 < len(body) and body[at + 1].text in (":", "="):
            yield _expression(body, at + 2)


def _expression(tokens: Sequence[Token], at: int) -> Sequence[Token]:
    """The tokens up to a comma, a closing bracket, or the end of a line outside brackets."""
    start = at
    for _ in range(_MAX_TOKENS):
        if at >= len(tokens):
            break
        token = tokens[at]
        after_operator = at > start and tokens[at - 1].text in ("+", "(", ",", ".")
        if token.text in (",", "}", ")", ";") or (
            at > start and token.line > tokens[at - 1].line and not after_operator
        ):
            break
        at = closing(tokens, at) + 1 if token.kind == "op" and token.text in "([{" else at + 1
    return tokens[start:at]


class _Values:
    """Texts of expressions: literals, names assigned once above, joins and formats of these."""

    def __init__(self, file: GoFile, body: Sequence[Token], own: dict[str, int]) -> None:
        self.file, self.body, self.own = file, body, own
        self.left = _MAX_WORK

    def text(self, tokens: Sequence[Token], depth: int) -> str | None:
        self.left -= 1
        if depth > _MAX_DEPTH or self.left < 0 or not tokens:
            return None
        parts = _split(tokens)
        if len(parts) > 1:
            return _all(self.text(part, depth + 1) for part in parts[:20])
        if len(tokens) == 1:
            return self._single(tokens[0], depth)
        return self._call(tokens, depth)

    def _single(self, token: Token, depth: int) -> str | None:
        if token.kind in ("string", "number"):
            return token.text
        if token.kind != "ident":
            return None
        if token.text in self.own:
            return self.text(_expression(self.body, self.own[token.text]), depth + 1)
        if token.text in self.file.assigned:
            return self.text(_expression(self.file.tokens, self.file.assigned[token.text]), depth + 1)
        return None

    def _call(self, tokens: Sequence[Token], depth: int) -> str | None:
        at = next((at for at in range(min(3, len(tokens))) if calls_at(tokens, at)), None)
        if at is None or closing(tokens, at + 1) != len(tokens) - 1:
            return None
        name, given = tokens[at].text, arguments(tokens, at + 1)[:20]
        if name in _COPIES and len(given) >= 3:
            return _all(self._parts(given[1:3], depth), "/")
        if name == "Join":
            return _all(self._parts(given, depth), "/")
        if name == "Sprintf":
            return _formatted(list(self._parts(given, depth)))
        return self.text(given[0], depth + 1) if name in ("Clean", "string") and given else None

    def _parts(self, given: list[Sequence[Token]], depth: int) -> Iterator[str | None]:
        return (self.text(one, depth + 1) for one in given)


def _all(parts: Iterator[str | None], between: str = "") -> str | None:
    known: list[str] = []
    for part in parts:
        if part is None or len(part) > 1000:
            return None
        known.append(part)
    return between.join(known)


def _formatted(parts: list[str | None]) -> str | None:
    if not parts or any(part is None for part in parts):
        return None
    known = [part or "" for part in parts]
    texts = _VERB.split(known[0])
    if len(texts) != len(known):
        return None
    return "".join(text for pair in zip(texts, [*known[1:], ""], strict=True) for text in pair)


def _split(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """The parts between plus signs outside brackets."""
    found, start, at = [], 0, 0
    while at < len(tokens):
        if tokens[at].kind == "op" and tokens[at].text in "([{":
            at = closing(tokens, at)
        elif tokens[at].kind == "op" and tokens[at].text == "+":
            found.append(tokens[start:at])
            start = at + 1
        at += 1
    return [*found, tokens[start:]]
