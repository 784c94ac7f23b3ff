"""(pure) A message as Slack's incoming webhooks take it: blocks of mrkdwn, in which nobody's name is markup."""

from typing import Any

from dashboard.chat.message import SIGNS, Message, rest
from dashboard.reports.weekly import Line, Section

MAX_HEADER = 150  # characters, as Slack counts them
MAX_TEXT = 3000
MAX_BLOCKS = 50
# Slack reads <!channel>, <@U…> and <url|text> behind a "<" alone. Marks of bold and code have no escape.
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "\u2217", "~": "\u223c", "`": "'"})


def body(message: Message) -> dict[str, Any]:
    """``text`` is what a notification shows; nothing in it mentions anybody, and no link is fetched to be shown."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(message.title, MAX_HEADER), "emoji": False}}
    ]
    if message.says:
        blocks.append(_section(escaped(message.says)))
    blocks += [_section(_text(one)) for one in message.sections]
    if message.href:
        blocks.append(_section(f"<{_href(message.href)}|{escaped(message.link)}>"))
    return {
        "text": _fit([escaped(message.brief)]),
        "blocks": blocks[:MAX_BLOCKS],
        "mrkdwn": False,
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(text: str) -> str:
    return text.translate(_ESCAPED)


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _text(section: Section) -> str:
    """The lines that there is room for, under their title."""
    lines = [f"*{escaped(section.title)}*"] if section.title else []
    lines += [_line(one) for one in section.lines]
    return _fit(lines, section.more, rest(section))


def _fit(lines: list[str], more: int = 0, last: str = "") -> str:
    """Whole lines up to the limit; how many there is no room for is said."""
    while len("\n".join([*lines, last]).strip()) > MAX_TEXT and len(lines) > 1:
        lines.pop()
        more += 1
        last = f"and {more} more"
    return _cut("\n".join([*lines, last]).strip(), MAX_TEXT)


def _line(one: Line) -> str:
    name = escaped(one.name)
    if one.href and name:
        name = f"<{_href(one.href)}|{name}>"
    return f"{SIGNS[one.mark]} {f'{name}: ' if name else ''}{escaped(one.text)}"


def _href(href: str) -> str:
    return href.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}\u2026"
