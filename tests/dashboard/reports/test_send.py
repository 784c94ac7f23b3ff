"""Weekly reports that are due, sent to a mail server of this machine: one mail a subscription and week."""

import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client

from dashboard.env import email_settings
from dashboard.mails import session
from dashboard.mails.session import Session
from dashboard.models import MailTrouble, Sending, SentReport, Subscription
from dashboard.reports import queue, send
from dashboard.tasks import send_weekly_reports
from tests.dashboard.mails.sink import DROP, HANG, KEEP_AND_DROP, KEEP_AND_HANG, sink, well
from tests.dashboard.two_workers import by_two_workers
from tests.production import wait_until

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
DUE = datetime(2026, 3, 9, 8, tzinfo=UTC)
BEFORE = datetime(2026, 3, 3, tzinfo=UTC)


def subscribe(team=None, address="ada@example.com", **fields) -> Subscription:
    said = {"zone": "UTC", "confirmed_at": BEFORE} | fields
    return Subscription.objects.create(team=team, address=address, **said)


@pytest.fixture
def one(pay):
    return subscribe(pay)


@pytest.fixture(autouse=True)
def no_time_goes_by(monkeypatch):
    monkeypatch.setattr(send, "monotonic", lambda: 0.0)


def use(settings, url: str) -> None:
    for name, value in email_settings(url).items():
        setattr(settings, name, value)


def test_it_sends_each_once_when_it_is_due(one):
    assert send.send(DUE - timedelta(seconds=1)) == 0
    assert send.send(DUE) == 1
    assert send.send(DUE) == send.send(DUE + timedelta(days=1)) == 0
    assert [sent.to for sent in mail.outbox] == [["ada@example.com"]]
    row = Sending.objects.get()
    assert (row.subscription, row.week, row.state, row.attempts, row.sent_at) == (one, MONDAY, "sent", 1, DUE)


def test_the_next_week_has_a_mail_of_its_own_in_the_same_thread(one):
    send.send(DUE)
    assert send.send(DUE + timedelta(days=7)) == 1
    first, second = (sent.extra_headers for sent in mail.outbox)
    assert first["Message-ID"] != second["Message-ID"]
    assert first["References"] == second["References"]
    assert mail.outbox[0].subject == mail.outbox[1].subject == "Weekly report: Payments"


@pytest.mark.parametrize("fields", [{"confirmed_at": None}, {"paused_at": BEFORE}, {"ended_at": BEFORE}])
def test_it_sends_nothing_that_is_not_confirmed_or_paused_or_ended(pay, fields):
    subscribe(pay, **fields)
    assert send.send(DUE) == 0


def test_it_sends_to_users_who_may_sign_in_alone(pay, alice, bob):
    for user in (alice, bob):
        subscribe(pay, "", user=user)
    bob.is_active = False
    bob.save()
    assert send.send(DUE) == 1
    assert mail.outbox[0].to == ["alice@example.com"]


def test_a_mail_has_the_parts_headers_and_figures_that_it_should(settings, example, client):
    subscribe()
    with sink() as server:
        use(settings, f"smtp://127.0.0.1:{server.port}")
        assert send.send(DUE) == 1
    [(recipients, body)] = server.messages
    assert recipients == ["ada@example.com"] and len(body) < 80_000
    found = message_from_bytes(body, policy=policy.default)
    key = Subscription.objects.get().key
    assert found["List-Unsubscribe"].strip() == f"<http://localhost:8000/reports/unsubscribe/{key}/>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found["List-Id"] == "Weekly report <weekly.localhost>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<2026-W10\.[0-9a-f]{20}@localhost>", found["Message-ID"])
    kinds = [part.get_content_type() for part in found.walk()]
    assert kinds.index("text/plain") < kinds.index("text/html")
    text = found.get_body(("plain",)).get_content()
    for figure in ("0.57", "1.2\u00a0h", "40.0\u00a0%", "25\u00a0min"):
        assert figure in text


def test_its_links_resolve(example, client, alice):
    subscribe()
    send.send(DUE)
    client.force_login(alice)
    [(html, _)] = mail.outbox[0].alternatives
    hrefs = {href.replace("&amp;", "&") for href in re.findall(r'href="([^"]+)"', html)}
    assert len(hrefs) >= 8
    for href in hrefs:
        assert href.startswith("http://localhost:8000/")
        assert client.get(href.removeprefix("http://localhost:8000")).status_code == 200, href


