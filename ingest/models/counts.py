"""How many events were delivered, kept by the database itself: ``ingest.inbox.counts``."""

from django.db import models

from ingest.models.inbox import DeliveryStatus, Source


class DeliveryTotal(models.Model):
    """Events of a source's deliveries in one status, of all time. Several rows of one pair add up."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    status = models.CharField(max_length=12, choices=DeliveryStatus)
    events = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["source", "status"], name="delivery_total")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.status}"


class DeliveryHour(models.Model):
    """Events that a source sent within the hour (UTC) that begins at ``hour``. Several rows of one pair add up."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    hour = models.DateTimeField()
    events = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["source", "hour"], name="delivery_hour")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.hour:%Y-%m-%d %H}h"
