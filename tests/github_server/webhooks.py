"""The same organisation as webhooks tell it: docs.github.com/webhooks/webhook-events-and-payloads."""

import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from hashlib import sha1, sha256
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import NAMESPACE_URL, uuid5

from tests.github_server import shapes
from tests.github_server.journal import Happening
from tests.github_server.organisation import Organisation
from tests.github_server.records import Account, Commit, Hook, HookDelivery

API = "https://api.github.com"
Message = tuple[dict[str, str], bytes]
TIMEOUT = 10


def webhooks(organisation: Organisation, since: int = 0) -> list[Message]:
    """What GitHub would have sent, in the order of time: headers without a signature, and the body.

    ``since``: leave out so many of the first.
    """
    return [rendered(organisation, one) for one in organisation.happenings[since:]]


def rendered(organisation: Organisation, one: Happening) -> Message:
    """One event, always the same bytes."""
    payload: dict[str, Any] = {"action": one.action} if one.action else {}
    for name, part in one.parts.items():
        payload |= PARTS[name](part)
    if one.event == "issues" and "label" not in one.parts:
        payload.pop("label", None)
    payload |= {"repository": _repository(one), "organization": _organization(organisation.account)}
    payload["sender"] = shapes.user(API, one.sender)
    guid = str(uuid5(NAMESPACE_URL, f"{organisation.account.login}/{one.number}"))
    headers = {"User-Agent": "GitHub-Hookshot/0000000", "Content-Type": "application/json", "Accept": "*/*"}
    headers |= {"X-GitHub-Delivery": guid, "X-GitHub-Event": one.event}
    return headers, json.dumps(payload, separators=(",", ":")).encode()


def _repository(one: Happening) -> dict[str, Any]:
    """Of a push, some times are seconds since 1970."""
    told = shapes.repository(API, one.repository)
    if one.event == "push":
        told["created_at"] = int(one.repository.created_at.timestamp())
        told["pushed_at"] = int(one.repository.pushed_at.timestamp())
        told |= {"master_branch": one.repository.default_branch}
    return told


def _organization(account: Account) -> dict[str, Any]:
    url = f"{API}/orgs/{account.login}"
    return {"login": account.login, "id": account.number, "node_id": account.node_id, "url": url}


def _pull(one: Any) -> dict[str, Any]:
    told = shapes.whole_pull(API, one)
    told["base"]["repo"] |= {f"allow_{name}": way in one.repository.allows for way, name in shapes.MERGING.items()}
    return {"number": one.number, "pull_request": told}


def _commits(rows: list[Commit]) -> dict[str, Any]:
    told = [_pushed(one) for one in rows]
    return {"commits": told, "head_commit": told[-1] if told else None}


def _pushed(one: Commit) -> dict[str, Any]:
    def person(account: Account) -> dict[str, str]:
        return {"name": account.name, "email": account.email, "username": account.login}

    return {
        "id": one.sha,
        "tree_id": one.tree,
        "distinct": True,
        "message": one.message,
        "timestamp": one.authored_at.isoformat(),
        "url": f"{shapes.SITE}/{one.repository.full_name}/commit/{one.sha}",
        "author": person(one.author),
        "committer": person(one.committer),
        "added": [],
        "removed": [],
        "modified": one.files,
    }


def _push(told: dict[str, Any]) -> dict[str, Any]:
    zeros = "0" * 40
    states = {"created": told["before"] == zeros, "deleted": told["after"] == zeros, "base_ref": None}
    return {**told, **states, "compare": f"{shapes.SITE}/compare/{told['before'][:12]}...{told['after'][:12]}"}


def _deployment(one: Any) -> dict[str, Any]:
    return {"deployment": shapes.deployment(API, one), "workflow": None, "workflow_run": None}


def _run(one: Any) -> dict[str, Any]:
    told = shapes.workflow_run(API, one)
    workflow = {"id": one.workflow, "name": one.name, "path": one.path, "state": "active"}
    return {"workflow_run": told, "workflow": workflow}


def _review(one: Any) -> dict[str, Any]:
    """In webhooks the state is in lower case."""
    told = shapes.review(API, one)
    return {"review": {**told, "state": told["state"].lower()}}


PARTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "pull": _pull,
    "push": _push,
    "commits": _commits,
    "created": lambda told: {**told, "master_branch": "main", "description": None, "pusher_type": "user"},
    "review": _review,
    "deployment": _deployment,
    "status": lambda one: {"deployment_status": shapes.deployment_status(API, one)},
    "release": lambda one: {"release": shapes.release(API, one)},
    "run": _run,
    "issue": lambda one: {"issue": shapes.issue(API, one)},
    "label": lambda one: {"label": {"id": one.number, "name": one.name, "color": one.color}},
    "changes": lambda told: {"changes": told},
}


# ------------------------------------------------------------ sending


def deliver(organisation: Organisation, hook: Hook, happening: Happening, *, lost: bool = False) -> HookDelivery | None:
    """Send an event to a hook and log it; ``lost``: log it as one that nobody answered, without sending it.

    Gives ``None`` where the hook does not want the event.
    """
    wanted = hook.repository in (None, happening.repository.number)
    if not hook.wants(happening.event) or not wanted:
        return None
    headers, body = rendered(organisation, happening)
    delivery = HookDelivery(
        organisation.next_id(), headers["X-GitHub-Delivery"], happening.at, happening.event, happening.action, 0,
        "failed to connect to host", False, happening.repository.number, headers, body,
    )  # fmt: skip
    _send(organisation, hook, delivery, lost=lost)
    return delivery


def send_again(organisation: Organisation, hook: Hook, old: HookDelivery) -> HookDelivery:
    """A new attempt under the same GUID, logged beside the old one: it happens at the organisation's present."""
    delivery = HookDelivery(
        organisation.next_id(), old.guid, organisation.now, old.event, old.action, 0, "failed to connect to host", True,
        old.repository, old.headers, old.payload,
    )  # fmt: skip
    _send(organisation, hook, delivery, lost=False)
    return delivery


def signed(hook: Hook, headers: dict[str, str], body: bytes) -> Message:
    """Headers and body as they go to that hook: docs.github.com/webhooks, "Validating webhook deliveries"."""
    if hook.content_type == "form":
        body = urlencode({"payload": body.decode()}).encode()
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    kind = "repository" if hook.repository else "organization"
    headers = {**headers, "X-GitHub-Hook-ID": str(hook.number), "X-GitHub-Hook-Installation-Target-Type": kind}
    if hook.secret:
        for name, kind_of in (("X-Hub-Signature", sha1), ("X-Hub-Signature-256", sha256)):
            digest = hmac.new(hook.secret.encode(), body, kind_of)
            headers[name] = f"{digest.name.removeprefix('hmac-')}={digest.hexdigest()}"
    return headers, body


def _send(organisation: Organisation, hook: Hook, delivery: HookDelivery, *, lost: bool) -> None:
    delivery.headers, body = signed(hook, delivery.headers, delivery.payload)
    if not lost and urlsplit(hook.url).hostname in ("127.0.0.1", "localhost"):
        asked = urllib.request.Request(hook.url, body, delivery.headers, method="POST")
        try:
            with urllib.request.urlopen(asked, timeout=TIMEOUT) as answer:
                delivery.status_code, delivery.status = answer.status, "OK"
                delivery.answer = answer.read(10_000).decode(errors="replace")
        except urllib.error.HTTPError as error:
            delivery.status_code, delivery.status = error.code, f"Invalid HTTP Response: {error.code}"
            error.close()
        except OSError as error:
            delivery.status = type(error).__name__
    with organisation.lock:
        hook.deliveries.append(delivery)
