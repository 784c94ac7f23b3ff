"""(pure) Values of facts in words."""

from scorecards.reading.secrets import redacted
from scorecards.rules.facts import ABSENT, Field, Value

MAX_SHOWN = 100


def shown(field: Field, value: Value) -> str:
    """A value as short text, secrets masked."""
    if value is None:
        return "?"
    if value is ABSENT:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
    text = ", ".join(value[:10]) if isinstance(value, tuple) else value if isinstance(value, str) else ""
    return _masked(field.name, text)


def _masked(name: str, text: str) -> str:
    """As a line would be shown; a name of its own stands before it, since names tell what is secret."""
    line = redacted(f"{name}: {text[: MAX_SHOWN * 2]}").removeprefix(f"{name}: ")
    return line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 1] + "…"


def shown_value(field: Field, value: Value) -> str:
    """A value behind a verb."""
    if value is None:
        return "is not known"
    if value is ABSENT:
        return "is not set"
    if value in ("", ()):
        return "is empty"
    return f"is {shown(field, value)}"
