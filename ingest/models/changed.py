"""Marks of what is to be recomputed, written in the transaction that changed the facts."""

from django.db import models

from ingest.models.catalogue import Service


class ChangedService(models.Model):
    """A service whose figures are to be recomputed. Marks are only added and, once worked off, deleted.

    ``regroup``: its team, tier or environments' class changed, so each of its days is to be merged anew.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    regroup = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.service_id)
