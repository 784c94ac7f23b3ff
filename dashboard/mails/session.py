"""Hands mails to the mail server so that it is known, as far as it can be, what became of each.

A server has a mail once it has its last line, a single dot. All else is sent first; then the caller notes that the last
line goes, and it goes. Whatever breaks before it means: not sent (RFC 5321 4.1.1.10). After it only the server's answer
tells, and without one nobody knows.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from select import select

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from dashboard.mails import replies
from dashboard.mails.replies import Fault
from dashboard.models import MailTrouble

ANSWER_SECONDS = 60.0  # servers look for viruses before they answer the last line
UNAVAILABLE = 421
LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
Kind = MailTrouble.Kind


class Unable(Exception):
    """No mail can be handed over at all."""

    def __init__(self, kind: Kind, said: str) -> None:
        super().__init__(said)
        self.kind = kind


class Refused(Exception):
    """The server answered that it does not take this mail."""

    def __init__(self, fault: Fault, said: str) -> None:
        super().__init__(said)
        self.fault = fault


class Unfit(Exception):
    """An address or a name of this mail is none that a header takes."""


class Broken(Exception):
    """The connection broke, or the server fell silent, before it had the mail."""


class Unsure(Exception):
    """The same, when it had the mail's last line: it may have taken the mail."""


class Session:
    """A connection, made when it is first needed and used for many mails. ``served``: it took one already."""

    def __init__(self) -> None:
        self._backend = get_connection()
        self.served = False

    def open(self) -> None:
        """Raises: Unable."""
        if isinstance(self._backend, EmailBackend):
            self._connected(self._backend)

    def close(self) -> None:
        """Take leave. What breaks by then harms nothing."""
        with suppress(OSError):
            self._backend.close()

    def hand(self, mail: EmailMessage, last: Callable[[], bool]) -> bool:
        """Hand a mail over, to its one address. ``last`` is called when nothing but the last line is missing; where it
        answers false, the mail is not sent.

        Raises:
            Unable, Refused, Unfit, Broken: it is not sent, for sure.
            Unsure: nobody knows.
        """
        try:
            message = mail.message()
            sender, to = (sanitize_address(one, settings.DEFAULT_CHARSET) for one in (mail.from_email, mail.to[0]))
        except ValueError as error:
            raise Unfit(str(error)) from error
        if not isinstance(self._backend, EmailBackend):
            return self._write(mail, last)
        smtp = self._connected(self._backend)
        body = LEADING_DOT.sub(b"..", message.as_bytes(linesep="\r\n"))  # type: ignore[call-arg]  # Django's takes it
        try:
            self._begin(smtp, sender, to)
            smtp.send(body)
        except OSError as error:
            self._drop()
            raise Broken(_said(error)) from error
        try:
            goes = last()
        except BaseException:
            self._drop()
            raise
        if not goes:
            self._drop()
            return False
        self._end(smtp)
        self.served = True
        return True

    def _connected(self, backend: EmailBackend) -> smtplib.SMTP:
        if backend.connection is not None:
            return backend.connection
        self.served = False
        try:
            backend.open()
            smtp: smtplib.SMTP = backend.connection  # type: ignore[assignment]  # open leaves one
            smtp.ehlo_or_helo_if_needed()
            # The last line is short, and must not wait until the server has confirmed what came before.
            _socket(smtp).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            self.close()
            raise Unable(_kind(error), _said(error)) from error
        return smtp

    def _begin(self, smtp: smtplib.SMTP, sender: str, to: str) -> None:
        options = ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") else []
        code, words = smtp.mail(sender, options)
        if code != 250:
            self._refuse(smtp, code, words, Fault.SENDER)
        code, words = smtp.rcpt(to)
        if code not in (250, 251):
            self._refuse(smtp, code, words, replies.of_recipient(code, _text(words)))
        code, words = smtp.docmd("DATA")
        if code != 354:
            self._refuse(smtp, code, words, replies.of_content(code))

    def _end(self, smtp: smtplib.SMTP) -> None:
        try:
            if select([_socket(smtp)], [], [], 0)[0]:  # it hung up, or does not want to hear the end
                raise smtplib.SMTPDataError(*smtp.getreply())
            smtp.send(b".\r\n")
        except OSError as error:  # so it did not leave this machine
            self._drop()
            raise Broken(_said(error)) from error
        try:
            _socket(smtp).settimeout(ANSWER_SECONDS)
            code, words = smtp.getreply()
            _socket(smtp).settimeout(smtp.timeout)
        except OSError as error:
            self._drop()
            raise Unsure(_said(error)) from error
        if code < 200 or 300 <= code < 400:
            self._drop()
            raise Unsure(f"{code} {_text(words)}")
        if code >= 400:
            self._refuse(smtp, code, words, replies.of_content(code))

    def _refuse(self, smtp: smtplib.SMTP, code: int, words: bytes, fault: Fault) -> None:
        said = f"{code} {_text(words)}"
        if code == UNAVAILABLE or code < 400:  # it takes leave, or talks nonsense
            served = self.served
            self._drop()
            raise Broken(said) if served else Unable(Kind.REACH, said)
        try:
            smtp.rset()
        except OSError:
            self._drop()
        raise Refused(fault, said)

    def _drop(self) -> None:
        """Without a word: a mail that was begun is not one."""
        if isinstance(self._backend, EmailBackend) and self._backend.connection is not None:
            self._backend.connection.close()
            self._backend.connection = None

    def _write(self, mail: EmailMessage, last: Callable[[], bool]) -> bool:
        if not last():
            return False
        try:
            self._backend.send_messages([mail])
        except OSError as error:
            raise Unable(Kind.FOLDER, _said(error)) from error
        return True


def _socket(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("Connection closed")
    return smtp.sock


def _kind(error: OSError) -> Kind:
    """Of what goes wrong until a mail can be begun."""
    match error:
        case ssl.SSLError():
            return Kind.TLS
        case smtplib.SMTPAuthenticationError():
            return Kind.SIGN_IN
        case smtplib.SMTPServerDisconnected() | smtplib.SMTPConnectError() | smtplib.SMTPHeloError():
            return Kind.REACH
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            return Kind.TLS
        case smtplib.SMTPResponseException():  # the answer to STARTTLS
            return Kind.TLS
        case smtplib.SMTPException():  # no way to sign in that both know
            return Kind.SIGN_IN
    return Kind.REACH


def _said(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {_text(words) if isinstance(words, bytes) else words}"
    return str(error) or type(error).__name__


def _text(words: bytes) -> str:
    return " ".join(words.decode(errors="replace").split())
