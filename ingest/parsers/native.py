"""Native events: one JSON object a line becomes one observation, or a clear error.

Definition of the stream: docs/events.md. Written flat and without a schema library on purpose: this is the path that
every bulk load takes, and a tenth of a millisecond a line would be most of its time.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from ingest.errors import MalformedPayload
from ingest.parsers.observation import (
    ChangeSeen,
    DeploymentSeen,
    IncidentSeen,
    Observation,
    PullRequestSeen,
    RepositoryRef,
    Said,
    ServiceSeen,
    TeamSeen,
)

MAX_LINE_BYTES = 1_000_000
MAX_NAME = 200
MAX_ID = 300
MAX_NAMES = 1_000  # that one event may list
MAX_TEXT = 10_000
MAX_LIST = 20_000
TOLERANCE = timedelta(minutes=10)
LEAP_SECOND = re.compile(r"(T\d\d:\d\d):60")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TIERS = {1: "critical", 2: "standard", 3: "low", "critical": "critical", "standard": "standard", "low": "low"}
TERMINAL = {
    "success": "succeeded",
    "succeeded": "succeeded",
    "failure": "failed",
    "failed": "failed",
    "cancelled": "cancelled",
    "canceled": "cancelled",
}
KINDS = ("release", "rollback", "hotfix")
MERGES = ("merge", "squash", "rebase")
SEVERITIES = ("sev1", "sev2", "sev3", "sev4")

Event = dict[str, Any]


class NativeEvent(NamedTuple):
    """One good line. ``key_hash`` and ``digest`` are 128-bit hashes in hex: of the delivery key, of the content."""

    key_hash: str
    digest: str
    observation: Observation


def parse_line(line: bytes, received_at: datetime) -> NativeEvent:
    """Read one line.

    ``received_at`` decides what is in the future, so that a replay decides alike.

    Raises:
        MalformedPayload: with a message that says what to mend, and a code to group by.
    """
    event = _load(line)
    try:
        content = _hash(orjson.dumps(event, option=orjson.OPT_SORT_KEYS))
    except orjson.JSONEncodeError as error:  # it reads deeper than it writes
        raise MalformedPayload("The line is nested too deeply.", "bad_json") from error
    if b"\\u0000" in line:
        event = _without_nul(event)
    key = event.get("event")
    if key is None:
        key = content
    elif not isinstance(key, str) or not 0 < len(key) <= MAX_ID:
        raise MalformedPayload(f"“event” must be a text of 1 to {MAX_ID} characters.", "bad_field")
    kind = event.get("type")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise MalformedPayload(
            f"The type {_shown(kind)} is not known. Known are: {', '.join(READERS)}.", "unknown_type"
        )
    latest = received_at + TOLERANCE
    return NativeEvent(_hash(key.encode()), content, reader(event, _time(event, "at", latest), key, latest))


def key_of(line: bytes) -> str | None:
    """The key of a line that is at least JSON: what a bad line is shown by."""
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    key = event.get("event") if isinstance(event, dict) else None
    return key if isinstance(key, str) else None


def _hash(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _load(line: bytes) -> Event:
    if len(line) > MAX_LINE_BYTES:
        raise MalformedPayload(
            f"The line has {len(line):,} bytes; at most {MAX_LINE_BYTES:,} are taken. Leave out what is not needed.",
            "too_large",
        )
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        text = str(error)
        if "UTF-8" in text or "utf-8" in text:
            raise MalformedPayload("The line is not valid UTF-8. Send UTF-8.", "bad_encoding") from error
        raise MalformedPayload(f"The line is not valid JSON: {text}.", "bad_json") from error
    if not isinstance(event, dict):
        raise MalformedPayload("The line is JSON, but no object. Send one object a line.", "bad_json")
    return event


def _without_nul(value: Any) -> Any:
    """NUL is legal JSON that no PostgreSQL text takes; the raw line keeps it."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {key.replace("\0", "\ufffd"): _without_nul(item) for key, item in value.items()}
    return value


