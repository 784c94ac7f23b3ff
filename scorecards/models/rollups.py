"""Rollups: one row a scope, tier, environment class and day; what pages read."""

from django.db import models
from django.db.models.functions import Now

from ingest.models import Service, Team


class DayRollup(models.Model):
    """The bucket of one day. ``scope`` is ``org``, ``team:<pk>`` or ``service:<pk>``; ``tier`` is empty for all tiers
    (and for services). ``bucket`` is a packed ``scorecards.rollups.bucket.Bucket``; ``deployments`` repeats its count
    of counted deployments, to find the days of activity without unpacking.

    Of all tiers together, the day's figures stand beside, for whoever reads days in SQL: null elsewhere, and where
    there is no data (``scorecards.rollups.figures``). ``service`` and ``team`` are those of the scope. ``updated_at``:
    when the bucket became another one.
    """

    scope = models.CharField(max_length=30)
    tier = models.CharField(max_length=10, blank=True)
    environment_class = models.CharField(max_length=12)
    day = models.DateField()
    deployments = models.IntegerField()
    bucket = models.BinaryField()
    recheck_at = models.DateTimeField(null=True)
    service = models.ForeignKey(
        Service, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    team = models.ForeignKey(Team, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False)
    finished_deployments = models.IntegerField(null=True)
    failed_deployments = models.IntegerField(null=True)
    rework_deployments = models.IntegerField(null=True)
    mappable_deployments = models.IntegerField(null=True)
    mapped_deployments = models.IntegerField(null=True)
    lead_time_count = models.IntegerField(null=True)
    lead_time_median = models.FloatField(null=True)
    lead_time_mean = models.FloatField(null=True)
    lead_time_p75 = models.FloatField(null=True)
    lead_time_p90 = models.FloatField(null=True)
    restored_count = models.IntegerField(null=True)
    restoration_seconds = models.FloatField(null=True)
    recovered_count = models.IntegerField(null=True)
    recovery_median = models.FloatField(null=True)
    incident_count = models.IntegerField(null=True)
    acknowledged_count = models.IntegerField(null=True)
    acknowledge_seconds = models.FloatField(null=True)
    limited_count = models.IntegerField(null=True)
    within_limit_count = models.IntegerField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "tier", "environment_class", "day"], name="rollup_bucket")
        ]
        indexes = [
            models.Index(fields=["updated_at", "id"], name="rollup_updated", condition=models.Q(tier="")),
            models.Index(fields=["environment_class", "day"], name="rollup_by_day"),
            models.Index(fields=["recheck_at"], name="rollup_recheck", condition=models.Q(recheck_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.environment_class} {self.day}"


class ChangedDay(models.Model):
    """A day whose team and organisation buckets are to be merged anew from the services' buckets.

    ``regroup``: a service's team, tier or retirement changed, which no bucket shows: summaries are stale all the same.
    """

    environment_class = models.CharField(max_length=12)
    day = models.DateField()
    regroup = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["environment_class", "day"], name="changed_day")]

    def __str__(self) -> str:
        return f"{self.environment_class} {self.day}"


class ScopeVersion(models.Model):
    """Counts the changes of a scope's rollups, so that a stored summary knows whether it is current; and remembers
    the first day with a deployment that counts, succeeded or failed, which tells "none in this window" from "never"."""

    scope = models.CharField(max_length=30)
    tier = models.CharField(max_length=10, blank=True)
    environment_class = models.CharField(max_length=12)
    version = models.BigIntegerField(default=0)
    first_deployed_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "tier", "environment_class"], name="scope_version")]

    def __str__(self) -> str:
        return f"{self.scope} {self.environment_class} v{self.version}"


class StoredSummary(models.Model):
    """The summary of a window, kept until a bucket of its scope changes: what makes lists of many scopes fast.

    ``figures``: JSON, the summaries of the window's days, weeks or months, or of the whole. ``as_of``: the day that
    counted as today. ``connected``: whether incidents were connected.
    """

    scope = models.CharField(max_length=30)
    tier = models.CharField(max_length=10, blank=True)
    environment_class = models.CharField(max_length=12)
    interval = models.CharField(max_length=5)
    starts_on = models.DateField()
    ends_on = models.DateField()
    as_of = models.DateField()
    connected = models.BooleanField()
    version = models.BigIntegerField()
    figures = models.TextField()

    class Meta:
        verbose_name_plural = "stored summaries"
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "tier", "environment_class", "interval", "starts_on", "ends_on"],
                name="stored_summary",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.starts_on} to {self.ends_on}"
