"""Weekly reports that are due, sent to a mail server of this machine: one mail a subscription and week."""

import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from io import StringIO
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from dashboard.env import email_settings
from dashboard.models import Sending, SentReport, Subscription
from dashboard.reports import send
from dashboard.tasks import send_weekly_reports
from tests.dashboard.mails.sink import sink

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
DUE = datetime(2026, 3, 9, 8, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)


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


def test_a_refused_address_ends_the_subscription_and_is_shown(settings, one):
    with sink(refuses="550 no such user") as server:
        use(settings, f"smtp://127.0.0.1:{server.port}")
        assert send.send(DUE) == 0
        assert send.send(DUE + timedelta(hours=1)) == 0
    one.refresh_from_db()
    assert (one.ended_because, one.ended_note) == ("bounced", "550 no such user")
    row = Sending.objects.get()
    assert row.state == "failed" and "550 no such user" in row.error
    assert server.messages == []


def test_an_address_that_is_refused_for_now_is_tried_again(settings, one):
    with sink(refuses="450 try later") as server:
        use(settings, f"smtp://127.0.0.1:{server.port}")
        assert send.send(DUE) == 0
    assert Sending.objects.get().state == "claimed"
    one.refresh_from_db()
    assert one.ended_at is None
    with sink() as server:
        use(settings, f"smtp://127.0.0.1:{server.port}")
        assert send.send(DUE + timedelta(seconds=59)) == 0
        assert send.send(DUE + timedelta(minutes=1)) == 1


def test_it_waits_longer_after_each_failure_and_gives_up_in_the_end(settings, one):
    use(settings, "smtp://127.0.0.1:1")
    gaps, now = [], DUE
    while True:
        assert send.send(now) == 0
        row = Sending.objects.get()
        if row.state == "failed":
            break
        gaps.append((row.lease_until - now) // timedelta(minutes=1))
        now = row.lease_until
    assert gaps == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert "refused" in row.error.lower()


def test_a_worker_that_died_before_the_mail_server_had_it_is_made_up_for(one, monkeypatch):
    monkeypatch.setattr(send, "_send", die)
    with pytest.raises(SystemExit):
        send.send(DUE)
    monkeypatch.undo()
    assert send.send(DUE + timedelta(minutes=4)) == 0
    assert send.send(DUE + timedelta(minutes=5)) == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_died_while_it_handed_the_mail_over_sends_no_second_and_is_shown(one, monkeypatch, after):
    real = mail.EmailMessage.send

    def killed(self, *said, **more):
        if after:
            real(self)
        raise SystemExit

    monkeypatch.setattr(mail.EmailMessage, "send", killed)
    with pytest.raises(SystemExit):
        send.send(DUE)
    monkeypatch.undo()
    for minutes in (1, 5, 10, 600):
        assert send.send(DUE + timedelta(minutes=minutes)) == 0
    row = Sending.objects.get()
    assert (row.state, row.error) == ("unsure", send.DIED)
    assert len(mail.outbox) == after


def test_a_server_that_drops_while_it_takes_the_mail_gets_no_second_and_is_shown(one, monkeypatch):
    def dropped(self, *said, **more):
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(mail.EmailMessage, "send", dropped)
    assert send.send(DUE) == 0
    monkeypatch.undo()
    assert send.send(DUE + timedelta(hours=5)) == 0
    assert Sending.objects.get().state == "unsure"


def test_a_failure_holds_up_no_other_mail(pay, monkeypatch):
    for number in range(3):
        subscribe(pay, f"p{number}@example.com")
    real = mail.EmailMessage.send

    def refuse_one(self, *said, **more):
        if self.to == ["p1@example.com"]:
            raise SMTPRecipientsRefused({"p1@example.com": (550, b"no")})
        return real(self)

    monkeypatch.setattr(mail.EmailMessage, "send", refuse_one)
    assert send.send(DUE) == 2


def die(*said):
    raise SystemExit


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends_each(pay):
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time: SQLite's threads share the connection here")
    for number in range(20):
        subscribe(pay, f"p{number}@example.com")
    start, counts = Barrier(2), []

    def work() -> None:
        start.wait()
        counts.append(send.send(DUE))
        connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
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
