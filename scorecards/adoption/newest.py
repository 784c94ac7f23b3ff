"""The newest evidence of a capability, of many services at once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from ingest.models import Repository
from scorecards.adoption.capabilities import Capability
from scorecards.adoption.settings import capabilities
from scorecards.adoption.spells import WINDOW
from scorecards.adoption.standing import Evidence
from scorecards.models import CapabilitySpell


def telling_signals(one: Capability, seen: Collection[str]) -> set[str]:
    """Those of the signals that were seen which show something: not one that counts only together with others that were
    not."""
    ways = (*one.used_by, *one.configured_by)
    return {name for names in ways if all(part in seen for part in names) for name in names}


def newest_evidence(one: Capability, services: Collection[int], day: date) -> dict[int, Evidence]:
    """By service, what was seen last of it within the window that ends with the day; of two seen on one day, that which
    stands first in the capability. Two queries."""
    rank = {name: at for at, name in enumerate(one.signals)}
    rows = CapabilitySpell.objects.filter(
        service__in=services, signal__in=rank, first_day__lte=day, last_day__gt=day - timedelta(days=WINDOW)
    )
    by_service: dict[int, list[CapabilitySpell]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (-row.last_day.toordinal(), rank[row.signal])):
        by_service[row.service_id].append(row)
    newest: dict[int, CapabilitySpell] = {}
    for pk, seen in by_service.items():
        telling = telling_signals(one, {row.signal for row in seen})
        found = next((row for row in seen if row.signal in telling), None)
        if found is not None:
            newest[pk] = found
    repositories = Repository.objects.in_bulk({row.detail.get("repository", 0) for row in newest.values()})
    return {
        pk: Evidence(
            capabilities().signals[row.signal],
            row.first_day,
            min(row.last_day, day),
            counts=True,
            path=row.detail.get("path", ""),
            line=row.detail.get("line", 0),
            commit=row.detail.get("commit", ""),
            repository=repositories.get(row.detail.get("repository", 0)),
        )
        for pk, row in newest.items()
    }
