"""What keeps all weekly reports back: noted for all workers, tried again after ever longer, gone with a success."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from dashboard.models import MailTrouble

logger = logging.getLogger(__name__)

SOONEST, LATEST = timedelta(minutes=1), timedelta(minutes=30)
DOUBLINGS = 5
MAX_SAID = 500
Kind = MailTrouble.Kind
WHAT = {
    Kind.REACH: "The mail server can't be reached, or takes no connection.",
    Kind.TLS: "No safe connection to the mail server comes about.",
    Kind.SIGN_IN: "The mail server does not let the site sign in.",
    Kind.SENDER: "The mail server takes no mail from this site.",
    Kind.BROKE: "The mail server broke off, or fell silent, while it took a mail.",
    Kind.FOLDER: "Mail can't be written to its folder.",
}
TO_DO = {
    Kind.REACH: "See that it runs and that its host and port in EMAIL_URL are right.",
    Kind.TLS: "In EMAIL_URL, smtp+tls:// is STARTTLS (often port 587), smtps:// is TLS from the start (465). The"
    " certificate has to be valid for the host's name and from an authority that this machine trusts.",
    Kind.SIGN_IN: "Check user and password in EMAIL_URL; both have to be percent-encoded.",
    Kind.SENDER: "Set EMAIL_FROM to an address that it lets this site send from.",
    Kind.BROKE: "See its log. It is tried again by itself.",
    Kind.FOLDER: "See that the folder in EMAIL_URL can be written and that the disk has room.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """For people: ``what`` happened, what the mail server ``said``, and what is ``to_do`` for who runs the site."""

    what: str
    said: str
    to_do: str
    since: datetime
    tried_at: datetime
    again_at: datetime


def note(kind: Kind, said: str, at: datetime) -> None:
    """Nothing goes until it is tried again: after 1, 2, 4 ... 30 minutes."""
    logger.warning("The weekly reports wait: %s %s", WHAT[kind], said)
    told = {"kind": kind, "said": said[:MAX_SAID].replace("\0", ""), "tried_at": at}
    row, made = MailTrouble.objects.get_or_create(pk=1, defaults=told | {"since": at, "again_at": at + SOONEST})
    if not made:
        again_at = at + min(SOONEST * 2 ** min(row.tries, DOUBLINGS), LATEST)
        MailTrouble.objects.filter(pk=1).update(**told, again_at=again_at, tries=F("tries") + 1)


def holds(at: datetime) -> bool:
    return MailTrouble.objects.filter(again_at__gt=at).exists()


def over() -> None:
    MailTrouble.objects.all().delete()


def current() -> Trouble | None:
    row = MailTrouble.objects.first()
    if row is None:
        return None
    kind = Kind(row.kind)
    to_do = TO_DO[kind].replace("EMAIL_FROM", f"EMAIL_FROM ({settings.EMAIL_FROM})")
    return Trouble(WHAT[kind], row.said, to_do, row.since, row.tried_at, row.again_at)
