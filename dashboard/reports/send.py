"""Sends the weekly reports that are due: one mail a subscription and week, whatever crashes or doubles."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from smtplib import SMTPException
from time import monotonic

from dashboard.mails import trouble
from dashboard.mails.replies import Fault
from dashboard.mails.session import Broken, Refused, Session, Unable, Unsure
from dashboard.models import MailTrouble, Sending, Subscription
from dashboard.reports import compose, queue
from dashboard.reports.headers import headers, unsubscribe
from dashboard.reports.queue import Waiting
from dashboard.reports.render import Rendered, message
from dashboard.reports.weekly import Report

logger = logging.getLogger(__name__)

TURN = timedelta(seconds=45)  # then others of the same worker have theirs
BREAKS = 3  # as many in a row are no single mail's fault
LOST = "The mail server did not answer when it had the mail; it may have arrived, so it is not sent again by itself: "
NO_REPORT = "There is no such report any more: the team is retired."
ANYBODY = "key-of-the-subscription"  # in what is written once for all who get it
NOT_SENT = (OSError, SMTPException, ValueError)  # ValueError: an address or a name that no header takes
State = Sending.State
Key = tuple[date, int | None]  # a week's Monday; a team, or none for the organisation


@dataclass(slots=True)
class Turn:
    """What one turn came to. ``stopped``: why it ended before all was tried, where the mail server is the cause."""

    sent: int = 0
    failed: int = 0
    stopped: str = ""


def send(now: datetime, go_on: Callable[[], bool] = lambda: True) -> int:
    """Send what is due, for at most ``TURN`` and while ``go_on`` says so; how many mails went."""
    return turn(now, longest=TURN, go_on=go_on).sent


def turn(
    now: datetime,
    week: date | None = None,
    *,
    longest: timedelta = timedelta.max,
    go_on: Callable[[], bool] = lambda: True,
    at_once: bool = False,
) -> Turn:
    """Send what is due; or of one week what was not sent of it, to everybody.

    ``at_once``: also while a trouble with the mail server would have all wait.
    """
    begun, wanted = monotonic(), queue.wanted(now, week)
    queue.settle(now, wanted.late)
    if not wanted.waiting or (trouble.holds(now) and not at_once):
        return Turn()
    found = _Turn()
    try:
        found.session.open()
        said = _composed([one.key for one in wanted.waiting], now)
        for mail in wanted.waiting:
            gone = timedelta(seconds=monotonic() - begun)
            if gone > longest or not go_on():
                break
            found.send(mail, said.get(mail.key), now + gone)
    except Unable as error:
        found.turn.stopped = f"{trouble.WHAT[error.kind]} {error}"
        trouble.note(error.kind, str(error), now + timedelta(seconds=monotonic() - begun))
    finally:
        found.session.close()
    return found.turn


def _composed(wanted: Sequence[Key], now: datetime) -> Mapping[Key, Report]:
    """The reports of the weeks and teams, which are kept as they are said first."""
    found: dict[Key, Report] = {}
    for monday in {monday for monday, _ in wanted}:
        told = compose.composed(monday, now, {team for week, team in wanted if week == monday})
        found |= {(monday, pk): report for pk, report in told.items()}
    compose.keep(found.values())
    return found


class _Turn:
    """A connection to the mail server, and what has come of it."""

    def __init__(self) -> None:
        self.session = Session()
        self.turn = Turn()
        self._report: Report | None = None
        self._written: dict[tuple[bool, bool], Rendered] = {}
        self._breaks = 0
        self._works = False

    def send(self, mail: Waiting, report: Report | None, at: datetime) -> None:
        """Send one mail, unless another worker has it.

        Raises:
            Unable: none can be sent for now.
        """
        sending = queue.claim(mail, at)
        if sending is None:
            return
        if report is None:
            self._failed(sending, NO_REPORT)
            return
        try:
            self._hand(sending, report, at)
        except ValueError as error:
            self._failed(sending, str(error))
        except Refused as error:
            self._refused(sending, error, at)
        except Unable as error:
            queue.release(sending, str(error), at)
            raise
        except Broken as error:
            self._breaks += 1
            self.turn.failed += 1
            queue.put_off(sending, str(error), at)
            if self._breaks >= BREAKS:
                raise Unable(MailTrouble.Kind.BROKE, str(error)) from error
        except Unsure as error:
            self.turn.failed += 1
            queue.end(sending, State.UNSURE, f"{LOST}{error}")
            raise Unable(MailTrouble.Kind.BROKE, str(error)) from error

    def _hand(self, sending: Sending, report: Report, at: datetime) -> None:
        parts = self._parts(report, sending.subscription)
        mail = message(parts, sending.subscription.to, headers(sending))
        served = self.session.served
        try:
            taken = self.session.hand(mail, lambda: queue.handing(sending, parts.text))
        except Broken:
            if not served:
                raise
            # Servers end a connection after so many mails, or so long.
            taken = self.session.hand(mail, lambda: queue.handing(sending, parts.text))
        if taken:
            queue.sent(sending, at)
            self.turn.sent += 1
            self._worked()

    def _parts(self, report: Report, subscription: Subscription) -> Rendered:
        """What is the same for all who get it is written once, within the site and outside, with CSV and without."""
        if report is not self._report:  # those of a report follow each other
            self._report, self._written = report, {}
        kind = subscription.user_id is None, subscription.with_csv
        if kind not in self._written:
            self._written[kind] = compose.parts_for(subscription, report, unsubscribe(ANYBODY))
        parts, key = self._written[kind], subscription.key
        return replace(parts, text=parts.text.replace(ANYBODY, key), html=parts.html.replace(ANYBODY, key))

    def _refused(self, sending: Sending, error: Refused, at: datetime) -> None:
        if error.fault is Fault.SENDER:
            queue.release(sending, str(error), at)
            raise Unable(MailTrouble.Kind.SENDER, str(error)) from error
        self._worked()
        if error.fault is Fault.LATER:
            self.turn.failed += 1
            queue.put_off(sending, str(error), at)
        elif error.fault is Fault.MAIL:
            self._failed(sending, f"The mail server refused the mail: {error}")
        else:
            self.turn.failed += 1
            queue.bounce(sending, str(error), at)

    def _failed(self, sending: Sending, error: str) -> None:
        self.turn.failed += 1
        queue.end(sending, State.FAILED, error)

    def _worked(self) -> None:
        self._breaks = 0
        if not self._works:
            self._works = True
            trouble.over()
