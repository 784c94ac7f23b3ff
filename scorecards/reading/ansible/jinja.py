"""(pure) Expressions of Jinja in texts: which variables they read, and what they fall back to."""

import re
from collections.abc import Iterator

MAX_TEXT = 20_000

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAME = re.compile(r"(?<![\w.])([A-Za-z_]\w{0,100})(?!\w|\s{0,5}\()")
_FILTER = re.compile(r"\|\s{0,5}[A-Za-z_][\w.]{0,100}")
_WORDS = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "elif", "endif", "for", "endfor", "true", "false", "none", "True",
     "False", "None", "defined", "undefined", "set", "item", "omit"}
)  # fmt: skip
_WHOLE = re.compile(
    r"\{\{\s{0,20}([A-Za-z_][\w.]{0,100})\s{0,20}"
    r"(?:\|\s{0,20}(?:d|default)\s{0,5}\(\s{0,20}(?:\"([^\"{}]{0,200})\"|'([^'{}]{0,200})'|([\w.-]{1,100}))[^{}()]{0,50}\)"
    r"\s{0,20})?(?:\|\s{0,20}(?:string|trim|quote)\s{0,20})?\}\}\Z"
)


def is_templated(text: str) -> bool:
    return "{{" in text or "{%" in text


def variables(text: str) -> set[str]:
    """The names of variables that a text's expressions read."""
    if not is_templated(text):
        return set()
    return {name for inside in _expressions(text[:MAX_TEXT]) for name in names_in(inside)}


def _expressions(text: str) -> Iterator[str]:
    for opening, closing in (("{{", "}}"), ("{%", "%}")):
        for part in text.split(opening)[1:]:
            inside, closed, _ = part.partition(closing)
            if closed:
                yield inside


def names_in(expression: str) -> set[str]:
    """The names of variables that an expression, without its braces, reads."""
    bare = _FILTER.sub(" ", _QUOTED.sub(" ", expression[:MAX_TEXT]))
    return {name for name in _NAME.findall(bare) if name not in _WORDS}


class Whole:
    """A text that is one variable and nothing else. ``default`` is ``None`` where there is none.

    ``may_be_omitted``: without the variable the argument is as if it were not given.
    """

    __slots__ = ("default", "may_be_omitted", "name")

    def __init__(self, name: str, default: str | None, may_be_omitted: bool) -> None:
        self.name, self.default, self.may_be_omitted = name, default, may_be_omitted


def whole(text: str) -> Whole | None:
    """What a text that is a single variable reads; ``None`` for any other text."""
    match = _WHOLE.match(text.strip()[:1000])
    if match is None:
        return None
    name, double, single, bare = match.groups()
    if bare == "omit":
        return Whole(name, None, True)
    default = double if double is not None else single
    if default is None and bare is not None and bare[:1].isdigit():
        default = bare
    return Whole(name, default, False)
