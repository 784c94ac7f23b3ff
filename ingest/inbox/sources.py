"""The sources that are there without being set up."""

from ingest.models import Source
from ingest.models.inbox import SourceKind


def native() -> Source:
    """The source of native events, whatever the door they came in by."""
    source, _ = Source.objects.get_or_create(
        public_id="native", kind=SourceKind.NATIVE, defaults={"name": "Native events"}
    )
    return source


def local_git() -> Source:
    """The source of what is read from local clones."""
    source, _ = Source.objects.get_or_create(public_id="git", kind=SourceKind.GIT, defaults={"name": "Local clones"})
    return source
