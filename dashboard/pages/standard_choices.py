"""What a page of the standard is asked to show: which standard, of which team, which level, which verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest

from dashboard import access
from dashboard.filters import EARLIEST
from dashboard.pages import drill
from dashboard.pages.compared import today
from ingest.models import Team
from ingest.window import midnight
from scorecards.scans.in_force import in_force
from scorecards.standards.standard import Level, Standard

BUILTIN = "DOP"
SHOWN = {"": "All verdicts", "failures": "Failures only", "unknown": "Unknown only"}
LEVELS = {"": "All levels"} | {str(level): level.capitalize() for level in Level}
MAX_PAGE_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Choices:
    """What the address asks for. ``since``: only what changed from the start of that day on.

    ``problems``: sentences about what could not be read; the default stands in for it.
    """

    standard: Standard
    codes: Sequence[str]
    team: Team | None = None
    level: str = ""
    shown: str = ""
    since: date | None = None
    number: int = 1
    problems: tuple[str, ...] = ()

    @property
    def since_at(self) -> datetime | None:
        return midnight(self.since, settings.ORGANISATION_ZONE) if self.since else None

    @property
    def is_narrowed(self) -> bool:
        """Whether services without a verdict of the kind are left out."""
        return bool(self.shown or self.since)

    def query(self, **more: str) -> str:
        """``?...`` with the choices and ``more``, or nothing; empty values fall out."""
        said = {
            "team": self.team.slug if self.team else "",
            "level": self.level,
            "show": self.shown,
            "since": self.since.isoformat() if self.since else "",
        }
        return _query(self.standard, said | more)

    @property
    def of_standard(self) -> str:
        """``?...`` for a page that takes none of the choices but the standard."""
        return _query(self.standard, {})

    @property
    def of_team(self) -> str:
        """``?...`` for a page that takes the standard and the team."""
        return _query(self.standard, {"team": self.team.slug if self.team else ""})


def _query(standard: Standard, said: dict[str, str]) -> str:
    all_of_it = {"standard": standard.code if standard.code != BUILTIN else ""} | said
    kept = {key: value for key, value in all_of_it.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


def choices_of(request: HttpRequest) -> Choices:
    """The page's choices.

    Raises:
        Http404: the standard is not in force, or the reader may not see the team, or the organisation.
    """
    standards = {standard.code: standard for standard in in_force(today()).standards}
    standard = standards.get(request.GET.get("standard") or BUILTIN)
    slug = request.GET.get("team", "")
    if standard is None or not (slug or access.may_see_organisation(request.user)):
        raise Http404
    since, problems = _day(request.GET.get("since", ""))
    return Choices(
        standard=standard,
        codes=list(standards),
        team=drill.named(access.visible_teams(request.user), slug) if slug else None,
        level=request.GET.get("level", "") if request.GET.get("level", "") in LEVELS else "",
        shown=request.GET.get("show", "") if request.GET.get("show", "") in SHOWN else "",
        since=since,
        number=_number(request.GET.get("page", "")),
        problems=problems,
    )


def _number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) <= MAX_PAGE_DIGITS else 1


def _day(text: str) -> tuple[date | None, tuple[str, ...]]:
    if not text:
        return None, ()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, ("The day could not be read; write it like 2026-03-02. Shown: whatever the day.",)
    if not EARLIEST <= day <= today():
        return None, ("The day is out of reach; choose one up to today. Shown: whatever the day.",)
    return day, ()
