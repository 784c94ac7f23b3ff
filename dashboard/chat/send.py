"""Sends to chats what is due: one message a channel and week, and each alert once, whatever crashes or doubles.

A message is handed over at most once: where nobody can know whether it arrived, it is shown as unsure and not sent
again.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from dashboard.chat import events, mattermost, message, quiet, slack, teams, webhook
from dashboard.chat.message import Alert, Message
from dashboard.chat.webhook import Answer, Came
from dashboard.models import ChatAlert, ChatChannel, ChatPost
from dashboard.reports import due
from dashboard.reports.compose import composed
from dashboard.reports.weekly import Line, Report
from ingest.errors import AccessDenied
from ingest.inbox.secrets import unseal

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
TURN = timedelta(seconds=45)  # then others of the same worker have their turn
BATCH = 200
ATTEMPTS = 10
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)
KEPT = timedelta(days=90)
MAX_ERROR = 500
DIED = "The worker died while it handed the message over; it may have arrived, so it is not sent again."
LATE = "Not sent within three days."
NEVER_MADE = f"It could not be made in {ATTEMPTS} tries; the log says why."
UNREADABLE = "The address can't be read: SECRET_KEY has changed since it was stored. Enter the address anew."
LEFT_OUT = "Not sent: the channel was paused, stopped or changed before it went."
BODIES: Mapping[str, Callable[[Message], dict[str, Any]]] = {
    ChatChannel.Kind.SLACK: slack.body,
    ChatChannel.Kind.TEAMS: teams.body,
    ChatChannel.Kind.MATTERMOST: mattermost.body,
}
State = ChatPost.State


def send(now: datetime, go_on: Callable[[], bool] = lambda: True) -> int:
    """Notice what happened, and send what is due, for at most ``TURN`` and while ``go_on`` says so; how many messages
    went."""
    begun, sent = monotonic(), 0
    _tidy(now)
    channels = list(active().order_by("pk"))
    events.notice(channels, now)
    alerted = ChatAlert.objects.filter(post=None, channel__in=[one.pk for one in channels]).order_by("channel")
    for pk in alerted.values_list("channel", flat=True).distinct():
        batch(pk, now)
    _begin_digests(channels, now)
    waiting = _open(now)
    said: Mapping[tuple[date, int | None], Report] | None = None
    for post in waiting:
        if post.week is not None and said is None:
            said = _composed(waiting, now)  # which takes longer than an alert can wait
        at = now + timedelta(seconds=monotonic() - begun)
        if at - now > TURN or not go_on():
            break
        if _claim(post, at):
            sent += _send(post, said or {}, at)
    return sent


def active() -> QuerySet[ChatChannel]:
    """Channels that are told."""
    return ChatChannel.objects.filter(paused_at=None, stopped_at=None)


def batch(pk: int, now: datetime) -> ChatPost | None:
    """The message with all that a channel is to be told now, if there is anything, and none is still on its way.

    The lock on the channel keeps two workers from beginning two.
    """
    with transaction.atomic():
        channel = active().select_for_update().filter(pk=pk).first()
        rows = list(ChatAlert.objects.filter(channel=pk, post=None)) if channel is not None else []
        if channel is None or not rows:
            return None
        if ChatPost.objects.filter(channel=pk, week=None, state__in=[State.WAITING, State.HANDING]).exists():
            return None
        periods = {kind: timedelta(minutes=minutes) for kind, minutes in channel.alerts.items()}
        waiting = [quiet.Waiting(one.pk, one.kind, one.subject) for one in rows]
        chosen = quiet.due(waiting, _told_at(pk), periods, now)
        if not chosen:
            return None
        post = ChatPost.objects.create(channel=channel, lease_until=now, made_at=now)
        ChatAlert.objects.filter(pk__in=[one.id for one in chosen]).update(post=post)
        return post


def _told_at(pk: int) -> dict[tuple[str, str], datetime]:
    told = ChatAlert.objects.filter(channel=pk, post__isnull=False).values_list("kind", "subject")
    rows = told.annotate(last=Max(Coalesce("post__sent_at", "post__made_at"))).order_by()
    return {(kind, subject): last for kind, subject, last in rows}


def _tidy(now: datetime) -> None:
    """What a dead worker left, and what nobody looks at any more."""
    ChatPost.objects.filter(state=State.HANDING, lease_until__lte=now).update(state=State.UNSURE, error=DIED)
    never = ChatPost.objects.filter(state=State.WAITING, lease_until__lte=now, attempts__gte=ATTEMPTS)
    never.update(state=State.FAILED, error=NEVER_MADE)
    ChatPost.objects.filter(made_at__lt=now - KEPT).delete()
    ChatAlert.objects.filter(post=None, at__lt=now - KEPT).delete()


def _begin_digests(channels: Iterable[ChatChannel], now: datetime) -> None:
    """A message for each digest that is due; of one that is too late, that it was not sent."""
    wanted: dict[tuple[int, date], ChatPost] = {}
    for one in channels:
        if not one.digest:
            continue
        zone = due.zone_of(one.zone) or settings.ORGANISATION_ZONE
        owed = due.owed(now, one.since, one.changed_at or one.since, one.weekday, one.hour, zone)
        for week in owed.late:
            wanted[one.pk, week] = ChatPost(
                channel=one, week=week, state=State.FAILED, error=LATE, lease_until=now, made_at=now
            )
        if owed.due is not None:
            wanted[one.pk, owed.due] = ChatPost(channel=one, week=owed.due, lease_until=now, made_at=now)
    weeks = {week for _, week in wanted}
    begun = set(ChatPost.objects.filter(week__in=weeks).values_list("channel_id", "week")) if weeks else set()
    fresh = [post for key, post in wanted.items() if key not in begun]
    ChatPost.objects.bulk_create(fresh, ignore_conflicts=True)


def _open(now: datetime) -> Sequence[ChatPost]:
    """Alerts go before digests, and who waits longest first."""
    rows = _free(now).select_related("channel")
    return list(rows.order_by(F("week").asc(nulls_first=True), "lease_until", "pk")[:BATCH])


def _free(now: datetime) -> QuerySet[ChatPost]:
    """Messages to be sent that nobody sends, to channels that are told and did not ask to be left alone."""
    left_alone = Q(channel__not_before__gt=now)
    return ChatPost.objects.filter(
        ~left_alone, state=State.WAITING, lease_until__lte=now, channel__paused_at=None, channel__stopped_at=None
    )


def _composed(posts: Iterable[ChatPost], now: datetime) -> Mapping[tuple[date, int | None], Report]:
    """The reports that digests are made of, by week and team."""
    wanted = {(post.week, post.channel.team_id) for post in posts if post.week is not None}
    found: dict[tuple[date, int | None], Report] = {}
    for monday in {week for week, _ in wanted}:
        told = composed(monday, now, {team for week, team in wanted if week == monday})
        found |= {(monday, team): report for team, report in told.items()}
    return found


def _claim(post: ChatPost, at: datetime) -> bool:
    """Whether the message is this worker's to send."""
    if not _free(at).filter(pk=post.pk).update(lease_until=at + LEASE, attempts=F("attempts") + 1):
        return False
    post.refresh_from_db(fields=["lease_until", "attempts"])
    return True


