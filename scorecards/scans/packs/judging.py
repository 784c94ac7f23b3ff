"""What a pack says of repositories that were scanned before, from the facts that their scans kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ingest.models import Service
from scorecards.checks.finding import Finding, unknown
from scorecards.models import Finding as FindingRow
from scorecards.models import Scan
from scorecards.rules.facts import KeptFacts
from scorecards.rules.judging import findings
from scorecards.scanning.engine import MAX_FINDINGS, RULE, of_kept_facts
from scorecards.scanning.result import Evidence, ScannedFinding
from scorecards.scans.fleet import newest_scans
from scorecards.standards import pack
from scorecards.standards.standard import Standard

AT_ONCE = 20  # scans in memory


class Looked(NamedTuple):
    """A scan that was made, and its facts; ``None`` where it kept none."""

    scan: Scan
    facts: KeptFacts | None

    def speaks_of(self, service: Service) -> bool:
        """Whether the service was in the repository when it was scanned; one that came later is not known yet."""
        return self.scan.claims is None or str(service.pk) in self.scan.claims


def kept_scans() -> Iterator[Looked]:
    """The newest scan of each repository that holds an active service, a few at a time."""
    active = Service.objects.filter(retired_on__isnull=True, repository__isnull=False).values("repository_id")
    ids = list(newest_scans().filter(repository__in=active).order_by("repository_id").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        rows = Scan.objects.filter(pk__in=ids[start : start + AT_ONCE]).order_by("repository_id")
        for scan in rows.select_related("repository").defer("receipt", "inventory", "problems"):
            yield Looked(scan, KeptFacts.unpacked(bytes(scan.facts)) if scan.facts else None)


def ids_by_check() -> dict[str, str]:
    """The standard's control that each check decides: own packs may ask for the same check."""
    return {control.check: control.id for control in pack.builtin().controls if control.check is not None}


def checks_of(standard: Standard) -> dict[str, str]:
    """The ids of the standard's controls that decide for a pack's, by check."""
    known = ids_by_check()
    return {control.check: known[control.check] for control in standard.controls if control.check in known}


def judged(standard: Standard, looked: Looked) -> dict[str, list[ScannedFinding]]:
    """The findings of a pack's rules and checks for one repository, by name, as a scan would tell them."""
    found: dict[str, list[ScannedFinding]] = {}
    for control in standard.controls:
        if control.rule is not None and looked.facts is not None:
            name = f"{RULE}{control.id}"
            found[name] = list(_first(name, findings(control.rule, looked.facts)))
    return found | _of_checks(standard, looked.scan)


def _first(name: str, found: Iterable[Finding]) -> Iterator[ScannedFinding]:
    """As many as a scan keeps; what is beyond is unknown there too."""
    count = 0
    for count, one in enumerate(found, 1):
        if count <= MAX_FINDINGS:
            yield of_kept_facts(name, one)
    if count > MAX_FINDINGS:
        message = f"{count - MAX_FINDINGS:,} more units were found; one scan keeps {MAX_FINDINGS:,} of a check."
        yield replace(of_kept_facts(name, unknown("the rest", message)), code="too_many")


def _of_checks(standard: Standard, scan: Scan) -> dict[str, list[ScannedFinding]]:
    """What the standard's own controls found by the same checks; each once, whatever services it speaks of."""
    wanted = checks_of(standard)
    names = {identity: check for check, identity in wanted.items() if identity in scan.judged}
    found: dict[str, dict[tuple[str, ...], ScannedFinding]] = {check: {} for check in names.values()}
    rows = FindingRow.objects.filter(
        repository=scan.repository_id, tool="", standard=pack.builtin().code, control__in=names
    ).order_by("pk")
    for row in rows if names else ():
        key = (row.identity, row.unit, row.path, row.message)
        found[names[row.control]].setdefault(key, _scanned(row))
    return {check: list(told.values()) for check, told in found.items()}


def _scanned(row: FindingRow) -> ScannedFinding:
    evidence = tuple(Evidence(one["path"], one["line"], one.get("snippet", "")) for one in row.evidence)
    return ScannedFinding(
        row.outcome, row.unit, row.message, evidence, tuple(row.notes), row.identity, row.count, row.code
    )


class Counted(NamedTuple):
    """What a standard's own controls found in a service: units by control, outcome and first path."""

    control: str
    outcome: str
    path: str
    units: int


def findings_of_checks(standard: Standard) -> Mapping[int, Sequence[Counted]]:
    """What decides a pack's checks, by service. One query."""
    wanted = set(checks_of(standard).values())
    if not wanted:
        return {}
    found: dict[int, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    rows = FindingRow.objects.filter(standard=pack.builtin().code, control__in=wanted, tool="")
    for service_id, control, outcome, path, count in rows.values_list("service", "control", "outcome", "path", "count"):
        found[service_id][control, outcome, path] += count
    return {pk: [Counted(*key, count) for key, count in counts.items()] for pk, counts in found.items()}
