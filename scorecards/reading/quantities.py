"""(pure) Amounts as Kubernetes and Istio write them: quantities, durations, numbers or percentages."""

import math
import re

from ingest.repository.node import Node

_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30}))(?:([eE][+-]?[0-9]{1,3})|([A-Za-z]{1,2}))?$"
)
_SUFFIXES = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip
_DURATION = re.compile(r"(?:[0-9]{1,12}(?:\.[0-9]{0,9})?(?:h|ms|us|µs|ns|m|s))+$")
_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{0,9})?)(h|ms|us|µs|ns|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PERCENT = re.compile(r"([0-9]{1,9})%$")
MAX_TEXT = 200


def quantity(text: str) -> float | None:
    """The number that a resource quantity (``250m``, ``1Gi``, ``1e3``) stands for; ``None`` where it is none."""
    match = _QUANTITY.match(text.strip()) if len(text) <= MAX_TEXT else None
    if match is None:
        return None
    number, exponent, suffix = match.groups()
    if suffix and suffix not in _SUFFIXES:
        return None
    return float(number + (exponent or "")) * _SUFFIXES.get(suffix or "", 1.0)


def seconds(text: str) -> float | None:
    """The seconds of a duration with units (``30s``, ``1h30m``); ``0`` needs none. ``None`` where it is none."""
    stripped = text.strip()
    if stripped == "0":
        return 0.0
    if len(stripped) > MAX_TEXT or not _DURATION.match(stripped):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(stripped))


def whole(node: Node | None, default: int) -> int | None:
    """An integer; the default where nothing or null stands there, ``None`` where something else does."""
    if node is None or node.is_null:
        return default
    number = node.number
    return int(number) if number is not None and math.isfinite(number) and number == int(number) else None


def percent(text: str) -> int | None:
    """The whole number of a percentage (``25%``); ``None`` where it is none."""
    match = _PERCENT.match(text.strip()[:MAX_TEXT])
    return int(match.group(1)) if match else None


def count_of(node: Node | None, total: int, *, up: bool) -> int | None:
    """How many of ``total`` a number or a percentage names, percentages rounded up or down; ``None``: neither."""
    if node is None or not node.is_scalar:
        return None
    share = percent(node.text)
    if share is not None:
        exact = total * share / 100
        return math.ceil(exact) if up else math.floor(exact)
    number = node.number
    return int(number) if number is not None and math.isfinite(number) else None