def _send(post: ChatPost, said: Mapping[tuple[date, int | None], Report], at: datetime) -> bool:
    if post.week is not None:
        report = said.get((post.week, post.channel.team_id))
        if report is None:
            return _end(post, State.FAILED, "The team is no longer in use.")
        told = message.digest(report)
    else:
        told = message.alerts([_alert(one) for one in post.alerts.all()], settings.BASE_URL)
    body = BODIES[post.channel.kind](told)
    mine = ChatPost.objects.filter(pk=post.pk, state=State.WAITING, lease_until=post.lease_until)
    if not mine.update(state=State.HANDING):
        return False  # the claim ran out, and another worker has it
    return _settle(post, hand_over(post.channel, body, at), at)


def _alert(row: ChatAlert) -> Alert:
    marks: Mapping[str, Any] = {"good": "good", "warn": "warn", "bad": "bad"}
    return Alert(row.kind, Line(row.name, row.text, row.href, marks.get(row.mark, "none")))


def hand_over(channel: ChatChannel, body: Mapping[str, Any], at: datetime) -> Answer:
    """Send it to the channel, and note there what came of it."""
    try:
        [address] = unseal([channel.address])
    except AccessDenied:
        answer = Answer(Came.LATER, UNREADABLE)
    else:
        answer = webhook.post(address, body, settings.CHAT_HOSTS, at)
    _note(channel, answer, at)
    return answer


