"""What the gate would have done in the last four weeks, had it been enforced."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from dashboard.pages.gate.words import code_text
from ingest.models import Service
from scorecards.models import GateAnswer
from scorecards.reliability.gate import DRY_RUN, Decision

SPAN = timedelta(days=28)
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Cause:
    """Why answers would have been denied. One answer may have several."""

    text: str
    answers: int
    services: int


@dataclass(frozen=True, slots=True)
class Report:
    """Of the answers in dry-run. ``cut``: causes are those of the newest ``MOST`` alone."""

    answers: int
    denied: int
    causes: Sequence[Cause]
    cut: bool


def report(services: QuerySet[Service], now: datetime) -> Report:
    """The last four weeks, of these services."""
    asked = GateAnswer.objects.filter(service__in=services, at__gte=now - SPAN, mode=DRY_RUN)
    denied = asked.filter(would_be=Decision.DENY)
    count = denied.count()
    answers: Counter[str] = Counter()
    slugs: dict[str, set[int]] = defaultdict(set)
    rows = denied.order_by("-at", "-pk").values_list("service_id", "reasons")
    for service_id, reasons in rows[:MOST].iterator():
        for code in {one["code"] for one in reasons if one.get("denies")}:
            answers[code] += 1
            slugs[code].add(service_id)
    causes = [Cause(code_text(code), number, len(slugs[code])) for code, number in answers.most_common()]
    return Report(asked.count(), count, causes, count > MOST)
