"""A scan by hand: which repository a folder is, and whether its scan is kept."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.catalogue.names import slug_of
from ingest.git.log import repository_name
from ingest.git.program import Clone, Unreadable
from ingest.inbox.sources import local_git
from ingest.models import Repository, Service
from ingest.parsers.observation import RepositoryRef, ServiceSeen
from ingest.record import record
from ingest.repository.local import open_folder
from scorecards.models import Scan
from scorecards.scanning.result import FileProblem, Scanned, ScannedFinding
from scorecards.scans.in_force import InForce
from scorecards.scans.scope import services_of
from scorecards.scans.store import latest_scan, name_of, store


def repository_of(path: Path, service: str | None) -> Repository | None:
    """The known repository that a folder is a clone of: the service's, where one is named.

    ``None``: neither the clone's name nor the service's leads to one.
    """
    if service is None:
        name = _name_of(path)
        known = Repository.objects.filter(name__iexact=name).first() if name else None
        return known if known and services_of(known) else None
    row = Service.objects.filter(slug=slug_of(service)).select_related("repository").first()
    return row.repository if row and row.repository and not row.repository.placeholder else None


def declared(path: Path, service: str, now: datetime) -> Repository | None:
    """The repository that a clone becomes for a service that has none; the service is made where nobody knows it."""
    name = _name_of(path)
    said = {"name": service, "repository": RepositoryRef(name or slug_of(service))}
    record(local_git(), [ServiceSeen(now, f"scan {service}", service, said)])
    return Service.objects.select_related("repository").get(slug=slug_of(service)).repository


def _name_of(path: Path) -> str:
    try:
        clone = Clone(path)
    except Unreadable:
        return ""
    origin = clone.ask("remote", "get-url", "origin")
    return repository_name(origin, path.resolve().name) if origin else path.resolve().name


def unchanged(
    path: Path, before: Scan, receipt: Mapping[str, Any], conditions: InForce, now: datetime
) -> Scanned | None:
    """What the scan before found, where the folder holds its commit, and no more than that; else ``None``.

    The files' contents are compared, and nothing is parsed. ``receipt``: the scan's own, made under ``conditions``.
    """
    try:
        opened = open_folder(path, now)
    except Unreadable:
        return None
    told: Mapping[str, Any] = receipt["checks"]
    names = {name_of(control) for standard in conditions.standards for control in standard.controls} - {""}
    if opened.changed or opened.commit != before.commit or before.state == Scan.State.REFUSED or names - told.keys():
        return None
    return Scanned(
        commit=before.commit,
        name=opened.name if before.repository.placeholder else before.repository.name.lower(),
        findings={name: [ScannedFinding.from_json(one) for one in told[name]["findings"]] for name in sorted(names)},
        problems=[FileProblem(**problem) for problem in before.problems],
        files=before.files,
        left_out=before.left_out,
        reused=len(names),
    )


def keep(
    repository: Repository, scanned: Scanned, conditions: InForce, *, trigger: str, at: datetime, seconds: float
) -> str:
    """Keep the scan of a commit, and say so. Of uncommitted changes, and of a folder outside git, nothing is kept."""
    if scanned.commit is None:
        return f"{repository.name}: nothing was kept, since the folder is not in git."
    if scanned.changed:
        return f"{repository.name}: nothing was kept, since there are uncommitted changes."
    scan = store(repository, scanned, conditions, trigger=trigger, at=at, seconds=seconds)
    if scan != latest_scan(repository):
        return f"{repository.name}: a scan that was begun later is kept instead."
    slugs = ", ".join(service.slug for service in services_of(repository))
    return f"{repository.name}: kept for {slugs} at {scanned.commit[:12]}."
