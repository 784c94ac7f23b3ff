"""Who uses which capability of the platform: evidence as spells of days, and what follows from it by day."""

from django.db import models

from ingest.models import Service, Team
from scorecards.models.scans import Scan


class CapabilitySpell(models.Model):
    """Days on which a signal of a service was seen again and again: from ``first_day`` to ``last_day``, never further
    apart than the window of the signal is long (``scorecards.adoption.spells``).

    ``signal``: of the list of capabilities; one signal may evidence several of them. ``activity`` is the service's
    production deployments, bridged over 90 days. ``scan``: that showed it last. ``detail``: what was seen last, such as
    ``{"path", "line", "commit"}``.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="capability_spells", db_index=False)
    signal = models.CharField(max_length=64)
    first_day = models.DateField()
    last_day = models.DateField()
    scan = models.ForeignKey(Scan, models.SET_NULL, null=True, related_name="capability_spells")
    detail = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "signal", "first_day"], name="capability_spell"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="capability_spell_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signal} of {self.service_id} from {self.first_day}"


class LookSpell(models.Model):
    """Days on which one could have seen a signal of a service, or (null) of every service: a whole scan of its
    repository, a Prometheus that answered. Bridged as evidence is."""

    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="look_spells", db_index=False)
    signal = models.CharField(max_length=64)
    first_day = models.DateField()
    last_day = models.DateField()
    scan = models.ForeignKey(Scan, models.SET_NULL, null=True, related_name="look_spells")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "signal", "first_day"],
                name="look_spell",
                condition=models.Q(service__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["signal", "first_day"], name="look_spell_of_all", condition=models.Q(service__isnull=True)
            ),
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="look_spell_order"),
        ]

    def __str__(self) -> str:
        return f"{self.signal} of {self.service_id or 'all'} from {self.first_day}"


class AdoptionDay(models.Model):
    """How far a scope used the platform on a day. A service has a row only where it differs from the day before.

    Exactly one of service and team is set; neither is the organisation. ``figures`` are those that
    ``scorecards.adoption.course`` makes; ``scorecards.adoption.read`` tells them apart.
    """

    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="adoption", db_index=False)
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="adoption", db_index=False)
    day = models.DateField()
    figures = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "day"], name="adoption_of_service", condition=models.Q(service__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["team", "day"], name="adoption_of_team", condition=models.Q(team__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["day"],
                name="adoption_of_organisation",
                condition=models.Q(service__isnull=True, team__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(service__isnull=True) | models.Q(team__isnull=True), name="adoption_scope"
            ),
        ]
        indexes = [
            models.Index(fields=["day"], name="adoption_by_day"),
            models.Index(fields=["updated_at", "id"], name="adoption_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id or self.team_id or 'organisation'} on {self.day}"


class AdoptionDue(models.Model):
    """Days that are to be computed anew: from ``since`` on; null: all. Marks are only added and, once worked off,
    deleted."""

    since = models.DateField(null=True)

    class Meta:
        verbose_name_plural = "adoption due"

    def __str__(self) -> str:
        return f"since {self.since or 'ever'}"
