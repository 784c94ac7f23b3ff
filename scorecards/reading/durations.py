"""(pure) Durations as people and tools write them."""

import re

_UNITS = {
    "ms": 0.001, "msec": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0,
    "minute": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "d": 86_400.0, "day": 86_400.0, "w": 604_800.0,
    "week": 604_800.0, "y": 31_536_000.0, "year": 31_536_000.0, "month": 2_592_000.0,
}  # fmt: skip
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)[\s_-]{0,3}([a-z]{1,12})")
_WORDS = {"immediate": 0.0, "immediately": 0.0, "instant": 0.0, "now": 0.0}
_FILLING = re.compile(r"[\s_,-]|\band\b|\bwithin\b|\bunder\b|<=?|≤")


def seconds_of(text: str) -> float | None:
    """``5m``, ``1h30m``, ``15 minutes``, ``5_minutes``, ``immediate`` in seconds; ``None`` for what is no duration."""
    words = text.strip().lower()[:100]
    if words in _WORDS:
        return _WORDS[words]
    total, parts = 0.0, list(_PART.finditer(words))
    for part in parts:
        unit = part[2] if part[2] in _UNITS else part[2].rstrip("s")
        if unit not in _UNITS:
            return None
        total += float(part[1]) * _UNITS[unit]
    rest = _FILLING.sub("", _PART.sub("", words))
    return total if parts and not rest else None
