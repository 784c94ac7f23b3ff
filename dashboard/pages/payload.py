"""A delivery's payload as a page may show it: text, secrets taken out, cut. Pure."""

import re

LIMIT = 4096
READ = 16 * LIMIT
HIDDEN = "[hidden]"

_NAMES = (
    r"token|secret|passw|pwd|api[_-]?key|private[_-]?key|access[_-]?key|authorization|credential|cookie|signature"
    r"|session"
)
# A sender chooses the text, so each pattern reads it in linear time: a name is looked for once a word (a look ahead
# from its first character), and no repetition gives back what it took.
_QUOTED = re.compile(
    rf'("(?=[^"\\]*?(?:{_NAMES}))[^"\\]*+"\s*+:\s*+)(?:"(?:[^"\\]|\\.)*+"?|[^\s,}}\]"\[{{]++)', re.IGNORECASE
)
# The same within a text that holds JSON: its quotes bear backslashes, and a value ends at a quote that bears as many.
_ESCAPED = re.compile(
    rf'((?<!\\)\\++"(?=[^"\\]*?(?:{_NAMES}))[^"\\]*+\\++"\s*+:\s*+)'
    r'(?:(\\++)"(?:[^"\\]|\\++(?!")|(?!\2")\\++")*+(?:\2")?|[^\s,}\]"\[{\\]++)',
    re.IGNORECASE,
)
_ASSIGNED = re.compile(rf"(?<![\w.-])((?=[\w.-]*?(?:{_NAMES}))[\w.-]++\s*+=\s*+)[^\s&\"',;]++", re.IGNORECASE)
_BEARER = re.compile(r"\b(Bearer|Basic|token)\s++[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_IN_URL = re.compile(r"(?<!\w)(\w++://)[^/\s:@\"]*+:[^/\s@\"]++@")
_KNOWN = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|AKIA[A-Z0-9]{12,})"
    r"|(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+\.[\w-]*"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


def shown(body: bytes, limit: int = LIMIT) -> str:
    """The first ``limit`` characters of ``body``, without what looks like a secret; says when it is cut."""
    text = hide(body[:READ].decode("utf-8", "replace"))
    if len(text) <= limit and len(body) <= READ:
        return text
    return f"{text[:limit]}\n… cut, {len(body):,} bytes in all"


def hide(text: str) -> str:
    """``text`` with the values of telling names, and what is known to be a credential by its form, replaced."""
    text = _PEM.sub(HIDDEN, text)
    text = _QUOTED.sub(rf'\1"{HIDDEN}"', text)
    text = _ESCAPED.sub(rf"\1{HIDDEN}", text)
    text = _ASSIGNED.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _IN_URL.sub(rf"\1{HIDDEN}@", text)
    return _KNOWN.sub(HIDDEN, text)
