"""Marks of what is to be recomputed, written in the transaction that changed the facts."""

from django.db import models
from django.utils import timezone

from ingest.models.catalogue import Service


class ChangedService(models.Model):
    """A service whose figures are to be recomputed. Marks are only added and, once worked off, deleted.

    ``regroup``: its team, tier or environments' class changed, so each of its days is to be merged anew. ``at``: no
    later than the facts that changed: what is told of them is not complete until the mark is worked off.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    regroup = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.service_id)
