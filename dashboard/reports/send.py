"""Sends the weekly reports that are due: one mail a subscription and week, whatever crashes or doubles."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.urls import reverse

from dashboard.models import Sending, Subscription
from dashboard.reports import compose, due
from dashboard.reports.render import message
from dashboard.reports.weekly import Report, week_text

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
TURN = timedelta(seconds=45)  # then others of the same worker have their turn
BATCH = 500
ATTEMPTS = 10
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=2)
MAX_ERROR = 500
PERMANENT = 500
DIED = "The worker died while it handed the mail over; it may have arrived, so it is not sent again."
LOST = "The mail server went silent while it took the mail; it may have arrived, so it is not sent again: "
NOT_SENT = (OSError, SMTPException, ValueError)  # ValueError: an address or a name that no header takes
State = Sending.State


@dataclass(slots=True)
class Turn:
    """What one turn came to."""

    sent: int = 0
    failed: int = 0
    waiting: list[tuple[Subscription, date]] = field(default_factory=list)


def send(now: datetime) -> int:
    """Send what is due; how many mails went."""
    return turn(now).sent


def turn(now: datetime, week: date | None = None) -> Turn:
    """Send what is due, or of one week to everybody who has not got it. For at most ``TURN``, and ``BATCH`` mails."""
    begun, found = monotonic(), Turn()
    Sending.objects.filter(state=State.HANDING, lease_until__lte=now).update(state=State.UNSURE, error=DIED)
    found.waiting = waiting(now, week)[:BATCH]
    if not found.waiting:
        return found
    said = _composed(found.waiting, now)
    connection = get_connection()
    try:
        for subscription, monday in found.waiting:
            at = now + timedelta(seconds=monotonic() - begun)
            if week is None and at - now > TURN:
                break
            report = said.get((monday, subscription.team_id))
            if report is not None and (sending := _claim(subscription, monday, at)) is not None:
                done = _send(connection, sending, report, at)
                found.sent, found.failed = found.sent + done, found.failed + (not done)
    finally:
        connection.close()
    return found


def waiting(now: datetime, week: date | None = None) -> list[tuple[Subscription, date]]:
    """The subscriptions whose mail is due and not sent, each with the week's Monday."""
    active = Subscription.objects.filter(confirmed_at__isnull=False, paused_at=None, ended_at=None)
    wanted = []
    for one in active.select_related("user", "team").order_by("team", "pk"):
        zone = due.zone_of(one.zone) or settings.ORGANISATION_ZONE
        monday = week or due.week_due(now, one.confirmed_at or now, one.weekday, one.hour, zone)
        if monday is not None and one.to:
            wanted.append((one, monday))
    kept = Sending.objects.filter(week__in={monday for _, monday in wanted})
    busy = kept.exclude(state=State.CLAIMED, lease_until__lte=now).values_list("subscription_id", "week")
    taken = set(busy)
    return [(one, monday) for one, monday in wanted if (one.pk, monday) not in taken]


def _composed(wanted: Sequence[tuple[Subscription, date]], now: datetime) -> Mapping[tuple[date, int | None], Report]:
    """The reports of the weeks and teams, which are kept as they are said first."""
    found: dict[tuple[date, int | None], Report] = {}
    for monday in {monday for _, monday in wanted}:
        told = compose.composed(monday, now, {one.team_id for one, week in wanted if week == monday})
        found |= {(monday, pk): report for pk, report in told.items()}
    compose.keep(found.values())
    return found


def _claim(subscription: Subscription, monday: date, at: datetime) -> Sending | None:
    """The row of this mail, if it is this worker's to send."""
    fields = {"lease_until": at + LEASE, "message_id": message_id(subscription, monday), "made_at": at}
    row, made = Sending.objects.get_or_create(subscription=subscription, week=monday, defaults=fields)
    if made:
        row.subscription = subscription
        return row
    free = Sending.objects.filter(pk=row.pk, state=State.CLAIMED, lease_until__lte=at)
    if not free.update(lease_until=at + LEASE, attempts=F("attempts") + 1):
        return None
    row.refresh_from_db()
    row.subscription = subscription
    return row


def _send(connection: BaseEmailBackend, sending: Sending, report: Report, at: datetime) -> bool:
    subscription = sending.subscription
    try:
        parts = compose.parts_for(subscription, report, unsubscribe(subscription))
        mail = message(parts, subscription.to, headers(sending))
        mail.connection = connection
        mail.message()  # a name or an address that no header takes is told before anything is handed over
        connection.open()
    except NOT_SENT as error:
        return _put_off(sending, error, at)
    digest = hashlib.sha256(parts.text.encode()).hexdigest()
    mine = Sending.objects.filter(pk=sending.pk, state=State.CLAIMED, lease_until=sending.lease_until)
    if not mine.update(state=State.HANDING, digest=digest):
        return False  # the claim ran out, and another worker has it
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        return _refused(sending, error, at)
    except SMTPResponseException as error:  # it answered, and did not take it
        return _put_off(sending, error, at)
    except (OSError, SMTPException) as error:
        connection.close()
        return _end(sending, State.UNSURE, f"{LOST}{type(error).__name__}: {error}")
    Sending.objects.filter(pk=sending.pk).update(state=State.SENT, sent_at=at, error="")
    return True


def _refused(sending: Sending, error: SMTPRecipientsRefused, at: datetime) -> bool:
    """Refused for good, the subscription ends: the next mail would be refused as well."""
    code, words = next(iter(error.recipients.values()))
    said = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    if code < PERMANENT:
        return _put_off(sending, error, at)
    Subscription.objects.filter(pk=sending.subscription_id, ended_at=None).update(
        ended_at=at, ended_because=Subscription.Because.BOUNCED, ended_note=_kept(said)
    )
    return _end(sending, State.FAILED, f"The mail server refused the address: {said}")


def _put_off(sending: Sending, error: Exception, at: datetime) -> bool:
    """Try again, each time after twice as long; after ``ATTEMPTS`` no more."""
    logger.warning("The weekly report of subscription %s can't be sent: %s", sending.subscription_id, error)
    said = f"{type(error).__name__}: {error}"
    if sending.attempts >= ATTEMPTS:
        return _end(sending, State.FAILED, said)
    again = at + min(SOONEST * 2 ** (sending.attempts - 1), LATEST)
    Sending.objects.filter(pk=sending.pk).update(state=State.CLAIMED, lease_until=again, error=_kept(said))
    return False


def _end(sending: Sending, state: str, error: str) -> bool:
    Sending.objects.filter(pk=sending.pk).update(state=state, error=_kept(error))
    return False


def _kept(text: str) -> str:
    return text[:MAX_ERROR].replace("\0", "")


# ---------------------------------------------------------------- headers


def headers(sending: Sending) -> dict[str, str]:
    """One Message-ID a subscription and week; one thread a subscription; RFC 8058's one click."""
    one, host = sending.subscription, _host()
    return {
        "Message-ID": sending.message_id,
        "References": f"<weekly.{_short(one.key)}@{host}>",
        "List-Id": f"Weekly report <weekly.{host}>",
        "List-Unsubscribe": f"<{unsubscribe(one)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def message_id(subscription: Subscription, monday: date) -> str:
    return f"<{week_text(monday)}.{_short(subscription.key)}@{_host()}>"


def unsubscribe(subscription: Subscription) -> str:
    """The page that ends it, for who has the mail."""
    return _absolute(reverse("unsubscribe", args=[subscription.key]))


def _short(key: str) -> str:
    """Of the key, what tells nobody the key."""
    return hashlib.sha256(key.encode()).hexdigest()[:20]


def _host() -> str:
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def _absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"
