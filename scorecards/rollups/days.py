"""(pure) One judged service -> its bucket of each day. Every figure's contribution is dated here, once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from scorecards.metrics import change_failure_rate, lead_time, recovery, response, rework_rate
from scorecards.metrics.delivered import finish
from scorecards.metrics.failures import counts
from scorecards.metrics.records import Definitions, DeliveredPullRequest, Deployment, Incident, JudgedService
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.durations import Durations


class _Days:
    """Buckets made as they are asked for, by the day of an instant in the organisation's zone."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self.utc = zone.utcoffset(None) == timedelta(0)
        self.buckets: dict[date, Bucket] = defaultdict(Bucket)
        self.lead_times: dict[date, list[float]] = defaultdict(list)
        self.bot_lead_times: dict[date, list[float]] = defaultdict(list)
        self.recoveries: dict[date, list[float]] = defaultdict(list)

    def day(self, at: datetime) -> date:
        return at.date() if self.utc else at.astimezone(self.zone).date()

    def at(self, at: datetime) -> Bucket:
        return self.buckets[self.day(at)]

    def finished(self) -> dict[date, Bucket]:
        for name in ("lead_times", "bot_lead_times", "recoveries"):
            for day, values in getattr(self, name).items():
                setattr(self.buckets[day], name, Durations(values))
        return dict(self.buckets)


def buckets_by_day(
    judged: JudgedService,
    deployments: Iterable[Deployment],
    incidents: Sequence[Incident],
    definitions: Definitions,
    zone: tzinfo,
    now: datetime,
    one_time_changes: frozenset[int] = frozenset(),
    excluded_deployments: Iterable[datetime] = (),
    excluded_incidents: Iterable[datetime] = (),
) -> dict[date, Bucket]:
    """The buckets of one service and environment class, as of ``now``.

    ``one_time_changes``: ids of changes of which only one time is known. ``excluded_…``: the moments, finish and
    opening, of what people excluded. Definition: metrics.md.
    """
    days = _Days(zone)
    for at in excluded_deployments:
        days.at(at).excluded_deployments += 1
    for at in excluded_incidents:
        days.at(at).excluded_incidents += 1
    _add_corrections(days, judged, incidents)
    _add_deployments(days, judged, deployments, definitions)
    _add_changes(days, judged, definitions, one_time_changes)
    _add_recovery(days, judged, incidents, definitions)
    _add_incidents(days, judged, incidents, now)
    return days.finished()


def _add_deployments(
    days: _Days, judged: JudgedService, deployments: Iterable[Deployment], definitions: Definitions
) -> None:
    for deployment in deployments:
        if deployment.status == "cancelled" and deployment.finished_at is not None:
            days.at(deployment.finished_at).cancelled += 1
    for judgement in judged.judgements.values():
        if not counts(judgement, definitions):
            days.at(finish(judgement.deployment)).redeploys += 1
    for succeeded in rework_rate.reworked_deployments(judged, definitions):
        bucket = days.at(succeeded.at)
        bucket.deployments += 1
        bucket.rework += succeeded.rework
    for finished in change_failure_rate.finished_deployments(judged, definitions):
        bucket = days.at(finished.at)
        bucket.finished += 1
        if finished.failed_by:
            bucket.failed += 1
            bucket.failed_by.update(finished.failed_by)


def _add_corrections(days: _Days, judged: JudgedService, incidents: Iterable[Incident]) -> None:
    for judgement in judged.judgements.values():
        if judgement.deployment.corrected:
            days.at(finish(judgement.deployment)).corrected_deployments += 1
    for incident in incidents:
        if incident.corrected and incident.opened_at is not None:
            days.at(incident.opened_at).corrected_incidents += 1


def _add_changes(
    days: _Days, judged: JudgedService, definitions: Definitions, one_time_changes: frozenset[int]
) -> None:
    for mapped in lead_time.mapped_deployments(judged, definitions):
        bucket = days.at(mapped.at)
        bucket.mappable += 1
        bucket.mapped += mapped.mapped
        bucket.unknown_content += judged.brought[mapped.deployment_id].content == "unknown"
    for brought in judged.brought.values():
        if brought.without_lead_time or brought.unmapped:
            bucket = days.at(finish(judged.judgements[brought.deployment_id].deployment))
            bucket.baseline_changes += brought.without_lead_time
            bucket.unmapped += brought.unmapped
    for change in lead_time.delivered_changes(judged):
        day = days.day(change.delivered_at)
        if change.seconds < 0:
            days.buckets[day].negative_lead_times += 1
            continue
        (days.bot_lead_times if change.bot else days.lead_times)[day].append(change.seconds)
        days.buckets[day].one_time_changes += change.change_id in one_time_changes
    for pull_request in lead_time.delivered_pull_requests(judged):
        _add_stages(days.at(pull_request.delivered_at), pull_request)


def _add_stages(bucket: Bucket, pull_request: DeliveredPullRequest) -> None:
    """Only pull requests with all four stages, so that the stages' means add up."""
    stages = (pull_request.coding, pull_request.pickup, pull_request.review, pull_request.release)
    if None in stages:
        bucket.incomplete_stages += 1
        return
    bucket.staged += 1
    bucket.coding += stages[0] or 0.0
    bucket.pickup += stages[1] or 0.0
    bucket.review += stages[2] or 0.0
    bucket.release += stages[3] or 0.0


def _add_recovery(days: _Days, judged: JudgedService, incidents: Sequence[Incident], definitions: Definitions) -> None:
    for restored in recovery.restorations(judged, incidents, definitions):
        bucket = days.at(restored.at)
        if restored.seconds < 0:
            bucket.negative_restorations += 1
        else:
            bucket.restored += 1
            bucket.restoration_seconds += restored.seconds
    for restored in recovery.failed_deployment_recoveries(judged, definitions):
        if restored.seconds < 0:
            days.at(restored.at).negative_recoveries += 1
        else:
            days.at(restored.at).recovered += 1
            days.recoveries[days.day(restored.at)].append(restored.seconds)
    for still in recovery.still_open(judged, incidents, definitions):
        if still.kind == "incident":
            days.at(still.since).open_incidents += 1
        else:
            days.at(still.since).open_failures += 1
    for judgement in recovery.failed_deployments(judged, definitions):
        days.at(finish(judgement.deployment)).open_recoveries += judgement.restored_at is None


def _add_incidents(days: _Days, judged: JudgedService, incidents: Sequence[Incident], now: datetime) -> None:
    for incident in incidents:
        link = judged.links.get(incident.id)
        if incident.opened_at is None or link is None:
            continue
        bucket = days.at(incident.opened_at)
        bucket.incidents += 1
        bucket.linked_by_name += link.by == "name"
        bucket.linked_by_rule += link.by == "rule"
        bucket.linked_by_hand += link.by == "hand"
        bucket.caused_by_none += link.reason == "known_to_come_from_none"
        bucket.unlinked += link.by is None and link.reason != "known_to_come_from_none"
    for acknowledged in response.acknowledgements(incidents, now):
        bucket = days.at(acknowledged.opened_at)
        if acknowledged.seconds is not None and acknowledged.seconds < 0:
            bucket.negative_acknowledgements += 1
        elif acknowledged.seconds is not None:
            bucket.acknowledged += 1
            bucket.acknowledge_seconds += acknowledged.seconds
        if acknowledged.within_limit is not None:
            bucket.limited += 1
            bucket.within_limit += acknowledged.within_limit
        elif acknowledged.changes_at is not None:
            bucket.pending_acknowledgements += 1
            bucket.recheck_at = min(bucket.recheck_at or acknowledged.changes_at, acknowledged.changes_at)
