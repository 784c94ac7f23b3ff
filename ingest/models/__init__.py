"""Tables of what is observed."""

from ingest.models.catalogue import CatalogueName, Environment, Ownership, Repository, Service, ServiceRepository, Team
from ingest.models.changed import ChangedService
from ingest.models.facts import Change, Deployment, Incident, PullRequest
from ingest.models.inbox import Delivery, EventKey, Source

__all__ = [
    "CatalogueName",
    "Change",
    "ChangedService",
    "Delivery",
    "Deployment",
    "Environment",
    "EventKey",
    "Incident",
    "Ownership",
    "PullRequest",
    "Repository",
    "Service",
    "ServiceRepository",
    "Source",
    "Team",
]
