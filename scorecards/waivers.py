"""Waivers: who may, for what reason, until when; and which finding one covers. A waiver never becomes a pass."""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from ingest.models import Service
from ingest.repository.tree import glob_pattern
from scorecards.models import Finding, FindingOutcome, Waiver

WAIVABLE = frozenset({FindingOutcome.FAIL, FindingOutcome.PARTIAL, FindingOutcome.UNKNOWN})


def in_force_on(service: Service, day: date) -> QuerySet[Waiver]:
    """The service's approved waivers that hold on ``day``."""
    return Waiver.objects.filter(service=service, state=Waiver.State.APPROVED, expires_on__gte=day)


def covering(finding: Finding, waivers: Iterable[Waiver]) -> Waiver | None:
    """The waiver that covers the finding, the one that ends last; ``None`` where none does, or nothing is to waive."""
    if finding.outcome not in WAIVABLE:
        return None
    found = [waiver for waiver in waivers if waiver.control == finding.control and _reaches(waiver, finding)]
    return max(found, key=lambda waiver: (waiver.expires_on, waiver.pk), default=None)


def _reaches(waiver: Waiver, finding: Finding) -> bool:
    return not waiver.path or bool(finding.path and glob_pattern((waiver.path,)).match(finding.path))
