"""Error budgets, what their policy asks, and whether a service may deploy."""

from django.conf import settings
from django.db import models

from ingest.models import Service, Signal, Slo, Team


class SloStanding(models.Model):
    """How an objective stands, as of ``computed_at``. Figures are null where there is no data; ``reason`` says why.

    ``budget_left``: 1 - bad / (total x (1 - objective)); below 0 where overspent. ``coverage``: share of the window's
    slots with data. ``burn_rates``: by window (``1h``, ``6h``, ``3d``, ``30d``), null without data. ``alerts``: as
    ``scorecards.reliability.alerts`` tells them. ``step``: of the policy, a percentage as text, empty for none.
    ``data_until``: the end of the newest slot with data.
    """

    class State(models.TextChoices):
        MEASURED = "measured"
        STALE = "stale"  # measured, and no data came lately: figures are as of ``data_until``
        NO_DATA = "no_data"
        INVALID = "invalid"  # it measures the wrong thing, or can't be measured

    slo = models.OneToOneField(Slo, models.CASCADE, primary_key=True, related_name="standing")
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="slo_standings")
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=300, blank=True)
    attainment = models.FloatField(null=True)
    budget_left = models.FloatField(null=True)
    bad = models.FloatField(null=True)
    total = models.FloatField(null=True)
    coverage = models.FloatField(null=True)
    burn_rates = models.JSONField(default=dict)
    alerts = models.JSONField(default=list)
    step = models.CharField(max_length=8, blank=True)
    data_until = models.DateTimeField(null=True)
    computed_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.slo_id} {self.state}"


class ServiceBudget(models.Model):
    """The error budget of a service: that of the objective with the least left. No row: it has no objective.

    ``left`` is null where none is measured; ``unknown`` counts the objectives that are not. ``step`` and ``since``: the
    policy's step that is reached, and since when.
    """

    service = models.OneToOneField(Service, models.CASCADE, primary_key=True, related_name="budget")
    slo = models.ForeignKey(Slo, models.SET_NULL, null=True, related_name="+")
    left = models.FloatField(null=True)
    step = models.CharField(max_length=8, blank=True)
    unknown = models.IntegerField(default=0)
    since = models.DateTimeField(null=True)
    computed_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.service_id} {self.left}"


class BudgetStep(models.Model):
    """A service's budget came to another step of the policy. Only ever added to.

    ``before`` and ``after``: percentages as text, empty for none. ``actions``: what the policy asked for then. Mail on
    it: claimed until ``mail_lease_until``, sent at ``mailed_at``, or ``mail_error``.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="budget_steps")
    slo = models.ForeignKey(Slo, models.SET_NULL, null=True, related_name="+")
    slo_name = models.CharField(max_length=200)
    before = models.CharField(max_length=8, blank=True)
    after = models.CharField(max_length=8, blank=True)
    left = models.FloatField()
    actions = models.JSONField(default=list)
    mail_error = models.TextField(blank=True)
    mail_lease_until = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["service", "-at"], name="budget_step_by_service")]

    def __str__(self) -> str:
        return f"{self.service_id}: {self.before} -> {self.after}"


class BudgetExemption(models.Model):
    """Somebody asks that a service may deploy although its budget's step says no; another person approves.

    ``kind``: one that the policy names, such as ``security_patch``. ``sha``: that commit alone; empty: any.
    ``decided_…``: who approved or denied it; ``ended_…``: who ended it early, or took the request back.
    """

    class State(models.TextChoices):
        REQUESTED = "requested"
        APPROVED = "approved"
        DENIED = "denied"
        REVOKED = "revoked"

    service = models.ForeignKey(Service, models.CASCADE, related_name="budget_exemptions")
    kind = models.CharField(max_length=60)
    sha = models.CharField(max_length=64, blank=True)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exemptions_requested")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="exemptions_decided"
    )
    decided_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="exemptions_ended")
    ended_at = models.DateTimeField(null=True)
    until = models.DateTimeField()

    class Meta:
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["service", "state"], name="exemption_by_service")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | ~models.Q(decided_by=models.F("requested_by"))
                | models.Q(state="revoked"),
                name="exemption_second_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.service_id} until {self.until}"


class FreezeWindow(models.Model):
    """A time in which nothing is to be deployed: of a service, of a team's services, or (both null) of all."""

    name = models.CharField(max_length=200)
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="freeze_windows")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="freeze_windows")
    environment_class = models.CharField(max_length=12, default="production")
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="freezes_set")
    made_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="freezes_cancelled"
    )
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["ends_at"], name="freeze_by_end")]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="freeze_lasts"),
            models.CheckConstraint(
                condition=models.Q(service__isnull=True) | models.Q(team__isnull=True), name="freeze_scope"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GateSetting(models.Model):
    """How the gate answers: for a service, or (null) for all that have none of their own. Only ever added to: the
    newest of a service counts. No row at all: dry-run, and what is unknown never denies."""

    class Mode(models.TextChoices):
        DRY_RUN = "dry-run"
        ENFORCE = "enforce"

    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="gate_settings")
    mode = models.CharField(max_length=8, choices=Mode)
    deny_unknown = models.BooleanField(default=False)
    inherits = models.BooleanField(default=False)  # of a service: back to what holds for all
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="gates_set")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["service", "-at"], name="gate_setting_newest")]

    def __str__(self) -> str:
        return f"{self.service_id or 'organisation'} {self.mode}"


class GateAnswer(models.Model):
    """What the gate answered. ``would_be``: what it would have answered had it been enforced."""

    class Decision(models.TextChoices):
        ALLOW = "allow"
        WARN = "warn"
        DENY = "deny"

    service = models.ForeignKey(Service, models.CASCADE, related_name="gate_answers", db_index=False)
    environment = models.CharField(max_length=200)
    sha = models.CharField(max_length=64, blank=True)
    decision = models.CharField(max_length=5, choices=Decision)
    would_be = models.CharField(max_length=5, choices=Decision)
    mode = models.CharField(max_length=8)
    reasons = models.JSONField(default=list)
    would_change = models.JSONField(default=list)
    asked_by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["service", "-at"], name="gate_answer_by_service"),
            models.Index(fields=["would_be", "-at"], name="gate_answer_denied"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.decision}"


class TriggerState(models.Model):
    """Whether a trigger of the rollback policy holds for a service now. ``since``: it has held without a break.

    ``fired``: it has held for as long as the policy asks. ``limit``: what the value is compared with.
    """

    signal = models.ForeignKey(Signal, models.CASCADE, related_name="trigger_states")
    service = models.ForeignKey(Service, models.CASCADE, related_name="trigger_states")
    trigger = models.CharField(max_length=60)
    value = models.FloatField(null=True)
    limit = models.FloatField(null=True)
    fired = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "trigger", "signal"], name="trigger_state")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.trigger}"


class TriggerFiring(models.Model):
    """A time in which a trigger of the rollback policy had fired. ``until`` is null while it does; ``peak``: the worst
    value; ``action``: what the policy asked for."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="trigger_firings", db_index=False)
    trigger = models.CharField(max_length=60)
    action = models.CharField(max_length=60)
    peak = models.FloatField()
    limit = models.FloatField()
    since = models.DateTimeField()
    fired_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-fired_at"]
        constraints = [models.UniqueConstraint(fields=["service", "trigger", "since"], name="trigger_firing")]
        indexes = [models.Index(fields=["service", "-fired_at"], name="firing_by_service")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.trigger} at {self.fired_at}"
