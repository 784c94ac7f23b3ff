"""Services as campaigns see them: verdicts of controls and states of capabilities, put straight into the tables."""

from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from ingest.models import Service, Team
from scorecards.campaigns import steps
from scorecards.campaigns.terms import Terms
from scorecards.models import AdoptionDay, Campaign, CampaignTeam, ControlVerdict
from tests.factories import make_service, make_team, make_user, own

LOCKED, DECLARED = "DOP-1.1-03", "DOP-1.1-02"
NOW = timezone.now()
TODAY = NOW.date()


def day(ahead: int) -> date:
    """So many days from today; before today where it is negative."""
    return TODAY + timedelta(days=ahead)


def judge(service: Service, verdict: str, control: str = LOCKED, days_ago: int = 1) -> Service:
    """The verdict that the service has of a control since so many days."""
    ControlVerdict.objects.update_or_create(
        service=service,
        standard="DOP",
        control=control,
        defaults={
            "section": "1.1",
            "level": "REQUIRED",
            "phase": "Foundation",
            "verdict": verdict,
            "since": NOW - timedelta(days=days_ago),
        },
    )
    return service


def judged(slug: str, verdict: str, team: str = "pay", **fields) -> Service:
    """A service of a team with that verdict."""
    service = make_service(slug, **fields)
    own(make_team(team), service, NOW - timedelta(days=400))
    return judge(service, verdict)


def adopt(service: Service, days_ago: int = 0, **states: str) -> Service:
    """The states of the service's capabilities, from that day on; none: not active."""
    state = "not" if states else "inactive"
    AdoptionDay.objects.update_or_create(
        service=service, team=None, day=day(-days_ago), defaults={"figures": {"state": state, "states": states}}
    )
    return service


def campaign(*teams: Team, begun: int = 5, ahead: int = 20, **fields) -> Campaign:
    """One that began so many days ago and has as many ahead, put straight into the table."""
    said = {"name": "Lock files", "slug": f"c{Campaign.objects.count()}", "controls": [LOCKED]} | fields
    if said.get("capability"):
        said["controls"] = []
    said = {"starts_on": day(-begun), "deadline": day(ahead), "made_at": NOW} | said
    made = Campaign.objects.create(**said)
    CampaignTeam.objects.bulk_create([CampaignTeam(campaign=made, team=team) for team in teams])
    return made


def make(at: datetime = NOW, **said) -> Campaign:
    """One as people make it."""
    terms = {"name": "Lock files", "controls": [LOCKED], "starts_on": TODAY, "deadline": day(20)} | said
    by = User.objects.filter(username="maker").first() or make_user("maker")
    return steps.make(Terms(**terms), by=by, at=at)
