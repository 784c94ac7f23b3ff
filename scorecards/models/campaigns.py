"""Campaigns: what services are asked to reach by a day, and how far they came, day by day."""

from django.conf import settings
from django.db import models

from ingest.models import Team


class Campaign(models.Model):
    """Controls to meet, or a capability to use, by the ``deadline``, its last day. Without ``starts_on`` a draft.

    Asked are the active services of its teams (none: of all) and ``tiers`` (none: all). ``target``: the percentage of
    them at which it is reached. ``outcome``: how it stood when it was last looked at, by
    ``scorecards.campaigns.keeping``; of one that ended, how it ended.
    """

    class Because(models.TextChoices):
        DONE = "done"
        DEADLINE = "deadline"
        PERSON = "person"

    name = models.CharField(max_length=200)
    slug = models.CharField(max_length=100, unique=True)
    brief = models.TextField(blank=True)
    controls = models.JSONField(default=list, blank=True)  # ids
    capability = models.CharField(max_length=64, blank=True)
    tiers = models.JSONField(default=list, blank=True)
    target = models.PositiveSmallIntegerField(default=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="campaigns_owned")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_because = models.CharField(max_length=10, choices=Because, blank=True)
    ended_note = models.TextField(blank=True)
    outcome = models.JSONField(default=dict, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    deadline = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["deadline", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts_on__isnull=True) | models.Q(deadline__gte=models.F("starts_on")),
                name="campaign_order",
            ),
            models.CheckConstraint(condition=models.Q(target__gte=1, target__lte=100), name="campaign_target"),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True, ended_because="")
                | models.Q(ended_on__isnull=False) & ~models.Q(ended_because=""),
                name="campaign_end",
            ),
        ]
        indexes = [
            models.Index(fields=["deadline"], name="campaign_running", condition=models.Q(ended_on__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.slug} until {self.deadline}"


class CampaignTeam(models.Model):
    """A team whose services a campaign asks. A row of its own, so that it follows a team that becomes another."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="scope", db_index=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="campaigns")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "team"], name="campaign_team")]

    def __str__(self) -> str:
        return f"{self.campaign_id} asks {self.team_id}"


class CampaignDay(models.Model):
    """How far a campaign was on a day, in services, when it was last looked at. Only today's is ever written anew."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    in_scope = models.PositiveIntegerField()
    done = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    waived = models.PositiveIntegerField()

    class Meta:
        ordering = ["campaign", "day"]
        constraints = [models.UniqueConstraint(fields=["campaign", "day"], name="campaign_day")]

    def __str__(self) -> str:
        return f"{self.campaign_id} on {self.day}"
