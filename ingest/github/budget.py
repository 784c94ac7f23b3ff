"""What a token may still ask, in rows that all its users share: read at the start, written as it goes."""

from datetime import datetime, timedelta
from typing import Any

from ingest.github.client import Clock
from ingest.github.limits import Left
from ingest.models import ApiBudget


class SharedBudget:
    """The budget of the credentials of that fingerprint. ``flush`` writes what was learned since the last time."""

    def __init__(self, fingerprint: str, clock: Clock) -> None:
        self._fingerprint, self._clock = fingerprint, clock
        self._left: dict[str, Left] = {}
        self._waits: dict[str, datetime] = {}
        self.refresh()

    def refresh(self) -> None:
        """Learn from others that GitHub asks to wait."""
        rows = ApiBudget.objects.filter(name__startswith=self._fingerprint, waiting_until__isnull=False)
        for name, until in rows.values_list("name", "waiting_until"):
            if until is None:
                continue
            part = name.removeprefix(f"{self._fingerprint}/")
            self._waits[part] = max(until, self._waits.get(part, until))

    def waiting_until(self, part: str) -> datetime | None:
        now = self._clock.now()
        waits = [until for name in ("", part) if (until := self._waits.get(name)) is not None and until > now]
        left = self._left.get(part)
        if left is not None and left.remaining == 0 and left.reset_at is not None and left.reset_at > now:
            waits.append(left.reset_at + timedelta(seconds=self._clock.jitter()))
        return max(waits, default=None)

    def note(self, left: Left) -> None:
        self._left[left.part] = left

    def wait(self, part: str, until: datetime) -> None:
        self._waits[part] = until
        self.flush()

    def flush(self) -> None:
        """Write what is left, and until when to wait."""
        for part in sorted(self._left.keys() | self._waits.keys()):
            left, until = self._left.get(part), self._waits.get(part)
            told: dict[str, Any] = {"waiting_until": until}
            if left is not None:
                told |= {"limit": left.limit, "remaining": left.remaining, "reset_at": left.reset_at}
            ApiBudget.objects.update_or_create(name=f"{self._fingerprint}/{part}", defaults=told)
