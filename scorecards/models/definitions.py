"""What people say of definitions, and trials of what they could say."""

from django.conf import settings
from django.db import models

from ingest.models import Team


class DefinitionChange(models.Model):
    """Somebody said what counts from the day ``since`` on: of a team, or (null) of the organisation.

    ``values``: as ``scorecards.definitions.values`` takes them, partial. Of two that speak of the same, the one said
    last holds on the days of both. One that was withdrawn says nothing, for no day.
    """

    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="definition_changes")
    values = models.JSONField()
    since = models.DateField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="definitions_changed")
    at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="definitions_withdrawn"
    )
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | models.Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
                name="definition_withdrawn_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id or 'organisation'} since {self.since}"


class WhatIf(models.Model):
    """A trial: the figures of a team or (null) the organisation as they are and as they would be. Kept for a day.

    ``done`` of ``total`` services are computed. ``result``: as ``scorecards.what_if.result`` writes it.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    values = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    result = models.JSONField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)  # when whoever computes it last said so

    class Meta:
        indexes = [models.Index(fields=["state", "at"], name="what_if_waiting")]

    def __str__(self) -> str:
        return f"{self.team_id or 'organisation'} {self.state}"
