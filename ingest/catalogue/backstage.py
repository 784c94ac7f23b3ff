"""(pure) Backstage entities: a Component is a service, a Group is a team; every other kind is passed over.

Format: Backstage's descriptor format of catalog entities (docs/catalogue.md says what is read of it).
"""

import re
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from ingest.catalogue.documents import Entry
from ingest.catalogue.names import slug_of
from ingest.parsers.observation import RepositoryRef, Said, ServiceSeen, TeamSeen

KEY = "catalogue"
TIER = "plumbline.io/tier"
PROJECT_SLUG = "github.com/project-slug"
SOURCE_LOCATION = "backstage.io/source-location"
TIERS = {"1": "critical", "2": "standard", "3": "low", "critical": "critical", "standard": "standard", "low": "low"}
_NAME = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
_REFERENCE = re.compile(r"(?:(?P<kind>[^:/]+):)?(?:(?P<namespace>[^:/]+)/)?(?P<name>[^:/]+)")
_IN_REPOSITORY = {"-", "tree", "blob", "src"}  # where a forge's address goes on into the repository


class Entity(NamedTuple):
    """What an entity says (nothing of a kind that is passed over), and what is worth telling of it."""

    seen: TeamSeen | ServiceSeen | None
    notes: list[str]


def is_entity(entry: Entry) -> bool:
    return "apiVersion" in entry and "kind" in entry


def read_entity(entry: Entry, at: datetime, by: str) -> Entity:
    """What one entity says, loaded at ``at`` from the file ``by``.

    Raises:
        BadEntry: with the line of what can't be taken.
    """
    kind = entry.required("kind")
    reader = {"component": _component, "group": _group}.get(kind.lower())
    if reader is None:
        return Entity(None, [f"{kind} is skipped: only Component and Group are read."])
    metadata = entry.child("metadata")
    if metadata is None:
        raise entry.refuse("metadata", "is required.")
    return reader(metadata, entry.child("spec"), at, by)


def _group(metadata: Entry, spec: Entry | None, at: datetime, by: str) -> Entity:
    said: Said = {}
    profile = spec.child("profile") if spec else None
    name = (profile.text("displayName") if profile else None) or metadata.text("title")
    email = profile.text("email") if profile else None
    if name:
        said["name"] = name
    if profile and email:
        said["email"] = checked_email(profile, email)
    return Entity(TeamSeen(at, KEY, _slug(metadata), said), [])


def _component(metadata: Entry, spec: Entry | None, at: datetime, by: str) -> Entity:
    said: Said = {}
    notes: list[str] = []
    title, tier, repository = metadata.text("title"), _tier(metadata), _repository(metadata)
    if title:
        said["name"] = title
    if tier:
        said["tier"] = tier
    if repository:
        said["repository"] = RepositoryRef(repository)
    slug = _slug(metadata)
    if spec is not None:
        owner = spec.text("owner")
        team = _team(spec, owner) if owner else None
        if team:
            said |= {"team": team, "basis": KEY, "by": by}
        elif owner:
            notes.append(f"{slug} is owned by {owner}: only a Group is a team, so its owner is not read.")
        if (spec.text("lifecycle") or "").lower() == "deprecated":
            notes.append(f"{slug} is deprecated. It counts as before; tell Plumbline the day on which it is retired.")
    return Entity(ServiceSeen(at, KEY, slug, said), notes)


def _slug(metadata: Entry) -> str:
    name, namespace = metadata.required("name", 63), metadata.text("namespace", 63)
    if not _NAME.fullmatch(name):
        raise metadata.refuse("name", f"is no name of an entity: {name}. Use letters, digits, “-”, “_” and “.”.")
    return _qualified(namespace, name)


def _qualified(namespace: str | None, name: str) -> str:
    """Names are unique within a namespace only; case makes no difference."""
    return slug_of(name if (namespace or "default").lower() == "default" else f"{namespace}-{name}")


def _team(spec: Entry, owner: str) -> str | None:
    """The slug of the Group that a reference ``[group:][namespace/]name`` names; ``None`` for another kind."""
    match = _REFERENCE.fullmatch(owner)
    if match is None or not _NAME.fullmatch(match["name"]):
        raise spec.refuse("owner", f"is no reference to a group: {owner}. Write it like group:default/pay.")
    return _qualified(match["namespace"], match["name"]) if (match["kind"] or "group").lower() == "group" else None


def _tier(metadata: Entry) -> str | None:
    for part in ("annotations", "labels"):
        place = metadata.child(part)
        tier = place.text(TIER) if place else None
        if place and tier:
            return checked_tier(place, TIER, tier)
    return None


def _repository(metadata: Entry) -> str | None:
    """``owner/name``, as the annotations tell it; a location that is no web address tells nothing."""
    annotations = metadata.child("annotations")
    if annotations is None:
        return None
    slug = annotations.text(PROJECT_SLUG)
    if slug:
        if not re.fullmatch(r"[^\s/]+/[^\s/]+", slug):
            raise annotations.refuse(PROJECT_SLUG, f"must be owner/name, not {slug}.")
        return slug
    return _of_address(annotations.text(SOURCE_LOCATION, 2_000) or "")


def _of_address(location: str) -> str | None:
    address = location.removeprefix("url:")
    if not address.startswith(("https://", "http://")):
        return None
    try:
        parts = [part for part in urlsplit(address).path.split("/") if part]
    except ValueError:
        return None
    end = next((index for index, part in enumerate(parts) if index >= 2 and part in _IN_REPOSITORY), len(parts))
    name = "/".join(parts[:end]).removesuffix(".git")
    return name if end >= 2 and len(name) <= 300 else None


def checked_tier(entry: Entry, name: str, tier: str) -> str:
    found = TIERS.get(tier.lower())
    if found is None:
        raise entry.refuse(name, f"is {tier}; it must be 1, 2, 3, critical, standard or low.")
    return found


def checked_email(entry: Entry, email: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise entry.refuse("email", f"is no address: {email}.")
    return email
