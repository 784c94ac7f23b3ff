"""Who owned which service when, from the statements in the database."""

from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings

from ingest.catalogue.ownership import Period, Statement, timeline
from ingest.models import Ownership


def periods_by_service(service_ids: Iterable[int] | None = None) -> dict[int, list[Period]]:
    """The owners of each service in time order; of all services where no ids are given.

    A service of which nobody said anything is not in it: it belongs to ``unassigned``.
    """
    rows = Ownership.objects.all()
    if service_ids is not None:
        rows = rows.filter(service__in=list(service_ids))
    statements: dict[int, list[Statement]] = defaultdict(list)
    for service_id, team_id, basis, at, key in rows.values_list("service_id", "team_id", "basis", "at", "key"):
        statements[service_id].append(Statement(at=at, key=key, basis=basis, team_id=team_id))
    return {pk: timeline(told, settings.ORGANISATION_ZONE) for pk, told in statements.items()}
