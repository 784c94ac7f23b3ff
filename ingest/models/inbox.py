"""The inbox: what was delivered, word for word, and what became of it. The table is the queue of record."""

import secrets

from django.db import models


class SourceKind(models.TextChoices):
    NATIVE = "native", "Native events"
    GIT = "git", "Local clones"
    GITHUB = "github", "GitHub"
    GITLAB = "gitlab", "GitLab"
    BITBUCKET = "bitbucket", "Bitbucket Cloud"
    BITBUCKET_SERVER = "bitbucket-server", "Bitbucket Data Center"
    GITEA = "gitea", "Gitea or Forgejo"
    AZURE_DEVOPS = "azuredevops", "Azure DevOps"
    JENKINS = "jenkins", "Jenkins"
    ARGO_CD = "argocd", "Argo CD"
    ARGO_ROLLOUTS = "argo-rollouts", "Argo Rollouts"
    FLUX = "flux", "Flux"
    FLAGGER = "flagger", "Flagger"
    TEKTON = "tekton", "Tekton"
    CDEVENTS = "cdevents", "CDEvents"
    ALERTMANAGER = "alertmanager", "Alertmanager"
    PAGERDUTY = "pagerduty", "PagerDuty"
    OPSGENIE = "opsgenie", "Opsgenie or Jira Service Management"
    PROMETHEUS = "prometheus", "Prometheus"


def public_id() -> str:
    return secrets.token_urlsafe(12)


class Source(models.Model):
    """Where deliveries come from. ``secrets``: encrypted, the newest first; all are valid, so a rotation overlaps.

    ``secret_uses``: by the fingerprint of a secret, when it last fitted (ISO 8601, to five minutes). ``credentials``:
    what we sign in with where we ask the source ourselves, by name, encrypted. ``options``: what the source's parser
    is told (docs/sources.md). ``paused_at``: deliveries are kept and wait, and nothing is asked of the source.
    """

    kind = models.CharField(max_length=20, choices=SourceKind)
    public_id = models.CharField(max_length=40, unique=True, default=public_id)
    name = models.CharField(max_length=200)
    secrets = models.JSONField(default=list, blank=True)
    secret_uses = models.JSONField(default=dict, blank=True)
    credentials = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    refused_count = models.BigIntegerField(default=0)
    last_refused_at = models.DateTimeField(null=True, blank=True)
    duplicate_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DeliveryStatus(models.TextChoices):
    PENDING = "pending"
    PROCESSED = "processed"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


class Delivery(models.Model):
    """One delivery, verbatim, or a chunk of native lines. Unique by source and key.

    ``event_count``: events it holds (lines of a chunk; else 1): received = processed + ignored + quarantined +
    pending counts these. ``body``: bytes as they came; ``zlib`` where ``packed``. ``first_line``: of a chunk or a bad
    line, where it stood in what was sent. ``lease_until`` and ``attempts`` are written before the work is done, so
    that a worker's death counts.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="deliveries")
    key = models.CharField(max_length=300)
    kind = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.BinaryField()
    packed = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)
    event_count = models.IntegerField(default=1)
    first_line = models.IntegerField(null=True, blank=True)
    origin = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=12, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    note = models.TextField(blank=True)
    attempts = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    event_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="delivery_key")]
        indexes = [
            models.Index(fields=["id"], name="delivery_pending", condition=models.Q(status="pending")),
            models.Index(fields=["status", "-received_at"], name="delivery_by_status"),
            models.Index(fields=["source", "-received_at"], name="delivery_by_source"),
            models.Index(fields=["source", "status", "-received_at"], name="delivery_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.key}"


class EventKey(models.Model):
    """The key of one native event (128 bits of its BLAKE2 hash) and the digest of its content.

    Same key and digest: a repeat. Same key, another digest: the first stands.
    """

    key = models.UUIDField(primary_key=True)
    digest = models.UUIDField()
    delivery = models.ForeignKey(
        Delivery, models.CASCADE, related_name="event_keys", db_index=False, db_constraint=False
    )

    def __str__(self) -> str:
        return str(self.key)


class ErasedName(models.Model):
    """A name of a person who is to be known no more (``ingest.people``), by its digest."""

    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.digest[:12]
