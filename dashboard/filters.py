"""What a page is asked to show: the query string read into a window, an environment class and a tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo
from urllib.parse import urlencode

from ingest.window import DAY, Window

PERIODS = {"7": "Last 7 days", "28": "Last 28 days", "90": "Last 90 days", "365": "Last 365 days"}
DEFAULT_PERIOD = "90"
ENVIRONMENTS = {"production": "Production", "staging": "Staging", "testing": "Testing", "development": "Development"}
BOTS = {"": "With bots", "no": "Without bots"}
TIERS = {"": "All tiers", "critical": "Critical", "standard": "Standard", "low": "Low"}
LONGEST_DAYS = 5 * 366
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Filters:
    """A page's choices. ``period`` is a number of days, or empty where ``from`` or ``to`` holds.

    ``bots``: whether changes by bots count in lead times. ``problems``: sentences about what was asked for and could
    not be read; the default stands in for it.
    """

    period: str
    window: Window
    environment_class: str = "production"
    tier: str = ""
    bots: bool = True
    problems: tuple[str, ...] = ()

    @classmethod
    def from_query(cls, query: Mapping[str, str], today: date, zone: tzinfo = UTC) -> "Filters":
        """The choices in ``query``: ``period``, or else ``from`` and ``to`` (not included); ``environment``; ``tier``;
        ``bots``.

        What can't be read becomes the default and leaves a sentence in ``problems``; nothing raises.
        """
        period, window, problems = _window(query, today, zone)
        environment, wrong = _choice(query.get("environment", ""), ENVIRONMENTS, "production", "environment class")
        tier, wrong_tier = _choice(query.get("tier", ""), TIERS, "", "tier")
        bots, wrong_bots = _choice(query.get("bots", ""), BOTS, "", "choice of bots")
        return cls(period, window, environment, tier, not bots, (*problems, *wrong, *wrong_tier, *wrong_bots))

    @property
    def pairs(self) -> dict[str, str]:
        """Only what differs from the defaults: what a link has to carry to keep the choices."""
        said: dict[str, str] = {}
        if not self.period:
            said |= {"from": self.window.start.isoformat(), "to": self.window.end.isoformat()}
        elif self.period != DEFAULT_PERIOD:
            said["period"] = self.period
        if self.environment_class != "production":
            said["environment"] = self.environment_class
        if self.tier:
            said["tier"] = self.tier
        if not self.bots:
            said["bots"] = "no"
        return said

    @property
    def dated_pairs(self) -> dict[str, str]:
        """The same with the days written out: a link that shows the same figures tomorrow."""
        days = {"from": self.window.start.isoformat(), "to": self.window.end.isoformat()}
        return days | {key: value for key, value in self.pairs.items() if key in ("environment", "tier", "bots")}

    def query(self, **more: str) -> str:
        """``?...`` with the choices and ``more`` (empty values fall out), or nothing."""
        said = {key: value for key, value in (self.pairs | more).items() if value}
        return f"?{urlencode(said)}" if said else ""

    @property
    def span_text(self) -> str:
        """The days in words, both included: ``27 Aug to 24 Nov 2026``."""
        first, last = self.window.start, self.window.end - DAY
        if self.window.day_count <= 1:
            return f"{first.day} {first:%b %Y}"
        start = f"{first.day} {first:%b}" if first.year == last.year else f"{first.day} {first:%b %Y}"
        return f"{start} to {last.day} {last:%b %Y}"

    @property
    def before_text(self) -> str:
        """Which days the figures are compared with."""
        days = self.window.day_count
        return f"the {days} days before" if days != 1 else "the day before"


def _window(query: Mapping[str, str], today: date, zone: tzinfo) -> tuple[str, Window, tuple[str, ...]]:
    default = Window.last(int(DEFAULT_PERIOD), today, zone)
    if not query.get("period") and (query.get("from") or query.get("to")):
        found = _dates(query.get("from", ""), query.get("to", ""), today)
        if isinstance(found, str):
            return DEFAULT_PERIOD, default, (f"{found} Shown: the last 90 days.",)
        return "", Window(*found, zone), ()
    period, problems = _choice(query.get("period", ""), PERIODS, DEFAULT_PERIOD, "period")
    return period, Window.last(int(period), today, zone), problems


def _dates(start: str, end: str, today: date) -> tuple[date, date] | str:
    try:
        last = date.fromisoformat(end) if end else today + DAY
        first = date.fromisoformat(start) if start else last - timedelta(days=90)
    except (ValueError, OverflowError):
        return "A date could not be read; write it like 2026-03-02."
    if first >= last:
        return "The period ends before it starts."
    if first < EARLIEST or (last - first).days > LONGEST_DAYS or last > today + timedelta(days=366):
        return "The period is out of reach; choose at most five years."
    return first, last


def _choice(value: str, known: Mapping[str, str], default: str, name: str) -> tuple[str, tuple[str, ...]]:
    if not value or value in known:
        return value or default, ()
    return default, (f"There is no {name} \u201c{value[:40]}\u201d. Shown: {known[default].lower()}.",)
