"""Scans of repositories, what they found, and the verdicts that follow."""

from django.conf import settings
from django.db import models

from ingest.models import Repository, Service, Team
from scorecards.models.waivers import Waiver


class Scan(models.Model):
    """One commit of a repository, scanned. An unchanged commit under an unchanged ``key`` is never scanned again.

    ``key`` stands for what else decides: ``checks`` (their version), ``standards`` (their fingerprints), ``options`` of
    the organisation and ``dates`` (what had ended). ``receipt`` (compressed) lets the next scan skip what no change
    touches; the latest scan of a repository alone keeps it, and ``facts`` (compressed), by which rules can be judged
    later. ``problems``: what could not be read. ``claims``: the services that its findings were given to, by id, with
    their globs.
    """

    class State(models.TextChoices):
        COMPLETE = "complete"
        PARTIAL = "partial"  # parts were left out: ``problems`` says which
        REFUSED = "refused"  # nothing could be read: ``refused`` says why

    class Trigger(models.TextChoices):
        COMMAND = "command"
        PUSH = "push"
        SCHEDULE = "schedule"
        PERSON = "person"
        DEMO = "demo"

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="scans")
    commit = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    checks = models.CharField(max_length=40)
    standards = models.CharField(max_length=200)
    options = models.CharField(max_length=64)
    dates = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State)
    trigger = models.CharField(max_length=10, choices=Trigger)
    refused = models.TextField(blank=True)
    files = models.IntegerField(default=0)
    left_out = models.IntegerField(default=0)
    judged = models.JSONField(default=list, blank=True)  # ids of the controls that were looked at
    claims = models.JSONField(null=True, blank=True)
    problems = models.JSONField(default=list, blank=True)
    inventory = models.JSONField(default=dict, blank=True)
    receipt = models.BinaryField(null=True, blank=True)
    facts = models.BinaryField(null=True, blank=True)
    seconds = models.FloatField(default=0)
    scanned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "commit", "key"], name="scan_once")]
        indexes = [models.Index(fields=["repository", "-scanned_at"], name="scan_newest")]

    def __str__(self) -> str:
        return f"{self.repository_id} at {self.commit[:12]}"


class ScanDue(models.Model):
    """Whether a repository is to be scanned: one row a repository, which stays.

    ``asked_at`` is null where nothing is asked; asked again, a scan under way does not count. ``lease_until``: a worker
    is at it. ``attempts``: since it was asked, counted before the work is done, so that a worker's death counts.
    ``code`` and ``error``: what held the last attempt up. ``looked_at``: when the newest commit was last known to be
    scanned.
    """

    class Reason(models.TextChoices):
        PUSH = "push"
        CONDITIONS = "conditions"  # checks, standards, options or dates are others than those of the latest scan
        SCHEDULE = "schedule"
        PERSON = "person"

    repository = models.OneToOneField(Repository, models.CASCADE, primary_key=True, related_name="scan_due")
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    attempts = models.IntegerField(default=0)
    code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["asked_at"], name="scan_due", condition=models.Q(asked_at__isnull=False)),
            models.Index(fields=["looked_at"], name="scan_looked_at"),
        ]

    def __str__(self) -> str:
        return f"{self.repository_id}: {self.reason or 'not due'}"


class FindingOutcome(models.TextChoices):
    """The answers of a check, and what is added when judged."""

    FAIL = "fail"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 - an answer, no password
    NOT_APPLICABLE = "not_applicable"
    NOT_CONNECTED = "not_connected"
    WAIVED = "waived"


