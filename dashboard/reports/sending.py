"""``/reports/sending/``: what became of the mails, for who runs the site; and where one is asked for again."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.mails import trouble
from dashboard.models import Sending
from dashboard.pages.figures import Status
from dashboard.reports import queue
from dashboard.reports.weekly import BadWeek, parse_week, week_text

WEEKS = 8
LISTED = 200
State = Sending.State
STATUSES = {
    State.FAILED: Status("bad", "not sent"),
    State.UNSURE: Status("warn", "may have arrived"),
    State.CLAIMED: Status("none", "waits"),
    State.HANDING: Status("none", "waits"),
}


@dataclass(frozen=True, slots=True)
class Week:
    """How many mails of a week went, wait, and are not known to have gone."""

    text: str
    sent: int
    waiting: int
    unsure: int
    failed: int


@dataclass(frozen=True, slots=True)
class Row:
    """A mail that is not known to have gone."""

    sending: Sending
    status: Status
    may_be_again: bool


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The last weeks, what keeps mails back, and those that did not go; or one of them, or a week's, again."""
    if request.method == "POST":
        return _again(request)
    if not access.may_operate(request.user):
        raise PermissionDenied
    open_ones = Sending.objects.exclude(state=State.SENT).exclude(state=State.CLAIMED, error="")
    rows = open_ones.select_related("subscription__user", "subscription__team").order_by("-week", "state", "pk")
    context = {
        "trouble": trouble.current(),
        "weeks": _weeks(),
        "rows": [Row(one, STATUSES[State(one.state)], one.state in queue.ENDED_BADLY) for one in rows[:LISTED]],
        "more": max(0, open_ones.count() - LISTED),
    }
    return render(request, "pages/reports_sending.html", context)


def _weeks() -> list[Week]:
    newest = list(Sending.objects.order_by("-week").values_list("week", flat=True).distinct()[:WEEKS])
    rows = Sending.objects.filter(week__in=newest).order_by().values_list("week", "state").annotate(Count("pk"))
    found = {(monday, state): count for monday, state, count in rows}

    def of(monday: date, *states: str) -> int:
        return sum(found.get((monday, state), 0) for state in states)

    return [
        Week(
            text=week_text(monday),
            sent=of(monday, State.SENT),
            waiting=of(monday, State.CLAIMED, State.HANDING),
            unsure=of(monday, State.UNSURE),
            failed=of(monday, State.FAILED),
        )
        for monday in newest
    ]


def _again(request: HttpRequest) -> HttpResponse:
    """Who runs the site may ask for any, others for those to themselves."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    operates = access.may_operate(request.user)
    found = Sending.objects.all() if operates else Sending.objects.filter(subscription__user=request.user)
    count = queue.again(_asked(request, found), timezone.now())
    if count:
        messages.success(request, f"{count} {'mail goes' if count == 1 else 'mails go'} again within a minute.")
    else:
        messages.error(request, "Nothing to send again: it went meanwhile, or the subscription is paused or has ended.")
    return redirect("report-sending" if operates and "week" in request.POST else "reports")


def _asked(request: HttpRequest, found: QuerySet[Sending]) -> QuerySet[Sending]:
    """One mail; or of a week those that failed, or those that may have arrived.

    Raises:
        Http404: neither is asked for.
    """
    text = request.POST.get("sending", "")
    if text.isascii() and text.isdigit() and len(text) < 18:
        return found.filter(pk=int(text))
    state = request.POST.get("state", "")
    if state not in queue.ENDED_BADLY:
        raise Http404
    try:
        return found.filter(week=parse_week(request.POST.get("week", "")), state=state)
    except BadWeek:
        raise Http404 from None
