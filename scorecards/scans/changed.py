"""Which verdicts changed, where, and by what cause. First verdicts are no changes: of a live control, the one that it
got when a source came to show it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Count, QuerySet

from ingest.models import Service
from scorecards.models import VerdictChange
from scorecards.standards.standard import Standard
from scorecards.standards.verdict import Verdict


def changes_of(
    standard: str, services: QuerySet[Service] | Iterable[int], since: datetime, controls: Iterable[str] | None = None
) -> QuerySet[VerdictChange]:
    """The changes at ``since`` or later, of all controls or of these."""
    rows = VerdictChange.objects.filter(standard=standard, service__in=services, at__gte=since)
    rows = rows.exclude(before__in=("", Verdict.NOT_CONNECTED))
    return rows if controls is None else rows.filter(control__in=list(controls))


def changed_cells(
    standard: Standard, service_ids: Sequence[int], since: datetime, *, level: str = ""
) -> Mapping[tuple[int, str], int]:
    """How many controls changed in each service and section. One query."""
    section_by_control = {one.id: one.section for one in standard.controls if level in ("", str(one.level))}
    rows = changes_of(standard.code, service_ids, since, section_by_control)
    counts: Counter[tuple[int, str]] = Counter()
    for service_id, control in rows.values_list("service", "control").order_by().distinct():
        counts[service_id, section_by_control[control]] += 1
    return counts


def by_cause(standard: str, services: QuerySet[Service], since: datetime) -> dict[str, Counter[Verdict]]:
    """How many verdicts each cause changed, by what they became. One query."""
    rows = changes_of(standard, services, since).values_list("cause", "after").annotate(Count("pk")).order_by()
    found: dict[str, Counter[Verdict]] = defaultdict(Counter)
    for cause, after, count in rows:
        found[cause][Verdict(after)] += count
    return dict(found)
