"""The people of the demo whom waivers name. None of them can sign in."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from dashboard.demo.company import TEAMS
from dashboard.demo.repositories.asked import STAFF
from dashboard.models import Membership, Subscription
from ingest.models import Team

DOMAIN = "@demo.example"


def add_people() -> None:
    """Everybody of every team that there is; the first of a team leads it."""
    for team in TEAMS:
        row = Team.objects.filter(slug=team.slug).first()
        if row is None:
            continue
        for name in team.people:
            user, made = User.objects.get_or_create(
                username=name,
                defaults={"email": name + DOMAIN, "is_active": False, "password": "!", "is_staff": name == STAFF},
            )
            if made:
                lead = name == team.people[0]
                role = Membership.Role.LEAD if lead else Membership.Role.MEMBER
                Membership.objects.create(user=user, team=row, role=role)
                if lead:
                    _subscribe(user, row)


def _subscribe(lead: User, team: Team) -> None:
    """To the weekly report, from now on. By address: a user who can't sign in gets no mail."""
    fields = {"zone": settings.TIME_ZONE, "confirmed_at": timezone.now()}
    Subscription.objects.get_or_create(address=lead.email, team=team, defaults=fields)


def real_people() -> QuerySet[User]:
    """Everybody but the people of the demo."""
    return User.objects.exclude(email__endswith=DOMAIN)
