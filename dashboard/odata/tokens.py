"""(pure) The words of a ``$filter``, and constants as it writes them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NoReturn

from dashboard.datasets.columns import Type
from dashboard.odata.nodes import BadOption, Literal

LARGEST = 2**63 - 1
END = ("end", "")
Token = tuple[str, str]

_TOKENS = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+\-\x20]\d\d:\d\d))
    | (?P<day>\d{4}-\d\d-\d\d)(?![\dT])
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+\-]?\d+)?)(?![\w.])
    | (?P<name>[A-Za-z_]\w*)
    | (?P<sign>[(),])
    )""",
    re.X | re.A,
)


def tokens(text: str) -> Iterator[Token]:
    """Pairs of kind and text. Raises ``BadOption``."""
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKENS.match(text, place)
        if found is None or found.lastgroup is None:
            unexpected(text[place:].strip())
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()


def literal(token: Token) -> Literal | None:
    """A constant; ``None`` where the word is none. Raises ``BadOption``."""
    match token:
        case ("text", text) if "\0" not in text:
            return Literal(Type.TEXT, text[1:-1].replace("''", "'"))
        case ("number", text):
            return _number(text)
        case ("time", text):
            return Literal(Type.TIME, _moment(text))
        case ("day", text):
            return Literal(Type.DAY, _day(text))
        case ("name", ("true" | "false") as text):
            return Literal(Type.BOOLEAN, text == "true")
        case ("name", "null"):
            return Literal(None, None)
    return None


def unexpected(text: str) -> NoReturn:
    raise BadOption(f"$filter makes no sense at {text[:40]!r}." if text else "$filter ends too early.")


def _number(text: str) -> Literal:
    if re.fullmatch(r"-?\d{1,19}", text) and abs(int(text)) <= LARGEST:
        return Literal(Type.INTEGER, int(text))
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BadOption(f"{text[:40]} is too large.")
    return Literal(Type.NUMBER, value)


def _moment(text: str) -> datetime:
    whole, dot, rest = text.partition(".")
    if dot:  # Python knows microseconds
        digits = re.match(r"\d+", rest)
        length = digits.end() if digits else 0
        text = f"{whole}.{rest[: min(length, 6)]}{rest[length:]}"
    try:
        return datetime.fromisoformat(text.replace(" ", "+")).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadOption(f"{text[:40]} is no time.") from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadOption(f"{text[:40]} is no day.") from error
