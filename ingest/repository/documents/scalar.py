"""(pure) What a text without quotes means: a word, a number, or itself."""

import math
import re
from typing import Any

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z|0o[0-7]{1,20}\Z|0x[0-9a-fA-F]{1,16}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,40}\.[0-9]{0,40}|\.[0-9]{1,40}|[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?\Z")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
MAY_BE_TYPED = frozenset("+-.0123456789~nNtTfF")  # what a plain text begins with that may mean more than itself


def typed(text: str) -> Any:
    """A plain scalar's meaning by YAML 1.2's core schema, so ``on``, ``0755`` and ``22:22`` stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 60:
        return text
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.match(text) and not _is_octal(text) and math.isfinite(number := float(text)):
        return number
    return text


def _is_octal(text: str) -> bool:
    digits = text.lstrip("+-")
    return digits.isdigit() and digits.startswith("0")
