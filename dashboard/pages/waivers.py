"""Waivers: what is asked for, what is in force, what has ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.pages.compared import today
from dashboard.pages.figures import Status
from ingest.models import Service
from scorecards.models import Waiver
from scorecards.scans.in_force import in_force
from scorecards.waivers import SOON

SHOWN = 100
State = Waiver.State
STATES = {State.DENIED: Status("none", "denied"), State.REVOKED: Status("none", "ended early")}


@dataclass(frozen=True, slots=True)
class Row:
    """A waiver in a list. ``left``: how long it still holds, or would, in words."""

    waiver: Waiver
    title: str
    href: str
    status: Status
    left: str


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The waivers of the services that the reader may see."""
    day = today()
    held = waivers_of(access.visible_services(request.user))
    asked = held.filter(state=State.REQUESTED).order_by("requested_at", "pk")
    ended = held.filter(~Q(state=State.REQUESTED), ~Q(state=State.APPROVED, expires_on__gte=day))
    context = {
        "requested": rows(asked[:SHOWN], day),
        "in_force": rows(in_force_rows(held, day)[:SHOWN], day),
        "ended": rows(ended.order_by("-updated_at", "-pk")[:SHOWN], day),
        "counts": {"requested": asked.count(), "in_force": in_force_rows(held, day).count(), "ended": ended.count()},
        "shown": SHOWN,
        "may_decide": access.may_operate(request.user),
    }
    return render(request, "pages/waivers.html", context)


def waivers_of(services: QuerySet[Service]) -> QuerySet[Waiver]:
    """The waivers of these services, with whom they name."""
    found = Waiver.objects.filter(service__in=services)
    return found.select_related("service", "requested_by", "decided_by")


def in_force_rows(held: QuerySet[Waiver], day: date) -> QuerySet[Waiver]:
    """Those that hold on the day, the next to end first."""
    return held.filter(state=State.APPROVED, expires_on__gte=day).order_by("expires_on", "pk")


def rows(found: Iterable[Waiver], day: date) -> list[Row]:
    titles = {control.id: control.title for standard in in_force(day).standards for control in standard.controls}
    return [row_of(waiver, titles.get(waiver.control, ""), day) for waiver in found]


def row_of(waiver: Waiver, title: str, day: date) -> Row:
    """The waiver as it stands on the day."""
    href = reverse("waiver", args=[waiver.pk])
    return Row(waiver, title or waiver.control, href, status_of(waiver, day), left_of(waiver, day))


def status_of(waiver: Waiver, day: date) -> Status:
    if waiver.state == State.REQUESTED:
        return Status("warn", "asked for")
    if waiver.state != State.APPROVED:
        return STATES[State(waiver.state)]
    if waiver.expires_on < day:
        return Status("none", "expired")
    return Status("warn", "ends soon") if waiver.expires_on - day <= SOON else Status("good", "in force")


def left_of(waiver: Waiver, day: date) -> str:
    """How many days are left, the last one included."""
    if waiver.state not in (State.APPROVED, State.REQUESTED) or waiver.expires_on < day:
        return ""
    days = (waiver.expires_on - day).days
    return f"{formats.plural(days, 'day')} left" if days else "its last day"
