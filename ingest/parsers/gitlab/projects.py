"""(pure) Hooks of a group or an instance that tell of a project itself: renamed, moved, deleted."""

from datetime import datetime

from ingest.parsers.fields import Fields
from ingest.parsers.observation import Outcome, RepositoryRef, RepositorySeen, Said

EVENTS = ("project_create", "project_destroy", "project_rename", "project_transfer", "project_update")


def project_event(body: Fields, event: str, host: str, received_at: datetime, key: str) -> Outcome:
    """The number stays through a rename or a move. These events name no host: without the header the name has to do."""
    number, name = body.number("project_id"), body.text("path_with_namespace")
    at = body.maybe_time("updated_at") or body.maybe_time("created_at") or received_at
    said: Said = {}
    if event == "project_destroy":
        # what is gone is not updated: its last change lies before
        said["deleted"], at = True, received_at
    previous = body.maybe_text("old_path_with_namespace")
    if previous is not None and previous != name:
        said["previous_name"] = previous
    repository = RepositoryRef(name, f"gitlab/{host}/{number}" if host else "")
    return [RepositorySeen(at, key, repository, said)]
