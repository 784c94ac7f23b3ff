"""A mail is handed to a server of this machine, which does all that a server can do wrong."""

import socket
from urllib.parse import quote

import pytest
from django.core.mail import EmailMultiAlternatives

from dashboard.env import email_settings
from dashboard.mails import session
from dashboard.mails.replies import Fault
from dashboard.mails.session import Broken, Refused, Session, Unable, Unfit, Unsure
from tests.dashboard.mails.sink import DROP, HANG, KEEP_AND_DROP, KEEP_AND_HANG, sink
from tests.production import wait_until

TO = "ada@example.com"
WORDS = "Grüße.\n.\n..\n" + "A line of the mail.\n" * 5_000


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(session, "ANSWER_SECONDS", 0.2)


def use(settings, url: str, seconds: float = 0.2) -> None:
    for name, value in (email_settings(url) | {"EMAIL_TIMEOUT": seconds}).items():
        setattr(settings, name, value)


def mail(to: str = TO) -> EmailMultiAlternatives:
    return EmailMultiAlternatives("Report", WORDS, "plumbline@example.org", [to])


def yes() -> bool:
    return True


def at(stage: str, asked: str):
    return lambda where, recipient: asked if where == stage else ""


@pytest.fixture
def connected(settings):
    """A session with a sink that does what is asked at a stage."""
    opened = []

    def connect(server) -> Session:
        use(settings, f"smtp://127.0.0.1:{server.port}")
        opened.append(Session())
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def test_a_server_gets_what_was_written_and_one_connection_serves_for_many(connected):
    with sink() as server:
        one = connected(server)
        assert one.hand(mail(), yes) and one.hand(mail("bob@example.com"), yes)
        one.close()
    assert server.kept() == {TO: 1, "bob@example.com": 1} and server.connections == 1
    [(_, body), _] = server.messages
    assert body == mail_bytes(body)


def mail_bytes(body: bytes) -> bytes:
    """The mail, with the headers that are different each time."""
    head, _, _ = body.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n" + WORDS.encode().replace(b"\n", b"\r\n")


def test_it_is_asked_before_the_last_line_and_a_no_means_not_sent(connected):
    with sink() as server:
        assert connected(server).hand(mail(), lambda: False) is False
    assert server.messages == []


@pytest.mark.parametrize("asked", [DROP, HANG])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_server_that_breaks_off_before_the_last_line_has_not_got_it(connected, stage, asked):
    with sink(behaviour=at(stage, asked)) as server, pytest.raises(Broken):
        connected(server).hand(mail(), lambda: pytest.fail("it is not asked for"))
    assert server.messages == []


def test_one_that_hangs_up_before_the_last_line_has_not_got_it(connected):
    with sink(behaviour=at("body", DROP)) as server:

        def last() -> bool:
            wait_until(lambda: server.left == 1, "the server hangs up")
            return True

        with pytest.raises(Broken):
            connected(server).hand(mail(), last)
    assert server.messages == []


@pytest.mark.parametrize("asked", [DROP, HANG, KEEP_AND_DROP, KEEP_AND_HANG, "299", "nonsense"])
def test_one_that_breaks_off_when_it_has_the_last_line_may_have_got_it(connected, asked):
    with sink(behaviour=at("end", asked)) as server:
        if asked == "299":
            assert connected(server).hand(mail(), yes)
        else:
            with pytest.raises(Unsure):
                connected(server).hand(mail(), yes)
    assert len(server.messages) == (asked in (KEEP_AND_DROP, KEEP_AND_HANG))


def test_one_that_breaks_off_when_it_has_answered_has_got_it(connected):
    with sink(behaviour=at("kept", DROP)) as server:
        one = connected(server)
        assert one.hand(mail(), yes) and one.served
        with pytest.raises(Broken):
            one.hand(mail("bob@example.com"), yes)
        assert not (one.hand(mail("bob@example.com"), yes) and one.served is False)
    assert server.kept() == {TO: 1, "bob@example.com": 1} and server.connections == 2


