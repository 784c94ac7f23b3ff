"""Which report a request asks for: a scope that the reader may see, and a week."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from dashboard import access
from dashboard.access import Actor
from dashboard.models import SentReport
from dashboard.pages.compared import today
from dashboard.reports import compose, weekly
from dashboard.reports.weekly import BadWeek, Report
from ingest.models import Team
from ingest.models.catalogue import UNASSIGNED

ORGANISATION = "org"
NO_REPORT = "There is no such report."
NOT_BEGUN = "That week has not begun."


@dataclass(frozen=True, slots=True)
class Choice:
    """``week``: its Monday, the last whole week's where ``problem`` says why it could not be read."""

    scope: str
    week: date
    problem: str = ""


def choice(said: QueryDict) -> Choice:
    """Scope and week of a query or a form."""
    last = weekly.last_whole_week(today())
    scope, text = said.get("scope", ORGANISATION), said.get("week", "")
    try:
        week = weekly.parse_week(text) if text else last
    except BadWeek as error:
        return Choice(scope, last, str(error))
    return Choice(scope, week) if week <= today() else Choice(scope, last, NOT_BEGUN)


def team_of(actor: Actor, scope: str) -> Team | None:
    """The team of a scope; none is the organisation's.

    Raises:
        Http404: there is none, or none to see.
    """
    if scope == ORGANISATION and access.may_see_organisation(actor):
        return None
    kind, _, slug = scope.partition(":")
    team = access.visible_teams(actor).filter(slug=slug, retired_on=None).first() if "\0" not in slug else None
    if kind != "team" or team is None or team.slug == UNASSIGNED:
        raise Http404(NO_REPORT)
    return team


def report_of(actor: Actor, chosen: Choice, now: datetime) -> Report:
    """The report as it would be mailed ``now``.

    Raises:
        Http404: the scope or the week is none.
    """
    if chosen.problem:
        raise Http404(chosen.problem)
    team = team_of(actor, chosen.scope)
    key = team.pk if team else None
    return compose.composed(chosen.week, now, {key})[key]


def asked(request: HttpRequest) -> Report:
    """The report of the query. Raises ``Http404``."""
    return report_of(request.user, choice(request.GET), timezone.now())


def scopes(actor: Actor) -> dict[str, str]:
    """The scopes that there are reports of, and what they are called."""
    teams = access.visible_teams(actor).filter(retired_on=None).exclude(slug=UNASSIGNED).order_by("name")
    whole = {ORGANISATION: settings.ORGANISATION_NAME} if access.may_see_organisation(actor) else {}
    return whole | {f"team:{team.slug}": team.name for team in teams}


def visible_sent(actor: Actor) -> QuerySet[SentReport]:
    """What was mailed of scopes that the actor may see; of teams that are no more too."""
    if access.may_see_organisation(actor):
        return SentReport.objects.all()
    slugs = access.visible_teams(actor).values_list("slug", flat=True)
    return SentReport.objects.filter(scope__in=[f"team:{slug}" for slug in slugs])
