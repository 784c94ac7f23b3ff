"""(pure) Flux's notification-controller: events of Kustomizations and HelmReleases (docs/sources/flux.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ingest.errors import MalformedPayload
from ingest.parsers import named
from ingest.parsers.fields import Fields, as_sha, tolerated
from ingest.parsers.named import Naming, Place, Told, external_id, first_told, fits, place_of, told_in
from ingest.parsers.observation import DeploymentSeen, Ignored, Outcome, Said
from ingest.parsers.options import Reader, a_text, matches, read, texts
from ingest.parsers.sender import Sender

KINDS = ("Kustomization", "HelmRelease")
SUCCEEDED = ("ReconciliationSucceeded", "InstallSucceeded", "UpgradeSucceeded")
FAILED = ("ReconciliationFailed", "BuildFailed", "HealthCheckFailed", "ValidationFailed", "InstallFailed",
          "UpgradeFailed", "TestFailed")  # fmt: skip
ROLLED_BACK = {"RollbackSucceeded": "succeeded", "RollbackFailed": "failed"}
BOOTSTRAP = "flux-system"  # Flux's own, which deploys no service
MAX_HELM_LINE = 1_000
_HELM_REVISION = re.compile(r"release \S{1,300}\.v(\d{1,9}) ")


@dataclass(frozen=True, slots=True)
class FluxOptions(Naming):
    """``objects``: globs of the names (or ``namespace/name``) of the Kustomizations and HelmReleases that count.
    ``tags``: which names before a revision's ``@`` are versions, and no branches. ``cluster``: for what has no uid."""

    objects: tuple[str, ...] = ("*",)
    tags: tuple[str, ...] = ("v[0-9]*", "[0-9]*")
    cluster: str = ""

    @classmethod
    def from_dict(cls, told: object) -> "FluxOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = {**named.READERS, "objects": texts, "tags": texts, "cluster": a_text}


class Revision(NamedTuple):
    """``main@sha1:3f2a…``, ``main/3f2a…``, ``6.1.0``, ``latest@sha256:…``: its name, and the commit that it tells."""

    name: str
    sha: str | None
    digest: str


class Delivered(NamedTuple):
    body: Fields
    kind: str
    name: str
    namespace: str
    reason: str
    at: datetime
    told: Told
    options: FluxOptions
    key: str

    def id_of(self, *parts: str) -> str:
        """An id of this object: its uid is unique over all clusters."""
        uid = self.body.child("involvedObject").maybe_text("uid", 100)
        owner = [uid] if uid else [self.options.cluster, self.kind, self.namespace, self.name]
        return external_id("flux", *owner, *parts)


def parse(headers: Mapping[str, str], payload: Any, options: FluxOptions, received_at: datetime, key: str) -> Outcome:
    """What an event says. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    delivered = _open(payload, options, received_at, key)
    if delivered.kind not in KINDS:
        return Ignored(f"Nothing is kept of a {delivered.kind}: Kustomizations and HelmReleases deploy.")
    if delivered.name == BOOTSTRAP and options.objects == FluxOptions().objects:
        return Ignored("Flux's own Kustomization deploys no service. Name it in the option objects to count it.")
    names = (delivered.name, f"{delivered.namespace}/{delivered.name}")
    if not fits(options.objects, *names):
        return Ignored(f"{delivered.name} fits none of {', '.join(options.objects)} (option objects).")
    if delivered.told.get("commit_status") == "update":
        return Ignored("Nothing was deployed: the event only has a commit's status renewed.")
    told = delivered.told.get("revision")
    if told is None:
        return Ignored("The event tells no revision.")
    return _deployment(delivered, read_revision(told), place_of(options, delivered.told, *names))


def _open(payload: dict[str, Any], options: FluxOptions, received_at: datetime, key: str) -> Delivered:
    body = Fields(payload, tolerated(received_at))
    about = body.child("involvedObject")
    told = {name.rpartition("/")[2]: value for name, value in told_in(named.object_or_none(body, "metadata")).items()}
    return Delivered(
        body, about.text("kind"), about.text("name"), about.maybe_text("namespace") or "", body.text("reason"),
        body.time("timestamp"), told_in(named.object_or_none(body, "metadata")) | told, options, key,
    )  # fmt: skip


def _deployment(delivered: Delivered, revision: Revision, place: Place) -> Outcome:
    reason = delivered.reason
    if reason in SUCCEEDED:
        parts, said = _succeeded(delivered, revision), {"terminal": "succeeded"}
    elif reason in FAILED:
        # However often it is tried, one failed attempt: a success that was known is not undone by a later fault.
        parts, said = (revision.digest, _token(delivered), "failed"), {"terminal": "failed"}
    elif reason in ROLLED_BACK:
        parts, said = (revision.digest, "rollback", delivered.at.isoformat()), {"terminal": ROLLED_BACK[reason]}
        said["kind"] = "rollback"
    else:
        return Ignored(f"The reason {reason} says nothing of how a deployment went.")
    said |= _version(delivered, revision)
    service = place.service or delivered.name
    external = delivered.id_of(*parts)
    return [DeploymentSeen(delivered.at, delivered.key, external, service, None, place.environment, None, said)]


def _succeeded(delivered: Delivered, revision: Revision) -> tuple[str, ...]:
    """A reconciliation of the same revision is no new deployment. An upgrade is one, by the release's own number."""
    if delivered.kind != "HelmRelease":
        return (revision.digest,)
    number = _HELM_REVISION.search(delivered.body.prose("message")[:MAX_HELM_LINE])
    return (revision.digest, f"v{number[1]}" if number else _token(delivered))


def _token(delivered: Delivered) -> str:
    """The digest of a release's configuration; empty where there is none."""
    return delivered.told.get("token", "") if delivered.kind == "HelmRelease" else ""


def _version(delivered: Delivered, revision: Revision) -> Said:
    said: Said = {}
    origin = read_revision(delivered.told.get("originrevision", ""))
    sha = origin.sha or revision.sha
    if sha is not None:
        said["sha"] = sha
    version = first_told(delivered.told, delivered.options.version_keys)
    if version is None and delivered.kind == "HelmRelease":
        # The same chart with other values is another version: the digest of its configuration tells them apart.
        mark = _token(delivered).rpartition(":")[2][:8]
        version = f"{revision.name}+{mark}" if mark else revision.name
    elif version is None and (sha is None or matches(revision.name, delivered.options.tags)):
        version = revision.name if matches(revision.name, delivered.options.tags) else revision.digest
    return said | ({"version": version[:300]} if version else {})


def read_revision(told: str) -> Revision:
    """A revision of any of Flux's styles."""
    name, _, digest = told.rpartition("@")
    if not name:
        branch, _, last = told.rpartition("/")  # of Flux before 2.0
        sha = as_sha(last) if len(last) in (40, 64) else None
        return Revision(branch if sha else told, sha, told)
    algorithm, _, value = digest.partition(":")
    sha = as_sha(value) if algorithm == "sha1" or (algorithm == "sha256" and name.startswith("refs/")) else None
    return Revision(name.removeprefix("refs/tags/").removeprefix("refs/heads/"), sha, told)


SENDER = Sender(
    kind="flux", parse=parse, options=FluxOptions.from_dict, tells=("deployments",), kept_headers=("gotk-component",)
)
