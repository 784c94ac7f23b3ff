"""Who and what there is: teams, services, repositories, environments, and who owned what when."""

from django.db import models
from django.db.models.functions import Lower

UNASSIGNED = "unassigned"


class EnvironmentClass(models.TextChoices):
    PRODUCTION = "production"
    STAGING = "staging"
    TESTING = "testing"
    DEVELOPMENT = "development"


class Tier(models.TextChoices):
    CRITICAL = "critical"
    STANDARD = "standard"
    LOW = "low"


class Team(models.Model):
    """A team. ``unassigned`` is the team of every service that nobody owns."""

    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    retired_on = models.DateField(null=True, blank=True)
    stamps = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Repository(models.Model):
    """A repository. ``external_id`` is the sender's own number, which survives a rename.

    ``team``: who maintains it, as its host says; what is deployed from it is theirs until somebody says otherwise.
    ``placeholder``: stands for the not yet known repository of a service whose events name only the service.
    """

    name = models.CharField(max_length=300)
    external_id = models.CharField(max_length=100, blank=True)
    default_branch = models.CharField(max_length=255, blank=True)
    placeholder = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deploys_by = models.CharField(max_length=40, blank=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="repositories")
    stamps = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="repository_name"),
            models.UniqueConstraint(
                fields=["external_id"], name="repository_external_id", condition=~models.Q(external_id="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """What a team deploys: a repository, or the part of one that ``path_globs`` cover.

    ``owner``: who owns it today, as ``ingest.catalogue.owners.settle`` worked out last; null where nobody said.
    """

    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)
    name = models.CharField(max_length=200)
    repository = models.ForeignKey(Repository, models.SET_NULL, null=True, blank=True, related_name="services")
    owner = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="services")
    path_globs = models.JSONField(default=list, blank=True)
    tier = models.CharField(max_length=10, choices=Tier, default=Tier.STANDARD)
    retired_on = models.DateField(null=True, blank=True)
    stamps = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=models.Q(tier__in=Tier.values), name="service_tier")]

    def __str__(self) -> str:
        return self.name


class ServiceRepository(models.Model):
    """A repository whose commits a service deploys, as declared or as a deployment said. Only ever added to."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="repository_links", db_index=False)
    repository = models.ForeignKey(Repository, models.CASCADE, related_name="service_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "repository"], name="service_repository")]

    def __str__(self) -> str:
        return f"{self.service_id} from {self.repository_id}"


class Environment(models.Model):
    """An environment's name and its class, found by the patterns in settings when the name was first seen.

    ``set_by_hand``: a person chose the class; the patterns no longer do.
    """

    name = models.CharField(max_length=200, unique=True)
    environment_class = models.CharField(max_length=12, choices=EnvironmentClass)
    set_by_hand = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CatalogueName(models.Model):
    """A name as sources write it, and what it stands for: renames and merges keep the old names alive."""

    class Kind(models.TextChoices):
        TEAM = "team"
        SERVICE = "service"
        REPOSITORY = "repository"

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=300)
    object_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="catalogue_name")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Ownership(models.Model):
    """Somebody said that a team owns a service from ``at`` on. Who owned it on a day: ``ingest.catalogue.ownership``.

    A ``hint`` is a team's name on another event: it counts only while nothing else was said.
    """

    class Basis(models.TextChoices):
        EVENT = "event"
        CATALOGUE = "catalogue"
        SITE = "site"
        SOURCE = "source"
        HINT = "hint"

    service = models.ForeignKey(Service, models.CASCADE, related_name="ownerships")
    team = models.ForeignKey(Team, models.CASCADE, related_name="ownerships")
    basis = models.CharField(max_length=10, choices=Basis)
    key = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["service", "at", "key"]
        constraints = [models.UniqueConstraint(fields=["service", "basis", "at", "key"], name="ownership_statement")]

    def __str__(self) -> str:
        return f"{self.service_id} by {self.team_id} from {self.at:%Y-%m-%d}"
