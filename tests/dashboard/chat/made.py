"""Channels of chats, and what they are told."""

from datetime import UTC, datetime
from typing import Any

from dashboard.chat import events
from dashboard.models import ChatAlert, ChatChannel
from ingest.inbox.secrets import seal
from tests.dashboard.chat.hook import Hook

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
ALL = {"budget": 60, "incident": 60, "source": 60}


def make_channel(team: Any = None, hook: Hook | None = None, **fields: Any) -> ChatChannel:
    """A Slack channel that is told alerts of every kind, each with an hour's quiet, and no digest."""
    address = fields.pop("address", hook.address if hook is not None else "https://hooks.slack.com/services/a/b/secret")
    said = {
        "name": "#pay",
        "kind": "slack",
        "address": seal([address])[0],
        "host": "hooks.slack.com",
        "digest": False,
        "alerts": ALL if team is None else {"budget": 60, "incident": 60},
        "made_at": BEFORE,
        "since": BEFORE,
    } | fields
    return ChatChannel.objects.create(team=team, **said)


def notice(now: datetime = NOW) -> list[tuple[str, str]]:
    """What all the channels are newly told at that moment: kind and text."""
    known = set(ChatAlert.objects.values_list("pk", flat=True))
    events.notice(list(ChatChannel.objects.order_by("pk")), now)
    return [(one.kind, f"{one.name}: {one.text}") for one in ChatAlert.objects.exclude(pk__in=known).order_by("pk")]
