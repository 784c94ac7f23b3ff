"""(pure) A message as a Workflow of Microsoft Teams takes it: an Adaptive Card.

All words stand in text runs, which hold no markup: what somebody wrote in a name stays what it is.
"""

import json
from typing import Any

from dashboard.chat.message import SIGNS, Message, rest, shorter
from dashboard.reports.weekly import Line, Section

MAX_BYTES = 27_000  # Teams takes about 28 KB, its own frame included
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


def body(message: Message) -> dict[str, Any]:
    """The card, without the last lines of its longest sections where it would be too large."""
    made = _body(message)
    while len(json.dumps(made).encode()) > MAX_BYTES and (less := shorter(message)) is not None:
        message = less
        made = _body(message)
    return made


def _body(message: Message) -> dict[str, Any]:
    blocks = [_block([{"text": message.title, "weight": "Bolder", "size": "Large"}])]
    if message.says:
        blocks.append(_block([{"text": message.says}]))
    for section in message.sections:
        blocks += _section(section)
    card: dict[str, Any] = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
        "msteams": {"width": "Full"},
    }
    if message.href:
        card["actions"] = [{"type": "Action.OpenUrl", "title": message.link, "url": message.href}]
    kind = "application/vnd.microsoft.card.adaptive"
    return {
        "type": "message",
        "summary": message.brief,
        "attachments": [{"contentType": kind, "contentUrl": None, "content": card}],
    }


def _section(section: Section) -> list[dict[str, Any]]:
    blocks = [_block([{"text": section.title, "weight": "Bolder"}], apart=True)] if section.title else []
    blocks += [_block(_line(one)) for one in section.lines]
    if section.more:
        blocks.append(_block([{"text": rest(section), "isSubtle": True}]))
    return blocks


def _line(one: Line) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = [{"text": f"{SIGNS[one.mark]} "}]
    if one.name:
        name: dict[str, Any] = {"text": one.name}
        if one.href:
            name["selectAction"] = {"type": "Action.OpenUrl", "url": one.href}
        runs += [name, {"text": ": "}]
    return [*runs, {"text": one.text}]


def _block(runs: list[dict[str, Any]], *, apart: bool = False) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "RichTextBlock", "inlines": [{"type": "TextRun"} | run for run in runs]}
    return block | ({"spacing": "Medium"} if apart else {})
