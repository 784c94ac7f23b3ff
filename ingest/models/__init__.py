"""Tables of what is observed."""

from ingest.models.catalogue import CatalogueName, Environment, Ownership, Repository, Service, ServiceRepository, Team
from ingest.models.changed import ChangedService
from ingest.models.corrections import Correction, Corrects
from ingest.models.counts import DeliveryHour, DeliveryTotal
from ingest.models.facts import Change, Deployment, FactKey, Incident, PullRequest
from ingest.models.inbox import Delivery, ErasedName, EventKey, Source
from ingest.models.removed import RemovedRow
from ingest.models.signals import Origin, PrometheusServer, Signal, SignalKind, SignalSample, Slo, SloDay
from ingest.models.sync import ApiBudget, GitHubSync, SourceGap, SyncCursor, SyncedRepository

__all__ = [
    "ApiBudget",
    "CatalogueName",
    "Change",
    "ChangedService",
    "Correction",
    "Corrects",
    "Delivery",
    "DeliveryHour",
    "DeliveryTotal",
    "Deployment",
    "Environment",
    "ErasedName",
    "EventKey",
    "FactKey",
    "GitHubSync",
    "Incident",
    "Origin",
    "Ownership",
    "PrometheusServer",
    "PullRequest",
    "RemovedRow",
    "Repository",
    "Service",
    "ServiceRepository",
    "Signal",
    "SignalKind",
    "SignalSample",
    "Slo",
    "SloDay",
    "Source",
    "SourceGap",
    "SyncCursor",
    "SyncedRepository",
    "Team",
]
