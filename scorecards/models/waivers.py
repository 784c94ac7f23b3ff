"""Waivers: a fail that a named person accepts until a day. It leaves the score and never becomes a pass."""

from django.conf import settings
from django.db import models

from ingest.models import Service


class Waiver(models.Model):
    """One request, what was decided, and until when it holds. Expired is told by the day, never stored."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        APPROVED = "approved"
        DENIED = "denied"
        REVOKED = "revoked"

    class Reason(models.TextChoices):
        FALSE_POSITIVE = "false_positive", "The check is wrong here"
        RISK_ACCEPTED = "risk_accepted", "The risk is accepted"
        COMPENSATED = "compensated", "Something else protects as well"
        PLANNED = "planned", "The fix is planned"
        NOT_RELEVANT = "not_relevant", "It does not matter for this service"

    service = models.ForeignKey(Service, models.CASCADE, related_name="waivers")
    control = models.CharField(max_length=60)
    path = models.CharField(max_length=300, blank=True)  # a glob over evidence paths; empty: every unit
    reason = models.CharField(max_length=16, choices=Reason)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="waivers_requested")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="waivers_decided")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    expires_on = models.DateField()  # the last day on which it holds
    renews = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="renewed_by")
    renewals = models.IntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["service", "control", "state"], name="waiver_by_service")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | ~models.Q(decided_by=models.F("requested_by"))
                | models.Q(state="revoked"),
                name="waiver_second_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.control} of {self.service_id} until {self.expires_on}"
