"""What a campaign says, and what it may say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import User

from ingest.models import Team
from ingest.models.catalogue import Tier
from scorecards.adoption.settings import capabilities
from scorecards.errors import ScorecardError
from scorecards.models import Campaign
from scorecards.scans.in_force import in_force

LONGEST_BRIEF, LONGEST_NOTE = 5_000, 2_000
MOST_CONTROLS = 50
FARTHEST = timedelta(days=366 * 2)


class CampaignRefused(ScorecardError):
    """A step that the rules do not allow; the message says what to do. ``field``: which entry to mend, if one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Terms:
    """What a campaign says. Either ``controls`` or a ``capability``; no teams or tiers: all of them."""

    name: str
    deadline: date
    brief: str = ""
    controls: Sequence[str] = ()
    capability: str = ""
    teams: Sequence[Team] = ()
    tiers: Sequence[str] = ()
    target: int = 100
    owner: User | None = None
    starts_on: date | None = None


def check(terms: Terms, today: date, *, is_new: bool) -> None:
    """Whether a campaign may say this. ``is_new``: it has not begun.

    Raises:
        CampaignRefused: with what to mend.
    """
    if not terms.name.strip() or not terms.name.isprintable():
        raise CampaignRefused("Give it a name.", "name")
    if len(terms.name) > Campaign._meta.get_field("name").max_length:  # type: ignore[operator]
        raise CampaignRefused("Give it a shorter name.", "name")
    if len(terms.brief) > LONGEST_BRIEF:
        raise CampaignRefused(f"Keep it under {LONGEST_BRIEF:,} characters.", "brief")
    if not 1 <= terms.target <= 100:
        raise CampaignRefused("Choose 1 to 100 percent.", "target")
    _check_asked(terms, today, is_new=is_new)
    _check_days(terms, today, is_new=is_new)


def _check_asked(terms: Terms, today: date, *, is_new: bool) -> None:
    if bool(terms.controls) == bool(terms.capability):
        raise CampaignRefused("Choose controls, or one capability.", "controls" if terms.capability else "capability")
    if len(terms.controls) > MOST_CONTROLS:
        raise CampaignRefused(f"Choose at most {MOST_CONTROLS} controls: a campaign asks for one thing.", "controls")
    if not set(terms.tiers) <= set(Tier.values):
        raise CampaignRefused(f"Choose among {', '.join(Tier.values)}.", "tiers")
    if not is_new:
        return
    _check_known(terms.controls, {name for one in in_force(today).standards for name in one.control_by_id}, "controls")
    usable = {one.id for one in capabilities() if one.used_by}
    _check_known([terms.capability] if terms.capability else [], usable, "capability")


def _check_known(asked: Iterable[str], known: set[str], name: str) -> None:
    if not set(asked) <= known:
        is_control = name == "controls"
        missing = "A control is in no standard in force." if is_control else "Nothing would show that it is used."
        raise CampaignRefused(missing, name)


def _check_days(terms: Terms, today: date, *, is_new: bool) -> None:
    if is_new and terms.starts_on is not None and terms.starts_on < today:
        raise CampaignRefused("Choose today or a later day.", "starts_on")
    if not max(today, terms.starts_on or today) <= terms.deadline <= today + FARTHEST:
        raise CampaignRefused("Choose a day from its start, and today, to two years ahead.", "deadline")
