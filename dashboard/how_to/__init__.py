"""(pure) How each kind of sender is set up: one text a kind beside this, for the site and for ``add_source`` alike.

A text begins with ``group``, ``says`` and ``options``; then come paragraphs, rows ``= Name | value`` to fill in, and
snippets between fences. ``<<url>>``, ``<<secret>>`` and ``<<signed-url>>`` (with user and secret in it) are filled in,
and ``<<db-host>>``, ``<<db-port>>`` and ``<<db-name>>``.
Those of pipelines that ask the gate (``gate-...``) and of tools that read (``use-...``) have no options, and their
group is their name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

FOLDER = Path(__file__).parent
USER = "plumbline"  # where a sender asks for one; any will do
HIDDEN = "SECRET"
LOCAL = ("localhost", "127.0.0.1", "::1")
OPTION = r"(\w+)(?:\(([^)]*)\))?"
GROUPS = ("Code hosts", "Delivery", "Incidents")


class Row(NamedTuple):
    """A field at the sender and what goes into it. ``copied``: it is to be copied, and not chosen there."""

    name: str
    value: str
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One of: ``text``, a paragraph; ``rows``, what to fill in; ``code`` with its ``title``, to be copied whole."""

    text: str = ""
    rows: tuple[Row, ...] = ()
    title: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class HowTo:
    """``options``: those that most people need, by name; with their choices where there are few."""

    kind: str
    group: str
    says: str
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()


@cache
def how_to(kind: str) -> HowTo:
    """The text of a kind of sender. Raises ``FileNotFoundError`` for another kind of source."""
    head, _, body = (FOLDER / f"{kind}.txt").read_text().partition("\n\n")
    told = dict(line.split(": ", 1) for line in head.splitlines())
    options = {name: tuple(choices.split()) for name, choices in re.findall(OPTION, told.get("options", ""))}
    return HowTo(kind, told["group"], told["says"], options, tuple(_blocks(body)))


def _blocks(body: str) -> Iterator[Block]:
    for place, part in enumerate(re.split(r"^```(.*)$", body, flags=re.MULTILINE)):
        if place % 4 == 1:
            title = part.strip()
        elif place % 4 == 2:
            yield Block(title=title, code=part.strip("\n"))
        elif place % 4 == 0:
            yield from map(_told, filter(None, (text.strip() for text in part.split("\n\n"))))


def _told(text: str) -> Block:
    if not text.startswith("= "):
        return Block(text=" ".join(text.split()))
    rows = (line.removeprefix("= ").split(" | ", 1) for line in text.splitlines())
    return Block(rows=tuple(Row(name, value, "<<" in value) for name, value in rows))


class Place(NamedTuple):
    """Where the site keeps its data; words that stand for it where that is not to be told."""

    host: str = "HOST"
    port: str = "5432"
    name: str = "DATABASE"


ELSEWHERE = Place()


def filled(told: HowTo, url: str, secret: str = HIDDEN, database: Place = ELSEWHERE) -> list[Block]:
    """The blocks with the address and the secret in their places; without a secret, a word stands for it."""
    parts = urlsplit(url)
    with_user = parts._replace(netloc=f"{USER}:{quote(secret, safe='')}@{parts.netloc}").geturl()
    values = {"url": url, "secret": secret, "signed-url": with_user, "user": USER}
    values |= {"db-host": database.host, "db-port": database.port, "db-name": database.name}

    def put(text: str) -> str:
        return re.sub(r"<<([a-z-]+)>>", lambda found: values[found[1]], text)

    return [
        Block(put(one.text), tuple(row._replace(value=put(row.value)) for row in one.rows), one.title, put(one.code))
        for one in told.blocks
    ]


def only_here(url: str) -> bool:
    """Whether no other machine reaches the address."""
    return urlsplit(url).hostname in LOCAL


def plain(blocks: list[Block]) -> str:
    """The blocks as plain text, for a terminal."""
    return "\n\n".join(_plain(one) for one in blocks)


def _plain(block: Block) -> str:
    if block.rows:
        width = max(len(row.name) for row in block.rows) + 3
        return "\n".join(f"  {row.name:<{width}}{row.value}" for row in block.rows)
    if block.code:
        return f"{block.title}:\n\n" + "\n".join(f"    {line}".rstrip() for line in block.code.splitlines())
    return block.text
