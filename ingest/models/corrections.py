"""What people say of facts, over what the sources say. A correction is a fact too: it survives every replay."""

from django.db import models

from ingest.models.facts import Deployment, Incident


class Corrects(models.TextChoices):
    """What a correction is about, and its ``value``."""

    EXCLUDED = "excluded", "excluded"  # of both: true, it was none
    KIND = "kind", "kind"  # of a deployment: release, rollback or hotfix
    FAILED = "failed", "failure"  # of a deployment: false for no failure, true for one that no rule finds
    ENVIRONMENT = "environment", "environment"  # of both: the environment's name
    SEVERITY = "severity", "severity"  # of an incident: sev1 to sev4
    CAUSE = "cause", "cause"  # of an incident: the deployment's primary key, null for none
    DUPLICATE_OF = "duplicate_of", "duplicate"  # of both: the primary key of the report that it is the same as


class Correction(models.Model):
    """One correction of one fact. Of several about the same, the latest that is not undone holds.

    Rows are never changed or deleted: undoing one dates its end.
    """

    deployment = models.ForeignKey(Deployment, models.PROTECT, null=True, related_name="corrections")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="corrections")
    what = models.CharField(max_length=12, choices=Corrects)
    value = models.JSONField(null=True)
    reason = models.TextField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    undone_by = models.CharField(max_length=200, blank=True)
    undone_reason = models.TextField(blank=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deployment__isnull=True) ^ models.Q(incident__isnull=True),
                name="correction_of_one_fact",
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} by {self.by}"
