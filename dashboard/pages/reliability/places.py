"""Where objectives are written: file and line, with a link to them at the repository's host."""

from collections.abc import Iterable, Mapping

from django.db.models import OuterRef, Subquery

from dashboard.pages.hosts import Host, Place, place_text
from ingest.models import Repository, Slo
from ingest.models.signals import Origin
from scorecards.models import Scan

SAID_BY = {
    Origin.SITE: "on this site",
    Origin.FILE: "in the file of PROMETHEUS_CONFIG",
    Origin.ENVIRONMENT: "in the environment",
    Origin.SCAN: "found by a scan",
}


def places(slos: Iterable[Slo]) -> Mapping[int, Place]:
    """By the id of each objective. At most two queries."""
    told = list(slos)
    repositories = {slo.repository_id for slo in told if slo.repository_id is not None}
    host, commits = (Host.of([]), _commits(repositories)) if repositories else (Host(""), {})
    return {slo.pk: _place(slo, host, commits.get(slo.repository_id or 0, "")) for slo in told}


def _place(slo: Slo, host: Host, commit: str) -> Place:
    if not slo.path:
        return Place(SAID_BY.get(Origin(slo.origin), slo.origin), "", "")
    name = f"{slo.repository.name}, " if slo.repository is not None else ""
    href = host.href(slo.repository, commit, slo.path, slo.line)
    return Place(f"{name}{place_text(slo.path, slo.line)}", href, "")


def _commits(repositories: Iterable[int]) -> dict[int, str]:
    """The commit of each that was read last."""
    read = Scan.objects.filter(repository=OuterRef("pk")).exclude(state=Scan.State.REFUSED)
    newest = Subquery(read.order_by("-scanned_at", "-pk").values("commit")[:1])
    found = Repository.objects.filter(pk__in=list(repositories)).annotate(read_at=newest)
    return {pk: commit or "" for pk, commit in found.values_list("pk", "read_at")}
