"""(pure) A message as Mattermost and Rocket.Chat take it, who know no blocks: one text in Markdown."""

import re
from typing import Any

from dashboard.chat.message import SIGNS, Message, rest, shorter
from dashboard.reports.weekly import Line, Section

MAX_TEXT = 3_900  # characters; older servers cut a post at 4,000
# A mention begins with "@", and Slack's <!channel> is understood as well: neither is left. The rest is Markdown.
_GONE = str.maketrans({"<": "\u2039", ">": "\u203a", "@": "@\u200b"})
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-!|~:])")


def body(message: Message) -> dict[str, Any]:
    """The text, without the last lines of its longest sections where it would be too long."""
    text = _text(message)
    while len(text) > MAX_TEXT and (less := shorter(message)) is not None:
        message = less
        text = _text(message)
    return {"text": text}


def escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text.translate(_GONE))


def _text(message: Message) -> str:
    parts = [f"**{escaped(message.title)}**", escaped(message.says)]
    parts += [_section(one) for one in message.sections]
    if message.href:
        parts.append(f"[{escaped(message.link)}]({_href(message.href)})")
    return "\n\n".join(part for part in parts if part)


def _section(section: Section) -> str:
    lines = [f"**{escaped(section.title)}**"] if section.title else []
    lines += [_line(one) for one in section.lines]
    return "\n".join([*lines, *([rest(section)] if section.more else [])])


def _line(one: Line) -> str:
    name = escaped(one.name)
    if one.href and name:
        name = f"[{name}]({_href(one.href)})"
    return f"{SIGNS[one.mark]} {f'{name}: ' if name else ''}{escaped(one.text)}"


def _href(href: str) -> str:
    return href.replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")
