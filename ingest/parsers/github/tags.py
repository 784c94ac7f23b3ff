"""(pure) create, and pushes of tags -> deployments, where the options say that tags are deployments."""

from datetime import datetime

from ingest.parsers.github.delivered import Delivered, Ignored, Said
from ingest.parsers.observation import DeploymentSeen
from ingest.parsers.observation import Said as Facts


def create(delivered: Delivered) -> Said:
    """A branch or tag was made. The event tells no sha; the push of the same tag does."""
    if delivered.body.text("ref_type") != "tag":
        return Ignored("A new branch: its commits come with its pushes.")
    at = delivered.body.child("repository").maybe_time("pushed_at") or delivered.received_at
    return tag_deployment(delivered, delivered.body.text("ref"), None, at)


def tag_deployment(delivered: Delivered, name: str, sha: str | None, at: datetime) -> Said:
    """A tag as a deployment that succeeded when it was pushed."""
    options = delivered.options
    if options.deploys_by != "tags":
        return Ignored(f"Tags are no deployments here (deploys_by is {options.deploys_by}).")
    if not options.is_release_tag(name):
        return Ignored(f"The tag {name} matches none of {', '.join(options.tags)}.")
    said: Facts = {"terminal": "succeeded", "version": name}
    if sha is not None:
        said["sha"] = sha
    external_id = delivered.id_of("tag", name)
    return [DeploymentSeen(at, delivered.key, external_id, None, delivered.repository, options.environment, None, said)]