# ---------------------------------------------------------------- fields


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def parse_time(text: object, name: str, latest: datetime) -> datetime:
    """An RFC 3339 time as an aware datetime in UTC."""
    if not isinstance(text, str) or len(text) > 40:
        raise MalformedPayload(f"“{name}” must be a time such as 2026-03-02T10:00:00Z.", "bad_time")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = _unusual_time(text, name)
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise MalformedPayload(f"“{name}” has no time zone: {_shown(text)}. Add Z or an offset.", "naive_time")
        try:
            at = at.astimezone(UTC)
        except OverflowError as error:
            raise MalformedPayload(f"“{name}” is out of range: {_shown(text)}.", "bad_time") from error
    if at > latest:
        raise MalformedPayload(
            f"“{name}” is in the future: {text} is more than 10 minutes after it was received.", "future_time"
        )
    if at < EPOCH:
        raise MalformedPayload(f"“{name}” is before 1970: {text}.", "bad_time")
    return at


def _unusual_time(text: str, name: str) -> datetime:
    """What RFC 3339 allows and Python does not read: small letters, and a leap second, taken as the second before."""
    try:
        return datetime.fromisoformat(LEAP_SECOND.sub(r"\1:59", text.upper()))
    except ValueError as error:
        raise MalformedPayload(f"“{name}” is no time: {_shown(text)}. Use 2026-03-02T10:00:00Z.", "bad_time") from error


def _time(event: Event, name: str, latest: datetime) -> datetime:
    return parse_time(event.get(name), name, latest)


def _maybe_time(event: Event, said: Said, name: str, latest: datetime, field: str) -> None:
    value = event.get(name)
    if value is not None:
        said[field] = parse_time(value, name, latest)


def _text(event: Event, name: str, limit: int) -> str | None:
    """A text that may be absent or null."""
    value = event.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value or len(value) > limit:
        raise MalformedPayload(f"“{name}” must be a text of 1 to {limit} characters.", "bad_field")
    return value


def _required(event: Event, name: str, limit: int = MAX_ID) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > limit:
        raise MalformedPayload(f"“{name}” is required: a text of 1 to {limit} characters.", "missing_field")
    return value


def _number(event: Event, name: str) -> int:
    value = event.get(name)
    if type(value) is not int or not 0 < value < 2**31:
        raise MalformedPayload(f"“{name}” must be a whole number from 1 on.", "bad_field")
    return value


def _sha(value: object, name: str) -> str:
    if not isinstance(value, str) or not 7 <= len(value) <= 64:
        raise MalformedPayload(f"“{name}” must be a commit's sha: 7 to 64 hex digits.", "bad_field")
    try:
        bytes.fromhex(value if len(value) % 2 == 0 else value + "0")
    except ValueError as error:
        raise MalformedPayload(f"“{name}” must be a commit's sha: 7 to 64 hex digits.", "bad_field") from error
    return value.lower()


def _list(event: Event, name: str) -> list[Any] | None:
    value = event.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise MalformedPayload(f"“{name}” must be a list of at most {MAX_LIST:,}.", "bad_field")
    return value


def _shas(event: Event, said: Said, name: str, field: str) -> None:
    values = _list(event, name)
    if values is not None:
        said[field] = [_sha(value, name) for value in values]


def _flags(event: Event, said: Said, *names: str) -> None:
    for name in names:
        value = event.get(name)
        if value is None:
            continue
        if value is not True and value is not False:
            raise MalformedPayload(f"“{name}” must be true or false.", "bad_field")
        said[name] = value


def _texts(event: Event, said: Said, *names: str) -> None:
    for name in names:
        value = event.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise MalformedPayload(f"“{name}” must be a text.", "bad_field")
        said[name] = value[:MAX_TEXT]


def _one_of(event: Event, said: Said, name: str, allowed: tuple[str, ...]) -> None:
    value = event.get(name)
    if value is None:
        return
    if value not in allowed:
        raise MalformedPayload(f"“{name}” is {_shown(value)}; it must be one of {', '.join(allowed)}.", "bad_field")
    said[name] = value


def _names(event: Event, said: Said, name: str, what: str) -> None:
    """One name or a list of names."""
    told = event.get(name)
    if told is None:
        return
    named = told if isinstance(told, list) else [told]
    if len(named) > MAX_NAMES or not all(isinstance(one, str) and 0 < len(one) <= MAX_ID for one in named):
        raise MalformedPayload(f"“{name}” must name {what}, or be a list of at most {MAX_NAMES} names.", "bad_field")
    said[name] = named


