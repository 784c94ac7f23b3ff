"""(pure) One delivery of Azure DevOps, opened: what every event's reader needs."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from ingest.parsers.azuredevops.options import AzureDevOpsOptions
from ingest.parsers.fields import Fields
from ingest.parsers.named import external_id
from ingest.parsers.observation import RepositoryRef
from ingest.parsers.repositories import repository_of_url

NOBODY = "00000000-0000-0000-0000-000000000000"
NEVER = "0001-01-01"


class Delivered(NamedTuple):
    body: Fields
    resource: Fields
    options: AzureDevOpsOptions
    received_at: datetime
    key: str

    @property
    def at(self) -> datetime:
        """When the event was made."""
        return self.body.time("createdDate")

    @property
    def project(self) -> str:
        """The project's id, unique over all of Azure DevOps; the organisation's where none is told."""
        containers = self.body.maybe_child("resourceContainers")
        for fields, name in ((containers, "project"), (self.resource, "project"), (containers, "account")):
            child = fields.maybe_child(name) if fields else None
            found = child.maybe_text("id", 100) if child else None
            if found and found != NOBODY:
                return found
        return self.body.refuse("resourceContainers", "an object that holds the project's id")

    def id_of(self, *parts: str | int | None) -> str:
        return external_id("azuredevops", self.project, *parts)


def maybe_when(fields: Fields, name: str) -> datetime | None:
    """A time; ``None`` also for the year 1, which stands for never."""
    value = fields.raw(name)
    return None if isinstance(value, str) and value.startswith(NEVER) else fields.maybe_time(name)


def display_name(user: Fields | None) -> str:
    return user.prose("displayName") if user else ""


def link(fields: Fields, name: str = "web") -> str:
    """The address of a page, of ``_links``; empty where there is none."""
    links = fields.maybe_child("_links")
    found = links.maybe_child(name) if links else None
    return found.url("href") if found else ""


def repository_of(repository: Fields) -> RepositoryRef:
    """``organisation/project/name``, as its address tells it, and the id that a rename keeps."""
    url = repository.url("remoteUrl") or repository.url("url")
    project = repository.maybe_child("project")
    found = repository_of_url(url)
    name = f"{project.text('name', 100)}/" if project else ""
    number = repository.text("id", 100)
    return RepositoryRef(found.name if found else name + repository.text("name", 200), repository_id(url, number))


def repository_id(url: str, number: str) -> str:
    """Unique over all platforms: the id is Azure's own."""
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        host = ""
    hosted = host == "dev.azure.com" or host.endswith(".visualstudio.com")
    return external_id("azuredevops", "dev.azure.com" if hosted else host, number)