@pytest.mark.parametrize(
    ("stage", "reply", "fault"),
    [
        ("mail", "553 5.7.1 Sender address rejected", Fault.SENDER),
        ("mail", "451 4.3.0 Try later", Fault.SENDER),
        ("rcpt", "550 5.1.1 No such user", Fault.ADDRESS),
        ("rcpt", "450 4.2.1 Try later", Fault.LATER),
        ("data", "554 5.5.1 No valid recipients", Fault.MAIL),
        ("end", "550 5.7.1 Looks like spam", Fault.MAIL),
        ("end", "550 5.1.1 No such user", Fault.MAIL),
        ("end", "452 4.3.1 No room", Fault.LATER),
    ],
)
def test_a_refusal_is_told_and_the_connection_serves_on(connected, stage, reply, fault):
    with sink(behaviour=at(stage, reply)) as server:
        one = connected(server)
        with pytest.raises(Refused) as raised:
            one.hand(mail(), yes)
        server.behaviour = at("", "")
        assert one.hand(mail("bob@example.com"), yes)
    assert (raised.value.fault, str(raised.value)) == (fault, reply)
    assert server.kept() == {"bob@example.com": 1} and server.connections == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_server_that_takes_leave_serves_nobody_or_only_no_more_on_this_connection(connected, stage):
    with sink(behaviour=at(stage, "421 4.3.2 Shutting down")) as server:
        one = connected(server)
        with pytest.raises(Unable, match="421 4.3.2 Shutting down") as raised:
            one.hand(mail(), yes)
        assert raised.value.kind == "reach"
        server.behaviour = at("", "")
        assert one.hand(mail(), yes)
        server.behaviour = at(stage, "421 4.7.0 Enough mails")
        with pytest.raises(Broken, match="421 4.7.0 Enough mails"):
            one.hand(mail("bob@example.com"), yes)
    assert server.kept() == {TO: 1}


@pytest.mark.parametrize("greeting", ["554 5.3.2 Not now", "421 4.3.2 Busy", DROP, HANG])
def test_a_server_that_takes_no_connection_is_out_of_reach(connected, greeting):
    with sink(behaviour=at("greeting", greeting)) as server, pytest.raises(Unable) as raised:
        connected(server).open()
    assert raised.value.kind == "reach"


def test_so_is_one_that_is_not_there(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        use(settings, f"smtp://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(Unable, match="refused") as raised:
            Session().open()
    assert raised.value.kind == "reach"


@pytest.mark.parametrize(
    ("scheme", "user", "kind", "said"),
    [
        ("smtp", "ada:wrong@", "sign-in", "535 5.7.8 Error: authentication failed"),
        ("smtp+tls", "", "tls", "STARTTLS extension not supported by server."),
        ("smtps", "", "tls", "WRONG_VERSION_NUMBER"),
    ],
)
def test_it_tells_why_it_can_not_sign_in_or_speak_safely(settings, scheme, user, kind, said):
    with sink(password="p:w/d") as server:
        use(settings, f"{scheme}://{user}127.0.0.1:{server.port}", 2)
        with pytest.raises(Unable) as raised:
            Session().open()
    assert raised.value.kind == kind and said in str(raised.value)


def test_it_signs_in(connected, settings):
    with sink(password="p:w/d") as server:
        use(settings, f"smtp://ada:{quote('p:w/d', safe='')}@127.0.0.1:{server.port}")
        one = Session()
        assert one.hand(mail(), yes)
        one.close()


def test_who_does_not_sign_in_where_one_must_is_told_so(connected):
    with sink(password="p:w/d") as server, pytest.raises(Refused, match="530 5.7.0") as raised:
        connected(server).hand(mail(), yes)
    assert raised.value.fault is Fault.SENDER


def test_a_folder_that_can_not_be_written_is_told(settings, tmp_path):
    (tmp_path / "mail").write_text("a file in the place of the folder")
    use(settings, f"file://{tmp_path}/mail")
    with pytest.raises(Unable) as raised:
        Session().hand(mail(), yes)
    assert raised.value.kind == "folder"


def test_an_address_that_no_header_takes_harms_no_other_mail(connected):
    with sink() as server:
        one = connected(server)
        with pytest.raises(Unfit):
            one.hand(mail("a\nb@example.com"), yes)
        assert one.hand(mail(), yes)
    assert server.kept() == {TO: 1}
