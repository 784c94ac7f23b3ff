"""(pure) Markdown as CommonMark reads it: headings, links, code, tables, front matter, each with its line."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.repository.documents.yaml import read_yaml
from ingest.repository.node import Node, Problem

# Beyond these the parser may take seconds; a plain look at the lines is taken instead.
MAX_SIZE, MAX_LINES, MAX_BRACKETS = 200_000, 20_000, 5_000

_PARSER = MarkdownIt("commonmark").enable("table")
_FRONT = re.compile(r"---[ \t]*\r?\n((?s:.*?)\n)?(?:---|\.\.\.)[ \t]*\r?(?:\n|\Z)")
_URL = re.compile(r"https?://[^\s<>()\[\]\"'`|]++")
_ANCHOR = re.compile(r"<\w+\s[^>]{0,200}?\b(?:name|id)\s?=\s?[\"']?([^\"'\s>]{1,200})")
_OWN_ID = re.compile(r"\{#([\w-]{1,200})\}$")
_NO_SLUG = re.compile(r"[^\w\- ]")
_PLAIN_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_PLAIN_LINK = re.compile(r"\[([^\[\]\n]{0,100})\]\(([^()\s]{1,500})")
_PLAIN_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")


class Heading(NamedTuple):
    level: int
    text: str
    line: int


class Link(NamedTuple):
    """``text`` is empty where an address stands bare; of an image it is the alternative text."""

    target: str
    text: str
    line: int
    is_image: bool = False


class Fence(NamedTuple):
    """Fenced code; ``info`` is what stands behind the fence, ``line`` the opening fence's."""

    info: str
    text: str
    line: int

    @property
    def language(self) -> str:
        return self.info.split()[0].lower() if self.info.strip() else ""


class Table(NamedTuple):
    header: list[str]
    rows: list[list[str]]
    line: int


@dataclass(slots=True)
class Markdown:
    """What stands in a file, in its order. ``anchors`` are the fragments that a link may name."""

    lines: list[str]
    headings: list[Heading] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    fences: list[Fence] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    front_matter: Node | None = None

    def section(self, heading: Heading) -> str:
        """The text below a heading, up to the next one of its level or above."""
        ends = (other.line for other in self.headings if other.line > heading.line and other.level <= heading.level)
        return "\n".join(self.lines[heading.line : min(ends, default=len(self.lines) + 1) - 1])


def read_markdown(path: str, text: str) -> tuple[Markdown, list[Problem]]:
    """What stands in the file. Any text is Markdown; only its front matter can be broken."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found = Markdown(text.split("\n"))
    text, problems = _front_matter(path, text, found)
    if len(text) > MAX_SIZE or len(found.lines) > MAX_LINES or text.count("[") > MAX_BRACKETS:
        _look(text, found)
    else:
        try:
            tokens = _PARSER.parse(text)
        except (LookupError, ValueError, RecursionError):  # bugs of the parser, on texts that nobody writes
            _look(text, found)
        else:
            _read(tokens, found)
    _name_headings(found)
    return found, problems


def slug(text: str) -> str:
    """The fragment that GitHub gives a heading, before it numbers equal ones."""
    return _NO_SLUG.sub("", text.strip().lower()).replace(" ", "-")


def _front_matter(path: str, text: str, found: Markdown) -> tuple[str, list[Problem]]:
    """Takes the front matter out of the text, leaving its lines blank."""
    match = _FRONT.match(text)
    if match is None:
        return text, []
    documents, problems = read_yaml(path, "\n" + (match[1] or ""))
    if documents and documents[0].root.is_mapping:
        found.front_matter = documents[0].root
    return "\n" * match[0].count("\n") + text[match.end() :], problems


def _name_headings(found: Markdown) -> None:
    seen: Counter[str] = Counter()
    for number, heading in enumerate(found.headings):
        text = heading.text
        if own := _OWN_ID.search(text):
            found.anchors.add(own[1])
            text = text[: own.start()].rstrip()
            found.headings[number] = heading._replace(text=text)
        name = slug(text)
        found.anchors.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1


def _read(tokens: list[Token], found: Markdown) -> None:
    for before, token in zip([None, *tokens], tokens, strict=False):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "inline":
            _read_inline(token, line, found)
            if before is not None and before.type == "heading_open":
                found.headings.append(Heading(int(before.tag[1:]), _text_of(token.children or []), line))
        elif token.type == "fence":
            found.fences.append(Fence(token.info.strip(), token.content, line))
        elif token.type == "html_block":
            found.anchors.update(_ANCHOR.findall(token.content))
        elif token.type == "table_open":
            found.tables.append(Table([], [], line))
        elif token.type == "tr_open" and before is not None and before.type != "thead_open":
            found.tables[-1].rows.append([])
        if token.type == "inline" and before is not None and before.type in ("th_open", "td_open"):
            table = found.tables[-1]
            (table.header if before.type == "th_open" else table.rows[-1]).append(token.content.strip())


def _read_inline(token: Token, line: int, found: Markdown) -> None:
    """Links, images and anchors of one paragraph, heading or cell."""
    children = token.children or []
    opened: tuple[int, int, str] | None = None  # number of the token, line, target
    for number, child in enumerate(children):
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "link_open":
            opened = (number, line, str(child.attrGet("href") or ""))
        elif child.type == "link_close" and opened:
            start, at, target = opened
            found.links.append(Link(target, _text_of(children[start + 1 : number]), at))
            opened = None
        elif child.type == "image":
            found.links.append(Link(str(child.attrGet("src") or ""), child.content, line, True))
        elif child.type == "html_inline":
            found.anchors.update(_ANCHOR.findall(child.content))
            line += child.content.count("\n")
        elif child.type == "text" and opened is None:
            found.links += [Link(url, "", line) for url in _urls(child.content)]


def _text_of(tokens: list[Token]) -> str:
    """What a reader sees."""
    breaks = ("softbreak", "hardbreak")
    seen = (
        " " if t.type in breaks else t.content for t in tokens if t.type in ("text", "code_inline", "image", *breaks)
    )
    return "".join(seen).strip()


def _urls(text: str) -> Iterator[str]:
    for match in _URL.finditer(text):
        yield match[0].rstrip(".,;:!?*_")


def _look(text: str, found: Markdown) -> None:
    """Headings, links and fences line by line."""
    fence: tuple[str, str, int, list[str]] | None = None  # the mark, info, line, text so far
    for line, content in enumerate(text.split("\n"), 1):
        mark = _PLAIN_FENCE.match(content)
        if fence is not None:
            if mark and mark[1].startswith(fence[0]) and not mark[2].strip():
                found.fences.append(Fence(fence[1], "".join(fence[3]), fence[2]))
                fence = None
            else:
                fence[3].append(content + "\n")
        elif mark:
            fence = (mark[1], mark[2].strip(), line, [])
        elif heading := _PLAIN_HEADING.match(content):
            found.headings.append(Heading(len(heading[1]), (heading[2] or "").rstrip(" \t#"), line))
        else:
            found.links += [Link(target, name, line) for name, target in _PLAIN_LINK.findall(content)]
            if "://" in content:
                found.links += [Link(url, "", line) for url in _urls(_PLAIN_LINK.sub("", content))]
