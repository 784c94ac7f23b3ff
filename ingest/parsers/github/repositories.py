"""(pure) repository -> renamed, moved, archived, deleted."""

from ingest.parsers.fields import Fields
from ingest.parsers.github.delivered import Delivered, Ignored, Said
from ingest.parsers.observation import RepositorySeen
from ingest.parsers.observation import Said as Facts

ACTIONS = ("created", "renamed", "transferred", "deleted", "archived", "unarchived", "edited")


def repository(delivered: Delivered) -> Said:
    """The number stays through a rename or a move; the name before is kept alive as another name."""
    if delivered.action not in ACTIONS:
        return Ignored(f"Nothing is kept of a repository that was {delivered.action}.")
    fields = delivered.body.child("repository")
    said: Facts = {"archived": delivered.action == "archived" or fields.flag("archived")}
    branch = delivered.default_branch
    if branch is not None:
        said["default_branch"] = branch
    at = fields.maybe_time("updated_at") or delivered.received_at
    if delivered.action == "deleted":
        # what is gone is not updated: its last change lies before
        said["deleted"], at = True, delivered.received_at
    previous = _previous_name(delivered)
    if previous is not None:
        said["previous_name"] = previous
    return [RepositorySeen(at, delivered.key, delivered.repository, said)]


def _previous_name(delivered: Delivered) -> str | None:
    owner, _, name = delivered.repository.name.rpartition("/")
    changes = delivered.body.maybe_child("changes")
    if changes is None:
        return None
    if delivered.action == "renamed":
        before = _at(changes, "repository", "name")
        return f"{owner}/{before.text('from', 200)}" if before else None
    if delivered.action == "transferred":
        source = _at(changes, "owner", "from")
        former = (source.maybe_child("user") or source.maybe_child("organization")) if source else None
        return f"{former.text('login', 100)}/{name}" if former else None
    return None


def _at(fields: Fields, *names: str) -> Fields | None:
    found: Fields | None = fields
    for name in names:
        found = found.maybe_child(name) if found is not None else None
    return found
