"""Reports to addresses outside: nothing goes there before its reader confirmed, by a link in a mail of fixed words."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from dashboard.models import Subscription
from dashboard.pages.figures import Status
from dashboard.reports.read import absolute
from dashboard.reports.render import plain
from dashboard.reports.weekly import one_line
from dashboard.reports.when import WEEKDAYS
from ingest.models import Team

VALID = timedelta(days=7)
AGAIN = timedelta(days=30)  # after its reader ended it
A_DAY = 20  # mails that one person has sent to addresses that did not ask
SALT = "dashboard.reports.addresses"
LONGEST_NAME = 60
PERMANENT = 500
NO_WORD = re.compile(r"[^\w &()+'-]+")
Because = Subscription.Because


class Refused(ValueError):
    """The address is not asked; the text says why."""


class NotSent(Exception):
    """The mail server did not take the mail; the text has its words."""


@dataclass(frozen=True, slots=True)
class Row:
    """An address as the list shows it."""

    subscription: Subscription
    status: Status
    note: str = ""

    @property
    def when(self) -> str:
        """``Mondays 8:00 UTC``."""
        one = self.subscription
        return f"{WEEKDAYS[one.weekday]}s {one.hour}:00 {one.zone}"


def ask(person: User, team: Team | None, address: str, zone: str, now: datetime) -> Subscription:
    """Ask the address, by mail, whether it wants the report. Whether ``person`` may is the caller's to know.

    Raises:
        Refused: it gets the report, is asked already, ended it itself lately, or the person asked many today.
        NotSent: the mail could not be handed over.
    """
    address = address.lower()
    try:
        with transaction.atomic():
            one = _asked(person, team, address, zone, now)
    except IntegrityError:
        raise Refused(f"{address} is being asked at this moment.") from None
    try:
        _mail(one, person, now).send()
    except SMTPRecipientsRefused as error:
        _refused(one, error, now)
        raise NotSent(f"{one.ended_note or error}") from error
    except (OSError, SMTPException, ValueError) as error:
        Subscription.objects.filter(pk=one.pk).update(asked_at=None)
        raise NotSent(str(error)) from error
    return one


def _asked(person: User, team: Team | None, address: str, zone: str, now: datetime) -> Subscription:
    """The subscription that waits to be confirmed."""
    known = Subscription.objects.filter(user=None, address=address)
    _lapse(known, now)
    found = known.filter(team=team).first()
    asked = known.filter(confirmed_at=None, asked_at__isnull=False).order_by("-asked_at").first()
    if asked is not None and asked.asked_at is not None and asked.asked_at > now - VALID:
        raise Refused(f"{address} was asked already. It may be asked again from {_day(asked.asked_at + VALID)} on.")
    if found and found.confirmed_at and not found.ended_at:
        raise Refused(f"{address} gets this report already.")
    left = known.filter(ended_because=Because.ASKED, ended_at__gt=now - AGAIN).order_by("-ended_at").first()
    if left is not None and left.ended_at is not None:
        raise Refused(f"{address} wants no such mails. It may be asked again from {_day(left.ended_at + AGAIN)} on.")
    if Subscription.objects.filter(made_by=person, asked_at__gt=now - timedelta(days=1)).count() >= A_DAY:
        raise Refused(f"You had {A_DAY} addresses asked within a day. Go on tomorrow.")
    known.filter(confirmed_at=None, ended_at=None).update(ended_at=now, ended_because=Because.LAPSED)
    fields = {
        "zone": zone, "made_by": person, "asked_at": now, "confirmed_at": None, "paused_at": None, "ended_at": None,
        "ended_because": "", "ended_note": "",
    }  # fmt: skip
    one, _ = Subscription.objects.update_or_create(user=None, address=address, team=team, defaults=fields)
    return one


def _lapse(known: QuerySet[Subscription], now: datetime) -> None:
    late = known.filter(confirmed_at=None, ended_at=None, asked_at__lte=now - VALID)
    late.update(ended_at=now, ended_because=Because.LAPSED)


def _day(at: datetime) -> str:
    local = at.astimezone(settings.ORGANISATION_ZONE)
    return f"{local.day} {local:%b %Y}"


def _refused(one: Subscription, error: SMTPRecipientsRefused, now: datetime) -> None:
    """Refused for good, it is shown so; for now, it can be asked again at once."""
    code, words = next(iter(error.recipients.values()))
    said = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"[:500].replace("\0", "")
    if code < PERMANENT:
        one.asked_at = None
    else:
        one.ended_at, one.ended_because, one.ended_note = now, Because.BOUNCED, said
    one.save(update_fields=["asked_at", "ended_at", "ended_because", "ended_note"])


def forget(names: Collection[str], **signal: object) -> None:
    """Whoever is erased gets no more reports at an address without an account, and no row tells of it."""
    Subscription.objects.filter(user=None, address__in=names).delete()


# ---------------------------------------------------------------- the mail, and its link


def _mail(one: Subscription, person: User, now: datetime) -> EmailMultiAlternatives:
    unsubscribe = absolute(reverse("unsubscribe", args=[one.key]))
    context = {
        "person": plain_name(person.get_username()),
        "report": plain_name(one.team.name if one.team else settings.ORGANISATION_NAME),
        "site": settings.BASE_URL,
        "address": one.address,
        "confirm_href": absolute(reverse("confirm-address", args=[link(one)])),
        "unsubscribe_href": unsubscribe,
        "ends": _day(now + VALID),
    }
    headers = {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    subject = f"Confirm: weekly report of {context['report']}"
    text = plain("emails/confirm_address.txt", context)
    mail = EmailMultiAlternatives(subject, text, settings.EMAIL_FROM, [one.address], headers=headers)
    mail.attach_alternative(render_to_string("emails/confirm_address.html", context), "text/html")
    return mail


def plain_name(text: str) -> str:
    """A name as a mail to a stranger may hold it: words alone, so that it can't be an address to click on."""
    return one_line(" ".join(NO_WORD.sub(" ", text).split()), LONGEST_NAME)


