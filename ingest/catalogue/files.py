"""(pure) A catalogue file -> what it says of teams and services, and every problem with its line.

Two formats, also mixed in one file: our own, and Backstage's entities. Definition: docs/catalogue.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from yaml.nodes import Node

from ingest.catalogue.backstage import KEY, checked_email, checked_tier, is_entity, read_entity
from ingest.catalogue.documents import BadEntry, Entry, Problem, documents, line_of
from ingest.catalogue.names import slug_of
from ingest.parsers.observation import RepositoryRef, Said, ServiceSeen, TeamSeen

VERSION = "1"
DOCUMENT = ("version", "teams", "services")
TEAM = ("slug", "name", "email")
SERVICE = ("slug", "name", "team", "tier", "repository", "paths", "environments", "since", "retired")
MAX_ENTRIES = 20_000


@dataclass(slots=True)
class CatalogueFile:
    """``retired``: by service, the day from which on it is out of use, or ``None`` for in use again.

    ``problems``: what was left out; ``notes``: what was read and is worth knowing.
    """

    teams: list[TeamSeen] = field(default_factory=list)
    services: list[ServiceSeen] = field(default_factory=list)
    retired: dict[str, date | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    _lines: dict[tuple[type, str], int] = field(default_factory=dict)

    def add(self, seen: TeamSeen | ServiceSeen, line: int) -> None:
        """Take an entry; of two for one team or service the first stands."""
        name = seen.team if isinstance(seen, TeamSeen) else seen.service
        identity = (type(seen), slug_of(name))
        if identity in self._lines:
            raise BadEntry(line, f"{name} is declared twice; line {self._lines[identity]} stands.")
        self._lines[identity] = line
        if isinstance(seen, TeamSeen):
            self.teams.append(seen)
        else:
            self.services.append(seen)


def read_catalogue(text: bytes, name: str, at: datetime) -> CatalogueFile:
    """Read a file called ``name``, loaded at ``at`` (aware, in the organisation's zone: its day is today).

    Never raises for content: a bad entry is a problem, the rest is taken. Fields that the file does not speak of stay
    as they are.
    """
    found = CatalogueFile()
    nodes = documents(text)
    while True:
        try:
            node = next(nodes, None)
            if node is None:
                return found
            _read_document(found, Entry(node), name[:200], at)
        except BadEntry as bad:
            found.problems.append(bad.problem)


def _read_document(found: CatalogueFile, entry: Entry, name: str, at: datetime) -> None:
    if is_entity(entry):
        entity = read_entity(entry, at, name)
        if entity.seen is not None:
            found.add(entity.seen, entry.line)
        found.notes += [Problem(entry.line, note) for note in entity.notes]
        return
    version = entry.required("version")
    if version != VERSION:
        raise entry.refuse("version", f"is {version}; this Plumbline reads version {VERSION}.")
    for part, read in (("teams", _read_team), ("services", _read_service)):
        _each(found, entry, part, lambda node, read=read: read(found, node, name, at))  # type: ignore[misc]
    for part in entry.names() - set(DOCUMENT):
        found.problems.append(entry.refuse(part, f"is not known here. Known are: {', '.join(DOCUMENT)}.").problem)


def _each(found: CatalogueFile, entry: Entry, part: str, read: Callable[[Node], None]) -> None:
    """Read the entries of a list; a bad one, or a bad list, spoils no other."""
    try:
        for node in entry.items(part, MAX_ENTRIES):
            try:
                read(node)
            except BadEntry as bad:
                found.problems.append(bad.problem)
    except BadEntry as bad:
        found.problems.append(bad.problem)


def _read_team(found: CatalogueFile, node: Node, name: str, at: datetime) -> None:
    entry = Entry(node, TEAM)
    said: Said = {}
    slug, title, email = entry.required("slug"), entry.text("name"), entry.text("email")
    if title:
        said["name"] = title
    if email:
        said["email"] = checked_email(entry, email)
    found.add(TeamSeen(at, KEY, slug, said), line_of(node))


def _read_service(found: CatalogueFile, node: Node, name: str, at: datetime) -> None:
    entry = Entry(node, SERVICE)
    slug, retired = entry.required("slug"), entry.day("retired")
    if retired is not None and retired > at.date():
        raise entry.refuse("retired", f"is in the future: {retired}. Say it when the day has come.")
    found.add(ServiceSeen(at, KEY, slug, _said_of_service(entry, name)), line_of(node))
    if "retired" in entry:
        found.retired[slug] = retired
    if entry.texts("environments"):
        found.notes.append(
            Problem(entry.line_of("environments"), "“environments” is not needed: they are known by their deployments.")
        )


def _said_of_service(entry: Entry, name: str) -> Said:
    said: Said = {}
    title, tier, paths = entry.text("name"), entry.text("tier"), entry.texts("paths")
    repository, team, since = entry.text("repository", 300), entry.text("team"), entry.day("since")
    if title:
        said["name"] = title
    if tier:
        said["tier"] = checked_tier(entry, "tier", tier)
    if repository:
        said["repository"] = RepositoryRef(repository)
    if paths is not None:
        said["path_globs"] = paths
    if team:
        said |= {"team": team, "basis": KEY, "by": name}
    if since and not team:
        raise entry.refuse("since", "says from when on a team owns the service, so “team” is required with it.")
    if since:
        said["since"] = since
    return said
