"""Sends the weekly reports that are due: one mail a subscription and week, whatever crashes or doubles."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from smtplib import SMTPException
from time import monotonic

from django.core.mail import EmailMessage

from dashboard.mails import trouble
from dashboard.mails.replies import Fault
from dashboard.mails.session import Broken, Refused, Session, Unable, Unfit, Unsure
from dashboard.models import MailTrouble, Sending
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
NOT_WRITTEN = "The mail can't be written. Who runs this site finds why in its log."
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
    found = _Sender()
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


class _Sender:
    """A connection to the mail server, and what has come of it."""

    def __init__(self) -> None:
        self.session = Session()
        self.turn = Turn()
        self._report: Report | None = None
        self._parts: dict[tuple[bool, bool], Rendered] = {}
        self._breaks = 0
        self._works = False

    def send(self, waiting: Waiting, report: Report | None, at: datetime) -> None:
        """Send one mail, unless another worker has it.

        Raises:
            Unable: none can be sent for now.
        """
        sending = queue.claim(waiting, at)
        if sending is None:
            return
        if report is None:
            self._end(sending, State.FAILED, NO_REPORT)
            return
        try:
            mail = self._written(sending, report)
        except Exception:
            logger.exception(
                "The report of %s for subscription %s can't be written", report.scope, sending.subscription_id
            )
            self._put_off(sending, NOT_WRITTEN, at)
            return
        try:
            self._hand(sending, mail, at)
        except Unfit as error:
            self._end(sending, State.FAILED, f"The mail can't be written: {error}")
        except Refused as error:
            self._refused(sending, error, at)
        except Unable as error:
            queue.release(sending, str(error), at)
            raise
        except Broken as error:
            self._put_off(sending, str(error), at)
            self._breaks += 1
            if self._breaks >= BREAKS:
                raise Unable(MailTrouble.Kind.BROKE, str(error)) from error
        except Unsure as error:
            self._end(sending, State.UNSURE, f"{LOST}{error}")
            raise Unable(MailTrouble.Kind.BROKE, str(error)) from error

    def _written(self, sending: Sending, report: Report) -> EmailMessage:
        """What is the same for all who get it is written once, within the site and outside, with CSV and without."""
        if report is not self._report:  # those of a report follow each other
            self._report, self._parts = report, {}
        one = sending.subscription
        kind = one.user_id is None, one.with_csv
        if kind not in self._parts:
            self._parts[kind] = compose.parts_for(one, report, unsubscribe(ANYBODY))
        parts = self._parts[kind]
        own = replace(parts, text=parts.text.replace(ANYBODY, one.key), html=parts.html.replace(ANYBODY, one.key))
        return message(own, one.to, headers(sending))

    def _hand(self, sending: Sending, mail: EmailMessage, at: datetime) -> None:
        served = self.session.served

        def last() -> bool:
            return queue.handing(sending, str(mail.body))

        try:
            taken = self.session.hand(mail, last)
        except Broken:
            if not served:
                raise
            taken = self.session.hand(mail, last)  # servers end a connection after so many mails, or so long
        if taken:
            queue.sent(sending, at)
            self.turn.sent += 1
            self._worked()

    def _refused(self, sending: Sending, error: Refused, at: datetime) -> None:
        if error.fault is Fault.SENDER:
            queue.release(sending, str(error), at)
            raise Unable(MailTrouble.Kind.SENDER, str(error)) from error
        self._worked()
        match error.fault:
            case Fault.LATER:
                self._put_off(sending, str(error), at)
            case Fault.MAIL:
                self._end(sending, State.FAILED, f"The mail server refused the mail: {error}")
            case Fault.ADDRESS:
                queue.give_up(sending.subscription, str(error), at)
                self._end(sending, State.FAILED, f"The mail server refused the address: {error}")

    def _put_off(self, sending: Sending, error: str, at: datetime) -> None:
        self.turn.failed += 1
        queue.put_off(sending, error, at)

    def _end(self, sending: Sending, state: State, error: str) -> None:
        self.turn.failed += 1
        queue.end(sending, state, error)

    def _worked(self) -> None:
        self._breaks = 0
        if not self._works:
            self._works = True
            trouble.over()
