"""Reports to addresses outside: who may have one asked, that it must confirm, and that nobody is mailed unasked."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from dashboard.env import email_settings
from dashboard.models import Sending, Subscription
from dashboard.reports import addresses, send
from dashboard.reports.addresses import A_DAY, AGAIN, VALID, NotSent, Refused, ask, found, link, plain_name
from tests.dashboard.mails.sink import sink
from tests.factories import make_team

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)
DUE = datetime(2026, 3, 9, 8, tzinfo=UTC)
LIST = "releases@lists.example.org"


def post(client, action="ask", **fields):
    return client.post("/reports/", {"action": action, "address": LIST, "scope": "team:pay"} | fields)


def href(kind: str, text: str = "") -> str:
    return re.search(rf"http://localhost:8000(/reports/{kind}/\S+)", text or mail.outbox[-1].body)[1]


def test_an_address_is_asked_confirms_and_only_then_gets_reports(client, alice, pay):
    client.force_login(alice)
    assert post(client)["Location"] == "/reports/#outside"
    assert [sent.to for sent in mail.outbox] == [[LIST]]
    one = Subscription.objects.get()
    assert (one.address, one.team, one.user, one.made_by, one.confirmed_at) == (LIST, pay, None, alice, None)
    assert "awaiting confirmation" in client.get("/reports/").content.decode()
    assert send.send(timezone.now() + timedelta(days=6)) == 0
    reader, path = Client(enforce_csrf_checks=True), href("confirm")
    page = reader.get(path)
    assert page["Referrer-Policy"] == "no-referrer" and "<button" in page.content.decode()
    one.refresh_from_db()
    assert one.confirmed_at is None  # programs that look for bad links look too
    for _ in range(2):
        assert "Confirmed" in reader.post(path).content.decode()
    one.refresh_from_db()
    assert one.confirmed_at is not None
    assert "confirmed" in client.get("/reports/").content.decode()
    Subscription.objects.update(confirmed_at=NOW)
    assert send.send(DUE) == 1 and mail.outbox[-1].to == [LIST]


def test_the_mail_that_asks_says_who_asks_for_what_and_how_to_be_left_alone(client, alice, pay):
    ask(alice, pay, LIST, "UTC", NOW)
    [sent] = mail.outbox
    assert sent.subject == "Confirm: weekly report of Payments"
    assert sent.body.startswith(f"alice asks that {LIST} get the weekly report of Payments by e-mail.")
    assert "holds until 15 Mar 2026" in sent.body and "Nothing is sent before you confirm." in sent.body
    html = sent.alternatives[0].content
    assert href("confirm") in html and href("unsubscribe") in html
    assert sent.extra_headers["List-Unsubscribe"] == f"<http://localhost:8000{href('unsubscribe')}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_link_holds_for_seven_days_for_its_own_asking(alice, pay, monkeypatch):
    one = ask(alice, pay, LIST, "UTC", NOW)
    text = link(one)
    assert found(text) == one
    assert found(text + "x") is None and found("") is None
    monkeypatch.setattr("django.core.signing.time.time", lambda: timezone.now().timestamp() + VALID.total_seconds() + 2)
    assert found(text) is None
    monkeypatch.undo()
    again = ask(alice, pay, LIST, "UTC", NOW + VALID)
    assert again == one and found(text) is None and found(link(again)) == one


@pytest.mark.parametrize("text", ["x", "é", "%00", "a" * 500, "WzEsIiJd:1:x"])
def test_a_link_that_is_made_up_confirms_nothing(client, alice, pay, text):
    ask(alice, pay, LIST, "UTC", NOW)
    assert client.get(f"/reports/confirm/{text}/").status_code == 404
    assert client.post(f"/reports/confirm/{text}/").status_code == 404


def test_who_was_asked_ends_it_without_a_sign_in_and_is_not_asked_again_for_30_days(alice, pay, olga):
    one = ask(alice, pay, LIST, "UTC", NOW)
    reader = Client(enforce_csrf_checks=True)
    assert "Ask it no more" in reader.get(href("unsubscribe")).content.decode()
    reader.post(href("unsubscribe"), {"List-Unsubscribe": "One-Click"})
    one.refresh_from_db()
    ended = one.ended_at
    for person, team in ((alice, pay), (olga, None)):
        with pytest.raises(Refused, match="wants no such mails|was asked already"):
            ask(person, team, LIST, "UTC", ended + timedelta(minutes=1))
        with pytest.raises(Refused, match="wants no such mails"):
            ask(person, team, LIST, "UTC", ended + AGAIN - timedelta(minutes=1))
    assert "gets no weekly reports" in reader.post(f"/reports/confirm/{link(one)}/").content.decode()
    ask(alice, pay, LIST, "UTC", ended + AGAIN + timedelta(minutes=1))


@pytest.mark.parametrize("scope", ["team:pay", "org"])
def test_bob_and_charlie_have_nobody_asked(client, bob, charlie, scope):
    for person in (bob, charlie):
        client.force_login(person)
        assert post(client, scope=scope).status_code == 403
    assert mail.outbox == [] and not Subscription.objects.exists()


def test_a_lead_has_addresses_asked_for_teams_that_they_lead_and_staff_for_all(client, alice, olga):
    make_team("search")
    client.force_login(alice)
    assert post(client, scope="org").status_code == 403
    assert post(client, scope="team:search").status_code == 403
    assert post(client, scope="team:nobody").status_code == 404
    client.force_login(olga)
    for number, scope in enumerate(("org", "team:search", "team:pay")):
        assert post(client, scope=scope, address=f"p{number}@example.org").status_code == 302
    assert Subscription.objects.count() == 3


def test_only_who_may_add_them_sees_and_changes_addresses(client, alice, bob, charlie, olga, pay):
    one = ask(alice, pay, LIST, "UTC", NOW)
    Subscription.objects.update(confirmed_at=NOW)
    for person in (bob, charlie):
        client.force_login(person)
        assert LIST not in client.get("/reports/").content.decode()
        for action in ("change", "pause", "end"):
            said = {"subscription": one.pk, "weekday": 1, "hour": 1, "zone": "UTC"}
            assert post(client, action, **said).status_code == 404
    for person, action in ((alice, "pause"), (olga, "resume"), (alice, "end")):
        client.force_login(person)
        assert LIST in client.get("/reports/").content.decode()
        assert post(client, action, subscription=one.pk).status_code == 302
    one.refresh_from_db()
    assert one.ended_because == "removed"


def test_nobody_confirms_in_the_readers_place(client, alice, pay):
    one = ask(alice, pay, LIST, "UTC", NOW)
    client.force_login(alice)
    for action in ("pause", "resume"):
        post(client, action, subscription=one.pk)
    post(client, "subscribe")
    one.refresh_from_db()
    assert one.confirmed_at is None


def test_an_address_is_asked_by_one_at_a_time_and_no_sooner_again_if_that_is_taken_back(alice, olga, pay):
    one = ask(alice, pay, LIST, "UTC", NOW)
    for person, team in ((alice, pay), (olga, None)):
        with pytest.raises(Refused, match="was asked already. It may be asked again from 15 Mar 2026 on"):
            ask(person, team, LIST.upper(), "UTC", NOW + timedelta(days=1))
    Subscription.objects.filter(pk=one.pk).update(ended_at=NOW, ended_because="removed")
    with pytest.raises(Refused, match="was asked already"):
        ask(alice, pay, LIST, "UTC", NOW + timedelta(days=1))
    assert len(mail.outbox) == 1
    ask(olga, None, LIST, "UTC", NOW + VALID)
    assert len(mail.outbox) == 2


def test_the_database_holds_that_an_address_waits_once(pay):
    Subscription.objects.create(address=LIST, zone="UTC", asked_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(address=LIST, zone="UTC", asked_at=NOW, team=pay)


def test_who_gets_the_report_is_not_asked(alice, pay):
    ask(alice, pay, LIST, "UTC", NOW)
    Subscription.objects.update(confirmed_at=NOW)
    with pytest.raises(Refused, match="gets this report already"):
        ask(alice, pay, LIST, "UTC", NOW + timedelta(days=90))


def test_one_person_has_few_asked_in_a_day(alice, pay):
    for number in range(A_DAY):
        ask(alice, pay, f"p{number}@example.org", "UTC", NOW)
    with pytest.raises(Refused, match="Go on tomorrow"):
        ask(alice, pay, LIST, "UTC", NOW + timedelta(hours=23))
    assert len(mail.outbox) == A_DAY
    ask(alice, pay, LIST, "UTC", NOW + timedelta(days=1, minutes=1))


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "a@b@c.org", "ada@example.org\r\nBcc: x@example.org", "ada@example.org,x@example.org",
     "Ada <ada@example.org>", "ada@example.org\0", f"{'a' * 250}@example.org", "ada @example.org"],
)  # fmt: skip
def test_what_is_no_address_is_not_asked(client, alice, address):
    client.force_login(alice)
    post(client, address=address)
    assert mail.outbox == [] and "That is no address." in client.get("/reports/").content.decode()


def test_names_begin_no_header_and_are_nothing_to_click_on(alice, pay):
    pay.name = "Win at https://evil.example/x\r\nBcc: victim@example.org <b>now</b> " + "y" * 100
    pay.save()
    ask(alice, pay, LIST, "UTC", NOW)
    sent = mail.outbox[0].message()
    assert "Bcc" not in sent and sent["To"] == LIST
    for part in (mail.outbox[0].body, mail.outbox[0].alternatives[0].content, mail.outbox[0].subject):
        assert "evil.example" not in part and "victim@" not in part and "<b>" not in part
    assert plain_name("Ada & Söhne (R+D)") == "Ada & Söhne (R+D)"


def test_a_server_that_is_away_is_told_and_the_address_can_be_asked_at_once(settings, client, alice, pay):
    for name, value in email_settings("smtp://127.0.0.1:1").items():
        setattr(settings, name, value)
    with pytest.raises(NotSent):
        ask(alice, pay, LIST, "UTC", NOW)
    client.force_login(alice)
    assert "the mail server did not take the mail" in client.get("/reports/").content.decode()
    with sink() as server:
        settings.EMAIL_PORT = server.port
        ask(alice, pay, LIST, "UTC", NOW)
    assert [recipients for recipients, _ in server.messages] == [[LIST]]


def test_an_address_that_is_refused_for_good_is_shown(settings, client, alice, pay):
    with sink(refuses="550 no such user") as server:
        for name, value in email_settings(f"smtp://127.0.0.1:{server.port}").items():
            setattr(settings, name, value)
        with pytest.raises(NotSent):
            ask(alice, pay, LIST, "UTC", NOW)
    client.force_login(alice)
    page = client.get("/reports/").content.decode()
    assert "bounced" in page and "550 no such user" in page


def test_it_says_what_became_of_each(alice, pay):
    def status(**fields):
        one = Subscription(address=LIST, zone="UTC", asked_at=NOW, **fields)
        return addresses.row(one, NOW + timedelta(days=8)).status.word

    assert status() == status(ended_at=NOW, ended_because="lapsed") == "ended"
    assert status(confirmed_at=NOW) == "confirmed"
    assert status(confirmed_at=NOW, paused_at=NOW) == "paused"
    assert status(ended_at=NOW, ended_because="bounced") == "bounced"


def test_who_is_erased_is_mailed_no_more_and_forgotten(alice, pay):
    for address in (LIST, "ada@example.com"):
        one = ask(alice, pay, address, "UTC", NOW)
        addresses.confirm(one, NOW)
    send.send(DUE)
    call_command("erase_person", "Ada", "Ada@Example.com", stdout=StringIO())
    assert [one.address for one in Subscription.objects.all()] == [LIST]
    assert [one.subscription.address for one in Sending.objects.all()] == [LIST]