def at(stage: str, asked: str, of: str = ""):
    return lambda where, recipient: asked if where == stage and of in ("", recipient) else ""


@contextmanager
def served(settings, behaviour=well):
    with sink(behaviour=behaviour) as server:
        use(settings, f"smtp://127.0.0.1:{server.port}")
        settings.EMAIL_TIMEOUT = 0.2
        yield server


def test_a_refused_address_ends_the_subscription_and_is_shown(settings, one):
    with served(settings, at("rcpt", "550 no such user")) as server:
        assert send.send(DUE) == 0
        assert send.send(DUE + timedelta(hours=1)) == 0
    one.refresh_from_db()
    assert (one.ended_because, one.ended_note) == ("bounced", "550 no such user")
    row = Sending.objects.get()
    assert row.state == "failed" and "550 no such user" in row.error
    assert server.messages == []


@pytest.mark.parametrize(
    "reply", ["450 try later", "552 5.2.2 Mailbox full", "550 5.7.1 Blocked", "554 5.7.1 Relay access denied"]
)
def test_an_address_that_is_refused_for_now_is_tried_again_and_kept(settings, one, reply):
    with served(settings, at("rcpt", reply)) as server:
        assert send.send(DUE) == 0
        row = Sending.objects.get()
        assert (row.state, row.error) == ("claimed", reply)
        one.refresh_from_db()
        assert one.ended_at is None
        server.behaviour = well
        assert send.send(DUE + timedelta(seconds=59)) == 0
        assert send.send(DUE + timedelta(minutes=1)) == 1
    assert Sending.objects.get().error == ""


@pytest.mark.parametrize("stage", ["data", "end"])
def test_a_refused_mail_is_shown_and_does_not_end_the_subscription(settings, one, stage):
    with served(settings, at(stage, "550 5.1.1 Spam")) as server:
        assert send.send(DUE) == 0
        server.behaviour = well
        assert send.send(DUE + timedelta(hours=3)) == 0
        assert send.send(DUE + timedelta(days=7)) == 1
    assert Sending.objects.get(week=MONDAY).error == "The mail server refused the mail: 550 5.1.1 Spam"
    one.refresh_from_db()
    assert one.ended_at is None


