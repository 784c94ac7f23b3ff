"""What people say of facts, and what several reports of one say together, laid over the records that metrics take."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

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
    """The corrections in force, by the fact's primary key: what was said of a report is said of the one that stands for
    it. ``causes``: the deployments that people named as the cause of an incident, by primary key."""

    deployments: Mapping[int, Values]
    incidents: Mapping[int, Values]
    causes: Mapping[int, "Cause"] = field(default_factory=dict)

    @classmethod
    def of_services(cls, service_ids: Iterable[int]) -> "Said":
        """Of all facts of these services."""
        ids = list(service_ids)
        return cls._of(
            Q(deployment__service__in=ids)
            | Q(deployment__duplicate_of__service__in=ids)
            | Q(incident__service__in=ids)
            | Q(incident__duplicate_of__service__in=ids)
        )

    @classmethod
    def of_incidents(cls, ids: Iterable[int]) -> "Said":
        wanted = list(ids)
        return cls._of(Q(incident__in=wanted) | Q(incident__duplicate_of__in=wanted))

    @classmethod
    def _of(cls, about: Q) -> "Said":
        deployments: dict[int, Values] = defaultdict(dict)
        incidents: dict[int, Values] = defaultdict(dict)
        rows = Correction.objects.filter(about, undone_at=None).order_by("at", "pk")
        for deployment_id, first, incident_id, first_incident, what, value in rows.values_list(
            "deployment", "deployment__duplicate_of", "incident", "incident__duplicate_of", "what", "value"
        ):
            if what == Corrects.DUPLICATE_OF:
                continue  # it is of a report, and stands in the rows already
            own = (
                deployments[first or deployment_id] if incident_id is None else incidents[first_incident or incident_id]
            )
            own[what] = value
        named = {values[Corrects.CAUSE] for values in incidents.values() if values.get(Corrects.CAUSE) is not None}
        return cls(dict(deployments), dict(incidents), _causes(named))

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
            corrected=True,
        )

    def incident(self, record: Incident) -> Incident | None:
        """The incident as people have it; ``None`` where they excluded it."""
        said = self.incidents.get(record.id)
        if said is None:
            return record
        if said.get(Corrects.EXCLUDED):
            return None
        by_hand = Corrects.CAUSE in said
        cause = self.causes.get(said[Corrects.CAUSE]) if by_hand else None
        return replace(
            record,
            severity=said.get(Corrects.SEVERITY, record.severity),
            environment=said.get(Corrects.ENVIRONMENT, record.environment),
            linked_by_hand=by_hand,
            caused_by=(cause and cause.external_id) if by_hand else record.caused_by,
            cause_id=(cause and cause.id) if by_hand else record.cause_id,
            corrected=True,
        )


class Cause(NamedTuple):
    """A deployment that caused an incident: the one that stands for all its reports."""

    id: int
    external_id: str


def _causes(ids: Iterable[int]) -> dict[int, Cause]:
    """Of each of these deployments the one that stands for it."""
    rows = DeploymentRow.objects.filter(pk__in=list(ids)).values_list(
        "pk", "external_id", "duplicate_of", "duplicate_of__external_id"
    )
    return {pk: Cause(first or pk, name if first is not None else own) for pk, own, first, name in rows}


def blamed_by_hand(deployment_ids: frozenset[int]) -> set[int]:
    """The incidents that people linked to these deployments or to duplicates of them, as they stand now or did once.

    Who asks has to look at what holds of each.
    """
    rows = list(
        Correction.objects.filter(what=Corrects.CAUSE, undone_at=None)
        .order_by()
        .values_list("incident", "incident__duplicate_of", "value")
    )
    causes = _causes({value for *_, value in rows if value is not None})
    return {first or pk for pk, first, value in rows if value in causes and causes[value].id in deployment_ids}


# ---------------------------------------------------------------- several reports of one


def deployments_together(
    records: Sequence[Deployment], ids: Sequence[int]
) -> tuple[list[Deployment], dict[int, list[str]]]:
    """The records, of which those of ``ids`` say what all reports of them say together; and the external ids of the
    duplicates of each."""
    if not ids:
        return list(records), {}
    joined, names = joined_reports(DeploymentRow, ids)
    return [_deployment(record, joined.get(record.id)) for record in records], names


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
