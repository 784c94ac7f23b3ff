"""What a delivery can say: the values that every parser returns, whatever the source.

An observation names its fact (an external id, a sha, a number), the moment of the event (``at``, aware), the key of
the delivery that said it, and in ``said`` only those fields that the event carries. A field that is carried with
``None`` is said to be nothing; a field that is absent is not spoken of. How two observations of one fact become one
row stands in ``ingest.facts.join``.
"""

from datetime import datetime
from typing import Any, NamedTuple

Said = dict[str, Any]


class RepositoryRef(NamedTuple):
    """A repository as the source writes it; ``external_id`` is the sender's own number, which a rename keeps."""

    name: str
    external_id: str = ""


class TeamSeen(NamedTuple):
    """A team is declared. ``said``: name."""

    at: datetime
    key: str
    team: str
    said: Said


class ServiceSeen(NamedTuple):
    """A service is declared. ``said``: name, team, tier (critical, standard, low), repository (RepositoryRef),
    path_globs (list of str). With a team also: basis (event, where absent, or catalogue), by (who says so), since (the
    day from which on a catalogue file means it; where absent, the day of ``at``)."""

    at: datetime
    key: str
    service: str
    said: Said


class RepositorySeen(NamedTuple):
    """A repository was created, renamed, moved, archived, deleted or pushed to. ``said``: default_branch, archived,
    deleted, previous_name, head (the commit that its default branch moved to), team (who maintains it there, from then
    on)."""

    at: datetime
    key: str
    repository: RepositoryRef
    said: Said


class DeploymentSeen(NamedTuple):
    """One attempt to deploy.

    ``said``: progress (pending, running), terminal (succeeded, failed, cancelled), started_at, sha, version,
    kind (release, rollback, hotfix), rollback_of (external id), fixes (list of external ids),
    pull_requests (list of numbers), shas (list of str), url, by, bot, same_as (list of names that another source's
    report of the same deployment bears too, such as ``github/5/77``: that source's external id).
    ``service`` None: the service of the repository. ``environment`` None: not told by this event.
    """

    at: datetime
    key: str
    external_id: str
    service: str | None
    repository: RepositoryRef | None
    environment: str | None
    team: str | None
    said: Said


class ChangeSeen(NamedTuple):
    """One commit.

    ``said``: authored_at, committed_at, parents (list of sha), merge, revert, reverts (list of sha), reapply, hotfix,
    pull_request (number), author, bot, title, paths (list of str).
    """

    at: datetime
    key: str
    sha: str
    service: str | None
    repository: RepositoryRef | None
    team: str | None
    said: Said


class PullRequestSeen(NamedTuple):
    """A pull request.

    ``said``: commits (list of sha), first_commit_at, opened_at, ready_at, first_review_at, approved_at, merged_at,
    closed_at, merge_sha, how (merge, squash, rebase), base_branch, author, bot, title, url, hotfix, revert.
    The earliest ``first_review_at`` and ``approved_at`` win; all else by the latest event.
    """

    at: datetime
    key: str
    number: int
    service: str | None
    repository: RepositoryRef | None
    team: str | None
    said: Said


class IncidentSeen(NamedTuple):
    """An incident.

    ``said``: severity (sev1 to sev4), opened_at, acknowledged_at, resolved_at (``None``: it was opened again), title,
    url, same_as (as a deployment's), caused_by: the external id of a deployment, or ``None`` for known to come from
    none; absent means not known.
    The earliest ``acknowledged_at`` wins: who was paged had answered by then.
    """

    at: datetime
    key: str
    external_id: str
    service: str | None
    repository: RepositoryRef | None
    environment: str | None
    team: str | None
    said: Said


Observation = TeamSeen | ServiceSeen | RepositorySeen | DeploymentSeen | ChangeSeen | PullRequestSeen | IncidentSeen


class Ignored(NamedTuple):
    """The delivery is well-formed and says nothing that we keep; ``reason`` is for a person to read."""

    reason: str


class Refused(NamedTuple):
    """An event of a delivery that holds several, that can't be read: ``body`` is that event alone."""

    place: int
    body: bytes
    code: str
    message: str


class Partly(NamedTuple):
    """Some of a delivery's events can't be read; what the others say stands."""

    observations: list[Observation]
    refused: list[Refused]


Outcome = list[Observation] | Ignored
