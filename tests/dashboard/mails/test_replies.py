"""Whose fault a mail server's refusal is."""

import pytest

from dashboard.mails.replies import Fault, of_content, of_recipient


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("550 5.1.1 User unknown", Fault.ADDRESS),
        ("550 5.1.2 No such domain", Fault.ADDRESS),
        ("501 5.1.3 Bad recipient address syntax", Fault.ADDRESS),
        ("550 5.1.6 The mailbox has moved", Fault.ADDRESS),
        ("556 5.1.10 The domain takes no mail", Fault.ADDRESS),
        ("550 5.2.1 The account is disabled", Fault.ADDRESS),
        ("550 no such user", Fault.ADDRESS),
        ("550 5.0.0 <ada>: User unknown", Fault.ADDRESS),
        ("551 User not local", Fault.ADDRESS),
        ("553 mailbox name not allowed", Fault.ADDRESS),
        ("550 5.1.7 Bad address of the sender", Fault.SENDER),
        ("550 5.1.8 The sender's domain is not there", Fault.SENDER),
        ("530 5.7.0 Authentication required", Fault.SENDER),
        ("552 5.2.2 Over quota", Fault.LATER),
        ("550 5.2.2 Over quota", Fault.LATER),
        ("552 mailbox full", Fault.LATER),
        ("550 5.4.1 Access denied", Fault.LATER),
        ("550 5.7.1 Blocked by a list", Fault.LATER),
        ("554 5.7.1 Relay access denied", Fault.LATER),
        ("554 Transaction failed", Fault.LATER),
        ("503 5.5.1 Bad sequence of commands", Fault.LATER),
        ("450 4.2.0 Greylisted", Fault.LATER),
        ("450 5.1.1 What is this?", Fault.LATER),
        ("452 4.5.3 Too many recipients", Fault.LATER),
    ],
)
def test_a_refused_recipient_is_given_up_where_nothing_will_ever_arrive(reply, fault):
    code, _, words = reply.partition(" ")
    assert of_recipient(int(code), words) is fault


@pytest.mark.parametrize(
    ("code", "fault"), [(451, Fault.LATER), (452, Fault.LATER), (550, Fault.MAIL), (552, Fault.MAIL), (554, Fault.MAIL)]
)
def test_a_refused_mail_is_never_the_addresss_fault(code, fault):
    assert of_content(code) is fault
