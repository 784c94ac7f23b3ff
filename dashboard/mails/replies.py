"""(pure) What a mail server's refusal means: whose fault it is, and what to do."""

import re
from enum import Enum

ENHANCED = re.compile(r"\s*5\.(\d{1,3})\.(\d{1,3})\b")
NO_SUCH_ADDRESS = (550, 551, 553, 556)  # where no enhanced code says more (RFC 5321 4.2.3, RFC 7504)
SIGN_IN_FIRST = 530
PERMANENT = 500


class Fault(Enum):
    """Whose fault it is that a mail is refused."""

    ADDRESS = "address"  # nothing will ever arrive there
    MAIL = "mail"  # this one, for good
    LATER = "later"  # perhaps not the next time
    SENDER = "sender"  # ours: nothing goes to anybody


def of_recipient(code: int, words: str) -> Fault:
    """Of a refused RCPT. An address is given up where its domain or mailbox is said not to be there, or not to be in
    use (RFC 3463: X.1.*, X.2.1); a full mailbox, a policy and a route may be others tomorrow."""
    if code == SIGN_IN_FIRST:
        return Fault.SENDER
    if code < PERMANENT:
        return Fault.LATER
    match _enhanced(words):
        case (1, 7 | 8):
            return Fault.SENDER
        case (1, _) | (2, 1):
            return Fault.ADDRESS
        case None if code in NO_SUCH_ADDRESS:
            return Fault.ADDRESS
    return Fault.LATER


def of_content(code: int) -> Fault:
    """Of a refused DATA, or mail: never the address's fault, and the same mail again would be refused again."""
    return Fault.LATER if code < PERMANENT else Fault.MAIL


def _enhanced(words: str) -> tuple[int, int] | None:
    """Subject and detail of a permanent enhanced status code (RFC 2034); ``None`` without one, or one that says
    nothing (X.0.*)."""
    found = ENHANCED.match(words)
    subject, detail = (int(found[1]), int(found[2])) if found else (0, 0)
    return (subject, detail) if subject else None
