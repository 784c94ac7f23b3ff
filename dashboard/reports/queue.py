"""The mails that are to go, and what became of each: one row a subscription and week, whoever sends it."""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import F, Q, QuerySet

from dashboard.models import MailTrouble, Sending, Subscription
from dashboard.reports import due
from dashboard.reports.headers import message_id

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
ATTEMPTS = 10
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=2)
MAX_ERROR = 500
DIED = "The worker died while it handed the mail over; it may have arrived, so it is not sent again by itself."
LATE = "Not sent within three days"
State = Sending.State
ENDED_BADLY = (State.FAILED, State.UNSURE)


class Waiting(NamedTuple):
    """A mail to send: whose, on which week, of which team (``None``: the organisation)."""

    subscription: int
    monday: date
    team: int | None

    @property
    def key(self) -> tuple[date, int | None]:
        """Of its report."""
        return self.monday, self.team


@dataclass(slots=True)
class Wanted:
    """``late``: for which it is too late, and which nobody took up."""

    waiting: list[Waiting]
    late: list[Waiting]


def active() -> QuerySet[Subscription]:
    """Who gets mails."""
    reached = Q(user=None) | Q(user__is_active=True) & ~Q(user__email="")
    return Subscription.objects.filter(reached, confirmed_at__isnull=False, paused_at=None, ended_at=None)


def wanted(now: datetime, week: date | None = None) -> Wanted:
    """What is due and not sent, the mails of a team together; or of one week what was not sent of it, to everybody."""
    found = Wanted([], [])
    teams: dict[int, int | None] = {}
    for pk, team, since, changed, weekday, hour, name in active().values_list(
        "pk", "team", "confirmed_at", "changed_at", "weekday", "hour", "zone"
    ):
        teams[pk] = team
        if week is not None:
            found.waiting.append(Waiting(pk, week, team))
            continue
        zone = due.zone_of(name) or settings.ORGANISATION_ZONE
        owed = due.owed(now, since or now, changed or since or now, weekday, hour, zone)
        found.waiting += [Waiting(pk, owed.due, team)] if owed.due else []
        found.late += [Waiting(pk, monday, team) for monday in owed.late]
    weeks = {one.monday for one in (*found.waiting, *found.late)}
    known = set(Sending.objects.filter(week__in=weeks).values_list("subscription_id", "week"))
    again = Sending.objects.filter(state=State.CLAIMED, lease_until__lte=now)
    if week is not None:
        again = again.filter(week=week)
    taken_up = [
        Waiting(pk, monday, teams[pk]) for pk, monday in again.values_list("subscription_id", "week") if pk in teams
    ]
    fresh = [one for one in found.waiting if (one.subscription, one.monday) not in known]
    found.waiting = sorted([*fresh, *taken_up], key=lambda one: (one.monday, one.team or 0, one.subscription))
    found.late = [one for one in found.late if (one.subscription, one.monday) not in known]
    return found


def settle(now: datetime, late: Iterable[Waiting]) -> None:
    """Tell of mails that no worker will send any more: one died over them, or it is too late."""
    Sending.objects.filter(state=State.HANDING, lease_until__lte=now).update(state=State.UNSURE, error=DIED)
    old = Sending.objects.filter(state=State.CLAIMED, lease_until__lte=now, made_at__lte=now - due.TOO_LATE)
    for pk, error in old.values_list("pk", "error"):
        old.filter(pk=pk).update(state=State.FAILED, error=_late(error))
    _tell(late, _late(MailTrouble.objects.values_list("said", flat=True).first() or ""), now)


def _tell(mails: Iterable[Waiting], error: str, at: datetime) -> None:
    """Mails that were never begun failed."""
    found = list(mails)
    held = Subscription.objects.in_bulk({one.subscription for one in found})
    fields = {"state": State.FAILED, "error": error, "attempts": 0, "lease_until": at, "made_at": at}
    Sending.objects.bulk_create(
        (
            Sending(subscription=one, week=mail.monday, message_id=message_id(one, mail.monday), **fields)
            for mail in found
            if (one := held.get(mail.subscription)) is not None
        ),
        ignore_conflicts=True,
    )


def _late(error: str) -> str:
    return kept(f"{LATE}: {error or 'the site sent nothing then.'}")


def claim(mail: Waiting, at: datetime) -> Sending | None:
    """The row of this mail, if it is this worker's to send; none where somebody has it or it is not wanted any more."""
    one = active().select_related("user", "team").filter(pk=mail.subscription).first()
    if one is None:
        return None
    fields = {"lease_until": at + LEASE, "message_id": message_id(one, mail.monday), "made_at": at}
    row, made = Sending.objects.get_or_create(subscription=one, week=mail.monday, defaults=fields)
    if not made:
        free = Sending.objects.filter(pk=row.pk, state=State.CLAIMED, lease_until__lte=at)
        if not free.update(lease_until=at + LEASE, attempts=F("attempts") + 1):
            return None
        row.refresh_from_db()
    row.subscription = one
    return row


def handing(sending: Sending, text: str) -> bool:
    """Note that its last line goes now; false where the claim ran out and another worker has it.

    Of one that broke off then, and that is handed over anew, it is noted twice.
    """
    mine = Sending.objects.filter(
        pk=sending.pk, state__in=[State.CLAIMED, State.HANDING], lease_until=sending.lease_until
    )
    return bool(mine.update(state=State.HANDING, digest=hashlib.sha256(text.encode()).hexdigest()))


def sent(sending: Sending, at: datetime) -> None:
    Sending.objects.filter(pk=sending.pk).update(state=State.SENT, sent_at=at, error="")


def release(sending: Sending, error: str, at: datetime) -> None:
    """It was not this mail's fault: it is free at once, and the attempt does not count."""
    row = Sending.objects.filter(pk=sending.pk)
    row.update(state=State.CLAIMED, lease_until=at, attempts=F("attempts") - 1, error=kept(error))


def put_off(sending: Sending, error: str, at: datetime) -> None:
    """Try again, each time after twice as long; after ``ATTEMPTS`` no more."""
    logger.warning("The weekly report of subscription %s can't be sent: %s", sending.subscription_id, error)
    if sending.attempts >= ATTEMPTS:
        end(sending, State.FAILED, error)
        return
    again = at + min(SOONEST * 2 ** (sending.attempts - 1), LATEST)
    Sending.objects.filter(pk=sending.pk).update(state=State.CLAIMED, lease_until=again, error=kept(error))


def end(sending: Sending, state: str, error: str) -> None:
    Sending.objects.filter(pk=sending.pk).update(state=state, error=kept(error))


def give_up(one: Subscription, said: str, at: datetime) -> None:
    """The mail server refused the address for good, and would refuse the next mail as well."""
    Subscription.objects.filter(pk=one.pk, ended_at=None).update(
        ended_at=at, ended_because=Subscription.Because.BOUNCED, ended_note=kept(said)
    )


def again(sendings: QuerySet[Sending], now: datetime) -> int:
    """Have mails sent again that failed, or may not have arrived; how many. A person asks for this, never a worker."""
    badly = sendings.filter(state__in=ENDED_BADLY, subscription__in=active())
    return badly.update(state=State.CLAIMED, lease_until=now, made_at=now, attempts=0)


def kept(text: str) -> str:
    return text[:MAX_ERROR].replace("\0", "")
