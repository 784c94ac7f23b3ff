"""(pure) One delivery of a Git host, opened: what every event's reader needs, and what all of them say alike."""

import re
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from ingest.parsers.fields import MAX_NAME, Fields, as_sha
from ingest.parsers.hosts.options import HostOptions
from ingest.parsers.messages import is_bot
from ingest.parsers.named import external_id
from ingest.parsers.observation import (
    DeploymentSeen,
    Ignored,
    IncidentSeen,
    Observation,
    Outcome,
    PullRequestSeen,
    RepositoryRef,
    RepositorySeen,
    Said,
)

ZEROS = "0" * 40
PRODUCTION = "production"
MAX_HOST = 100
_TOKEN_BOT = re.compile(r"(?:project|group|service_account)_\d{1,20}_bot\w{0,100}|service_account_\w{1,100}")
_CAUSE = re.compile(r"^[ \t>*_-]{0,5}caused[ _-]by[*_]{0,2}:[*_ \t`]{0,5}(\S{1,300})", re.IGNORECASE | re.MULTILINE)
_LOOKS_LIKE_SHA = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{7,64}")


class Opened(NamedTuple):
    """A delivery. ``prefix``: ``<kind>/<host>/<number>``, which every external id of this repository begins with.

    ``default_branch`` ``None``: not told.
    """

    body: Fields
    repository: RepositoryRef
    prefix: str
    default_branch: str | None
    options: HostOptions
    received_at: datetime
    key: str

    def id_of(self, *parts: str | int) -> str:
        """The external id of a fact of this repository."""
        return external_id(self.prefix, *parts)

    def is_default(self, branch: str) -> bool:
        """Whether a branch is the default one; by its usual names where the host does not tell."""
        return branch == self.default_branch if self.default_branch else branch in self.options.default_branches

    def repository_seen(self, at: datetime, head: str | None = None, branch: str | None = None) -> list[Observation]:
        """What a delivery tells of its repository by the way. ``head``: where ``branch``, the default one, moved."""
        name = self.default_branch or branch
        said: Said = ({"default_branch": name} if name else {}) | ({"head": head} if head else {})
        return [RepositorySeen(at, self.key, self.repository, said)] if said else []

    def deployment(
        self, at: datetime, number: str, said: Said, environment: str | None = None, service: str | None = None
    ) -> DeploymentSeen:
        """An attempt to deploy, to the option's environment unless one is told. ``number``: its external id."""
        return DeploymentSeen(
            at, self.key, number, service, self.repository, environment or self.options.environment, None, said
        )

    def pull_request(self, at: datetime, number: int, said: Said) -> PullRequestSeen:
        return PullRequestSeen(at, self.key, number, None, self.repository, None, said)

    def incident(
        self, at: datetime, number: int, said: Said, service: str | None = None, environment: str | None = None
    ) -> IncidentSeen:
        """An incident by the number of its issue."""
        return IncidentSeen(
            at,
            self.key,
            self.id_of("issue", number),
            service,
            self.repository,
            environment or PRODUCTION,
            None,
            said,
        )


def host_of(url: str) -> str:
    """The host of an address, with its port, in lower case and without credentials; empty where it names none."""
    try:
        split = urlsplit(url)
        port = f":{split.port}" if split.port else ""
        host = split.hostname or ""
    except ValueError:
        return ""
    return f"{host}{port}" if host.isprintable() and len(host) < MAX_HOST and "/" not in host else ""


def branch_of(ref: str) -> str | None:
    """The branch of a full ref; ``None`` for anything else."""
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None


def existing(sha: str | None) -> str | None:
    """``None`` for the sha of all zeros, by which hosts tell that a ref was made or deleted."""
    return sha if sha and sha.strip("0") else None


def is_bot_name(*names: str) -> bool:
    """A bot by the common mark, or by the name that GitLab gives to access tokens and service accounts."""
    return is_bot(*names) or any(_TOKEN_BOT.fullmatch(name) for name in names)


def not_counted(opened: Opened, what: str) -> Ignored:
    """Why something that could be a deployment is none."""
    return Ignored(f"{what} are no deployments here (deploys_by is {opened.options.deploys_by}).")


def version_of(opened: Opened, ref: str, sha: str | None) -> Said:
    """A ref that is a release's tag is the version; a branch never is: all deployments of it would look the same."""
    ref = ref.removeprefix("refs/tags/")
    abbreviated = as_sha(ref)
    if abbreviated is not None and sha is not None and sha.startswith(abbreviated):
        return {}
    if not ref or len(ref) > MAX_NAME or opened.is_default(ref):
        return {}
    return {"version": ref} if opened.options.is_release_tag(ref) else {}


def tag_deployment(opened: Opened, name: str, sha: str | None, at: datetime) -> Outcome:
    """A tag as a deployment that succeeded when it was pushed."""
    options = opened.options
    if options.deploys_by != "tags":
        return not_counted(opened, "Tags")
    if not options.is_release_tag(name):
        return Ignored(f"The tag {name} matches none of {', '.join(options.tags)}.")
    said: Said = {"terminal": "succeeded", "version": name} | ({"sha": sha} if sha else {})
    return [opened.deployment(at, opened.id_of("tag", name), said)]


def cause_in(opened: Opened, text: str) -> Said:
    """A line such as ``caused by: 710692``: a deployment by its number in this repository, or by any external id.

    ``caused by: none`` says that no deployment did it; a sha names no deployment, and the linking rule decides.
    """
    found = _CAUSE.search(text)
    name = found[1].strip("`*_.,;") if found else ""
    if name.lower() in ("none", "null"):
        return {"caused_by": None}
    if not name or _LOOKS_LIKE_SHA.fullmatch(name.lower()):
        return {}
    return {"caused_by": opened.id_of(name) if name.isascii() and name.isdigit() else name}