def _note(channel: ChatChannel, answer: Answer, at: datetime) -> None:
    """On the channel, unless somebody entered another address meanwhile."""
    row = ChatChannel.objects.filter(pk=channel.pk, address=channel.address)
    if answer.came is Came.SENT:
        row.update(sent_at=at, error="", failing_since=None, not_before=None)
        return
    logger.warning("Chat channel %s: %s", channel.pk, answer.says)
    row.update(error=answer.says[:MAX_ERROR], failing_since=Coalesce("failing_since", at))
    if answer.wait is not None:
        row.update(not_before=at + answer.wait)
    if answer.came is Came.REVOKED:
        row.filter(stopped_at=None).update(stopped_at=at)


def _settle(post: ChatPost, answer: Answer, at: datetime) -> bool:
    match answer.came:
        case Came.SENT:
            ChatPost.objects.filter(pk=post.pk).update(state=State.SENT, sent_at=at, error="")
            return True
        case Came.LATER:
            return _put_off(post, answer, at)
        case Came.UNSURE:
            return _end(post, State.UNSURE, answer.says)
        case _:
            return _end(post, State.FAILED, answer.says)


def _put_off(post: ChatPost, answer: Answer, at: datetime) -> bool:
    """Try again when the chat asked for it, else each time after twice as long; after ``ATTEMPTS`` no more."""
    if post.attempts >= ATTEMPTS:
        return _end(post, State.FAILED, answer.says)
    wait = answer.wait if answer.wait is not None else min(SOONEST * 2 ** (post.attempts - 1), LATEST)
    error = answer.says[:MAX_ERROR]
    ChatPost.objects.filter(pk=post.pk).update(state=State.WAITING, lease_until=at + wait, error=error)
    return False


def _end(post: ChatPost, state: str, error: str) -> bool:
    ChatPost.objects.filter(pk=post.pk).update(state=state, error=error[:MAX_ERROR])
    return False


# ---------------------------------------------------------------- by hand


def trial(channel: ChatChannel, who: str, now: datetime) -> Answer:
    """Send a test message."""
    href = f"{settings.BASE_URL}{reverse('chat-channel', args=[channel.pk])}"
    return hand_over(channel, BODIES[channel.kind](message.trial(channel.name, who, href)), now)


@transaction.atomic
def drop(channel: ChatChannel) -> None:
    """Send nothing of what waits."""
    ChatPost.objects.filter(channel=channel, state=State.WAITING).update(state=State.FAILED, error=LEFT_OUT)
    ChatAlert.objects.filter(channel=channel, post=None).delete()


@transaction.atomic
def resume(channel: ChatChannel, now: datetime) -> None:
    """Tell the channel again, of what comes from now on: what fell due or happened meanwhile is not sent after."""
    drop(channel)
    channel.paused_at = channel.stopped_at = channel.not_before = channel.failing_since = None
    channel.error, channel.since = "", now
    channel.save(update_fields=["paused_at", "stopped_at", "not_before", "failing_since", "error", "since"])
