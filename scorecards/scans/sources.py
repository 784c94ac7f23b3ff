"""Where the trees of repositories come from, by the settings SCAN_FROM, SCAN_CLONE_URL, SCAN_HOSTS and GITHUB_*."""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from ingest.models import Repository
from ingest.repository import clone
from ingest.repository.api import KnownHeads, Trees
from ingest.repository.clone import Wanted
from ingest.repository.github import GitHubCalls
from ingest.repository.refused import RepositoryRefused
from scorecards.models import ScanDue

_heads: dict[str, KnownHeads] = {}  # of this process; a lost one costs a call
NONE_SET = "No source of repositories is set. Set SCAN_FROM to clone or api."
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){1,9}\Z")


@dataclass(frozen=True, slots=True)
class Brought:
    """A commit at hand: a bare clone or a folder of blobs. ``malformed``: what git's own check complained of."""

    kind: Literal["bare", "pack"]
    path: str
    commit: str
    malformed: str = ""


class TreeSource(Protocol):
    """Where trees come from. Both raise the errors of ``ingest.errors``; the message says what to do."""

    def head(self, name: str) -> str:
        """The id of the newest commit of the default branch; nothing else is fetched."""

    def brought(self, name: str, commit: str) -> AbstractContextManager[Brought]:
        """The commit, for as long as the context is open."""


@dataclass(frozen=True, slots=True)
class Clones:
    """Hardened fetches. ``template``: the URL with ``{name}``; ``token`` is sent to GitHub's own hosts alone."""

    template: str
    hosts: tuple[str, ...]
    token: str = ""
    token_hosts: tuple[str, ...] = ("github.com",)
    authority: str = ""

    def head(self, name: str) -> str:
        return clone.head_of(self._wanted(name))

    @contextmanager
    def brought(self, name: str, commit: str) -> Iterator[Brought]:
        with clone.fetched(self._wanted(name), commit) as found:
            yield Brought("bare", str(found.path), found.commit, found.malformed)

    def _wanted(self, name: str) -> Wanted:
        url = self.template.replace("{name}", checked(name))
        header = ""
        if self.token and (urlsplit(url).hostname or "") in self.token_hosts:
            header = "Authorization: Basic " + b64encode(f"x-access-token:{self.token}".encode()).decode()
        return Wanted(url, self.hosts, header=header, authority=self.authority)


@dataclass(frozen=True, slots=True)
class Api:
    """GitHub's API."""

    trees: Trees

    def head(self, name: str) -> str:
        return self.trees.head(checked(name))

    @contextmanager
    def brought(self, name: str, commit: str) -> Iterator[Brought]:
        with self.trees.packed(checked(name), commit) as found:
            yield Brought("pack", str(found.path), found.commit)


def checked(name: str) -> str:
    """The name of a repository as it may stand in a URL. Raises ``RepositoryRefused``."""
    if not _NAME.match(name) or ".." in name:
        raise RepositoryRefused(
            "bad_name", f"{name[:80]!r} is no owner/name. Give the repository its name at the host."
        )
    return name


def source_in_settings() -> TreeSource | None:
    """The source that the settings name; ``None`` where none is set: what is due waits."""
    if settings.SCAN_FROM == "api":
        calls = GitHubCalls(settings.GITHUB_API_URL, settings.GITHUB_TOKEN)
        return Api(Trees(calls, _heads.setdefault(settings.GITHUB_API_URL, {})))
    if settings.SCAN_FROM != "clone":
        return None
    api_host = urlsplit(settings.GITHUB_API_URL).hostname or ""
    return Clones(
        settings.SCAN_CLONE_URL,
        tuple(settings.SCAN_HOSTS),
        settings.GITHUB_TOKEN,
        ("github.com", api_host.removeprefix("api.")),
    )


def why_waiting(repository: Repository) -> str:
    """What holds a scan up that was asked for, with what to do; empty where none is, or nothing holds it up."""
    due = ScanDue.objects.filter(repository=repository, asked_at__isnull=False).first()
    if due is None:
        return ""
    return due.error if settings.SCAN_FROM else NONE_SET
