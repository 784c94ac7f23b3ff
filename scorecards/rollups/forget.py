"""What rollups and stored summaries know of a service that is no more, or that was retired, is forgotten here."""

from typing import Any

from django.db.models.signals import post_delete

from ingest.models import Service
from scorecards.models import ChangedDay, DayRollup, ScopeVersion, StoredSummary


def connect() -> None:
    """Called once, when the app is ready."""
    post_delete.connect(forget_service, sender=Service, dispatch_uid="scorecards.forget_service")


def forget_service(instance: Service, **_: Any) -> None:
    """Drop the rollups of a deleted service, in the transaction that deletes it; its days are merged anew.

    A rollup whose service is gone would still count in its days' teams.
    """
    scope = f"service:{instance.pk}"
    rows = DayRollup.objects.filter(scope=scope)
    days = rows.values_list("environment_class", "day").distinct()
    ChangedDay.objects.bulk_create([ChangedDay(environment_class=name, day=day, regroup=True) for name, day in days])
    rows.delete()
    for model in (ScopeVersion, StoredSummary):
        model._default_manager.filter(scope=scope).delete()


def forget_summaries() -> None:
    """Drop all stored summaries: that a service is retired stands in no bucket that could tell that one is stale."""
    StoredSummary.objects.all().delete()
