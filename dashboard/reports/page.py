"""``/reports/``: the weekly reports that were mailed, any week to look at, and one's own subscriptions."""

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.models import Sending, SentReport, Subscription
from dashboard.pages.compared import today
from dashboard.reports import send, weekly
from dashboard.reports.read import reports
from dashboard.reports.render import message, rendered
from dashboard.reports.weekly import BadWeek, Report
from ingest.models import Team
from ingest.models.catalogue import UNASSIGNED

ARCHIVED = 50
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ORGANISATION = "org"
SAID = {
    "subscribed": "You are subscribed.",
    "changed": "Changed.",
    "sent": "Sent to your address.",
    "address": "Your account has no address. Ask who runs this site to enter one.",
    "failed": "The mail server did not take it. Try again later.",
    "zone": "That is no time zone, day or hour. Write the zone like Europe/Berlin.",
    "empty": "There is no such report.",
}


class When(forms.Form):
    """Day, hour and time zone of a subscription."""

    weekday = forms.TypedChoiceField(choices=list(enumerate(WEEKDAYS)), coerce=int)
    hour = forms.TypedChoiceField(choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int)
    zone = forms.CharField(max_length=64)

    def clean_zone(self) -> str:
        name = str(self.cleaned_data["zone"])
        if name not in available_timezones():
            raise forms.ValidationError("That is no time zone. Write it like Europe/Berlin.")
        return name


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The archive, a look at a week, one's own subscriptions; or a change of these."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    if request.method == "POST":
        return _act(request, request.user)
    scope, week, problem = _asked(request)
    shown = None
    if "scope" in request.GET and not problem:
        shown = _report(request, scope, week)
        problem = "" if shown else SAID["empty"]
    teams = access.visible_teams(request.user).filter(retired_on=None).exclude(slug=UNASSIGNED).order_by("name")
    own = Subscription.objects.filter(user=request.user, ended_at=None).select_related("team")
    last = {one.subscription_id: one for one in Sending.objects.filter(subscription__in=own).order_by("week", "pk")}
    context = {
        "scopes": {ORGANISATION: settings.ORGANISATION_NAME} | {f"team:{team.slug}": team.name for team in teams},
        "scope": scope,
        "week": weekly.week_text(week),
        "problem": problem,
        "said": SAID.get(request.GET.get("said", ""), ""),
        "report": shown,
        "text": rendered(shown).text if shown else "",
        "own": [(one, last.get(one.pk)) for one in own],
        "ended": Subscription.objects.filter(user=request.user, ended_because=Subscription.Because.BOUNCED),
        "archive": SentReport.objects.order_by("-week", "name")[:ARCHIVED],
        "weekdays": list(enumerate(WEEKDAYS)),
        "hours": range(24),
        "zone": settings.TIME_ZONE,
    }
    return render(request, "pages/reports.html", context)


def _asked(request: HttpRequest) -> tuple[str, date, str]:
    """Scope and week of the query; what could not be read becomes the last whole week and a sentence."""
    last = weekly.last_whole_week(today())
    text = request.GET.get("week", "")
    try:
        week, problem = weekly.parse_week(text) if text else last, ""
    except BadWeek as error:
        week, problem = last, str(error)
    if week > today():
        week, problem = last, "That week has not begun."
    return request.GET.get("scope", ORGANISATION), week, problem


def _team(request: HttpRequest, scope: str) -> Team | None:
    """The team of a scope; none is the organisation's.

    Raises:
        Http404: there is none, or none to see.
    """
    if scope == ORGANISATION and access.may_see_organisation(request.user):
        return None
    kind, _, slug = scope.partition(":")
    team = access.visible_teams(request.user).filter(slug=slug, retired_on=None).first() if "\0" not in slug else None
    if kind != "team" or team is None or team.slug == UNASSIGNED:
        raise Http404
    return team


def _report(request: HttpRequest, scope: str, week: date) -> Report | None:
    try:
        team = _team(request, scope)
    except Http404:
        return None
    organisation, told = reports(week, timezone.now(), [team.pk] if team else [])
    return told[team.pk] if team else organisation


# ---------------------------------------------------------------- changes


def _act(request: HttpRequest, user: User) -> HttpResponse:
    match request.POST.get("action"):
        case "subscribe":
            return _subscribe(request, user)
        case "send":
            return _send_now(request, user)
        case "change" | "pause" | "resume" | "end":
            return _change(request, user, request.POST["action"])
    raise Http404


def _subscribe(request: HttpRequest, user: User) -> HttpResponse:
    """Who is signed in has an address that is known, so nothing is to be confirmed."""
    if not user.email:
        return _back("address")
    team, now = _team(request, request.POST.get("scope", "")), timezone.now()
    fresh: dict[str, Any] = {
        "confirmed_at": now,
        "paused_at": None,
        "ended_at": None,
        "ended_because": "",
        "ended_note": "",
    }
    try:
        with transaction.atomic():
            Subscription.objects.update_or_create(
                user=user, team=team, defaults=fresh, create_defaults={**fresh, "zone": settings.TIME_ZONE}
            )
    except IntegrityError:
        return _back("subscribed")  # twice at once
    return _back("subscribed")


def _change(request: HttpRequest, user: User, action: str) -> HttpResponse:
    text = request.POST.get("subscription", "")
    pk = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    one = get_object_or_404(Subscription, pk=pk, user=user, ended_at=None)
    now = timezone.now()
    match action:
        case "pause":
            one.paused_at = now
        case "resume":
            one.paused_at, one.confirmed_at = None, now  # what fell due meanwhile is not sent after
        case "end":
            one.ended_at, one.ended_because = now, Subscription.Because.ASKED
        case _:
            form = When(request.POST)
            if not form.is_valid():
                return _back("zone")
            one.weekday, one.hour, one.zone = (form.cleaned_data[name] for name in ("weekday", "hour", "zone"))
    one.save()
    return _back("changed")


def _send_now(request: HttpRequest, user: User) -> HttpResponse:
    """The report as a mail of its own: it is not the subscription's of the week."""
    if not user.email:
        return _back("address")
    scope = request.POST.get("scope", "")
    try:
        week = weekly.parse_week(request.POST.get("week", ""))
    except BadWeek:
        raise Http404 from None
    report = _report(request, scope, week) if week <= today() else None
    if report is None:
        raise Http404
    try:
        message(rendered(report, settings_href=f"{settings.BASE_URL}{request.path}"), user.email, {}).send()
    except send.NOT_SENT:
        return _back("failed")
    return _back("sent")


def _back(said: str) -> HttpResponse:
    return redirect(f"{reverse('reports')}?said={said}")
