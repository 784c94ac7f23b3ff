"""(pure) One judged service -> its bucket of each day. Every figure's contribution is dated here, once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from scorecards.metrics import recovery, response
from scorecards.metrics.failures import counts
from scorecards.metrics.records import Brought, Definitions, Deployment, Incident, JudgedService, Judgement
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
) -> dict[date, Bucket]:
    """The buckets of one service and environment class, as of ``now``.

    ``one_time_changes``: ids of changes of which only one time is known. Definition: metrics.md.
    """
    days = _Days(zone)
    for deployment in deployments:
        if deployment.status == "cancelled" and deployment.finished_at is not None:
            days.at(deployment.finished_at).cancelled += 1
    for judgement in judged.judgements.values():
        _add_deployment(days, judgement, judged.brought.get(judgement.deployment.id), definitions, one_time_changes)
    _add_recovery(days, judged, incidents, definitions)
    _add_incidents(days, judged, incidents, now)
    return days.finished()


def _add_deployment(
    days: _Days,
    judgement: Judgement,
    brought: Brought | None,
    definitions: Definitions,
    one_time_changes: frozenset[int],
) -> None:
    deployment = judgement.deployment
    if deployment.finished_at is None:
        return
    bucket = days.at(deployment.finished_at)
    if brought is not None:
        _add_changes(days, bucket, brought, one_time_changes)
        if not (judgement.redeploy or judgement.rollback or brought.baseline or brought.content == "empty_list"):
            bucket.mappable += 1
            bucket.mapped += bool(brought.changes)
            bucket.unknown_content += brought.content == "unknown"
    if not counts(judgement, definitions):
        bucket.redeploys += 1
        return
    succeeded = deployment.status == "succeeded"
    bucket.deployments += succeeded
    bucket.rework += succeeded and (judgement.rollback or deployment.kind == "hotfix")
    if definitions.exclude_status_failed and not succeeded:
        return
    bucket.finished += 1
    if judgement.failed:
        bucket.failed += 1
        bucket.failed_by.update(judgement.failed_by.keys())


def _add_changes(days: _Days, bucket: Bucket, brought: Brought, one_time_changes: frozenset[int]) -> None:
    bucket.baseline_changes += brought.without_lead_time
    bucket.unmapped += brought.unmapped
    for change in brought.changes:
        if change.seconds < 0:
            bucket.negative_lead_times += 1
            continue
        lead_times = days.bot_lead_times if change.bot else days.lead_times
        lead_times[days.day(change.delivered_at)].append(change.seconds)
        bucket.one_time_changes += change.change_id in one_time_changes
    for pull_request in brought.pull_requests:
        stages = (pull_request.coding, pull_request.pickup, pull_request.review, pull_request.release)
        if None in stages:
            bucket.incomplete_stages += 1
            continue
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
