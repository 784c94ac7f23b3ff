"""(pure) The text of a PromQL expression before it is parsed: strings, comments, template variables."""

import re
from collections.abc import Iterator

from ingest.prometheus.windows import QUOTED, unescaped

_MARK = "\ue000"
_VARIABLE = re.compile(
    r"\{\{[^{}]{0,300}\}\}"  # of Go templates and Jinja
    r"|\[\[\s{0,9}[\w.:]{1,100}\s{0,9}\]\]"  # [[variable]]
    r"|\$\{[^{}]{1,300}\}|\$__\w{1,100}|\$[A-Za-z_]\w{0,100}"
    r"|%\{[^{}]{1,100}\}|<<[\w.]{1,100}>>"
)
_RANGE = re.compile(r"\[[^\[\]]{0,300}\]")
_OFFSET = re.compile(rf"\boffset(\s{{1,20}}-?){_MARK}", re.IGNORECASE)
_NUMBER = re.compile(
    rf"(?<=[0-9.]){_MARK}|(?<=\(){_MARK}(?=\s{{0,20}},)|(?<=,){_MARK}|(?<=, ){_MARK}(?=\s{{0,20}}[,)])"
)
_WORD = "variable"


def plain_of(text: str) -> str:
    """The text without what stands in strings and comments."""
    return QUOTED.sub(lambda found: '""' if found[0][0] != "#" else "", text)


def substituted(text: str, seconds: float) -> Iterator[str]:
    """Texts to try to parse, the likeliest first: variable ranges become ``seconds``, others words or numbers."""
    text = text.replace("holt_winters(", "double_exponential_smoothing(")  # the name before Prometheus 3
    marked = _VARIABLE.sub(_MARK, unescaped(text))
    if _MARK not in marked:
        yield text
        return
    ranged = _with_ranges(marked, f"{seconds:.0f}s")
    yield _NUMBER.sub("1", ranged).replace(_MARK, _WORD)
    yield ranged.replace(_MARK, _WORD)
    yield _NUMBER.sub("1", ranged).replace(_MARK, "1")


def variable_left(text: str, *, in_strings: bool = False) -> bool:
    """Whether a template variable stands outside ranges (and strings), where it may be anything."""
    marked = _VARIABLE.sub(_MARK, unescaped(text))
    return _MARK in _RANGE.sub("", marked if in_strings else plain_of(marked))


def _with_ranges(marked: str, duration: str) -> str:
    def ranged(found: re.Match[str]) -> str:
        if _MARK not in found[0]:
            return found[0]
        whole, colon, step = found[0][1:-1].partition(":")
        whole = duration if _MARK in whole else whole
        return f"[{whole}{colon}{duration if _MARK in step else step}]"

    return _OFFSET.sub(rf"offset\g<1>{duration}", _RANGE.sub(ranged, marked))