def test_it_waits_longer_after_each_refusal_and_gives_up_in_the_end(settings, one):
    gaps, now = [], DUE
    with served(settings, at("rcpt", "450 try later")):
        while True:
            assert send.send(now) == 0
            row = Sending.objects.get()
            if row.state == "failed":
                break
            gaps.append((row.lease_until - now) // timedelta(minutes=1))
            now = row.lease_until
    assert gaps == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert row.error == "450 try later"


@pytest.mark.parametrize(
    ("stage", "reply", "kind"),
    [
        ("mail", "553 5.7.1 Not from you", "sender"),
        ("rcpt", "550 5.1.8 Not from you", "sender"),
        ("mail", "421 Busy", "reach"),
        ("greeting", "554 No", "reach"),
    ],
)
def test_what_is_no_mails_fault_stops_all_of_them_and_costs_none_its_tries(settings, pay, stage, reply, kind):
    for number in range(3):
        subscribe(pay, f"p{number}@example.com")
    with served(settings, at(stage, reply)) as server:
        assert send.send(DUE) == 0
        found = MailTrouble.objects.get()
        assert (found.kind, found.said, found.tries) == (kind, reply, 1)
        assert server.connections == 1
        server.behaviour = well
        assert send.send(DUE + timedelta(seconds=59)) == 0
        assert server.connections == 1
        assert send.send(DUE + timedelta(minutes=1)) == 3
    assert not MailTrouble.objects.exists()
    assert {row.attempts for row in Sending.objects.all()} == {1}
    assert Subscription.objects.filter(ended_at=None).count() == 3


def test_a_server_out_of_reach_is_tried_after_ever_longer_and_what_it_cost_is_shown(settings, one):
    use(settings, "smtp://127.0.0.1:1")
    now, gaps = DUE, []
    while now < DUE + timedelta(days=3):
        assert send.send(now) == 0
        found = MailTrouble.objects.get()
        gaps.append((found.again_at - now) // timedelta(minutes=1))
        now = found.again_at
    assert gaps[:8] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert not Sending.objects.exists()
    send.send(DUE + timedelta(days=3))
    row = Sending.objects.get()
    assert row.state == "failed" and row.error.startswith("Not sent within three days: [Errno 111]")


@pytest.fixture
def farewell(monkeypatch):
    """``farewell(server, of)``: a mail to ``of`` is completed only when the server has dropped it."""
    real = queue.handing

    def wait(server, of: str = "") -> None:
        def handing(sending, text):
            if of in ("", sending.subscription.to):
                wait_until(lambda: server.left == server.connections, "the server hangs up")
            return real(sending, text)

        monkeypatch.setattr(queue, "handing", handing)

    return wait


def test_three_mails_in_a_row_that_break_the_connection_stop_the_others(settings, pay, monkeypatch, farewell):
    for number in range(5):
        subscribe(pay, f"p{number}@example.com")
    with served(settings, at("body", DROP)) as server:
        farewell(server)
        assert send.send(DUE) == 0
        assert server.connections == 3 and MailTrouble.objects.get().kind == "broke"
        server.behaviour = well
        monkeypatch.undo()
        assert send.send(DUE + timedelta(minutes=1)) == 5
    assert server.kept() == {f"p{number}@example.com": 1 for number in range(5)}


def test_one_mail_that_breaks_the_connection_each_time_holds_up_no_other(settings, pay, farewell):
    for number in range(5):
        subscribe(pay, f"p{number}@example.com")
    with served(settings, at("body", DROP, "p1@example.com")) as server:
        farewell(server, "p1@example.com")
        assert send.send(DUE) == 4
    assert "p1@example.com" not in server.kept() and not MailTrouble.objects.exists()
    assert Sending.objects.get(subscription__address="p1@example.com").state == "claimed"


@pytest.mark.parametrize("asked", [DROP, "421 4.7.0 Enough"])
def test_a_connection_that_ends_after_some_mails_is_made_anew(settings, pay, asked):
    for number in range(6):
        subscribe(pay, f"p{number}@example.com")
    with sink() as server:
        use(settings, f"smtp://127.0.0.1:{server.port}")
        server.behaviour = lambda stage, recipient: (
            asked if stage == "mail" and len(server.messages) == 3 and server.connections == 1 else ""
        )
        assert send.send(DUE) == 6
    assert server.connections == 2 and set(server.kept().values()) == {1}
    assert {row.attempts for row in Sending.objects.all()} == {1}


@pytest.mark.parametrize(("asked", "arrived"), [(DROP, 0), (HANG, 0), (KEEP_AND_DROP, 1), (KEEP_AND_HANG, 1)])
def test_a_mail_that_is_not_answered_is_shown_and_sent_again_only_when_asked(
    settings, one, monkeypatch, asked, arrived
):
    monkeypatch.setattr(session, "ANSWER_SECONDS", 0.2)
    with served(settings, at("end", asked)) as server:
        assert send.send(DUE) == 0
        server.behaviour = well
        assert len(server.messages) == arrived
        for hours in (1, 5, 50):
            assert send.send(DUE + timedelta(hours=hours)) == 0
        row = Sending.objects.get()
        assert row.state == "unsure" and row.error.startswith(send.LOST)
        assert queue.again(Sending.objects.all(), DUE + timedelta(days=4)) == 1
        assert send.send(DUE + timedelta(days=4)) == 1
    assert len(server.messages) == arrived + 1
    assert len({message_from_bytes(body)["Message-ID"] for _, body in server.messages}) == 1


def test_what_was_sent_is_not_sent_again_even_when_asked(one):
    send.send(DUE)
    assert queue.again(Sending.objects.all(), DUE) == 0


def test_a_worker_that_died_before_the_mail_server_had_it_is_made_up_for(one, monkeypatch):
    monkeypatch.setattr(queue, "handing", die)
    with pytest.raises(SystemExit):
        send.send(DUE)
    monkeypatch.undo()
    assert send.send(DUE + timedelta(minutes=4)) == 0
    assert send.send(DUE + timedelta(minutes=5)) == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_died_while_it_handed_the_mail_over_sends_no_second_and_is_shown(one, monkeypatch, after):
    monkeypatch.setattr(*((queue, "sent", die) if after else (Session, "hand", noted_only)))
    with pytest.raises(SystemExit):
        send.send(DUE)
    monkeypatch.undo()
    for minutes in (1, 5, 10, 600):
        assert send.send(DUE + timedelta(minutes=minutes)) == 0
    row = Sending.objects.get()
    assert (row.state, row.error) == ("unsure", queue.DIED)
    assert len(mail.outbox) == after


def noted_only(self, sent, last):
    last()
    raise SystemExit


def test_a_worker_whose_claim_ran_out_meanwhile_does_not_send(settings, one, monkeypatch):
    """It was slow, and another has sent the mail by now."""
    with served(settings) as server:
        first = queue.claim(queue.Waiting(one.pk, MONDAY, one.team_id), DUE)
        assert send.send(DUE + timedelta(minutes=6)) == 1
        monkeypatch.setattr(queue, "claim", lambda *said: first)
        Sending.objects.update(state="claimed")
        assert send.send(DUE + timedelta(minutes=12)) == 0
    assert server.kept() == {"ada@example.com": 1}


def test_who_ends_it_meanwhile_gets_none(one, monkeypatch):
    real = queue.claim

    def ended(*said):
        Subscription.objects.update(ended_at=DUE)
        return real(*said)

    monkeypatch.setattr(queue, "claim", ended)
    assert send.send(DUE) == 0 and not mail.outbox


def test_a_mail_that_waits_while_it_is_paused_is_told_as_not_sent(settings, one):
    with served(settings, at("rcpt", "450 try later")):
        send.send(DUE)
    Subscription.objects.update(paused_at=DUE)
    send.send(DUE + timedelta(days=3))
    row = Sending.objects.get()
    assert (row.state, row.error) == ("failed", "Not sent within three days: 450 try later")


def test_weeks_in_which_the_site_sent_nothing_are_shown_and_not_made_up_for(one):
    assert send.send(DUE + timedelta(days=15)) == 1
    rows = {row.week: row for row in Sending.objects.all()}
    assert {week: row.state for week, row in rows.items()} == {
        MONDAY: "failed",
        MONDAY + timedelta(days=7): "failed",
        MONDAY + timedelta(days=14): "sent",
    }
    assert rows[MONDAY].error == "Not sent within three days: the site sent nothing then."


def test_the_report_of_a_retired_team_is_told_as_not_sent(one):
    one.team.retired_on = MONDAY
    one.team.save()
    assert send.send(DUE) == 0
    row = Sending.objects.get()
    assert (row.state, row.error) == ("failed", send.NO_REPORT)


def test_a_report_that_can_not_be_written_holds_up_no_other_and_is_told(one, monkeypatch):
    subscribe(None, "org@example.com")
    real = send.compose.parts_for

    def parts_for(subscription, *said):
        if subscription.team:
            raise ZeroDivisionError
        return real(subscription, *said)

    monkeypatch.setattr(send.compose, "parts_for", parts_for)
    assert send.send(DUE) == 1
    row = Sending.objects.get(subscription=one)
    assert (row.state, row.error) == ("claimed", send.NOT_WRITTEN)


def test_a_database_that_fails_when_the_server_has_the_mail_makes_no_second(settings, one, monkeypatch):
    def lost(*said):
        raise DatabaseError

    with served(settings) as server:
        monkeypatch.setattr(queue, "sent", lost)
        with pytest.raises(DatabaseError):
            send.send(DUE)
        monkeypatch.undo()
        assert send.send(DUE + timedelta(minutes=5)) == 0
    assert len(server.messages) == 1 and Sending.objects.get().state == "unsure"


def test_one_that_fails_before_the_last_line_sends_nothing(settings, one, monkeypatch):
    def lost(*said):
        raise DatabaseError

    with served(settings) as server:
        monkeypatch.setattr(queue, "handing", lost)
        with pytest.raises(DatabaseError):
            send.send(DUE)
        assert server.messages == []
        monkeypatch.undo()
        assert send.send(DUE + timedelta(minutes=5)) == 1


def test_who_is_subscribed_gets_a_link_of_his_own(pay):
    keys = {subscribe(pay, f"p{number}@example.com").key for number in range(3)}
    assert send.send(DUE) == 3
    for sent in mail.outbox:
        [(html, _)] = sent.alternatives
        own = {key for key in keys if key in html}
        assert len(own) == 1 and own == {key for key in keys if key in sent.body}
        assert own.pop() in sent.extra_headers["List-Unsubscribe"]
        assert send.ANYBODY not in html + sent.body


def test_a_turn_ends_in_time_and_when_it_is_asked_to(pay, monkeypatch):
    for number in range(5):
        subscribe(pay, f"p{number}@example.com")
    clock = iter([0.0, *range(0, 1_000, 20)])
    monkeypatch.setattr(send, "monotonic", lambda: next(clock))
    assert send.send(DUE) == 3
    assert send.send(DUE, lambda: False) == 0
    assert send.turn(DUE).sent == 2


def die(*said):
    raise SystemExit


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends_each(pay):
    for number in range(20):
        subscribe(pay, f"p{number}@example.com")
    counts = by_two_workers(lambda: send.send(DUE))
    assert sum(counts) == len(mail.outbox) == 20
    assert len({sent.to[0] for sent in mail.outbox}) == 20


def test_it_keeps_what_it_said_once_without_anybodys_links(one):
    send.send(DUE)
    kept = SentReport.objects.get()
    assert (kept.scope, kept.week, kept.name) == ("team:pay", MONDAY, "Payments")
    assert one.key not in kept.html + kept.text
    subscribe(one.team, "b@example.com")
    send.send(DUE + timedelta(minutes=1))
    assert SentReport.objects.count() == 1


def test_the_task_sends(one):
    assert send_weekly_reports() == len(mail.outbox)  # whatever is due by the clock of today


def test_the_command_sends_a_week_whatever_the_hour_and_none_twice(one):
    out = StringIO()
    call_command("send_weekly_reports", "--week", "2026-W10", "--dry-run", stdout=out)
    assert out.getvalue() == "ada@example.com pay 2026-W10\n" and mail.outbox == []
    for expected in ("sent 1 failed 0\n", "sent 0 failed 0\n"):
        out = StringIO()
        call_command("send_weekly_reports", "--week", "2026-W10", stdout=out)
        assert out.getvalue() == expected
    with pytest.raises(CommandError, match="2026-W47"):
        call_command("send_weekly_reports", "--week", "soon")


def test_the_command_tells_why_nothing_goes_and_tries_in_spite_of_a_trouble(settings, one):
    use(settings, "smtp://127.0.0.1:1")
    for _ in range(2):
        with pytest.raises(CommandError, match="can't be reached.*refused.*wait"):
            call_command("send_weekly_reports", "--week", "2026-W10", stdout=StringIO())
    assert MailTrouble.objects.get().tries == 2


def test_the_command_sends_a_week_again_to_whom_it_failed(settings, one):
    with served(settings, at("end", "554 Spam")) as server:
        with pytest.raises(SystemExit):
            call_command("send_weekly_reports", "--week", "2026-W10", stdout=StringIO())
        server.behaviour = well
        out = StringIO()
        call_command("send_weekly_reports", "--week", "2026-W10", stdout=out)
        assert out.getvalue() == "sent 0 failed 0\n"
        for expected in ("sent 1 failed 0\n", "sent 0 failed 0\n"):
            out = StringIO()
            call_command("send_weekly_reports", "--week", "2026-W10", "--again", stdout=out)
            assert out.getvalue() == expected
    with pytest.raises(CommandError, match="--again needs --week"):
        call_command("send_weekly_reports", "--again")


def test_one_click_ends_it_without_a_sign_in_and_a_look_does_not(one):
    nobody = Client(enforce_csrf_checks=True)
    address = f"/reports/unsubscribe/{one.key}/"
    page = nobody.get(address)
    assert page.status_code == 200 and "Get no more of these" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    one.refresh_from_db()
    assert one.ended_at is None
    for _ in range(2):
        answer = nobody.post(address, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200 and "You get no more weekly reports" in answer.content.decode()
    one.refresh_from_db()
    assert one.ended_because == "asked"
    assert send.send(DUE) == 0


@pytest.mark.parametrize("key", ["x", "é", "%00", "a" * 500])
def test_a_key_that_is_none_ends_nothing(client, one, key):
    assert client.get(f"/reports/unsubscribe/{key}/").status_code == 404
    assert client.post(f"/reports/unsubscribe/{key}/").status_code == 404
