"""The error budgets of a team's services, and how the gate stands to them in one line."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from dashboard import formats
from dashboard.pages.budgets import rows as budgets
from dashboard.pages.budgets.rows import Row, Told
from dashboard.pages.gate.report import SPAN
from ingest.models import Service
from scorecards.models import GateAnswer
from scorecards.reliability import gating
from scorecards.reliability.gate import ENFORCE, Decision

MOST = 10
STANDS = {
    "halted": "halted",
    "frozen": "frozen",
    "slowed": "slowed",
    "told": "at another step",
    "above": "above every step",
    "unknown": "not known",
}


@dataclass(frozen=True, slots=True)
class OfTeam:
    """``rows``: the budgets with the least left. ``line``: how many stand where, and what the gate did."""

    rows: Sequence[Row]
    line: str


def of_team(services: Sequence[Service]) -> OfTeam:
    """The budgets of these services. Seven queries, one where none has any."""
    chosen = Service.objects.filter(pk__in=[one.pk for one in services])
    told = budgets.told(chosen)
    if not told:
        return OfTeam((), "")
    return OfTeam(budgets.rows([one.service_id for one in told[:MOST]]), f"{_steps(told)}; {_gate(services)}")


def _steps(told: Sequence[Told]) -> str:
    """``5 budgets: 1 frozen, 4 above every step``."""
    counts = Counter(one.group for one in told)
    parts = [f"{counts[group]} {word}" for group, word in STANDS.items() if counts[group]]
    shown = f", the {MOST} with the least left are shown" if len(told) > MOST else ""
    return f"{formats.plural(len(told), 'budget')}: {', '.join(parts)}{shown}"


def _gate(services: Sequence[Service]) -> str:
    """For how many the gate is enforced, and how often it said no."""
    ids = [one.pk for one in services]
    own = {one.service_id: one.mode for one in gating.own_settings(Service.objects.filter(pk__in=ids))}
    of_all = gating.mode_of_all().mode
    enforced = sum(own.get(pk, of_all) == ENFORCE for pk in ids)
    denied = GateAnswer.objects.filter(service__in=ids, would_be=Decision.DENY, at__gte=timezone.now() - SPAN).count()
    mode = "in dry-run" if not enforced else "enforced" if enforced == len(ids) else f"enforced for {enforced}"
    said = f"denied or would have denied {formats.plural(denied, 'time')}" if denied else "denied nothing"
    return f"gate {mode}, {said} within {SPAN.days} days"
