"""Hooks and their delivery logs: docs.github.com/rest/repos/webhooks, and the same for organisations.

Deliveries can be seen and sent again for three days.
"""

import json
from typing import Any

from tests.github_server import shapes
from tests.github_server.asking import NOT_FOUND, Answer, Ask, failed
from tests.github_server.organisation import REDELIVERED_FOR
from tests.github_server.records import Hook, HookDelivery


def _hooks(ask: Ask) -> list[Hook]:
    number = ask.repository.number if ask.repository else None
    return [one for one in ask.organisation.hooks if one.repository == number]


def _hook(ask: Ask, number: str) -> Hook | None:
    found = (one for one in _hooks(ask) if str(one.number) == number)
    return next(found, None) if ask.caller.kind != "nobody" else None


def list_hooks(ask: Ask, place: str, number: str | None = None) -> Answer:
    """All, or one."""
    if number is None and ask.caller.kind != "nobody":
        return ask.page(_hooks(ask), lambda one: shapes.hook(ask.api, one, place))
    hook = _hook(ask, number or "")
    return Answer(200, shapes.hook(ask.api, hook, place)) if hook else NOT_FOUND


def create_hook(ask: Ask, place: str) -> Answer:
    """A second one for the same address is refused."""
    if ask.caller.kind == "nobody":
        return NOT_FOUND
    try:
        told = json.loads(ask.body)
        config = told["config"]
        url, secret = str(config["url"]), str(config.get("secret", ""))
        events = [str(one) for one in told.get("events", ["push"])]
    except (ValueError, KeyError, TypeError, AttributeError):
        return failed(422, "Validation Failed", errors=[{"resource": "Hook", "code": "missing_field", "field": "url"}])
    if any(one.url == url for one in _hooks(ask)):
        errors = [{"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}]
        return failed(422, "Validation Failed", errors=errors)
    hook = ask.organisation.add_hook(url, secret, repository=ask.repository, events=" ".join(events))
    hook.content_type = str(config.get("content_type", "form"))
    hook.active = told.get("active", True) is True
    return Answer(201, shapes.hook(ask.api, hook, place))


def _known(ask: Ask, hook: Hook) -> list[HookDelivery]:
    since = ask.organisation.now - REDELIVERED_FOR
    return [one for one in reversed(hook.deliveries) if one.delivered_at >= since]


def deliveries(ask: Ask, number: str) -> Answer:
    """The newest first, by cursors; ``status``: success or failure."""
    hook = _hook(ask, number)
    if hook is None:
        return NOT_FOUND
    rows = _known(ask, hook)
    wanted = ask.query.get("status")
    if wanted in ("success", "failure"):
        rows = [one for one in rows if (200 <= one.status_code < 400) == (wanted == "success")]
    cursor, told = ask.query.get("cursor", ""), ask.query.get("per_page", "30")
    if cursor.startswith("v1_") and cursor[3:].isdecimal():
        rows = [one for one in rows if one.number <= int(cursor[3:])]
    size = min(max(int(told) if told.isdecimal() else 30, 1), 100)
    more = rows[size : size + 1]
    link = {"Link": f'<{ask.link(cursor=f"v1_{more[0].number}")}>; rel="next"'} if more else {}
    return Answer(200, [shapes.hook_delivery(one) for one in rows[:size]], link)


def _delivery(ask: Ask, number: str, delivery_id: str) -> tuple[Hook, HookDelivery] | None:
    hook = _hook(ask, number)
    found = next((one for one in _known(ask, hook) if str(one.number) == delivery_id), None) if hook else None
    return (hook, found) if hook and found else None


def delivery(ask: Ask, number: str, delivery_id: str) -> Answer:
    found = _delivery(ask, number, delivery_id)
    if found is None:
        return NOT_FOUND
    hook, one = found
    return Answer(200, shapes.whole_hook_delivery(one, hook.url, _payload(one)))


def _payload(one: HookDelivery) -> Any:
    return json.loads(one.payload)


def redeliver(ask: Ask, number: str, delivery_id: str) -> Answer:
    """Accepted; it is sent as soon as this is answered."""
    found = _delivery(ask, number, delivery_id)
    if found is None:
        return NOT_FOUND
    ask.redeliver(*found)
    return Answer(202, {})
