"""What people say of facts, and what several reports of one say together, laid over the records that metrics take."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q

from ingest.facts.join import Joined
from ingest.facts.same import joined_reports
from ingest.models import Correction, Corrects
from ingest.models import Deployment as DeploymentRow
from ingest.models import Incident as IncidentRow
from scorecards.metrics.records import Deployment, Incident

Values = dict[str, Any]  # by what a correction is about


@dataclass(frozen=True, slots=True)
class Said:
    """The corrections in force, by the fact's primary key. ``causes``: the external ids of the deployments that people
    named as the cause of an incident, by primary key."""

    deployments: Mapping[int, Values]
    incidents: Mapping[int, Values]
    causes: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of_services(cls, service_ids: Iterable[int]) -> "Said":
        """Of all facts of these services."""
        ids = list(service_ids)
        return cls._of(Q(deployment__service__in=ids) | Q(incident__service__in=ids))

    @classmethod
    def of_incidents(cls, ids: Iterable[int]) -> "Said":
        return cls._of(Q(incident__in=list(ids)))

    @classmethod
    def _of(cls, about: Q) -> "Said":
        deployments: dict[int, Values] = defaultdict(dict)
        incidents: dict[int, Values] = defaultdict(dict)
        rows = Correction.objects.filter(about, undone_at=None).order_by("at", "pk")
        for deployment_id, incident_id, what, value in rows.values_list("deployment", "incident", "what", "value"):
            own = deployments[deployment_id] if incident_id is None else incidents[incident_id]
            own[what] = value
        named = {values[Corrects.CAUSE] for values in incidents.values() if values.get(Corrects.CAUSE) is not None}
        return cls(dict(deployments), dict(incidents), _external_ids(named))

    def deployment(self, record: Deployment) -> Deployment | None:
        """The deployment as people have it; ``None`` where they excluded it."""
        said = self.deployments.get(record.id)
        if said is None:
            return record
        if said.get(Corrects.EXCLUDED):
            return None
        return replace(
            record,
            kind=said.get(Corrects.KIND, record.kind),
            rollback_of=record.rollback_of if said.get(Corrects.KIND, "rollback") == "rollback" else None,
            environment=said.get(Corrects.ENVIRONMENT, record.environment),
            failed_by_hand=said.get(Corrects.FAILED),
            corrected=said.keys() != {Corrects.DUPLICATE_OF},
        )

    def incident(self, record: Incident) -> Incident | None:
        """The incident as people have it; ``None`` where they excluded it."""
        said = self.incidents.get(record.id)
        if said is None:
            return record
        if said.get(Corrects.EXCLUDED):
            return None
        by_hand = Corrects.CAUSE in said
        return replace(
            record,
            severity=said.get(Corrects.SEVERITY, record.severity),
            environment=said.get(Corrects.ENVIRONMENT, record.environment),
            linked_by_hand=by_hand,
            caused_by=self.causes.get(said[Corrects.CAUSE]) if by_hand else record.caused_by,
            corrected=said.keys() != {Corrects.DUPLICATE_OF},
        )


def _external_ids(ids: Iterable[int]) -> dict[int, str]:
    """Of deployments, or of those that stand for them."""
    rows = DeploymentRow.objects.filter(pk__in=list(ids)).values_list("pk", "external_id", "duplicate_of__external_id")
    return {pk: first or own for pk, own, first in rows}


def blamed_by_hand(deployment_ids: frozenset[int]) -> dict[int, list[int]]:
    """The incidents that people linked to these deployments, by deployment."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = Correction.objects.filter(what=Corrects.CAUSE, undone_at=None).order_by("at", "pk")
    latest = dict(rows.values_list("incident", "value"))
    for incident_id, deployment_id in latest.items():
        if deployment_id in deployment_ids and incident_id is not None:
            found[deployment_id].append(incident_id)
    return found


# ---------------------------------------------------------------- several reports of one


def deployments_together(records: Sequence[Deployment], ids: Sequence[int]) -> tuple[list[Deployment], dict[str, str]]:
    """The records, of which those of ``ids`` say what all reports of them say together; and for the external id of each
    duplicate that of the deployment which stands for it."""
    if not ids:
        return list(records), {}
    joined, aliases = joined_reports(DeploymentRow, ids)
    return [_deployment(record, joined.get(record.id)) for record in records], aliases


def _deployment(record: Deployment, joined: Joined | None) -> Deployment:
    if joined is None:
        return record
    values = joined.values
    lists = {name: None if (told := values.get(name)) is None else tuple(told) for name in ("pull_requests", "shas")}
    return replace(
        record,
        status=joined.status,  # type: ignore[arg-type]
        started_at=values.get("started_at"),
        finished_at=joined.finished_at,
        version=values.get("version"),
        sha=values.get("sha"),
        kind=values.get("kind") or "release",
        rollback_of=values.get("rollback_of"),
        fixes=tuple(values.get("fixes") or ()),
        pull_requests=lists["pull_requests"],
        shas=lists["shas"],
    )


def incidents_together(records: Sequence[Incident], ids: Sequence[int]) -> list[Incident]:
    """As ``deployments_together``, of incidents."""
    if not ids:
        return list(records)
    joined, _ = joined_reports(IncidentRow, ids)
    return [_incident(record, joined.get(record.id)) for record in records]


def _incident(record: Incident, joined: Joined | None) -> Incident:
    if joined is None:
        return record
    values = joined.values
    return replace(
        record,
        severity=values.get("severity") or "",
        opened_at=values.get("opened_at"),
        acknowledged_at=values.get("acknowledged_at"),
        resolved_at=values.get("resolved_at"),
        names_cause="caused_by" in joined.stamps,
        caused_by=values.get("caused_by"),
    )
