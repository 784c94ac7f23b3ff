"""(pure) Incidents of one service: what a deployment broke, and what came from outside."""

from datetime import datetime, timedelta
from random import Random

from dashboard.demo.chance import count, generator, happens, span
from dashboard.demo.company import HISTORY_DAYS, Service
from dashboard.demo.story import Incident
from dashboard.demo.titles import incident_title

SEVERITIES = ("sev1", "sev2", "sev3", "sev4")
ACKNOWLEDGED_IN = {"sev1": 0.04, "sev2": 0.12, "sev3": 0.45, "sev4": 1.5}  # hours, median
SETTLED = timedelta(days=2)  # what began longer ago than this is over, so that only what is told stands open
LONGEST = timedelta(hours=40)


class Incidents:
    """Makes the incidents of one service."""

    def __init__(self, service: Service, rng: Random) -> None:
        self.service, self.rng, self._made = service, rng, 0

    def make(
        self, opened_at: datetime, resolved_at: datetime | None, cause: str | None, *, severity: str = "",
        acknowledged: bool = True, outside: bool = False,
    ) -> Incident:  # fmt: skip
        self._made += 1
        team = self.service.team
        severity = severity or self._severity()
        answered_at = opened_at + span(self.rng, ACKNOWLEDGED_IN[severity], 0.6)
        if resolved_at is not None:
            answered_at = min(answered_at, resolved_at)
        return Incident(
            id=f"inc-{self.service.slug}-{self._made}",
            severity=severity,
            title=incident_title(self.rng, team.topics, self.service.slug, outside=outside),
            cause=cause,
            opened_at=opened_at,
            acknowledged_at=answered_at if acknowledged else None,
            resolved_at=resolved_at,
            by=self.rng.choice(team.people),
        )

    def caused_by(self, deployment: str, opened_at: datetime, resolved_at: datetime, severity: str) -> Incident:
        """Three of four say what caused them."""
        cause = deployment if happens(self.rng, 0.75) else ""
        return self.make(opened_at, resolved_at, cause, severity=severity)

    def _severity(self) -> str:
        weights = (0.14, 0.3, 0.4, 0.16) if self.service.tier == "critical" else (0.02, 0.2, 0.5, 0.28)
        return self.rng.choices(SEVERITIES, weights)[0]


def from_outside(service: Service, seed: int, now: datetime, incidents: Incidents) -> list[Incident]:
    """Incidents that no deployment caused: most say so, some say nothing."""
    if service.released is not None:
        return []
    rng = generator(seed, service.slug, "outside")
    until = now - SETTLED - timedelta(days=service.stopped)
    whole = until - (now - timedelta(days=HISTORY_DAYS))
    found = []
    for _ in range(count(rng, 2.2 if service.tier == "critical" else 0.9)):
        opened_at = until - timedelta(seconds=rng.randrange(int(whole.total_seconds())))
        resolved_at = opened_at + min(span(rng, service.team.last.restore, 0.6), LONGEST)
        cause = None if happens(rng, 0.65) else ""
        found.append(incidents.make(opened_at, resolved_at, cause, outside=True))
    return found
