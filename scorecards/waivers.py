"""The rules of waivers: for what reason, until when, and which finding one covers. None ever becomes a pass."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import QuerySet

from ingest.models import Service
from ingest.repository.tree import glob_pattern
from scorecards.errors import ScorecardError
from scorecards.models import Finding, FindingOutcome, Waiver
from scorecards.standards.standard import Standard

WAIVABLE = frozenset({FindingOutcome.FAIL, FindingOutcome.PARTIAL, FindingOutcome.UNKNOWN})
SHORTEST_TEXT, LONGEST_TEXT = 20, 2_000
LONGEST = timedelta(days=366)
SOON = timedelta(days=7)
State = Waiver.State


class WaiverRefused(ScorecardError):
    """A step that the rules do not allow; the message says what to do. ``field``: which entry to mend, if one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def in_force_on(service: Service, day: date) -> QuerySet[Waiver]:
    """The service's approved waivers that hold on ``day``."""
    return Waiver.objects.filter(service=service, state=State.APPROVED, expires_on__gte=day)


def covering(finding: Finding, waivers: Iterable[Waiver]) -> Waiver | None:
    """The waiver that covers the finding, the one that ends last; ``None`` where none does, or nothing is to waive."""
    if finding.outcome not in WAIVABLE:
        return None
    found = [waiver for waiver in waivers if waiver.control == finding.control and _reaches(waiver, finding)]
    return max(found, key=lambda waiver: (waiver.expires_on, waiver.pk), default=None)


def _reaches(waiver: Waiver, finding: Finding) -> bool:
    return not waiver.path or bool(finding.path and glob_pattern((waiver.path,)).match(finding.path))


def check_request(
    control: str, reason: str, text: str, expires_on: date, path: str, today: date, standards: Iterable[Standard]
) -> None:
    """The rules of a request. Raises ``WaiverRefused`` with what to mend."""
    if not any(control in standard.control_by_id for standard in standards):
        raise WaiverRefused(f"No standard in force has a control {control[:60]!r}.", "control")
    if reason not in Waiver.Reason.values:
        raise WaiverRefused(f"Choose a reason: {', '.join(Waiver.Reason.values)}.", "reason")
    if not SHORTEST_TEXT <= len(text.strip()) <= LONGEST_TEXT:
        raise WaiverRefused(f"Say why, in {SHORTEST_TEXT} to {LONGEST_TEXT:,} characters.", "text")
    if not today < expires_on <= today + LONGEST:
        raise WaiverRefused("A waiver ends between tomorrow and one year from today.", "expires_on")
    if len(path) > 300 or path.startswith("/") or ".." in path.split("/") or not path.isprintable():
        raise WaiverRefused("A path is a glob from the top of the repository, such as charts/**.", "path")


def expiring(services: QuerySet[Service], today: date, within: timedelta = SOON) -> QuerySet[Waiver]:
    """Waivers in force whose last day is near, the nearest first."""
    in_force = Waiver.objects.filter(service__in=services, state=State.APPROVED)
    return in_force.filter(expires_on__gte=today, expires_on__lte=today + within).order_by("expires_on", "pk")


def expired(services: QuerySet[Service], today: date, since: date) -> QuerySet[Waiver]:
    """Approved waivers whose last day fell in ``[since, today)``, the newest first."""
    approved = Waiver.objects.filter(service__in=services, state=State.APPROVED)
    return approved.filter(expires_on__gte=since, expires_on__lt=today).order_by("-expires_on", "pk")
