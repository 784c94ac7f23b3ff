"""The facts: each joined from all that was said of it (``ingest.facts.join``), written by ``ingest.record``.

``stamps`` of each row remembers which event each field came from, so that any order of deliveries gives one result.
"""

from django.db import models

from ingest.models.catalogue import Environment, Repository, Service
from ingest.models.inbox import Source


class DeploymentStatus(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DeploymentKind(models.TextChoices):
    RELEASE = "release"
    ROLLBACK = "rollback"
    HOTFIX = "hotfix"


class Severity(models.TextChoices):
    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"


class Deployment(models.Model):
    """One attempt to deploy a service to an environment.

    ``finished_at`` is the first time of the status, where that is terminal. ``pull_requests`` and ``shas`` are null
    where the source gave no list. ``fixes``: external ids of the deployments that it remedies. ``same_as``: names that
    another source's report of the same deployment bears too. ``duplicate_of``: the report that stands for all of them
    (``ingest.facts.same``), null where it is this one, which then ``has_duplicates``.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=300)
    service = models.ForeignKey(Service, models.PROTECT, related_name="deployments", db_index=False)
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="+", db_index=False)
    repository = models.ForeignKey(Repository, models.PROTECT, null=True, related_name="+", db_index=False)
    status = models.CharField(max_length=10, choices=DeploymentStatus)
    kind = models.CharField(max_length=10, choices=DeploymentKind, default=DeploymentKind.RELEASE)
    version = models.TextField(blank=True)
    sha = models.CharField(max_length=64, blank=True)
    rollback_of = models.CharField(max_length=300, blank=True)
    fixes = models.JSONField(default=list)
    same_as = models.JSONField(default=list)
    duplicate_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="duplicates")
    has_duplicates = models.BooleanField(db_default=False)
    pull_requests = models.JSONField(null=True)
    shas = models.JSONField(null=True)
    url = models.TextField(blank=True)
    by = models.TextField(blank=True)
    bot = models.BooleanField(default=False)
    stamps = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="deployment_identity"),
            models.CheckConstraint(condition=models.Q(status__in=DeploymentStatus.values), name="deployment_status"),
        ]
        indexes = [
            models.Index(fields=["service", "-finished_at"], name="deployment_by_service"),
            models.Index(fields=["updated_at", "id"], name="deployment_updated"),
            models.Index(fields=["version", "-finished_at"], name="deployment_by_version"),
            models.Index(fields=["sha"], name="deployment_by_sha"),
            models.Index(fields=["environment", "-finished_at"], name="deployment_by_environment"),
        ]

    def __str__(self) -> str:
        return self.external_id


class Change(models.Model):
    """One commit. ``parents`` is null where no source told them."""

    repository = models.ForeignKey(Repository, models.PROTECT, related_name="changes", db_index=False)
    sha = models.CharField(max_length=64)
    pull_request = models.IntegerField(null=True)
    title = models.TextField(blank=True)
    author = models.TextField(blank=True)
    bot = models.BooleanField(default=False)
    merge = models.BooleanField(default=False)
    revert = models.BooleanField(default=False)
    reapply = models.BooleanField(default=False)
    hotfix = models.BooleanField(default=False)
    parents = models.JSONField(null=True)
    reverts = models.JSONField(default=list)
    paths = models.JSONField(null=True)
    stamps = models.TextField(blank=True)
    authored_at = models.DateTimeField(null=True)
    committed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "sha"], name="change_identity")]
        indexes = [models.Index(fields=["updated_at", "id"], name="change_updated")]

    def __str__(self) -> str:
        return self.sha[:12]


class PullRequest(models.Model):
    """A pull request. ``commits``: the shas that it had when it was merged, as far as told."""

    repository = models.ForeignKey(Repository, models.PROTECT, related_name="pull_requests", db_index=False)
    number = models.IntegerField()
    title = models.TextField(blank=True)
    author = models.TextField(blank=True)
    bot = models.BooleanField(default=False)
    hotfix = models.BooleanField(default=False)
    revert = models.BooleanField(default=False)
    base_branch = models.TextField(blank=True)
    how = models.CharField(max_length=10, blank=True)
    merge_sha = models.CharField(max_length=64, blank=True)
    commits = models.JSONField(null=True)
    url = models.TextField(blank=True)
    stamps = models.TextField(blank=True)
    first_commit_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    first_review_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    merged_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "number"], name="pull_request_identity")]
        indexes = [models.Index(fields=["updated_at", "id"], name="pull_request_updated")]

    def __str__(self) -> str:
        return f"#{self.number}"


class Incident(models.Model):
    """Something broke for users. No environment told is production; no severity told is taken as sev3, and said so.

    ``names_cause``: a source spoke of the cause; ``caused_by`` is then a deployment's external id, or empty for none.
    ``same_as`` and ``duplicate_of``: as a deployment's; of two reports under one name that do not overlap in time, the
    later is another incident.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=300)
    service = models.ForeignKey(Service, models.PROTECT, related_name="incidents", db_index=False)
    environment = models.ForeignKey(Environment, models.PROTECT, null=True, related_name="+", db_index=False)
    title = models.TextField(blank=True)
    severity = models.CharField(max_length=4, choices=Severity, blank=True)
    names_cause = models.BooleanField(default=False)
    caused_by = models.CharField(max_length=300, blank=True)
    same_as = models.JSONField(default=list)
    duplicate_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="duplicates")
    has_duplicates = models.BooleanField(db_default=False)
    url = models.TextField(blank=True)
    stamps = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="incident_identity")]
        indexes = [
            models.Index(fields=["service", "-opened_at"], name="incident_by_service"),
            models.Index(fields=["-opened_at", "-id"], name="incident_newest"),
            models.Index(fields=["updated_at", "id"], name="incident_updated"),
            models.Index(fields=["caused_by"], name="incident_by_cause"),
            models.Index(
                fields=["severity", "opened_at"], name="incident_open", condition=models.Q(resolved_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class FactKey(models.Model):
    """A name under which a deployment or incident may be reported by several sources: ``ingest.facts.same``."""

    key = models.CharField(max_length=400)
    deployment = models.ForeignKey(Deployment, models.CASCADE, null=True, related_name="keys")
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, related_name="keys")

    class Meta:
        indexes = [models.Index(fields=["key"], name="fact_key")]
        constraints = [
            models.UniqueConstraint(fields=["key", "deployment"], name="deployment_key"),
            models.UniqueConstraint(fields=["key", "incident"], name="incident_key"),
        ]

    def __str__(self) -> str:
        return self.key