def _repository(event: Event) -> RepositoryRef | None:
    name = _text(event, "repository", MAX_ID)
    return RepositoryRef(name) if name else None


def _place(event: Event) -> tuple[str | None, RepositoryRef | None]:
    """Service and repository of a commit or a pull request: at least one is needed."""
    service, repository = _text(event, "service", MAX_NAME), _repository(event)
    if service is None and repository is None:
        raise MalformedPayload("“service” or “repository” is required.", "missing_field")
    return service, repository


# ---------------------------------------------------------------- one reader a type


def _team(event: Event, at: datetime, key: str, latest: datetime) -> TeamSeen:
    team = _required(event, "team", MAX_NAME)
    return TeamSeen(at, key, team, {"name": _text(event, "name", MAX_NAME) or team})


def _service(event: Event, at: datetime, key: str, latest: datetime) -> ServiceSeen:
    service = _required(event, "service", MAX_NAME)
    said: Said = {"name": _text(event, "name", MAX_NAME) or service}
    team, repository, tier = _text(event, "team", MAX_NAME), _repository(event), event.get("tier")
    if team is not None:
        said["team"] = team
    if repository is not None:
        said["repository"] = repository
    if tier is not None:
        if isinstance(tier, bool | list | dict) or tier not in TIERS:
            raise MalformedPayload("“tier” must be 1, 2, 3, critical, standard or low.", "bad_field")
        said["tier"] = TIERS[tier]
    paths = _list(event, "paths")
    if paths is not None:
        if not all(isinstance(path, str) and 0 < len(path) <= MAX_ID for path in paths):
            raise MalformedPayload("“paths” must be a list of path globs.", "bad_field")
        said["path_globs"] = paths
    return ServiceSeen(at, key, service, said)


def _commit(event: Event, at: datetime, key: str, latest: datetime) -> ChangeSeen:
    service, repository = _place(event)
    said: Said = {"committed_at": at}
    _maybe_time(event, said, "committed_at", latest, "committed_at")
    _maybe_time(event, said, "authored_at", latest, "authored_at")
    _shas(event, said, "parents", "parents")
    _shas(event, said, "reverts", "reverts")
    _flags(event, said, "merge", "revert", "reapply", "hotfix", "bot")
    _texts(event, said, "author", "title")
    if event.get("pull_request") is not None:
        said["pull_request"] = _number(event, "pull_request")
    return ChangeSeen(at, key, _sha(event.get("sha"), "sha"), service, repository, _text(event, "team", MAX_NAME), said)


def _pull_request(event: Event, at: datetime, key: str, latest: datetime, said: Said) -> PullRequestSeen:
    service, repository = _place(event)
    _maybe_time(event, said, "opened_at", latest, "opened_at")
    _maybe_time(event, said, "ready_at", latest, "ready_at")
    _maybe_time(event, said, "first_authored_at", latest, "first_commit_at")
    _flags(event, said, "bot", "hotfix", "revert")
    _texts(event, said, "author", "title", "url", "base_branch")
    return PullRequestSeen(at, key, _number(event, "number"), service, repository, _text(event, "team", MAX_NAME), said)


def _pull_request_opened(event: Event, at: datetime, key: str, latest: datetime) -> PullRequestSeen:
    return _pull_request(event, at, key, latest, {"opened_at": at})


def _pull_request_reviewed(event: Event, at: datetime, key: str, latest: datetime) -> PullRequestSeen:
    said: Said = {"first_review_at": at}
    if event.get("state") == "approved":
        said["approved_at"] = at
    return _pull_request(event, at, key, latest, said)


def _pull_request_merged(event: Event, at: datetime, key: str, latest: datetime) -> PullRequestSeen:
    said: Said = {"merged_at": at}
    if event.get("merge_sha") is not None:
        said["merge_sha"] = _sha(event["merge_sha"], "merge_sha")
    _shas(event, said, "commits", "commits")
    _one_of(event, said, "how", MERGES)
    return _pull_request(event, at, key, latest, said)


def _pull_request_closed(event: Event, at: datetime, key: str, latest: datetime) -> PullRequestSeen:
    return _pull_request(event, at, key, latest, {"closed_at": at})


