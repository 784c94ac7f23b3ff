"""Who owned which service when, from the statements in the database."""

from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ingest.catalogue.ownership import Period, Statement, owner_on, timeline
from ingest.models import Ownership, Service


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


def settle(service_ids: Iterable[int] | None = None) -> int:
    """Note who owns each of these services today, or all of them; of how many that is another than was noted.

    Whoever owns one may change by the clock alone: a statement may speak of a day to come.
    """
    ids = None if service_ids is None else list(service_ids)
    if ids == []:
        return 0
    today = timezone.localdate(timezone=settings.ORGANISATION_ZONE)
    periods = periods_by_service(ids)
    rows = Service.objects.all() if ids is None else Service.objects.filter(pk__in=ids)
    owners = {pk: (held, owner_on(periods.get(pk, ()), today)) for pk, held in rows.values_list("pk", "owner_id")}
    moved = sorted(pk for pk, (held, owner) in owners.items() if held != owner)
    with transaction.atomic():
        # Who is writing a row of the service has to be done: what follows from its owner follows for that row too.
        for row in Service.objects.select_for_update().filter(pk__in=moved).order_by("pk"):
            row.owner_id = owners[row.pk][1]
            row.save(update_fields=["owner", "updated_at"])
    return len(moved)
