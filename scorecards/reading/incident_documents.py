"""(pure) Documents on incident response: roles, severities, phases, in YAML or Markdown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.repository.documents.markdown import Heading, Markdown
from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.durations import seconds_of

ROLES: dict[str, re.Pattern[str]] = {
    "commander": re.compile(r"command|incident[ _-]?(?:manager|lead\b|leader|coordinator)|\bic\b", re.I),
    "technical": re.compile(r"tech|engineer|operations|\bops\b|subject[ _-]?matter|\bsme\b|resolver|investigat", re.I),
    "communications": re.compile(r"communicat|comms|liaison|customer", re.I),
}
PHASES: dict[str, re.Pattern[str]] = {
    "response": re.compile(r"respon|triage|detect|acknowledg|declare|identif", re.I),
    "investigation": re.compile(r"investigat|diagnos|analys|assess", re.I),
    "mitigation": re.compile(r"mitigat|contain|stabili[sz]|remediat", re.I),
    "resolution": re.compile(r"resol|recover|clos|post.?mortem|after", re.I),
}
_BACKUP = re.compile(r"back-?up|deputy|secondary|stand-?in|alternate", re.I)
_SEVERITY = re.compile(r"\b(?:sev(?:erity)?[ _-]?|p|s|priority[ _-]?)([0-5])\b", re.I)
_TIME = re.compile(r"\b(?:\d{1,3} ?(?:m|min|mins|minutes?|h|hrs?|hours?|d|days?)\b|immediate(?:ly)?)", re.I)
_ABOUT = re.compile(r"incident|severit|escalat|on-?call|outage", re.I)
_PAGES = ("docs/**.md", "sre/**.md", "**/runbooks/**.md", "**/*incident*.md", "**/*Incident*.md", "**/*severit*.md")
MAX_PAGES = 60
MAX_ENTRIES = 200


class Role(NamedTuple):
    name: str
    backup: bool
    place: Place


class Severity(NamedTuple):
    """``response``: seconds, ``None`` where none is told or it is no duration."""

    name: str
    defined: bool
    response: float | None
    escalates: bool
    communicates: bool
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class IncidentDocument:
    """``pages`` are its files. ``phases`` are texts that name them."""

    pages: tuple[str, ...]
    roles: tuple[Role, ...] = ()
    severities: tuple[Severity, ...] = ()
    phases: tuple[str, ...] = ()
    place: Place = field(default_factory=lambda: Place(""))
    role_texts: tuple[str, ...] = ()  # roles that escalation and backups name


def incident_documents(tree: RepositoryTree) -> list[IncidentDocument]:
    """Every YAML document, and all pages of Markdown as one."""
    return tree.derive(_incident_documents)


def _incident_documents(tree: RepositoryTree) -> list[IncidentDocument]:
    roots = [found.root.get("incident_response") for found in kinds.found(tree, "incident") if found.root is not None]
    found = [_of_node(node) for node in roots if node is not None]
    pages = _pages(tree)
    return [*found, *([_of_pages(pages)] if _tells_of_incidents(pages) else [])]


# ---------------------------------------------------------------- YAML


def _of_node(node: Node) -> IncidentDocument:
    roles, severities, procedures = node.get("roles"), node.get("severities"), node.get("procedures")
    return IncidentDocument(
        (node.path,),
        tuple(_role(name, below, place) for name, below, place in _named(roles)),
        tuple(_severity(name, below, place) for name, below, place in _named(severities)),
        tuple(name for name, _, _ in _named(procedures)),
        node.place,
        tuple(text for _, below, _ in _named(severities) for text in below.texts_at("escalation")),
    )


def _named(node: Node | None) -> Iterator[tuple[str, Node, Place]]:
    """(name, value, place) of a mapping's members, or of a list's items by their names."""
    if node is None:
        return
    for name, key, below in node.members():
        yield name, below, key.place
    for item in node.items()[:MAX_ENTRIES]:
        yield item.text or item.text_at("name") or item.text_at("role") or item.text_at("level"), item, item.place


def _role(name: str, node: Node, place: Place) -> Role:
    return Role(name, any(_is_told(node.get(key)) for key in ("backup", "backups", "deputy", "secondary")), place)


def _is_told(node: Node | None) -> bool:
    return node is not None and (bool(node.text.strip()) if node.is_scalar else len(node) > 0)


def _severity(name: str, node: Node, place: Place) -> Severity:
    response = next((node.text_at(key) for key in ("response_time", "response", "acknowledge") if node.has(key)), "")
    escalation = node.get("escalation")
    return Severity(
        name,
        _is_told(node.get("definition")) or _is_told(node.get("description")),
        seconds_of(response),
        escalation is not None and escalation.is_sequence and len(escalation) > 0,
        _is_told(node.get("communication")) or _is_told(node.get("communications")),
        place,
    )


# ---------------------------------------------------------------- Markdown


def _pages(tree: RepositoryTree) -> list[tuple[str, Markdown]]:
    """Pages whose name or a heading is about incidents, at most so many."""
    found: list[tuple[str, Markdown]] = []
    for path in dict.fromkeys(tree.files(*_PAGES)):
        text = tree.text(path) or ""
        if not _ABOUT.search(text[:200_000]) or len(found) >= MAX_PAGES:
            continue
        read = tree.markdown(path)
        if read is not None and (_ABOUT.search(path) or any(_ABOUT.search(each.text) for each in read.headings)):
            found.append((path, read))
    return found


def _tells_of_incidents(pages: list[tuple[str, Markdown]]) -> bool:
    """Whether headings are on both roles and severities, or a page is called after incident response."""
    headings = [heading.text for _, read in pages for heading in read.headings]
    on_roles = any(re.search(r"\broles?\b|responsibilit|commander", text, re.I) for text in headings)
    on_severities = any(re.search(r"severit|priorit|\bsev ?\d", text, re.I) for text in headings)
    return on_roles and on_severities


def _of_pages(pages: list[tuple[str, Markdown]]) -> IncidentDocument:
    headings = [(path, read, heading) for path, read in pages for heading in read.headings]
    text = "\n".join("\n".join(read.lines) for _, read in pages)[:1_000_000]
    backed = bool(_BACKUP.search(text))
    return IncidentDocument(
        tuple(path for path, _ in pages),
        tuple(_told_roles(headings, text, backed)),
        tuple(_told_severities(pages, bool(re.search(r"escalat", text, re.I)))),
        tuple(heading.text for _, _, heading in headings),
        Place(pages[0][0], 1),
    )


def _told_roles(headings: list[tuple[str, Markdown, Heading]], text: str, backed: bool) -> Iterator[Role]:
    """A role by its heading, else by the text; whether it has a backup as its section or the text says."""
    for name, pattern in ROLES.items():
        own = next(((path, read, heading) for path, read, heading in headings if pattern.search(heading.text)), None)
        if own is not None:
            yield Role(name, backed, Place(own[0], own[2].line))
        elif pattern.search(text):
            yield Role(name, backed, Place(headings[0][0], 1))


def _told_severities(pages: list[tuple[str, Markdown]], escalates: bool) -> Iterator[Severity]:
    """Severity levels with the first time that stands on their line or in their section."""
    seen: set[str] = set()
    for path, read in pages:
        for number, line in enumerate(read.lines[:5_000], 1):
            level = _SEVERITY.search(line[:500])
            if level is None or level[1] in seen or not line.lstrip().startswith(("#", "|", "-", "*", "<")):
                continue
            seen.add(level[1])
            told = line[:2_000] + "\n" + _below(read, number)
            time = _TIME.search(told)
            communicates = bool(re.search(r"status|communicat|notif|customer|update", told, re.I))
            response = seconds_of(time[0]) if time else None
            yield Severity(f"sev{level[1]}", len(told) > 30, response, escalates, communicates, Place(path, number))


def _below(read: Markdown, number: int) -> str:
    heading = next((each for each in read.headings if each.line == number), None)
    return read.section(heading)[:5_000] if heading is not None else ""
