"""Capability by team: a row a team, a column a capability, in each cell a shape and how many services use it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard import formats
from dashboard.pages.adoption import platform, words
from dashboard.pages.figures import Status
from dashboard.pages.verdicts import Mark
from scorecards.adoption.capabilities import Capability
from scorecards.adoption.read import Funnel, OrganisationDay
from scorecards.adoption.teams import Matrix, TeamRow

STATES = {"": "All teams", "uses": "Use it", "partly": "In part", "unknown": "Not known", "not": "Do not"}
NAME, SHARE = "name", "services"
SHAPES = ("good", "warn", "unknown", "none")  # of cells; the page defines each once, and cells refer to it


@dataclass(frozen=True, slots=True)
class Choices:
    """What the address asks for: teams of one state, in which order (``-`` for the largest first)."""

    state: str
    sort: str

    def query(self, **more: str) -> str:
        said = {"state": self.state, "sort": self.sort} | more
        kept = {key: value for key, value in said.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


@dataclass(frozen=True, slots=True)
class Column:
    """A capability: its share of all active services, and the address that sorts by it."""

    title: str
    href: str
    sort_href: str
    sorted: str
    share: str


@dataclass(frozen=True, slots=True)
class Line:
    """A team. ``cells``: one a capability, ready to show."""

    name: str
    href: str
    mark: Mark
    services: str
    cells: Sequence[SafeString]


@dataclass(frozen=True, slots=True)
class Group:
    """How many teams are in a state, and the address that shows them alone."""

    status: Status
    count: int
    href: str
    current: bool


def choices_of(request: HttpRequest, known: Iterable[str]) -> Choices:
    """The page's choices; what is not known becomes the default."""
    state, sort = request.GET.get("state", ""), request.GET.get("sort", "")
    sortable = {NAME, SHARE, *known}
    return Choices(state if state in STATES else "", sort if sort.removeprefix("-") in sortable else "")


def matrix(found: Matrix, now: OrganisationDay, choices: Choices) -> dict[str, Any]:
    """What the template draws."""
    rows = [row for row in found.rows if choices.state in ("", words.team_state(row.day))]
    return {
        "choices": choices,
        "states": STATES,
        "groups": groups(found.rows, choices),
        "heads": heads(choices),
        "columns": [_column(one, now.capabilities.get(one.id, Funnel()), choices) for one in found.capabilities],
        "lines": [_line(row, found.capabilities) for row in in_order(rows, choices.sort)],
        "shapes": [(kind, Mark(kind, "").svg) for kind in SHAPES],  # type: ignore[arg-type]
    }


def groups(rows: Iterable[TeamRow], choices: Choices) -> list[Group]:
    """The teams by state."""
    counts = Counter(words.team_state(row.day) for row in rows)
    kinds = {"uses": "good", "partly": "warn", "unknown": "none", "not": "none"}
    names = {"uses": "use the platform", "partly": "in part", "unknown": "not known", "not": "do not"}
    path = reverse("adoption")
    return [
        Group(
            Status(kinds[state], names[state]),  # type: ignore[arg-type]
            counts[state],
            f"{path}{choices.query(state='' if choices.state == state else state)}#matrix",
            choices.state == state,
        )
        for state in names
    ]


def heads(choices: Choices) -> list[tuple[str, str, str]]:
    """The heads of the first columns: label, address that sorts by it, and how it is sorted."""
    return [
        ("Team", *_sort(NAME, choices, falling_first=False)),
        ("On the platform", *_sort(SHARE, choices)),
    ]


def _sort(name: str, choices: Choices, *, falling_first: bool = True) -> tuple[str, str]:
    now = choices.sort or NAME
    first, second = (f"-{name}", name) if falling_first else (name, f"-{name}")
    wanted = second if now == first else first
    direction = "" if now.removeprefix("-") != name else "descending" if now.startswith("-") else "ascending"
    query = choices.query(sort="" if wanted == NAME else wanted)
    return f"{reverse('adoption')}{query}#matrix", direction


def in_order(rows: Sequence[TeamRow], sort: str) -> list[TeamRow]:
    """By name, by the share of services on the platform, or by that of those that use a capability."""
    column, falling = sort.removeprefix("-") or NAME, sort.startswith("-")
    by_name = sorted(rows, key=lambda row: row.team.name.casefold())
    if column == NAME:
        return by_name[::-1] if falling else by_name
    return sorted(by_name, key=lambda row: _share(row, column), reverse=falling)


def _share(row: TeamRow, column: str) -> tuple[float, float]:
    """Proven, then possible: what is unknown lies between what is not and what is."""
    if column == SHARE:
        return row.day.services.share or 0.0, row.day.services.possible_share or 0.0
    funnel = row.day.capabilities.get(column, Funnel())
    return funnel.share or 0.0, funnel.possible_share or 0.0


def _column(one: Capability, funnel: Funnel, choices: Choices) -> Column:
    sort_href, direction = _sort(one.id, choices)
    low, high = funnel.share, funnel.possible_share
    share = formats.interval(low, high) if low is not None and high is not None else ""
    return Column(one.title, reverse("adoption-capability", args=[one.id]), sort_href, direction, share)


def _line(row: TeamRow, known: Sequence[Capability]) -> Line:
    told = row.day.capabilities
    return Line(
        row.team.name,
        f"{reverse('team', args=[row.team.slug])}#platform",
        words.team_mark(row.day),
        words.short_of(row.day.services),
        [_cell(one.title, told.get(one.id, Funnel(row.day.services.all))) for one in known],
    )


@lru_cache(maxsize=4096)
def _cell(title: str, funnel: Funnel) -> SafeString:
    """Many teams have the same."""
    mark = platform.funnel_mark(funnel)
    beside = platform.beside(funnel)
    said = f"{formats.number(funnel.used)} of {formats.plural(funnel.eligible, 'active service')} use it"
    return format_html(
        '<td data-label="{}" title="{}"><span class="status {}">'
        '<svg viewBox="0 0 10 10" aria-hidden="true"><use href="#shape-{}"/></svg>{}</span></td>',
        title,
        f"{title}: {said}{', ' + beside if beside else ''}",
        mark.kind,
        mark.kind,
        platform.count_text(funnel),
    )