class Finding(models.Model):
    """What the latest scan says of one unit, for one service; ``tool`` names another scanner that it was imported from.

    ``outcome`` is the check's; a waiver in force is told by ``waiver``, never by changing it. ``evidence`` is a list of
    ``{"path", "line", "snippet"}``, the snippet redacted. ``identity`` is stable while unit and deciding value are.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="findings")
    repository = models.ForeignKey(Repository, models.CASCADE, related_name="findings")
    scan = models.ForeignKey(Scan, models.CASCADE, null=True, related_name="findings")
    standard = models.CharField(max_length=40)
    control = models.CharField(max_length=60)
    unit = models.CharField(max_length=500)
    identity = models.CharField(max_length=40)
    tool = models.CharField(max_length=100, blank=True)
    outcome = models.CharField(max_length=16, choices=FindingOutcome)
    count = models.IntegerField(default=1)  # units that it speaks for
    message = models.TextField()
    evidence = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    path = models.TextField(blank=True)
    code = models.CharField(max_length=20, blank=True)
    waiver = models.ForeignKey(Waiver, models.SET_NULL, null=True, blank=True, related_name="findings")
    first_seen_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="finding_updated"),
            models.Index(fields=["service", "control"], name="finding_by_service"),
            models.Index(fields=["control", "outcome"], name="finding_by_control"),
            models.Index(fields=["repository", "tool"], name="finding_by_repository"),
        ]

    def __str__(self) -> str:
        return f"{self.control} {self.outcome}: {self.unit}"


class ImportedRun(models.Model):
    """A run of another scanner, as SARIF told it. The newest of a repository and tool is the one that counts.

    ``body`` is kept compressed, so that a run that could not be read can be read again. ``results``: how many there
    were, ``mapped``: how many named a rule that a control is mapped to.
    """

    class State(models.TextChoices):
        READ = "read"
        QUARANTINED = "quarantined"

    repository = models.ForeignKey(Repository, models.CASCADE, null=True, related_name="imported_runs")
    tool = models.CharField(max_length=100, blank=True)
    tool_version = models.CharField(max_length=100, blank=True)
    commit = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    body = models.BinaryField()
    state = models.CharField(max_length=12, choices=State)
    error = models.TextField(blank=True)
    results = models.IntegerField(default=0)
    mapped = models.IntegerField(default=0)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["repository", "tool", "-received_at"], name="imported_newest")]

    def __str__(self) -> str:
        return f"{self.tool} of {self.repository_id}"


class ControlInForce(models.Model):
    """A control of a standard in force, as its pack tells it, for whoever reads in SQL (``scorecards.scans.controls``).

    ``digest``: of the whole pack.
    """

    standard = models.CharField(max_length=40)
    control = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    version = models.CharField(max_length=20)
    title = models.TextField()
    section = models.CharField(max_length=40)
    subsection = models.TextField(null=True)  # noqa: DJ001 - as packs tell it
    level = models.CharField(max_length=12)
    phase = models.CharField(max_length=14)
    weight = models.IntegerField()
    check_name = models.TextField(null=True)  # noqa: DJ001
    signal = models.TextField(null=True)  # noqa: DJ001
    why = models.TextField()
    remediation = models.TextField()
    alternative_to = models.CharField(max_length=60, null=True)  # noqa: DJ001
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["standard", "control"], name="control_in_force")]

    def __str__(self) -> str:
        return f"{self.standard} {self.control}"


class ControlVerdict(models.Model):
    """A control's verdict for a service today, over the units of its findings.

    ``counts``: units by outcome, waivers applied. Scores are null where nothing is scored. ``stands_for``: the control
    that this alternative stands for here. ``reason``: of a live control, what decided it or why nothing does.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="verdicts")
    standard = models.CharField(max_length=40)
    control = models.CharField(max_length=60)
    section = models.CharField(max_length=40)
    level = models.CharField(max_length=12)
    phase = models.CharField(max_length=14)
    verdict = models.CharField(max_length=16, choices=FindingOutcome)
    proven = models.FloatField(null=True)
    possible = models.FloatField(null=True)
    counts = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)
    stands_for = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "standard", "control"], name="verdict_once")]
        indexes = [
            models.Index(fields=["standard", "control", "verdict"], name="verdict_by_control"),
            models.Index(fields=["updated_at", "id"], name="verdict_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.control}: {self.verdict}"


class VerdictChange(models.Model):
    """A verdict became another: when, and by which of the six causes. Only ever added to."""

    class Cause(models.TextChoices):
        REPOSITORY = "repository"  # a new commit
        CONTROL = "control"  # the standard, or a date it names
        SCOPE = "scope"  # the service, its part of the repository, the organisation's options
        SCANNER = "scanner"  # the checks themselves
        WAIVER = "waiver"  # one came into force, ended or was revoked
        DATA = "data"  # deployments, incidents, budgets: what a live control asks for

    service = models.ForeignKey(Service, models.CASCADE, related_name="verdict_changes")
    standard = models.CharField(max_length=40)
    control = models.CharField(max_length=60)
    before = models.CharField(max_length=16, blank=True)  # empty: the first verdict
    after = models.CharField(max_length=16)
    cause = models.CharField(max_length=10, choices=Cause)
    commit = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["service", "-at"], name="change_by_service"),
            models.Index(fields=["control", "-at"], name="change_by_control"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.control}: {self.before} -> {self.after}"


class ComplianceDay(models.Model):
    """How far a scope was on a day. A service has a row only where it differs from the day before.

    Exactly one of service and team is set; neither is the organisation. ``tally`` is the sum that
    ``scorecards.compliance`` makes: numerators and denominators, over all and by level, section and phase.
    """

    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="compliance")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="compliance")
    standard = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    day = models.DateField()
    services = models.IntegerField(default=1)  # with a scan
    unscanned = models.IntegerField(default=0)  # active services without one
    met = models.IntegerField(default=0)
    open = models.IntegerField(default=0)  # neither proven nor disproven: unknown widens the interval
    judged = models.IntegerField(default=0)  # services with any applicable REQUIRED control
    phase = models.CharField(max_length=14, blank=True)
    possible_phase = models.CharField(max_length=14, blank=True)
    tally = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["standard", "service", "day"],
                name="compliance_of_service",
                condition=models.Q(service__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["standard", "team", "day"], name="compliance_of_team", condition=models.Q(team__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["standard", "day"],
                name="compliance_of_organisation",
                condition=models.Q(service__isnull=True, team__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(service__isnull=True) | models.Q(team__isnull=True), name="compliance_scope"
            ),
        ]
        indexes = [
            models.Index(fields=["service", "standard", "-day"], name="compliance_by_service"),
            models.Index(fields=["team", "standard", "-day"], name="compliance_by_team"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id or self.team_id or 'organisation'} on {self.day}"


class OwnPack(models.Model):
    """A pack of the organisation's own: each publication is a row; the newest published one of a code is in force."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        WITHDRAWN = "withdrawn"

    code = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)  # by it, from kept facts; null: that is still to be done
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["code", "-saved_at"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="one_published_pack", condition=models.Q(state="published"))
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"
