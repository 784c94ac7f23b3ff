"""(pure) Version numbers as teams give them."""

from datetime import date, datetime


class Versions:
    """``semantic`` (v1.42.0), ``dated`` (2026.03.02-2) or ``sha``: none but the commit's, told as an empty text."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._minor, self._patch = 0, 0
        self._day, self._of_day = date.min, 0

    def release(self, at: datetime) -> str:
        self._minor, self._patch = self._minor + 1, 0
        return self._text(at)

    def patch(self, at: datetime) -> str:
        self._patch += 1
        return self._text(at)

    def _text(self, at: datetime) -> str:
        if self._kind == "sha":
            return ""
        if self._kind == "semantic":
            return f"v1.{self._minor}.{self._patch}"
        self._of_day = self._of_day + 1 if at.date() == self._day else 1
        self._day = at.date()
        return f"{self._day:%Y.%m.%d}-{self._of_day}"
