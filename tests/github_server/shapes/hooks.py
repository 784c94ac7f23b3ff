"""Hooks and their deliveries."""

from typing import Any

from tests.github_server.records import Hook, HookDelivery
from tests.github_server.shapes.accounts import Json, time


def hook(api: str, one: Hook, place: str) -> Json:
    """/rest/repos/webhooks and /rest/orgs/webhooks. ``place``: orgs/acme or repos/acme/x. The secret is masked."""
    url = f"{api}/{place}/hooks/{one.number}"
    config = {"content_type": one.content_type, "insecure_ssl": "0", "url": one.url}
    told: Json = {
        "type": "Organization" if place.startswith("orgs/") else "Repository",
        "id": one.number,
        "name": "web",
        "active": one.active,
        "events": one.events,
        "config": config | ({"secret": "********"} if one.secret else {}),
        "updated_at": time(one.created_at),
        "created_at": time(one.created_at),
        "url": url,
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
    }
    if place.startswith("repos/"):
        told |= {"test_url": f"{url}/test", "last_response": {"code": None, "status": "unused", "message": None}}
    return told


def hook_delivery(one: HookDelivery) -> Json:
    """/rest/repos/webhooks, "List deliveries": its time is to the thousandth."""
    return {
        "id": one.number,
        "guid": one.guid,
        "delivered_at": one.delivered_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": None,
        "repository_id": one.repository,
        "throttled_at": None,
    }


def whole_hook_delivery(one: HookDelivery, url: str, payload: Any) -> Json:
    """/rest/repos/webhooks, "Get a delivery": with what was sent, and what was answered."""
    return {
        **hook_delivery(one),
        "url": url,
        "request": {"headers": one.headers, "payload": payload},
        "response": {"headers": {}, "payload": one.answer},
    }