def _deployment(event: Event, at: datetime, key: str, latest: datetime, said: Said) -> DeploymentSeen:
    _maybe_time(event, said, "started_at", latest, "started_at")
    if "sha" in event:
        said["sha"] = None if event["sha"] is None else _sha(event["sha"], "sha")
    if "version" in event:
        said["version"] = _text(event, "version", MAX_ID)
    _one_of(event, said, "kind", KINDS)
    rollback_of = _text(event, "rollback_of", MAX_ID)
    if rollback_of is not None:
        said["rollback_of"] = rollback_of
    _names(event, said, "fixes", "a deployment")
    _names(event, said, "same_as", "a deployment as another source names it")
    numbers = _list(event, "changes")
    if numbers is not None:
        if not all(type(number) is int and 0 < number < 2**31 for number in numbers):
            raise MalformedPayload("“changes” must be a list of pull request numbers.", "bad_field")
        said["pull_requests"] = numbers
    _shas(event, said, "shas", "shas")
    _flags(event, said, "bot")
    _texts(event, said, "url", "by")
    return DeploymentSeen(
        at,
        key,
        _required(event, "deployment"),
        _required(event, "service", MAX_NAME),
        _repository(event),
        _required(event, "environment", MAX_NAME),
        _text(event, "team", MAX_NAME),
        said,
    )


def _deployment_started(event: Event, at: datetime, key: str, latest: datetime) -> DeploymentSeen:
    return _deployment(event, at, key, latest, {"progress": "running", "started_at": at})


def _deployment_finished(event: Event, at: datetime, key: str, latest: datetime) -> DeploymentSeen:
    status = event.get("status")
    if not isinstance(status, str) or status not in TERMINAL:
        raise MalformedPayload(f"“status” is {_shown(status)}; it must be success, failure or cancelled.", "bad_field")
    seen = _deployment(event, at, key, latest, {"terminal": TERMINAL[status]})
    if seen.said.get("started_at", at) > at:
        raise MalformedPayload("“started_at” is after the finish. Check the sender's clock.", "negative_duration")
    return seen


def _incident(event: Event, at: datetime, key: str, latest: datetime, said: Said) -> IncidentSeen:
    _one_of(event, said, "severity", SEVERITIES)
    _texts(event, said, "title", "url")
    if "caused_by" in event:
        said["caused_by"] = _text(event, "caused_by", MAX_ID)
    _names(event, said, "same_as", "an incident as another source names it")
    return IncidentSeen(
        at,
        key,
        _required(event, "incident"),
        _required(event, "service", MAX_NAME),
        _repository(event),
        _text(event, "environment", MAX_NAME),
        _text(event, "team", MAX_NAME),
        said,
    )


def _incident_opened(event: Event, at: datetime, key: str, latest: datetime) -> IncidentSeen:
    return _incident(event, at, key, latest, {"opened_at": at})


def _incident_reopened(event: Event, at: datetime, key: str, latest: datetime) -> IncidentSeen:
    return _incident(event, at, key, latest, {"resolved_at": None})


def _incident_after(field: str) -> Callable[[Event, datetime, str, datetime], IncidentSeen]:
    def read(event: Event, at: datetime, key: str, latest: datetime) -> IncidentSeen:
        said: Said = {field: at}
        _maybe_time(event, said, "opened_at", latest, "opened_at")
        if said.get("opened_at", at) > at:
            raise MalformedPayload("“opened_at” is after this event. Check the sender's clock.", "negative_duration")
        return _incident(event, at, key, latest, said)

    return read


READERS: dict[str, Callable[[Event, datetime, str, datetime], Observation]] = {
    "team.declared": _team,
    "service.declared": _service,
    "commit.pushed": _commit,
    "pull_request.opened": _pull_request_opened,
    "pull_request.reviewed": _pull_request_reviewed,
    "pull_request.merged": _pull_request_merged,
    "pull_request.closed": _pull_request_closed,
    "deployment.started": _deployment_started,
    "deployment.finished": _deployment_finished,
    "incident.opened": _incident_opened,
    "incident.acknowledged": _incident_after("acknowledged_at"),
    "incident.resolved": _incident_after("resolved_at"),
    "incident.reopened": _incident_reopened,
}
