"""(pure) A line of a file as it may be shown."""

import re

from scorecards.reading.secret_names import is_expression, is_secret_name
from scorecards.reading.secrets.tokens import FORMS

MAX_LINE = 400
HIDDEN = "…"

_VALUE = r"(\"(?:[^\"\\]|\\.){0,400}\"?|'[^']{0,400}'?|\[[^\[\]]{1,400}\]?|[^\s\"',;]{1,400})"
_PAIR = re.compile(
    rf"([A-Za-z_][\w.-]{{0,80}})([\"']?\s{{0,5}}(?::=|=>|\?=|[:=])\s{{0,5}}(?:![a-z-]{{1,20}}\s)?)(?![=:]){_VALUE}"
)
_FLAG = re.compile(rf"(?<![\w-])--?([A-Za-z][\w-]{{0,40}})(\s{{1,5}})(?!-){_VALUE}")
_DOCKERFILE = re.compile(rf"^\s{{0,40}}(?:ENV|env)\s{{1,5}}(\w{{1,80}})(\s{{1,5}}){_VALUE}")
_ELEMENT = re.compile(r"<([A-Za-z][\w.-]{0,80})(>)([^<>]{1,400})")
# Programs whose short option is a password, or a user and a password.
_SHORT = re.compile(
    r"(\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass|login|redis-cli|sqlcmd)\b[^|;&]{0,200}?\s-[paP]\s{0,5})([^\s|;&]{3,200})"
)
_USER = re.compile(r"(\bcurl\b[^|;&]{0,200}?\s(?:-u|--user)[\s=]{0,5}[\"']?[^\s:\"']{1,100}:)([^\s\"']{1,200})")
_SCHEME = re.compile(r"(?i)\b((?:bearer|basic|apikey|token)\s{1,5})([A-Za-z0-9+/=_.~-]{8,400})")
_URL = re.compile(r"(://[^\s/:@]{0,100}:)([^\s/\"']{1,200})(?=@)")
# What only stands for itself where it is long and mixed: keys in base64, values beside a name on another line.
_BLOB = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,400}={0,2}(?![A-Za-z0-9+/_-])")
_PLAIN_NAMES = frozenset({"value", "default", "data", "content", "auth", "key", "pass"})


def redacted(line: str) -> str:
    """A line of a file with every secret-like value masked; what lies behind 400 characters is left out."""
    text = line[:MAX_LINE]
    for form in FORMS:
        if any(hint in text for hint in form.hints):
            text = form.pattern.sub(HIDDEN, text)
    for pattern in (_URL, _SHORT, _USER):
        text = pattern.sub(lambda match: match[0] if is_expression(match[2]) else match[1] + HIDDEN, text)
    for pattern in (_PAIR, _FLAG, _DOCKERFILE, _ELEMENT):
        text = _without_values(pattern, text)
    text = _SCHEME.sub(lambda match: match[1] + HIDDEN if _is_mixed(re.sub("[./]", "", match[2])) else match[0], text)
    return _BLOB.sub(lambda match: HIDDEN if _is_random(match[0]) else match[0], text)


def _without_values(pattern: "re.Pattern[str]", text: str) -> str:
    """The values of secret names hidden. A value that stays is looked into: it may hold a pair of its own."""
    found, start = [], 0
    while match := pattern.search(text, start):
        hide = _is_secret(match[1], match[3])
        quote = match[3][0] if match[3][0] in "'\"" else ""
        found.append(text[start : match.start(3)] + (f"{quote}{HIDDEN}{quote}" if hide else ""))
        start = match.end() if hide else match.start(3)
    return "".join(found) + text[start:]


def _is_secret(name: str, value: str) -> bool:
    bare = value.strip("'\"")
    if is_expression(value) or HIDDEN in value or bare.lower() in ("true", "false", "null", "none", "|", ">"):
        return False
    return is_secret_name(name) or (name.lower() in _PLAIN_NAMES and _is_mixed(bare))


def _is_mixed(text: str) -> bool:
    """Whether a word looks like a password: letters and digits in 8 characters or more, no address or path."""
    return (
        len(text) >= 8
        and not any(character in text for character in " /.:")
        and any(character.isdigit() for character in text)
        and any(character.isalpha() for character in text)
    )


def _is_random(text: str) -> bool:
    """Whether a long word is base64 rather than a digest, a path or a name."""
    return (
        any(character.isdigit() for character in text)
        and any(character.islower() for character in text)
        and any(character.isupper() for character in text)
        and text.count("/") <= len(text) // 12
        and text.count("-") + text.count("_") <= len(text) // 12
    )


def without_tokens(text: str) -> str:
    """A sentence with what is a secret by its form alone masked: prose after a colon is none."""
    for form in FORMS:
        if any(hint in text for hint in form.hints):
            text = form.pattern.sub(HIDDEN, text)
    return _URL.sub(lambda match: match[0] if is_expression(match[2]) else match[1] + HIDDEN, text)
