"""The values that the metrics take and give: no ORM, no clock. Times are aware datetimes, durations seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

Status = Literal["pending", "running", "succeeded", "failed", "cancelled"]
Content = Literal["list", "empty_list", "ancestry", "baseline", "merge_time", "counter", "unknown"]
FailureRule = Literal["status_failed", "rolled_back", "fixed", "incident", "hotfix", "patch", "revert", "by_hand"]
LinkedBy = Literal["name", "rule", "hand"]
LeadTimeFrom = Literal["authored", "committed", "first_commit", "pull_request_opened", "pull_request_merged"]

DEFAULT_RULES: frozenset[FailureRule] = frozenset({"status_failed", "rolled_back", "fixed", "incident"})


class Limits(NamedTuple):
    """How long an acknowledgement may take, by severity; ``None`` is no limit."""

    sev1: timedelta | None = timedelta(minutes=5)
    sev2: timedelta | None = timedelta(minutes=15)
    sev3: timedelta | None = timedelta(hours=1)
    sev4: timedelta | None = None


STANDARD_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Definitions:
    """What counts, where metrics.md leaves a choice.

    ``rules``: the failure rules that are on. ``link_incidents``: the rule that links an incident which says nothing of
    its cause, to a deployment at most ``linked_within`` before. ``count_…``: take redeploys, rollbacks, hotfixes, what
    bots deployed as deployments. ``exclude_status_failed``: DORA's reading of change fail rate, in which attempts that
    never went live are neither failed nor finished. ``sources``: whose reports of deployments count, by primary key;
    ``None`` is everyone's. ``environments``: globs of names and the class that each stands for, the first that fits;
    other names keep the class that they have. ``lead_time_from``: where a lead time begins. ``lead_time_bots``: changes
    by bots have one that counts. ``holidays``: days that are no working days; ``None`` is the setting's.
    """

    rules: frozenset[FailureRule] = DEFAULT_RULES
    link_incidents: bool = True
    count_redeploys: bool = False
    exclude_status_failed: bool = False
    linked_within: timedelta = timedelta(hours=24)
    hotfixed_within: timedelta = timedelta(hours=72)
    patched_within: timedelta = timedelta(hours=24)
    reverted_within: timedelta = timedelta(days=14)
    count_rollbacks: bool = True
    count_hotfixes: bool = True
    count_bot_deployments: bool = True
    sources: frozenset[int] | None = None
    environments: tuple[tuple[str, str], ...] = ()
    lead_time_from: LeadTimeFrom = "authored"
    lead_time_bots: bool = True
    limits: Limits = STANDARD_LIMITS
    holidays: frozenset[date] | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """An attempt, as observed. ``finished_at`` is set when ``status`` is terminal. ``pull_requests`` and ``shas`` are
    ``None`` where the source gave no list (as against an empty list). ``failed_by_hand``: a person said that it failed,
    or that it did not, over any rule. ``corrected``: a person said something of it. ``source``, ``also_from``: the
    primary keys of the source of this report, and of those of its duplicates. ``by_counter``: nothing but a counter
    tells of it, so that no more than its status, and when it was counted, can be known."""

    id: int
    external_id: str
    environment: str
    status: Status
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: str | None = None
    sha: str | None = None
    kind: str = "release"
    rollback_of: str | None = None
    fixes: tuple[str, ...] = ()
    pull_requests: tuple[int, ...] | None = None
    shas: tuple[str, ...] | None = None
    failed_by_hand: bool | None = None
    corrected: bool = False
    bot: bool = False
    source: int = 0
    also_from: tuple[int, ...] = ()
    by_counter: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One commit of a service's repositories. ``parents`` is ``None`` where no source told them. ``in_scope`` is false
    for a commit that touches none of a monorepo service's paths: it is walked through, and is no change of it."""

    id: int
    sha: str
    authored_at: datetime | None
    parents: tuple[str, ...] | None = None
    merge: bool = False
    bot: bool = False
    pull_request: int | None = None
    reverts: tuple[str, ...] = ()
    revert: bool = False
    reapply: bool = False
    hotfix: bool = False
    in_scope: bool = True
    committed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request of a service's repositories. ``commits`` may name commits that are not known."""

    id: int
    number: int
    merged_at: datetime | None = None
    merge_sha: str | None = None
    how: str | None = None
    commits: tuple[str, ...] = ()
    first_commit_at: datetime | None = None
    opened_at: datetime | None = None
    ready_at: datetime | None = None
    first_review_at: datetime | None = None
    to_default_branch: bool = True
    bot: bool = False
    hotfix: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of one service. ``names_cause`` is true where the source spoke of the cause; ``caused_by`` is then
    the deployment's external id, or ``None`` for none. ``cause_id``: its primary key, where it is known which
    of several of that external id is meant. ``linked_by_hand``: a person said so, over any source. ``corrected``: a
    person said something of it."""

    id: int
    external_id: str
    environment: str | None
    severity: str
    opened_at: datetime | None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    names_cause: bool = False
    caused_by: str | None = None
    cause_id: int | None = None
    linked_by_hand: bool = False
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Rollback:
    """A gauge told at ``at`` that a rollback had taken ``seconds``."""

    id: int
    environment: str
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class DeliveredChange:
    """A change and the deployment that first brought it. ``seconds`` from where a lead time begins (authored, unless a
    definition says otherwise) to finished; negative where a clock was wrong, and then left out of every figure."""

    change_id: int
    deployment_id: int
    delivered_at: datetime
    seconds: float
    bot: bool = False


@dataclass(frozen=True, slots=True)
class DeliveredPullRequest:
    """A pull request and the deployment that first brought it; each stage in seconds, ``None`` where no data."""

    pull_request_id: int
    deployment_id: int
    delivered_at: datetime
    coding: float | None
    pickup: float | None
    review: float | None
    release: float | None


@dataclass(frozen=True, slots=True)
class Brought:
    """What one succeeded deployment brought, and how that is known.

    ``without_lead_time``: changes of the baseline. ``unmapped``: listed pull requests or commits that are not known,
    and changes without an author's time. ``baseline``: the first whose content is known, also where it gave a list
    (``content`` is ``baseline`` only where it gave none).
    """

    deployment_id: int
    content: Content
    changes: tuple[DeliveredChange, ...] = ()
    pull_requests: tuple[DeliveredPullRequest, ...] = ()
    shas: frozenset[str] = frozenset()
    without_lead_time: int = 0
    unmapped: int = 0
    baseline: bool = False


@dataclass(slots=True)
class Judgement:
    """What one deployment is judged to be. ``failed_by`` maps each rule that holds to the deployments that restored it
    (ids, in order), or to none."""

    deployment: Deployment
    redeploy: bool = False
    rollback: bool = False
    failed_by: dict[FailureRule, tuple[int, ...]] = field(default_factory=dict)
    incidents: list[int] = field(default_factory=list)
    restored_at: datetime | None = None
    restored_by: int | None = None
    unresolved: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return bool(self.failed_by)


@dataclass(frozen=True, slots=True)
class Link:
    """How an incident was linked: to ``deployment_id`` by name, rule or hand; or to none, with the reason."""

    incident_id: int
    deployment_id: int | None
    by: LinkedBy | None
    reason: Literal["", "known_to_come_from_none", "names_unknown_deployment", "no_deployment_in_24_h"] = ""


@dataclass(frozen=True, slots=True)
class JudgedService:
    """All that is judged of one service: every deployment, what each brought, every incident's link.

    ``rollbacks``: where there are any, they tell how long it took to restore what counters told had failed.
    """

    judgements: Mapping[int, Judgement]
    brought: Mapping[int, Brought]
    links: Mapping[int, Link]
    rollbacks: Sequence[Rollback] = ()
