"""What is asked of GitHub by ourselves: how far a source is read, what the token may still ask, and gaps found."""

from django.db import models

from ingest.models.inbox import Source


class SyncState(models.TextChoices):
    NEVER = "never", "not begun"
    RUNNING = "running", "running"
    WAITING = "waiting", "waiting"
    IDLE = "idle", "up to date"
    FAILED = "failed", "stopped"


class GitHubSync(models.Model):
    """A GitHub source that we read by its API.

    ``repositories``: owner/name of those that are read; empty for all of ``owner``. ``since``: the first day that is
    read back to; null for everything. ``pages``: of each list, by path, its ETag, so that an unchanged one is free.
    ``round``: counts the passes over all repositories; one that was broken off is gone on with. ``counts``: items kept
    in this round, by resource. ``lease_until`` and ``lease_by``: who is at work, renewed with each page that is kept.
    """

    source = models.OneToOneField(Source, models.CASCADE, related_name="sync")
    owner = models.CharField(max_length=100)
    api_url = models.CharField(max_length=300)
    repositories = models.JSONField(default=list, blank=True)
    since = models.DateField(null=True, blank=True)
    follow_minutes = models.PositiveIntegerField(default=15)
    state = models.CharField(max_length=10, choices=SyncState, default=SyncState.NEVER)
    error = models.TextField(blank=True)
    waiting_until = models.DateTimeField(null=True, blank=True)
    round = models.IntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    requests = models.IntegerField(default=0)
    pages = models.JSONField(default=dict, blank=True)
    lease_by = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    hooks_read_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["owner"]

    def __str__(self) -> str:
        return self.owner


class SyncedRepository(models.Model):
    """A repository of a synchronised owner, by GitHub's number, which a rename keeps.

    ``refused``: why it is not read, for a person to act on; ``note``: what else to know of it. ``missing_since`` and
    ``missing_count``: GitHub says that it is not there; believed after three times over a day. ``round``: the last that
    it was done in. ``teams``: who maintains it, as the teams' own lists say. ``kept``: digest of what was last kept of
    the repository itself and of its owners, by kind.
    """

    sync = models.ForeignKey(GitHubSync, models.CASCADE, related_name="synced")
    number = models.BigIntegerField()
    node_id = models.CharField(max_length=200)
    name = models.CharField(max_length=300)
    head = models.CharField(max_length=64, blank=True)
    refused = models.TextField(blank=True)
    note = models.TextField(blank=True)
    round = models.IntegerField(default=0)
    teams = models.JSONField(default=list, blank=True)
    kept = models.JSONField(default=dict, blank=True)
    listed = models.BooleanField(default=True)
    missing_count = models.IntegerField(default=0)
    missing_since = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["sync", "number"], name="synced_repository")]

    def __str__(self) -> str:
        return self.name


class SyncCursor(models.Model):
    """How far one resource of a repository is read.

    ``upto``: all that changed before is kept, back to where ``back`` stands; a time, or a commit. ``walk``: where the
    way from the newest back to ``upto`` stands, empty between two. ``back``: where the way into the past stands;
    ``back_to``: how far it is to go (empty: to the beginning), ``back_done``: it is there. ``watched``: by GitHub's id
    what may still change, and how it looked when it was last kept.
    """

    repository = models.ForeignKey(SyncedRepository, models.CASCADE, related_name="cursors")
    resource = models.CharField(max_length=30)
    upto = models.CharField(max_length=64, blank=True)
    walk = models.JSONField(default=dict, blank=True)
    back = models.JSONField(default=dict, blank=True)
    back_to = models.CharField(max_length=64, blank=True)
    back_done = models.BooleanField(default=False)
    watched = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "resource"], name="sync_cursor")]

    def __str__(self) -> str:
        return f"{self.repository_id} {self.resource}"


class ApiBudget(models.Model):
    """What one token may still ask of one part of an API, for all workers that use it.

    ``name``: the token's fingerprint and the part (``core``, ``graphql``). ``waiting_until``: nothing is asked before.
    """

    name = models.CharField(max_length=100, unique=True)
    limit = models.IntegerField(null=True)
    remaining = models.IntegerField(null=True)
    reset_at = models.DateTimeField(null=True)
    waiting_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class SourceGap(models.Model):
    """Deliveries that a sender says it sent and that are not in the inbox, first to last.

    ``closed_by``: sent again on our asking, or read by the API instead; empty while the gap is open.
    """

    class ClosedBy(models.TextChoices):
        REDELIVERY = "redelivery"
        SYNC = "sync"

    source = models.ForeignKey(Source, models.CASCADE, related_name="gaps")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    count = models.IntegerField()
    keys = models.JSONField(default=list)
    closed_by = models.CharField(max_length=12, choices=ClosedBy, blank=True)
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-from_at"]
        constraints = [models.UniqueConstraint(fields=["source", "from_at", "to_at"], name="source_gap")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.from_at:%Y-%m-%d %H:%M}"
