"""``/chat/``: which channels of chats are told what, and what came of it; add one, try, change, pause, remove it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboard import access, formats
from dashboard.chat import send
from dashboard.chat.form import DEFAULTS, FIELDS, ChannelForm
from dashboard.chat.message import TITLES
from dashboard.chat.webhook import SECONDS, Came
from dashboard.models import ChatAlert, ChatChannel, ChatPost
from dashboard.pages.change import UNREADABLE
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step
from dashboard.reports.weekly import week_text
from dashboard.reports.when import WEEKDAYS

SHOWN = 20
ALERTS_NAMED = 3
POSTS = {
    ChatPost.State.WAITING: Status("warn", "waits"),
    ChatPost.State.HANDING: Status("none", "on its way"),
    ChatPost.State.SENT: Status("good", "sent"),
    ChatPost.State.FAILED: Status("bad", "not sent"),
    ChatPost.State.UNSURE: Status("warn", "unsure"),
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A channel in the list. ``told``: of what, in words."""

    channel: ChatChannel
    status: Status
    told: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to a channel. ``says``: what was in it."""

    post: ChatPost
    status: Status
    says: str


@sensitive_post_parameters("address")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The channels, and the form that adds one."""
    person = _person(request)
    form = ChannelForm(person, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _add(request, person, form)
    found = access.visible_chats(person).select_related("team")
    context = {"rows": [_row(one) for one in found], "form": form, "staff": access.may_operate(person)}
    return render(request, "pages/chat.html", context, status=UNREADABLE if form.is_bound else 200)


@sensitive_post_parameters("address")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    """One channel: its state, the last messages, the form that changes it."""
    person = _person(request)
    one = get_object_or_404(access.visible_chats(person).select_related("team"), pk=pk)
    action = request.POST.get("action", "") if request.method == "POST" else None
    if action is not None and action != "change":
        return _act(request, person, one, action)
    form = ChannelForm(person, request.POST if action else None, one)
    if form.is_bound and form.is_valid():
        return _change(request, person, one, form)
    one.refresh_from_db()
    context = {
        "channel": one,
        "row": _row(one),
        "form": form,
        "posts": _posts(one),
        "waiting": ChatAlert.objects.filter(channel=one, post=None).count(),
        "seconds": int(SECONDS),
        "trail": [Step("Chat", reverse("chat"))],
    }
    return render(request, "pages/chat_channel.html", context, status=UNREADABLE if form.is_bound else 200)


def _person(request: HttpRequest) -> User:
    """Who may have chats told. Raises: PermissionDenied."""
    if not isinstance(request.user, User) or not access.may_manage_chats(request.user):
        raise PermissionDenied
    return request.user


# ---------------------------------------------------------------- changes


def _add(request: HttpRequest, person: User, form: ChannelForm) -> HttpResponse:
    made = form.told()
    if not access.may_tell_chat(person, made.team):
        raise PermissionDenied
    made.made_by = person
    made.save()
    logger.info("%s added chat channel %r (%s) at %s", person.get_username(), made.name, made.pk, made.host)
    messages.success(request, f"{made.name} is added. Send it a test message.", "good")
    return redirect("chat-channel", made.pk)


def _change(request: HttpRequest, person: User, one: ChatChannel, form: ChannelForm) -> HttpResponse:
    address, team, when = one.address, one.team_id, _when(one)
    made = form.told()
    if not access.may_tell_chat(person, made.team):
        raise PermissionDenied
    if _when(made) != when:
        made.changed_at = timezone.now()
    made.save(update_fields=[*FIELDS, "digest", "weekday", "changed_at", "alerts", "address", "host"])
    ChatAlert.objects.filter(channel=made, post=None).exclude(kind__in=list(made.alerts)).delete()
    if made.address != address and made.paused_at is None:
        send.resume(made, timezone.now())
    elif made.team_id != team:
        send.drop(made)
    logger.info("%s changed chat channel %r (%s) at %s", person.get_username(), made.name, made.pk, made.host)
    messages.success(request, "Changed.", "good")
    return redirect("chat-channel", made.pk)


def _when(one: ChatChannel) -> tuple[object, ...]:
    return one.digest, one.weekday, one.hour, one.zone


def _act(request: HttpRequest, person: User, one: ChatChannel, action: str) -> HttpResponse:
    now = timezone.now()
    match action:
        case "test":
            _test(request, person, one)
        case "pause":
            ChatChannel.objects.filter(pk=one.pk, paused_at=None).update(paused_at=now)
            messages.success(request, f"{one.name} is paused: it is told nothing until it goes on.", "good")
        case "resume":
            send.resume(one, now)
            messages.success(request, f"{one.name} goes on with what happens from now on.", "good")
        case "remove":
            name = one.name
            one.delete()
            messages.success(request, f"{name} is removed. Remove the webhook in the chat, too.", "good")
        case _:
            raise Http404
    logger.info("%s: %s of chat channel %r (%s)", person.get_username(), action, one.name, one.host)
    return redirect("chat") if action == "remove" else redirect("chat-channel", one.pk)


def _test(request: HttpRequest, person: User, one: ChatChannel) -> None:
    answer = send.trial(one, person.get_username(), timezone.now())
    if answer.came is Came.SENT:
        messages.success(request, "The test message was taken. Look whether it stands in the channel.", "good")
    else:
        messages.warning(request, f"The test message was not taken. {answer.says}", "bad")


# ---------------------------------------------------------------- what is shown


def _row(one: ChatChannel) -> Row:
    told = [f"digest on {WEEKDAYS[one.weekday]} at {one.hour:02}:00 {one.zone}"] if one.digest else []
    for kind in DEFAULTS:
        if kind in one.alerts:
            minutes = one.alerts[kind]
            quiet = f"quiet for {formats.whole_span(minutes * 60)}" if minutes else "each at once"
            told.append(f"{TITLES[kind]}, {quiet}")
    return Row(one, status_of(one), "; ".join(told))


def status_of(one: ChatChannel) -> Status:
    if one.stopped_at is not None:
        return Status("bad", "stopped")
    if one.paused_at is not None:
        return Status("warn", "paused")
    if one.failing_since is not None:
        return Status("bad", "failing")
    return Status("good", "well") if one.sent_at else Status("none", "nothing sent yet")


def _posts(one: ChatChannel) -> Sequence[Sent]:
    found = ChatPost.objects.filter(channel=one).prefetch_related("alerts")[:SHOWN]
    return [Sent(post, POSTS[ChatPost.State(post.state)], _says(post)) for post in found]


def _says(post: ChatPost) -> str:
    if post.week is not None:
        return f"Digest of week {week_text(post.week)}"
    alerts = list(post.alerts.all())
    told = "; ".join(f"{alert.name}: {alert.text}" for alert in alerts[:ALERTS_NAMED])
    more = len(alerts) - ALERTS_NAMED
    return f"{told}; and {more} more" if more > 0 else told