def link(one: Subscription) -> str:
    """What confirms this asking of it, and no later one."""
    return signing.dumps([one.pk, _moment(one)], salt=SALT)


def found(text: str) -> Subscription | None:
    """The subscription that a link is of: none where the link is made up, too old or not of its last asking."""
    try:
        pk, asked = signing.loads(text, salt=SALT, max_age=VALID)
    except (signing.BadSignature, ValueError):
        return None
    one = Subscription.objects.filter(pk=pk, user=None).select_related("team").first()
    return one if one is not None and _moment(one) == asked else None


def confirm(one: Subscription, now: datetime) -> None:
    waits = Q(confirmed_at=None, ended_at=None, asked_at=one.asked_at)
    Subscription.objects.filter(waits, pk=one.pk).update(confirmed_at=now)
    one.refresh_from_db()


def _moment(one: Subscription) -> str:
    return one.asked_at.isoformat() if one.asked_at else ""


# ---------------------------------------------------------------- the list


def row(one: Subscription, now: datetime) -> Row:
    """What became of an address."""
    if one.ended_because == Because.BOUNCED:
        return Row(one, Status("bad", "bounced"), one.ended_note)
    if one.ended_because == Because.LAPSED or _is_late(one, now):
        return Row(one, Status("none", "ended"), "it did not confirm within 7 days")
    if one.ended_at:
        return Row(one, Status("none", "ended"), "by its reader" if one.ended_because == Because.ASKED else "")
    if not one.confirmed_at:
        note = "" if one.asked_at else "the mail server did not take the mail; ask again"
        return Row(one, Status("warn", "awaiting confirmation"), note)
    return Row(one, Status("none", "paused") if one.paused_at else Status("good", "confirmed"))


def _is_late(one: Subscription, now: datetime) -> bool:
    return not one.confirmed_at and not one.ended_at and one.asked_at is not None and one.asked_at <= now - VALID
