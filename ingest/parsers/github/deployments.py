"""(pure) deployment and deployment_status -> one attempt to deploy, and how it went."""

from typing import Any

import orjson

from ingest.parsers.fields import MAX_NAME, Fields, as_sha, clean
from ingest.parsers.github.delivered import Delivered, Ignored, Said, is_bot_user, login_of
from ingest.parsers.observation import DeploymentSeen
from ingest.parsers.observation import Said as Facts

KINDS = ("release", "rollback", "hotfix")
PROGRESS = {"queued": "pending", "pending": "pending", "waiting": "pending", "in_progress": "running"}
TERMINAL = {"success": "succeeded", "failure": "failed", "error": "failed"}
MAX_FIXES = 100


def deployment(delivered: Delivered) -> Said:
    if delivered.action not in ("", "created"):
        return Ignored(f"Nothing is kept of a deployment that was {delivered.action}.")
    if delivered.options.deploys_by != "deployments":
        return _not_counted(delivered)
    return [requested(delivered, delivered.body.child("deployment"))]


def deployment_status(delivered: Delivered) -> Said:
    """A status, dated by its own ``created_at``; the deployment comes along, so that neither event needs the other."""
    if delivered.action not in ("", "created"):
        return Ignored(f"Nothing is kept of a status that was {delivered.action}.")
    if delivered.options.deploys_by != "deployments":
        return _not_counted(delivered)
    told, status = delivered.body.child("deployment"), delivered.body.child("deployment_status")
    seen = progressed(delivered, told, status)
    return seen if isinstance(seen, Ignored) else [requested(delivered, told), seen]


def progressed(delivered: Delivered, told: Fields, status: Fields) -> DeploymentSeen | Ignored:
    """How far a deployment is, by one of its statuses."""
    state, at = status.text("state").lower(), status.time("created_at")
    said: Facts = {}
    if state in TERMINAL:
        said["terminal"] = TERMINAL[state]
    elif state in PROGRESS:
        said["progress"] = PROGRESS[state]
        if state == "in_progress":
            said["started_at"] = at
    else:
        return Ignored(f"The state {state} says nothing of how the deployment went.")
    url = status.url("log_url") or status.url("target_url")
    if url:
        said["url"] = url
    name = status.maybe_text("environment") or told.text("environment")
    begun = requested(delivered, told)
    service, environment = _place(delivered, told, name)
    return begun._replace(at=max(at, begun.at), service=service, environment=environment, said=said)


def _not_counted(delivered: Delivered) -> Ignored:
    return Ignored(f"GitHub's deployments are none here (deploys_by is {delivered.options.deploys_by}).")


def requested(delivered: Delivered, told: Fields) -> DeploymentSeen:
    """The deployment as it was asked for; the same whichever event tells of it.

    How far it is stays open: a status may bear the same second, and pending is what all begin as.
    """
    options, payload, at = delivered.options, _payload(told), told.time("created_at")
    creator = told.maybe_child("creator")
    said: Facts = {"started_at": at, "sha": told.sha("sha")}
    said |= {"by": login_of(creator), "bot": is_bot_user(creator)}
    version = _first_text(payload, options.version_keys) or version_of_ref(delivered, told.prose("ref"), said["sha"])
    if version is not None:
        said["version"] = version
    kind = _kind(delivered, told, payload)
    if kind is not None:
        said["kind"] = kind
    rollback_of = _names(delivered, payload, options.rollback_of_keys)
    if rollback_of:
        said["rollback_of"] = rollback_of[0]
    fixes = _names(delivered, payload, options.fixes_keys)
    if fixes:
        said["fixes"] = fixes
    service, environment = _place(delivered, told, told.text("environment"))
    external_id = delivered.id_of(told.number("id"))
    return DeploymentSeen(at, delivered.key, external_id, service, delivered.repository, environment, None, said)


def _place(delivered: Delivered, told: Fields, name: str) -> tuple[str | None, str]:
    """Service and environment: by the payload, else by the environment's name, else the repository's service."""
    pattern = delivered.options.environment_names
    by_name, environment = pattern.split(name) if pattern else (None, name)
    return _first_text(_payload(told), delivered.options.service_keys) or by_name, environment


def _payload(told: Fields) -> dict[str, Any]:
    """What the deployer put in: an object, a text that holds one, or anything else, which tells nothing."""
    value = told.raw("payload")
    if isinstance(value, str):
        try:
            value = orjson.loads(clean(value))
        except orjson.JSONDecodeError:
            return {}
    return value if isinstance(value, dict) else {}


def _as_name(value: object) -> str | None:
    """A text, or a number as text; ``None`` for what can be no name."""
    if type(value) is int:
        value = str(value) if 0 <= value < 2**63 else ""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME:
        return None
    return clean(value.strip())


def _first_text(payload: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((name for key in keys if (name := _as_name(payload.get(key))) is not None), None)


def _names(delivered: Delivered, payload: dict[str, Any], keys: tuple[str, ...]) -> list[str]:
    """Deployments by their external ids: a number is one of GitHub's in this repository, all else stays as given."""
    value: Any = next((payload[key] for key in keys if payload.get(key) is not None), [])
    values = value[:MAX_FIXES] if isinstance(value, list) else [value]
    names = [name for item in values if (name := _as_name(item)) is not None]
    return [external_id_of(delivered, name) for name in names]


def external_id_of(delivered: Delivered, name: str) -> str:
    return delivered.id_of(name) if name.isascii() and name.isdigit() else name


def _kind(delivered: Delivered, told: Fields, payload: dict[str, Any]) -> str | None:
    """By the payload, else by the task (``deploy:rollback``, ``rollback``), else by a description of that one word."""
    told_kind = (_first_text(payload, delivered.options.kind_keys) or "").lower()
    task = told.prose("task").lower().rpartition(":")[2]
    description = told.prose("description").strip().lower()
    return next((kind for kind in (told_kind, task, description) if kind in KINDS), None)


def version_of_ref(delivered: Delivered, ref: str, sha: str) -> str | None:
    """A ref that is a release's tag is the version; a branch never is: all deployments of it would look the same."""
    ref = ref.removeprefix("refs/tags/")
    abbreviated = as_sha(ref)
    if abbreviated is not None and sha.startswith(abbreviated):
        return None
    if not ref or len(ref) > MAX_NAME or ref == delivered.default_branch:
        return None
    return ref if delivered.options.is_release_tag(ref) else None
