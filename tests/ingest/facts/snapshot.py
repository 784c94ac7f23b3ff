"""All that is observed, judged and rolled up, by natural keys: two databases that say the same give equal snapshots."""

import json
from datetime import UTC, datetime
from typing import Any

from django.db.models import Value
from django.db.models.functions import Lower

from ingest.catalogue.owners import periods_by_service
from ingest.models import (
    Change,
    Delivery,
    Deployment,
    Environment,
    Incident,
    PullRequest,
    Repository,
    Service,
    ServiceRepository,
    Team,
)
from scorecards.models import DayRollup, DeliveredChange, JudgedDeployment, JudgedIncident, JudgedRollback, ScopeVersion

Snapshot = dict[str, list[Any]]
OF_DATABASE = {"id", "updated_at", "source", "service", "environment", "repository", "duplicate_of"}


def everything() -> Snapshot:
    return {**facts(), **judged(), **rollups()}


def as_text() -> str:
    """Everything, to be compared with another process's."""
    return json.dumps(everything(), default=_plain)


def _plain(value: Any) -> Any:
    """Times as text in UTC, whatever the database's driver takes for UTC; bytes in hex."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def facts() -> Snapshot:
    """Catalogue and facts. Names of what nobody declared are as the first sender wrote them, so they are left out."""
    teams = dict(Team.objects.exclude(slug="unassigned").values_list("pk", "slug"))
    owners = {
        pk: [(teams[period.team_id], period.start, period.end) for period in periods]
        for pk, periods in periods_by_service().items()
    }
    return {
        "teams": sorted((team.slug, team.name if team.stamps else "", str(team.stamps)) for team in Team.objects.all()),
        "services": sorted(
            (
                row.slug,
                row.name if row.stamps else "",
                row.tier,
                row.repository.name.lower() if row.repository else "",
                str(row.path_globs),
                str(_without_ids(row.stamps)),
                str(owners.get(row.pk)),
            )
            for row in Service.objects.select_related("repository")
        ),
        "repositories": sorted(Repository.objects.values_list(Lower("name"), "placeholder")),
        "environments": sorted(Environment.objects.values_list("name", "environment_class")),
        "links": sorted(ServiceRepository.objects.values_list("service__slug", Lower("repository__name"))),
        "deployments": _rows(
            Deployment, "service__slug", "environment__name", "repository__name", "duplicate_of__external_id"
        ),
        "changes": _rows(Change, "repository__name"),
        "pull requests": _rows(PullRequest, "repository__name"),
        "incidents": _rows(Incident, "service__slug", "environment__name", "duplicate_of__external_id"),
    }


def judged() -> Snapshot:
    return {
        "judged deployments": sorted(
            (
                row.deployment.external_id,
                row.service.slug,
                row.environment_class,
                row.status,
                (row.redeploy, row.rollback, row.hotfix, row.failed, row.failed_by, row.content, row.unresolved),
                (row.change_count, row.unmapped_count, row.incident_count),
                row.restored_by.external_id if row.restored_by else "",
                row.replaced,
                json.dumps((row.finished_at, row.restored_at), default=_plain),
            )
            for row in JudgedDeployment.objects.select_related("deployment", "service", "restored_by")
        ),
        "delivered changes": sorted(
            DeliveredChange.objects.values_list(
                "deployment__external_id", Lower("change__repository__name"), "change__sha", "service__slug",
                "environment_class", "seconds", "bot", "delivered_at",
            )
        ),
        "judged incidents": sorted(
            (
                row.incident.external_id,
                row.service.slug,
                row.environment_class,
                row.deployment.external_id if row.deployment else "",
                (row.linked_by, row.reason),
                json.dumps((row.opened_at, row.resolved_at), default=_plain),
            )
            for row in JudgedIncident.objects.select_related("incident", "service", "deployment")
        ),
        "judged rollbacks": sorted(
            JudgedRollback.objects.values_list("service__slug", "environment_class", "seconds", "restored_at")
        ),
    }  # fmt: skip


def rollups() -> Snapshot:
    """Buckets byte for byte, and the first day of deployment, by the scope's slug."""
    return {
        "rollups": sorted(
            (_scope(row.scope), row.tier, row.environment_class, row.day, row.deployments, bytes(row.bucket),
             _plain(row.recheck_at))
            for row in DayRollup.objects.all()
        ),
        "first deployed": sorted(
            (_scope(row.scope), row.tier, row.environment_class, str(row.first_deployed_on))
            for row in ScopeVersion.objects.exclude(first_deployed_on=None)
        ),
    }  # fmt: skip


def deliveries_by_status() -> dict[str, int]:
    """Events by what became of them, over stored rows."""
    counted: dict[str, int] = {}
    for status, count in Delivery.objects.values_list("status", "event_count"):
        counted[status] = counted.get(status, 0) + count
    return counted


def _scope(key: str) -> str:
    kind, _, pk = key.partition(":")
    model = {"team": Team, "service": Service}.get(kind)
    return key if model is None else f"{kind}:{model.objects.get(pk=pk).slug}"


def _rows(model: Any, *names: str) -> list[Any]:
    own = [field.name for field in model._meta.fields if field.name not in OF_DATABASE]
    spelled = {name: Lower(name) for name in names if name == "repository__name"}
    told = [name for name in names if name not in spelled]
    rows = [
        dict(row)
        for row in model.objects.values(*own, *told, repository_name=spelled.get("repository__name", Value("")))
    ]
    return sorted(json.dumps(row, sort_keys=True, default=_plain) for row in rows)


def _without_ids(stamps: dict[str, Any]) -> list[Any]:
    return sorted(stamps.items())


__all__ = ["as_text", "deliveries_by_status", "everything", "facts", "judged", "rollups"]
