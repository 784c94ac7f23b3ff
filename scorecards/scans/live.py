"""Judges services anew when connected data says otherwise than before."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from scorecards.live import keeping
from scorecards.models import VerdictChange
from scorecards.scans.verdicts import judge_services
from scorecards.standards.standard import Standard

SERVICES_A_TIME = 50


def judge_live(standards: Sequence[Standard], now: datetime) -> int:
    """Ask once a day what connected data says, and judge some of the services for which that changed; how many."""
    keeping.ask(now)
    services = keeping.waiting(SERVICES_A_TIME)
    if services:
        with transaction.atomic():
            keeping.take(services)
            judge_services(services, standards, cause=VerdictChange.Cause.DATA, at=now)
    return len(services)
