"""(pure) Secrets in files: found, and hidden where they would be shown."""

import re

from scorecards.reading.secret_names import is_expression, is_secret_name

_PAIR = re.compile(r"([A-Za-z_][\w.-]{0,80})(\"?\s{0,5}[:=]\s{0,5}\"?'?)([^\s\"',;]{4,200})")


def redacted(line: str) -> str:
    """A line of a file with the values of secret-like keys masked."""
    return _PAIR.sub(_hidden, line[:400])


def _hidden(match: "re.Match[str]") -> str:
    name, between, value = match.groups()
    return f"{name}{between}…" if is_secret_name(name) and not is_expression(value) else match.group()
