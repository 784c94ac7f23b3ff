"""Where the host of a repository shows a file at a commit."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.conf import settings

from ingest.models import Repository, Source
from ingest.models.inbox import SourceKind
from scorecards.models import Finding, Scan

NAME = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)+")
COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
GITHUB = "https://github.com/"


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of evidence; ``href`` leads to the line at the host, empty where that is not known."""

    text: str
    href: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Host:
    """Where files are shown. ``template`` is empty where nobody knows; ``commits``: of each scan, by its id."""

    template: str
    commits: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "Host":
        """The host of SOURCE_URL, with the commits that these findings were found at. At most two queries.

        A name alone does not say that a repository is on GitHub: without a source there, its address could be that of
        somebody else's repository.
        """
        template = settings.SOURCE_URL
        if template.startswith(GITHUB) and not Source.objects.filter(kind=SourceKind.GITHUB).exists():
            return cls("")
        ids = {one.scan_id for one in findings if one.scan_id is not None}
        return cls(template, dict(Scan.objects.filter(pk__in=ids).values_list("pk", "commit")) if template else {})

    def places(self, finding: Finding) -> list[Place]:
        """The evidence of a finding. What another scanner found has no commit that is known here."""
        commit = self.commits.get(finding.scan_id or 0, "") if not finding.tool else ""
        return [self._place(finding.repository, commit, one) for one in finding.evidence]

    def _place(self, repository: Repository, commit: str, evidence: dict[str, Any]) -> Place:
        path, line = str(evidence.get("path", "")), int(evidence.get("line") or 0)
        return Place(place_text(path, line), self.href(repository, commit, path, line), evidence.get("snippet") or "")

    def href(self, repository: Repository | None, commit: str, path: str = "", line: int = 0) -> str:
        """Where the file stands, without a path the commit's tree; empty where host, commit or path are not plain."""
        if not self.template or repository is None or repository.placeholder or not COMMIT.fullmatch(commit):
            return ""
        if not NAME.fullmatch(repository.name) or {"..", "."} & set(path.split("/")):
            return ""
        parts = {"name": quote(repository.name), "commit": commit, "path": quote(path), "line": str(line)}
        href = self.template
        for name, value in parts.items():
            href = href.replace(f"{{{name}}}", value)
        return href if line else href.partition("#")[0]


def place_text(path: str, line: int) -> str:
    """``path:line``, or the path alone where no line is known."""
    return f"{path}:{line}" if line else path
