"""What each fact was judged to be: the rows that an explanation lists.

They are rewritten whole from facts, so the database is not asked to check each reference: on a bulk load these checks
would cost as much as all else.
"""

from django.db import models
from django.db.models.functions import Now

from ingest.models import Change, Deployment, Incident, Service, SignalSample


class JudgedDeployment(models.Model):
    """A finished deployment (succeeded or failed) as the metrics see it.

    ``counted``: among the finished: no redeploy, unless definitions count them, nor what else they leave out.
    ``failed_by``: the rules that hold, comma-separated. ``content``: how it is known what it brought.
    ``change_count``: changes with a lead time. ``corrected``: a person said something of it. ``replaced``: in MTTR the
    durations of rollbacks stand for its restoration. ``updated_at``: when it was judged otherwise than before.
    """

    deployment = models.OneToOneField(
        Deployment, models.CASCADE, primary_key=True, related_name="judged", db_constraint=False
    )
    service = models.ForeignKey(Service, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    environment_class = models.CharField(max_length=12)
    status = models.CharField(max_length=10)
    redeploy = models.BooleanField()
    rollback = models.BooleanField()
    hotfix = models.BooleanField()
    failed = models.BooleanField()
    failed_by = models.CharField(max_length=100, blank=True)
    counted = models.BooleanField(default=True)
    corrected = models.BooleanField(default=False)
    replaced = models.BooleanField(db_default=False)
    content = models.CharField(max_length=12, blank=True)
    change_count = models.IntegerField()
    unmapped_count = models.IntegerField()
    incident_count = models.IntegerField()
    unresolved = models.TextField(blank=True)
    restored_by = models.ForeignKey(
        Deployment, models.SET_NULL, null=True, related_name="+", db_index=False, db_constraint=False
    )
    finished_at = models.DateTimeField()
    restored_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["environment_class", "-finished_at", "-deployment"], name="judged_newest"),
            models.Index(fields=["service", "environment_class", "-finished_at"], name="judged_by_service"),
            models.Index(
                fields=["environment_class", "-finished_at"], name="judged_failed", condition=models.Q(failed=True)
            ),
            models.Index(fields=["updated_at", "deployment"], name="failure_updated", condition=models.Q(failed=True)),
            models.Index(
                fields=["environment_class", "-restored_at"],
                name="judged_restored",
                condition=models.Q(restored_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.deployment_id)


class DeliveredChange(models.Model):
    """A change and the deployment that first brought it to an environment; ``seconds`` is its lead time."""

    deployment = models.ForeignKey(
        Deployment, models.CASCADE, related_name="delivered", db_index=True, db_constraint=False
    )
    change = models.ForeignKey(Change, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    service = models.ForeignKey(Service, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    environment_class = models.CharField(max_length=12)
    seconds = models.FloatField()
    bot = models.BooleanField()
    delivered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deployment", "change"], name="delivered_once")]
        indexes = [
            models.Index(fields=["environment_class", "-delivered_at", "-id"], name="delivered_newest"),
            models.Index(fields=["service", "environment_class", "-delivered_at"], name="delivered_by_service"),
        ]

    def __str__(self) -> str:
        return f"{self.change_id} by {self.deployment_id}"


class JudgedIncident(models.Model):
    """An incident's link: to a deployment by name, rule or hand, or to none with the reason.

    Severity and times are those of all its reports together, as people have them.
    """

    incident = models.OneToOneField(
        Incident, models.CASCADE, primary_key=True, related_name="judged", db_constraint=False
    )
    service = models.ForeignKey(Service, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    environment_class = models.CharField(max_length=12)
    deployment = models.ForeignKey(
        Deployment, models.SET_NULL, null=True, related_name="linked_incidents", db_constraint=False
    )
    linked_by = models.CharField(max_length=5, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    severity = models.CharField(max_length=4, blank=True)
    corrected = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["service", "environment_class", "-opened_at"], name="judged_incident_by_service"),
            models.Index(fields=["environment_class", "-opened_at", "-incident"], name="judged_incident_newest"),
            models.Index(fields=["environment_class", "-resolved_at"], name="judged_incident_resolved"),
            models.Index(
                fields=["severity", "opened_at"],
                name="judged_incident_open",
                condition=models.Q(resolved_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.incident_id)


class JudgedRollback(models.Model):
    """How long a rollback took by what a gauge told, where that is part of MTTR. Negative ones are left out of it."""

    sample = models.OneToOneField(
        SignalSample, models.CASCADE, primary_key=True, related_name="judged", db_constraint=False
    )
    service = models.ForeignKey(Service, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    environment_class = models.CharField(max_length=12)
    seconds = models.FloatField()
    restored_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["environment_class", "-restored_at"], name="judged_rollback_newest"),
            models.Index(fields=["service", "environment_class", "-restored_at"], name="judged_rollback_by_service"),
        ]

    def __str__(self) -> str:
        return str(self.sample_id)
