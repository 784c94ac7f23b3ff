"""Only what showing must remember: who is in which team, which tokens and badges were given out, what counters told,
who gets the weekly report and what was mailed, which chats are told what."""

import secrets
from base64 import b64decode
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from ingest.models import Service, Team


class Membership(models.Model):
    """A user in a team, as its lead or one of its members."""

    class Role(models.TextChoices):
        LEAD = "lead"
        MEMBER = "member"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", db_index=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role, default=Role.MEMBER)

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "team", name="membership"),
            models.CheckConstraint(condition=models.Q(role__in=["lead", "member"]), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.team_id}"


class ApiToken(models.Model):
    """A token for the API. The database knows ``key_id`` and a keyed digest of the secret, never the secret.

    ``team``: it sees that team's services alone; without one, the organisation. ``last_used_at``: to the minute.
    """

    class Scope(models.TextChoices):
        READ = "read"
        INGEST = "ingest"
        ADMIN = "admin"

    name = models.CharField(max_length=200)
    key_id = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64)
    scope = models.CharField(max_length=6, choices=Scope)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="tokens")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="tokens"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=["read", "ingest", "admin"]), name="api_token_scope")
        ]

    def __str__(self) -> str:
        return self.name

    def usable(self, now: datetime) -> bool:
        """Neither revoked nor expired; it expires at ``expires_at`` itself."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def reads(self) -> bool:
        return self.scope in (self.Scope.READ, self.Scope.ADMIN)

    @property
    def ingests(self) -> bool:
        return self.scope in (self.Scope.INGEST, self.Scope.ADMIN)

    @property
    def administers(self) -> bool:
        return self.scope == self.Scope.ADMIN


class KeptAnswer(models.Model):
    """What a request under an ``Idempotency-Key`` was answered; kept for a day (``dashboard.api.idempotency``).

    ``key`` and ``body`` are digests.
    """

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    body = models.CharField(max_length=64)
    status = models.IntegerField()
    kind = models.CharField(max_length=100, blank=True)
    answer = models.BinaryField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="kept_answer")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.status}"


class ExposedCounter(models.Model):
    """What ``/metrics`` tells of a service's deployments to production, by observed status (``dashboard.exposed``).
    Counters never go down.

    ``succeeded`` and ``failed``: what they have come to; what finished before ``counts_from`` is not in them. ``seen``:
    by status and day of UTC, how many there were when they were counted last, at ``seen_version`` of the service's
    rollups. ``rollback_seconds``: mean over what rollbacks restored lately, null where nothing; it holds until
    ``rollback_until``.
    """

    service = models.OneToOneField(Service, models.CASCADE, primary_key=True, related_name="exposed")
    succeeded = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    seen = models.JSONField(default=dict)
    seen_version = models.BigIntegerField(default=-1)
    rollback_seconds = models.FloatField(null=True)
    rollback_until = models.DateTimeField(null=True)
    counts_from = models.DateTimeField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.service_id}: {self.succeeded} succeeded, {self.failed} failed"


class BadgeVersion(models.Model):
    """How often the addresses of a service's or a team's badges were made anew: the addresses of before open nothing.

    No row: never, which is version 0. Exactly one of ``service`` and ``team`` is told.
    """

    service = models.OneToOneField(Service, models.CASCADE, null=True, blank=True, related_name="badge_version")
    team = models.OneToOneField(Team, models.CASCADE, null=True, blank=True, related_name="badge_version")
    version = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(service=None, team__isnull=False) | models.Q(service__isnull=False, team=None),
                name="badge_version_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_id or self.team_id}: {self.version}"


def new_key() -> str:
    """Of a subscription: what nobody guesses."""
    return secrets.token_urlsafe(32)


class Subscription(models.Model):
    """Somebody gets the report of a team, or without one the organisation's: on a weekday (0: Monday) at an hour of a
    time zone. Mails go while it is confirmed, and neither paused nor ended.

    ``address``: of who has no account, in small letters; else the user's holds. ``key``: opens the page that ends it,
    without a sign-in. ``made_by``: who had the address outside asked, at ``asked_at``; it confirms by that mail's link.
    ``confirmed_at``: what was due before is not sent. ``changed_at``: when day, hour or zone became what they are; what
    the change made due in the past is late only from then on.
    """

    class Because(models.TextChoices):
        ASKED = "asked"  # by its reader
        REMOVED = "removed"  # by who may have reports go to addresses outside
        LAPSED = "lapsed"  # it did not confirm
        BOUNCED = "bounced"  # the mail server refused the address for good; ``ended_note`` holds its words

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="report_subscriptions"
    )
    address = models.EmailField(blank=True)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="report_subscriptions")
    weekday = models.PositiveSmallIntegerField(default=0)
    hour = models.PositiveSmallIntegerField(default=8)
    zone = models.CharField(max_length=64)
    with_csv = models.BooleanField(default=False)
    key = models.CharField(max_length=43, unique=True, default=new_key)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=7, choices=Because, blank=True)
    ended_note = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None) & ~models.Q(address="") | models.Q(user__isnull=False, address=""),
                name="subscription_of_one",
            ),
            models.CheckConstraint(condition=models.Q(weekday__lte=6, hour__lte=23), name="subscription_weekday_hour"),
            models.UniqueConstraint(fields=["user", "team"], name="subscription_user_team"),
            models.UniqueConstraint(fields=["user"], condition=models.Q(team=None), name="subscription_user"),
            models.UniqueConstraint(
                fields=["address", "team"], condition=models.Q(user=None), name="subscription_address_team"
            ),
            models.UniqueConstraint(
                fields=["address"], condition=models.Q(user=None, team=None), name="subscription_address"
            ),
            models.UniqueConstraint(
                fields=["address"],
                condition=models.Q(user=None, confirmed_at=None, ended_at=None),
                name="subscription_unconfirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or self.address}: {self.team_id or 'organisation'}"

    @property
    def to(self) -> str:
        """Where mails go; empty where the user has no address, or may no longer sign in."""
        if self.user is None:
            return self.address
        return self.user.email if self.user.is_active else ""


class Sending(models.Model):
    """The mail of one subscription and week: there is never a second. ``week``: its Monday.

    ``claimed``: a worker prepares it until ``lease_until``, or it waits until then to be tried again. ``handing``: all
    but its last line is at the mail server, which a worker now completes; one that died then leaves it ``unsure``, and
    only a person has it sent again. ``made_at``: when it first was to go, or was asked for again.
    """

    class State(models.TextChoices):
        CLAIMED = "claimed"
        HANDING = "handing"
        SENT = "sent"
        FAILED = "failed"
        UNSURE = "unsure"

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="sendings", db_index=False)
    week = models.DateField()
    state = models.CharField(max_length=7, choices=State, default=State.CLAIMED)
    attempts = models.PositiveSmallIntegerField(default=1)
    lease_until = models.DateTimeField()
    error = models.TextField(blank=True)
    message_id = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of its plain text
    made_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-week", "-pk"]
        constraints = [models.UniqueConstraint(fields=["subscription", "week"], name="sending")]
        indexes = [
            models.Index(
                fields=["lease_until"], name="sending_open", condition=models.Q(state__in=["claimed", "handing"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id}, {self.week}: {self.state}"


class MailTrouble(models.Model):
    """Why no weekly report can go to anybody, in the mail server's words; at most one row, and none while mails go.

    ``again_at``: when it is tried next; the gaps grow with ``tries``.
    """

    class Kind(models.TextChoices):
        REACH = "reach"  # no connection, or none that it serves
        TLS = "tls"
        SIGN_IN = "sign-in"
        SENDER = "sender"  # it takes nothing from our address
        BROKE = "broke"  # it broke off, or fell silent, while it took a mail
        FOLDER = "folder"  # where mail is written to files

    kind = models.CharField(max_length=7, choices=Kind)
    said = models.TextField()
    since = models.DateTimeField()
    tried_at = models.DateTimeField()
    again_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_mail_trouble")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.said}"


class SentReport(models.Model):
    """What the report of a scope and week said when it first was mailed.

    ``pictures``: PNG as base64, by the name that the HTML calls it by. ``figures``: values by metric. ``restated``:
    what it said of figures that were mailed before: metric, week (its Monday), and the values as mailed and then.
    """

    scope = models.CharField(max_length=120)
    week = models.DateField()
    name = models.CharField(max_length=200)
    summary = models.TextField()
    html = models.TextField()
    text = models.TextField()
    pictures = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    restated = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-week", "name"]
        constraints = [models.UniqueConstraint(fields=["scope", "week"], name="sent_report")]

    def __str__(self) -> str:
        return f"{self.scope}, {self.week}"

    @property
    def images(self) -> dict[str, bytes]:
        """Its pictures as PNG."""
        return {name: b64decode(data) for name, data in self.pictures.items()}


class ChatChannel(models.Model):
    """A channel of a chat that is told of a team, or without one of the organisation, by its incoming webhook.

    ``address``: of the webhook, sealed (``ingest.inbox.secrets``); ``host`` may be shown. ``alerts``: by kind that is
    told the minutes of its quiet period. ``since``: what fell due or happened before is not told; ``changed_at``: since
    when day, hour and zone of the digest hold. ``not_before``: the chat asked to be left alone until then.
    ``stopped_at``: the webhook is gone. ``error``: of the last try, where it failed; ``failing_since``: the first of
    those that failed in a row.
    """

    class Kind(models.TextChoices):
        SLACK = "slack", "Slack"
        TEAMS = "teams", "Microsoft Teams"
        MATTERMOST = "mattermost", "Mattermost or Rocket.Chat"

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="chat_channels")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    address = models.TextField()
    host = models.CharField(max_length=300)
    digest = models.BooleanField(default=True)
    weekday = models.PositiveSmallIntegerField(default=0)
    hour = models.PositiveSmallIntegerField(default=8)
    zone = models.CharField(max_length=64, default="UTC")
    alerts = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6, hour__lte=23), name="chat_channel_weekday_hour")
        ]

    def __str__(self) -> str:
        return self.name


class ChatPost(models.Model):
    """One message to a channel: the digest of a week (``week``: its Monday), or alerts. There is never a second.

    ``waiting``: to be sent from ``lease_until`` on; while a worker prepares it, that is when another may. ``handing``:
    it is being handed over; a worker that died then leaves it ``unsure``, and nobody sends it again.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        HANDING = "handing"
        SENT = "sent"
        FAILED = "failed"
        UNSURE = "unsure"

    channel = models.ForeignKey(ChatChannel, models.CASCADE, related_name="posts", db_index=False)
    week = models.DateField(null=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    lease_until = models.DateTimeField()
    made_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["channel", "week"], name="chat_post_week")]
        indexes = [
            models.Index(
                fields=["lease_until"], name="chat_post_open", condition=models.Q(state__in=["waiting", "handing"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}, {self.week or 'alerts'}: {self.state}"


class ChatAlert(models.Model):
    """Something that a channel is told of: ``about`` what, the ``number``-th time. Waits while it has no ``post``.

    ``subject``: whose quiet period holds for it. ``state``: what became of ``about``, so that nothing is told twice.
    """

    channel = models.ForeignKey(ChatChannel, models.CASCADE, related_name="alerts_told", db_index=False)
    post = models.ForeignKey(ChatPost, models.CASCADE, null=True, related_name="alerts")
    kind = models.CharField(max_length=10)
    subject = models.CharField(max_length=40)
    about = models.CharField(max_length=40)
    number = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10)
    name = models.CharField(max_length=300)
    text = models.TextField()
    href = models.TextField(blank=True)
    mark = models.CharField(max_length=4)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["channel", "kind", "about", "number"], name="chat_alert")]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.kind} {self.about} {self.state}"
