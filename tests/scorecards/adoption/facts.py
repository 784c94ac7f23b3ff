"""Scans of files written in the test, stored as the product stores them, with the facts that it keeps."""

from base64 import b64encode
from datetime import datetime, timedelta

from ingest.models import Repository
from ingest.repository.memory import tree_of
from scorecards.models import Scan, ScanDue
from scorecards.reading.subject import Subject
from scorecards.rules.facts.kept import keep, packed
from scorecards.scanning.result import FileProblem, Scanned
from scorecards.scans.store import store
from tests.scorecards.scans.scanning import NOON, conditions

CATALOGUE = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: pay}\nspec: {type: service}\n"
CHART = "apiVersion: v2\nname: pay\nversion: 1.0.0\n"
SCANNER = "on: push\njobs:\n  scan:\n    steps:\n      - run: trivy fs .\n"


def scan_files(
    repository: Repository, files: dict[str, str], at: datetime = NOON, *, commit: str = "", left_out: bool = False
) -> Scan:
    """A scan of a repository with these files. ``left_out``: a part of it could not be read."""
    subject = Subject(tree_of(files), at.date(), name=repository.name)
    result = Scanned(commit=commit or f"{at:%Y%m%d%H}".ljust(40, "0"), findings={}, files=len(files), receipt={"x": 1})
    result.facts = b64encode(packed(keep(subject))).decode()
    if left_out:
        result.problems.append(FileProblem("big.yaml", 0, "too_large", "It is too large."))
    return store(repository, result, conditions(), trigger=Scan.Trigger.COMMAND, at=at)


def look_again(repository: Repository, at: datetime) -> None:
    """The newest commit was found to be scanned already."""
    ScanDue.objects.update_or_create(repository=repository, defaults={"looked_at": at})


def days_later(days: float) -> datetime:
    return NOON + timedelta(days=days)
