"""``/reports/``: the weekly reports that were mailed, any week to look at, and one's own subscriptions."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.mails import trouble
from dashboard.models import Sending, Subscription
from dashboard.pages.compared import today
from dashboard.reports import addresses, send, weekly
from dashboard.reports.choice import NO_REPORT, choice, report_of, scopes, team_of, visible_sent
from dashboard.reports.render import message, rendered
from dashboard.reports.shown import parts_of
from dashboard.reports.weekly import WEEK
from dashboard.reports.when import HOURS, WEEKDAYS, Zone

ARCHIVED = 50
ADDRESSES = 200
Because = Subscription.Because
SAID = {
    "subscribed": "You are subscribed.",
    "changed": "Changed.",
    "sent": "Sent to your address.",
    "address": "Your account has no address. Ask who runs this site to enter one.",
    "failed": "The mail server did not take it. Try again later.",
    "zone": "That is no time zone, day or hour. Write the zone like Europe/Berlin.",
}


class When(forms.Form):
    """Day, hour and time zone of a subscription, and whether CSV comes with it."""

    weekday = forms.TypedChoiceField(choices=list(enumerate(WEEKDAYS)), coerce=int)
    hour = forms.TypedChoiceField(choices=HOURS, coerce=int)
    zone = Zone()
    with_csv = forms.BooleanField(required=False)


class Address(forms.Form):
    """An address outside."""

    address = forms.EmailField(max_length=254)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The archive, a look at a week, one's own subscriptions; or a change of these."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    if request.method == "POST":
        return _act(request, request.user)
    own = Subscription.objects.filter(user=request.user, ended_at=None).select_related("team")
    last = {one.subscription_id: one for one in Sending.objects.filter(subscription__in=own).order_by("week", "pk")}
    context = {
        "scopes": scopes(request.user),
        "said": SAID.get(request.GET.get("said", ""), ""),
        "trouble": trouble.current(),
        "operates": access.may_operate(request.user),
        "own": [(one, last.get(one.pk)) for one in own],
        "ended": Subscription.objects.filter(user=request.user, ended_because=Because.BOUNCED),
        "weekdays": list(enumerate(WEEKDAYS)),
        "hours": range(24),
        "chats": access.may_manage_chats(request.user),
    }
    return render(request, "pages/reports.html", context | _look(request) | _archive(request) | _outside(request.user))


def _outside(user: User) -> dict[str, Any]:
    """The addresses outside that the person may have reports go to: those that get or got one, and of which reports."""
    led = {f"team:{slug}" for slug in access.led_teams(user).values_list("slug", flat=True)}
    addable = {
        scope: name for scope, name in scopes(user).items() if scope in led or access.may_add_address(user, None)
    }
    found = (
        access.visible_addresses(user)
        .select_related("team", "made_by")
        .order_by(F("ended_at").desc(nulls_first=True), "address", "pk")
    )
    now = timezone.now()
    return {"addable": addable, "addresses": [addresses.row(one, now) for one in found[:ADDRESSES]] if addable else []}


def _look(request: HttpRequest) -> dict[str, Any]:
    """The week that is asked for, as it would be mailed now."""
    chosen, shown = choice(request.GET), None
    problem = chosen.problem
    if "scope" in request.GET and not problem:
        try:
            shown = report_of(request.user, chosen, timezone.now())
        except Http404:
            problem = NO_REPORT
    query = urlencode({"scope": chosen.scope, "week": weekly.week_text(chosen.week)})
    return {
        "chosen": chosen,
        "problem": problem,
        "week": weekly.week_text(chosen.week),
        "before": weekly.week_text(chosen.week - WEEK),
        "after": weekly.week_text(chosen.week + WEEK) if chosen.week + WEEK <= today() else "",
        "report": shown,
        "text": rendered(shown).text if shown else "",
        "parts": parts_of(request.GET),
        "here": f"?{query}&",
        "src": f"{reverse('report-mail')}?{query}",
    }


def _archive(request: HttpRequest) -> dict[str, Any]:
    """What was mailed, the newest weeks first; of one scope where that is asked for."""
    of, found = request.GET.get("of", ""), visible_sent(request.user)
    if of and "\0" not in of:
        found = found.filter(scope=of)
    rows = found.only("pk", "week", "name", "summary").order_by("-week", "name", "pk")
    page = Paginator(rows, ARCHIVED).get_page(request.GET.get("page"))
    query = urlencode({"of": of} if of else {})
    older = f"?{query}&page={page.next_page_number()}#archive" if page.has_next() else ""
    return {"of": of, "archive": page, "newest": f"?{query}#archive" if page.number > 1 else "", "older": older}


# ---------------------------------------------------------------- changes


def _act(request: HttpRequest, user: User) -> HttpResponse:
    match request.POST.get("action"):
        case "subscribe":
            return _subscribe(request, user)
        case "send":
            return _send_now(request, user)
        case "ask":
            return _ask(request, user)
        case "change" | "pause" | "resume" | "end":
            return _change(request, user, request.POST["action"])
    raise Http404


def _subscribe(request: HttpRequest, user: User) -> HttpResponse:
    """Who is signed in has an address that is known, so nothing is to be confirmed."""
    if not user.email:
        return _back("address")
    team, now = team_of(user, request.POST.get("scope", "")), timezone.now()
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


def _ask(request: HttpRequest, user: User) -> HttpResponse:
    """Have an address outside asked whether it wants the report."""
    team = team_of(user, request.POST.get("scope", ""))
    if not access.may_add_address(user, team):
        raise PermissionDenied
    form = Address(request.POST)
    if not form.is_valid():
        messages.warning(request, "That is no address. Write it like ada@example.org.", "bad")
        return redirect(f"{reverse('reports')}#outside")
    address = form.cleaned_data["address"]
    try:
        addresses.ask(user, team, address, settings.TIME_ZONE, timezone.now())
        messages.success(request, f"{address} was asked. Nothing else goes there before it is confirmed.", "good")
    except addresses.Refused as error:
        messages.warning(request, str(error))
    except addresses.NotSent as error:
        messages.warning(request, f"The mail server did not take the mail to {address}: {error}", "bad")
    return redirect(f"{reverse('reports')}#outside")


def _change(request: HttpRequest, user: User, action: str) -> HttpResponse:
    text = request.POST.get("subscription", "")
    pk = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    mine = Q(user=user) | Q(pk__in=access.visible_addresses(user).values("pk"))
    one = get_object_or_404(Subscription, mine, pk=pk, ended_at=None)
    now = timezone.now()
    match action:
        case "pause":
            one.paused_at = now
        case "resume":
            one.paused_at = None
            if one.confirmed_at:  # by its reader; what fell due meanwhile is not sent after
                one.confirmed_at = now
        case "end":
            own = one.user_id is not None
            one.ended_at, one.ended_because = now, Because.ASKED if own else Because.REMOVED
        case _:
            form = When(request.POST)
            if not form.is_valid():
                return _back("zone")
            for name in ("weekday", "hour", "zone", "with_csv"):
                setattr(one, name, form.cleaned_data[name])
            one.changed_at = now
    one.save()
    return _back("changed")


def _send_now(request: HttpRequest, user: User) -> HttpResponse:
    """The report as a mail of its own: it is not the subscription's of the week."""
    if not user.email:
        return _back("address")
    report = report_of(user, choice(request.POST), timezone.now())
    try:
        message(rendered(report, settings_href=f"{settings.BASE_URL}{request.path}"), user.email, {}).send()
    except send.NOT_SENT:
        return _back("failed")
    return _back("sent")


def _back(said: str) -> HttpResponse:
    return redirect(f"{reverse('reports')}?said={said}")
