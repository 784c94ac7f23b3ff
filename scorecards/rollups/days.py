"""(pure) One judged service -> its bucket of each day. Every figure's contribution is dated here, once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar

from scorecards.metrics import change_failure_rate, lead_time, recovery, response, rework_rate
from scorecards.metrics.delivered import finish
from scorecards.metrics.failures import counts
from scorecards.metrics.records import (
    Definitions,
    DeliveredPullRequest,
    Deployment,
    Incident,
    JudgedService,
    Judgement,
)
from scorecards.rollups.bucket import Bucket
from scorecards.rollups.durations import Durations

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Besides:
    """What the judged facts do not tell: moments (finish, opening) of what people excluded, the finishes of deployments
    that do not count, by a definition or as events tell of them, and the ids of changes of which only one time is
    known."""

    excluded_deployments: Iterable[datetime] = ()
    excluded_incidents: Iterable[datetime] = ()
    other_sources: Iterable[datetime] = ()
    by_bots: Iterable[datetime] = ()
    counters: Iterable[datetime] = ()
    one_time_changes: frozenset[int] = frozenset()


NOTHING = Besides()


def always(at: datetime) -> bool:
    """Every moment is decided by the one definition that there is."""
    return True


class _Days:
    """Buckets made as they are asked for, by the day of an instant in the organisation's zone.

    ``decides``: the moments whose facts the definitions at hand decide.
    """

    def __init__(self, zone: tzinfo, decides: Callable[[datetime], bool]) -> None:
        self.zone, self.decides = zone, decides
        self.utc = zone.utcoffset(None) == timedelta(0)
        self.buckets: dict[date, Bucket] = defaultdict(Bucket)
        self.lead_times: dict[date, list[float]] = defaultdict(list)
        self.bot_lead_times: dict[date, list[float]] = defaultdict(list)
        self.recoveries: dict[date, list[float]] = defaultdict(list)

    def decided(self, rows: Iterable[Row], moment: str) -> Iterable[Row]:
        """Those whose attribute ``moment`` is decided by the definitions at hand."""
        return rows if self.decides is always else (row for row in rows if self.decides(getattr(row, moment)))

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
    besides: Besides = NOTHING,
    decides: Callable[[datetime], bool] = always,
) -> dict[date, Bucket]:
    """The buckets of one service and environment class, as of ``now``.

    ``decides``: takes the moment that decides by which definitions a fact is judged (a deployment's finish, also where
    its restoration is dated later; an incident's opening), and tells whether it is by these. Definition: metrics.md.
    """
    days = _Days(zone, decides)
    _add_left_out(days, besides)
    _add_corrections(days, judged, incidents)
    _add_deployments(days, judged, deployments, definitions)
    _add_changes(days, judged, definitions, besides.one_time_changes)
    _add_recovery(days, judged, incidents, definitions)
    _add_incidents(days, judged, incidents, definitions, now)
    return days.finished()


def _add_left_out(days: _Days, besides: Besides) -> None:
    for name, moments in (
        ("excluded_deployments", besides.excluded_deployments),
        ("excluded_incidents", besides.excluded_incidents),
        ("uncounted_sources", besides.other_sources),
        ("uncounted_bots", besides.by_bots),
        ("uncounted_counters", besides.counters),
    ):
        for at in filter(days.decides, moments):
            bucket = days.at(at)
            setattr(bucket, name, getattr(bucket, name) + 1)


def _add_deployments(
    days: _Days, judged: JudgedService, deployments: Iterable[Deployment], definitions: Definitions
) -> None:
    for deployment in deployments:
        at = deployment.finished_at
        if deployment.status == "cancelled" and at is not None and days.decides(at):
            days.at(at).cancelled += 1
    for judgement in judged.judgements.values():
        if not counts(judgement, definitions) and days.decides(finish(judgement.deployment)):
            _add_uncounted(days.at(finish(judgement.deployment)), judgement, definitions)
    for succeeded in days.decided(rework_rate.reworked_deployments(judged, definitions), "at"):
        bucket = days.at(succeeded.at)
        bucket.deployments += 1
        bucket.rework += succeeded.rework
    for finished in days.decided(change_failure_rate.finished_deployments(judged, definitions), "at"):
        bucket = days.at(finished.at)
        bucket.finished += 1
        if finished.failed_by:
            bucket.failed += 1
            bucket.failed_by.update(finished.failed_by)


def _add_uncounted(bucket: Bucket, judgement: Judgement, definitions: Definitions) -> None:
    if judgement.redeploy and not definitions.count_redeploys:
        bucket.redeploys += 1
    else:
        bucket.uncounted_repairs += 1


def _add_corrections(days: _Days, judged: JudgedService, incidents: Iterable[Incident]) -> None:
    for judgement in judged.judgements.values():
        if judgement.deployment.corrected and days.decides(finish(judgement.deployment)):
            days.at(finish(judgement.deployment)).corrected_deployments += 1
    for incident in incidents:
        if incident.corrected and incident.opened_at is not None and days.decides(incident.opened_at):
            days.at(incident.opened_at).corrected_incidents += 1


def _add_changes(
    days: _Days, judged: JudgedService, definitions: Definitions, one_time_changes: frozenset[int]
) -> None:
    for mapped in days.decided(lead_time.mapped_deployments(judged, definitions), "at"):
        bucket = days.at(mapped.at)
        bucket.mappable += 1
        bucket.mapped += mapped.mapped
        content = judged.brought[mapped.deployment_id].content
        bucket.unknown_content += content == "unknown"
        bucket.told_by_counters += content == "counter"
    for brought in judged.brought.values():
        finished_at = finish(judged.judgements[brought.deployment_id].deployment)
        if (brought.without_lead_time or brought.unmapped) and days.decides(finished_at):
            bucket = days.at(finished_at)
            bucket.baseline_changes += brought.without_lead_time
            bucket.unmapped += brought.unmapped
    for change in days.decided(lead_time.delivered_changes(judged), "delivered_at"):
        day = days.day(change.delivered_at)
        if change.bot and not definitions.lead_time_bots:
            days.buckets[day].uncounted_bot_changes += 1
            continue
        if change.seconds < 0:
            days.buckets[day].negative_lead_times += 1
            continue
        (days.bot_lead_times if change.bot else days.lead_times)[day].append(change.seconds)
        days.buckets[day].one_time_changes += change.change_id in one_time_changes
    for pull_request in days.decided(lead_time.delivered_pull_requests(judged), "delivered_at"):
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
    for restored in days.decided(recovery.restorations(judged, incidents, definitions), "since"):
        bucket = days.at(restored.at)
        if restored.seconds < 0:
            bucket.negative_restorations += 1
        else:
            bucket.restored += 1
            bucket.restoration_seconds += restored.seconds
    for restored in days.decided(recovery.failed_deployment_recoveries(judged, definitions), "since"):
        if restored.seconds < 0:
            days.at(restored.at).negative_recoveries += 1
        else:
            days.at(restored.at).recovered += 1
            days.recoveries[days.day(restored.at)].append(restored.seconds)
    for still in days.decided(recovery.still_open(judged, incidents, definitions), "since"):
        if still.kind == "incident":
            days.at(still.since).open_incidents += 1
        else:
            days.at(still.since).open_failures += 1
    for judgement in recovery.failed_deployments(judged, definitions):
        if days.decides(finish(judgement.deployment)):
            days.at(finish(judgement.deployment)).open_recoveries += judgement.restored_at is None


def _add_incidents(
    days: _Days, judged: JudgedService, incidents: Sequence[Incident], definitions: Definitions, now: datetime
) -> None:
    for incident in incidents:
        link = judged.links.get(incident.id)
        if incident.opened_at is None or link is None or not days.decides(incident.opened_at):
            continue
        bucket = days.at(incident.opened_at)
        bucket.incidents += 1
        bucket.linked_by_name += link.by == "name"
        bucket.linked_by_rule += link.by == "rule"
        bucket.linked_by_hand += link.by == "hand"
        bucket.caused_by_none += link.reason == "known_to_come_from_none"
        bucket.unlinked += link.by is None and link.reason != "known_to_come_from_none"
    for acknowledged in days.decided(response.acknowledgements(incidents, now, definitions.limits), "opened_at"):
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
