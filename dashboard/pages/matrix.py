"""The matrix: a row a service, a column a section, in each cell the worst verdict and how many controls came to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from dashboard import access
from dashboard.pages.standard_choices import Choices
from dashboard.pages.verdicts import Mark
from ingest.models import Service, Team
from scorecards.models import ControlVerdict, VerdictChange
from scorecards.scans import read
from scorecards.scans.changed import changed_cells
from scorecards.scans.read import Cell
from scorecards.standards.standard import Section
from scorecards.standards.verdict import Verdict

PAGE = 50
COUNTED = (Verdict.FAIL, Verdict.PARTIAL, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Column:
    """A section of the standard."""

    id: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Square:
    """One cell; without ``mark`` there is nothing to tell. ``count``: the controls of that verdict, if counted."""

    section: str
    verdict: Verdict | None
    mark: Mark | None
    count: int
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """A service's row. ``first``: of its team on this page."""

    service: Service
    team: str
    first: bool
    href: str
    squares: Sequence[Square]

    @property
    def groups(self) -> list[tuple[Mark, list[Square]]]:
        """The cells that ask for something, the worst first: what a narrow page lists."""
        found = [(Mark.of(one), [square for square in self.squares if square.verdict is one]) for one in COUNTED]
        return [(mark, squares) for mark, squares in found if squares]

    @property
    def is_known(self) -> bool:
        return any(square.mark for square in self.squares)


def matrix(services: QuerySet[Service], choices: Choices) -> dict[str, Any]:
    """What the template draws: one page of services, by team and then by name."""
    ordered = _ordered(_narrowed(services, choices))
    pages = max(1, -(-len(ordered) // PAGE))
    number = min(choices.number, pages)
    part = ordered[(number - 1) * PAGE : number * PAGE]
    ids = [service.pk for service, _ in part]
    cells = read.matrix(choices.standard.code, ids, level=choices.level)
    at = choices.since_at
    changed = changed_cells(choices.standard, ids, at, level=choices.level) if at else {}
    columns = [_column(section, choices) for section in choices.standard.sections]
    return {
        "columns": columns,
        "lines": list(_lines(part, columns, cells, changed, choices)),
        "previous": _page_href(choices, number - 1) if number > 1 else "",
        "next": _page_href(choices, number + 1) if number < pages else "",
        "page_text": f"page {number} of {pages}" if pages > 1 else "",
    }


def _narrowed(services: QuerySet[Service], choices: Choices) -> QuerySet[Service]:
    """Those with a verdict of the kind that is shown, and one that changed since."""
    standard = choices.standard
    controls = [one.id for one in standard.controls if choices.level in ("", str(one.level))]
    if choices.shown:
        verdict = Verdict.FAIL if choices.shown == "failures" else Verdict.UNKNOWN
        held = ControlVerdict.objects.filter(service=OuterRef("pk"), standard=standard.code, verdict=verdict)
        services = services.filter(Exists(held.filter(control__in=controls)))
    if choices.since_at:
        changes = VerdictChange.objects.filter(service=OuterRef("pk"), standard=standard.code)
        made = changes.filter(at__gte=choices.since_at, control__in=controls).exclude(before="")
        services = services.filter(Exists(made))
    return services


def _ordered(services: QuerySet[Service]) -> list[tuple[Service, str]]:
    """Services with their team's name, by team and then by name."""
    names = dict(Team.objects.values_list("pk", "name"))
    found = [
        (service, names.get(service.owner_team or 0, "")) for service in services.annotate(owner_team=access.owner())
    ]
    return sorted(found, key=lambda pair: (pair[1].casefold(), pair[0].name.casefold(), pair[0].slug))


def _page_href(choices: Choices, number: int) -> str:
    return f"{reverse('standards')}{choices.query(page=str(number) if number > 1 else '')}#matrix"


def _column(section: Section, choices: Choices) -> Column:
    href = f"{reverse('standard-section', args=[section.id])}{choices.of_team}"
    return Column(section.id, section.title, href)


def _lines(
    part: Sequence[tuple[Service, str]],
    columns: Sequence[Column],
    cells: Mapping[tuple[int, str], Cell],
    changed: Mapping[tuple[int, str], int],
    choices: Choices,
) -> Iterator[Line]:
    before = None
    for service, team in part:
        href = f"{reverse('service-standards', args=[service.slug])}{choices.of_standard}"
        squares = [
            _square(column, cells.get((service.pk, column.id)), changed.get((service.pk, column.id), 0), href, choices)
            for column in columns
        ]
        yield Line(service, team, team != before, href, squares)
        before = team


def _square(column: Column, cell: Cell | None, changes: int, href: str, choices: Choices) -> Square:
    verdict = _shown(cell, changes, choices) if cell else None
    if cell is None or verdict is None:
        return Square(column.id, None, None, 0, "", "")
    counts = ", ".join(f"{count} {Mark.of(one).word}" for one in Verdict if (count := cell.counts.get(one, 0)))
    title = f"{column.id} {column.title}: {counts}" + (f"; {changes} changed" if changes else "")
    count = cell.counts.get(verdict, 0) if verdict in COUNTED else 0
    return Square(column.id, verdict, Mark.of(verdict), count, title, f"{href}#s{column.id}")


def _shown(cell: Cell, changes: int, choices: Choices) -> Verdict | None:
    """The verdict that stands for the cell; ``None`` where the choices leave it out."""
    if choices.since and not changes:
        return None
    match choices.shown:
        case "failures":
            return Verdict.FAIL if cell.worst is Verdict.FAIL else None
        case "unknown":
            return Verdict.UNKNOWN if cell.counts.get(Verdict.UNKNOWN) else None
    return cell.worst
