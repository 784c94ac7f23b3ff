"""What Prometheus is asked, and what it answered: servers, signals, service level objectives."""

from django.db import models

from ingest.models.catalogue import Repository, Service
from ingest.models.inbox import Source


class Origin(models.TextChoices):
    """Who said it: a person on the site, the file of ``PROMETHEUS_CONFIG``, the environment, a scanned repository."""

    SITE = "site"
    FILE = "file"
    ENVIRONMENT = "environment"
    SCAN = "scan"


class PrometheusServer(models.Model):
    """A server that we ask, beside its source, which holds name, credentials and pause.

    ``tenant``: sent as X-Scope-OrgID. ``ca``: PEM of the authority that signed its certificate; empty: the usual ones.
    ``answered_at``: its last good answer. ``failing_since`` and ``error``: null and empty while it answers.
    ``lease_by`` and ``lease_until``: who is at work with it, renewed with each chunk.
    """

    source = models.OneToOneField(Source, models.CASCADE, related_name="prometheus")
    url = models.CharField(max_length=300)
    tenant = models.CharField(max_length=200, blank=True)
    ca = models.TextField(blank=True)
    timeout_seconds = models.PositiveIntegerField(default=20)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.SITE)
    error = models.TextField(blank=True)
    lease_by = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["source__name"]

    def __str__(self) -> str:
        return self.url


class SignalKind(models.TextChoices):
    DEPLOYMENTS = "deployments", "Deployments (a counter)"
    ROLLBACK_DURATION = "rollback_duration", "Duration of rollbacks"
    GAMEDAY_SCORE = "gameday_score", "Score of gamedays"
    GAMEDAY_MTTR = "gameday_mttr", "Recovery time of gamedays"
    ERROR_RATE = "error_rate", "Error rate (0 to 1)"
    P99_LATENCY = "p99_latency", "99th percentile of latency (seconds)"
    RESTARTS = "restarts", "Restarts within the last 15 minutes"
    MEMORY_GROWTH = "memory_growth", "Growth of memory (bytes a second)"


class Signal(models.Model):
    """A query whose labels name services.

    ``services``: values of ``service_label`` that stand for a service of another name (its slug). ``environment``: of
    what the signal tells, unless ``environment_label`` does. ``since``: the first day that is read back to. ``state``:
    of each series, by its labels, the last sample that was taken (time, value), so that an increase between two reads
    counts once. ``read_to``: all before is read. ``unmatched``: label values that name no service, newest read.
    """

    server = models.ForeignKey(PrometheusServer, models.CASCADE, related_name="signals")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=SignalKind)
    query = models.TextField()
    service_label = models.CharField(max_length=100, default="service")
    status_label = models.CharField(max_length=100, default="status")
    scenario_label = models.CharField(max_length=100, default="scenario")
    environment_label = models.CharField(max_length=100, blank=True)
    environment = models.CharField(max_length=200, default="production")
    succeeded = models.JSONField(default=list, blank=True)  # values of status_label; empty: the usual words
    failed = models.JSONField(default=list, blank=True)
    services = models.JSONField(default=dict, blank=True)
    since = models.DateField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.SITE)
    state = models.JSONField(default=dict, blank=True)
    series_count = models.IntegerField(default=0)
    unmatched = models.JSONField(default=list, blank=True)
    error = models.TextField(blank=True)
    read_to = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["server", "name"]
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="signal_name")]

    def __str__(self) -> str:
        return self.name


class SignalSample(models.Model):
    """A value that a gauge took at ``at`` and had not before: a rollback's duration, a gameday's score or recovery.

    ``label``: the scenario of a gameday; else empty. Durations are seconds.
    """

    signal = models.ForeignKey(Signal, models.CASCADE, related_name="samples", db_index=False)
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="signal_samples")
    environment = models.CharField(max_length=200, blank=True)
    label = models.CharField(max_length=300, blank=True)
    series = models.CharField(max_length=64)
    value = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["signal", "series", "at"], name="signal_sample")]
        indexes = [models.Index(fields=["signal", "label", "-at"], name="sample_newest")]

    def __str__(self) -> str:
        return f"{self.signal_id} {self.value} at {self.at}"


class Slo(models.Model):
    """A service level objective: what is measured, and how much of it is to be good.

    ``key``: where it was told, unique. ``service_name``: as written; ``service`` is null where it names none that is
    known. ``objective``: 0 to 1. ``indicator`` events: ``bad_query`` or ``good_query`` beside ``total_query``; ratio:
    an error ratio in ``bad_query`` or a success ratio in ``good_query``. Queries are as written, ``{{.window}}`` and
    the like in them. ``…_selector``: of a query that only adds up the rate of one counter, that counter, so that it is
    counted exactly; else empty, and the query is asked by the hour. ``problem``: why it is not measured, such as that
    it counts the wrong thing; ``problem_code`` by a word. ``state``, ``read_to``, ``error``: as a signal's.
    """

    class Indicator(models.TextChoices):
        EVENTS = "events"
        RATIO = "ratio"
        NONE = "none"

    key = models.CharField(max_length=400, unique=True)
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="slos")
    service_name = models.CharField(max_length=200, blank=True)
    server = models.ForeignKey(PrometheusServer, models.SET_NULL, null=True, related_name="slos")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    aim = models.CharField(max_length=12, blank=True)
    objective = models.FloatField()
    window_seconds = models.IntegerField(default=30 * 86_400)
    indicator = models.CharField(max_length=6, choices=Indicator)
    bad_query = models.TextField(blank=True)
    good_query = models.TextField(blank=True)
    total_query = models.TextField(blank=True)
    bad_selector = models.TextField(blank=True)
    good_selector = models.TextField(blank=True)
    total_selector = models.TextField(blank=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.TextField(blank=True)
    origin = models.CharField(max_length=12, choices=Origin)
    repository = models.ForeignKey(Repository, models.CASCADE, null=True, related_name="slos")
    path = models.CharField(max_length=500, blank=True)
    line = models.IntegerField(default=0)
    exact = models.BooleanField(default=True)  # whether the last reading counted, or estimated from rates
    state = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    read_to = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["service", "name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(objective__gt=0, objective__lte=1), name="slo_objective"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.service_name}"


class SloDay(models.Model):
    """What an objective's indicator counted on a day of UTC, by slots of five minutes.

    ``slots``: 288 pairs of doubles, bad and total, NaN where there is no data, packed (``ingest.prometheus.slots``).
    For a ratio total is 1 and bad is the ratio. ``bad`` and ``total``: their sums; ``measured``: slots with data.
    """

    slo = models.ForeignKey(Slo, models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    slots = models.BinaryField()
    bad = models.FloatField()
    total = models.FloatField()
    measured = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slo", "day"], name="slo_day")]

    def __str__(self) -> str:
        return f"{self.slo_id} on {self.day}"
