"""Facts are told again when they are judged otherwise: incremental readers go by when a fact itself was updated."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, QuerySet

from ingest.facts import bulk
from ingest.models import Deployment, Incident, Service
from scorecards.models import JudgedDeployment, JudgedIncident


def tell_again(
    services: Sequence[int], deployments: Sequence[int], incidents: Sequence[int], now: datetime, since: datetime
) -> None:
    """Date the facts of these services anew that were judged otherwise at ``now``; ``deployments`` and ``incidents``
    are no longer judged.

    Not those that changed at or after ``since``, the oldest mark that is worked off here: up to the commit readers are
    told to come back for all from there on, so that a load of a history is not written twice.
    """
    judged = JudgedDeployment.objects.filter(service__in=services, updated_at=now).values("deployment")
    linked = JudgedIncident.objects.filter(service__in=services, updated_at=now).values("incident")
    facts: list[tuple[QuerySet[Deployment] | QuerySet[Incident], Sequence[int]]] = [
        (Deployment.objects.filter(pk__in=judged, updated_at__lt=since), deployments),
        (Incident.objects.filter(pk__in=linked, updated_at__lt=since), incidents),
    ]
    ids = [[*found.values_list("pk", flat=True), *gone] for found, gone in facts]
    for (found, _), pks in zip(facts, ids, strict=True):
        bulk.update(found.model, ("updated_at",), [(pk, now) for pk in sorted(pks)])
    _failures(services, now)


def _failures(services: Sequence[int], now: datetime) -> None:
    """What is told of a failure of the deployment itself may be news, however it was judged."""
    rows = JudgedDeployment.objects.filter(service__in=services, failed=True)
    rows.filter(updated_at__lt=F("deployment__updated_at")).update(updated_at=now)


def lock_services(services: Sequence[int]) -> None:
    """Until the transaction ends, nobody records facts of these services, or notes who owns them: what follows from an
    owner has to follow for rows too that are being written."""
    if bulk.postgresql():
        list(Service.objects.select_for_update(no_key=True).filter(pk__in=services).order_by("pk").values_list("pk"))
