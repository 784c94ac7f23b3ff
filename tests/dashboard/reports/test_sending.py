"""``/reports/sending/``: what became of the mails, and who may have one sent again."""

from datetime import UTC, date, datetime

import pytest
from django.core import mail
from django.utils import timezone

from dashboard.mails import trouble
from dashboard.models import Sending, Subscription
from dashboard.reports import send

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def sending(state: str, error: str = "", **fields) -> Sending:
    said = {
        "zone": "UTC",
        "confirmed_at": timezone.now(),
        "address": "" if "user" in fields else f"{state}@example.com",
    }
    one = Subscription.objects.create(**said | fields)
    return Sending.objects.create(
        subscription=one, week=MONDAY, state=state, error=error, lease_until=NOON, message_id="<1@x>", attempts=3
    )


@pytest.fixture
def see(client, olga):
    client.force_login(olga)

    def get(path: str = "/reports/sending/") -> str:
        answer = client.get(path)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return get


def test_it_shows_each_mail_that_is_not_known_to_have_gone_and_why(see, pay):
    sending("sent")
    sending("failed", "The mail server refused the mail: 554 <b>Spam</b>", team=pay)
    sending("unsure", "It may have arrived")
    sending("claimed", "450 Try later")
    page = see()
    for text in (
        "failed@example.com",
        "Payments",
        "554 &lt;b&gt;Spam&lt;/b&gt;",
        "unsure@example.com",
        "450 Try later",
    ):
        assert text in page
    assert "sent@example.com" not in page
    row = page[page.index("2026-W10") :][:900]
    assert [int(cell.partition("<")[0]) for cell in row.split('class="number">')[1:]] == [1, 1, 1, 1]
    assert page.count(">Send again<") == 2


def test_it_says_so_where_nothing_was_due_and_where_all_went(see):
    nothing = see()
    assert "No mail was due yet." in nothing
    assert "went" not in nothing
    sending("sent")
    assert "None: every mail that was due went." in see()


@pytest.mark.parametrize(
    ("kind", "what", "to_do"),
    [
        ("sign-in", "does not let the site sign in", "Check user and password in EMAIL_URL"),
        ("tls", "No safe connection", "smtp+tls:// is STARTTLS"),
        ("reach", "be reached", "host and port in EMAIL_URL"),
        ("sender", "takes no mail from this site", "Set EMAIL_FROM (plumbline@localhost)"),
    ],
)
def test_a_trouble_stands_where_staff_look_with_what_to_do_and_others_learn_only_that_mails_wait(
    see, client, alice, kind, what, to_do
):
    trouble.note(trouble.Kind(kind), "535 <5.7.8> no", NOON)
    for path in ("/reports/sending/", "/reports/", "/data/"):
        page = see(path)
        assert what in page and "535 &lt;5.7.8&gt; no" in page and to_do in page
    client.force_login(alice)
    page = see("/reports/")
    assert "Weekly reports wait" in page and "535" not in page and "EMAIL" not in page
    assert "Weekly reports wait" not in see("/data/")


def test_staff_have_a_mail_sent_again_that_failed_or_may_have_arrived(see, client):
    failed, unsure, sent = sending("failed"), sending("unsure"), sending("sent")
    for one in (failed, unsure, sent):
        assert client.post("/reports/sending/", {"sending": one.pk}).status_code == 302
    assert send.send(timezone.now()) == 2
    assert {to for one in mail.outbox for to in one.to} == {"failed@example.com", "unsure@example.com"}


@pytest.mark.parametrize("state", ["failed", "unsure"])
def test_staff_have_those_of_a_week_sent_again(see, client, state):
    sending("failed"), sending("unsure")
    answer = client.post("/reports/sending/", {"week": "2026-W10", "state": state}, follow=True)
    assert "1 mail goes again within a minute." in answer.content.decode()
    assert send.send(timezone.now()) == 1 and mail.outbox[0].to == [f"{state}@example.com"]


def test_a_person_has_ones_own_sent_again(see, client, alice):
    sending("unsure", user=alice)
    client.force_login(alice)
    assert "Send again" in see("/reports/")
    client.post("/reports/sending/", {"sending": Sending.objects.get().pk})
    assert send.send(timezone.now()) == 1 and mail.outbox[0].to == ["alice@example.com"]


def test_nobody_else_sees_it_or_has_a_mail_sent_again(client, alice, bob):
    assert client.get("/reports/sending/").status_code == 302
    client.force_login(bob)
    assert client.get("/reports/sending/").status_code == 403
    own, outside = sending("unsure", user=alice), sending("failed")
    for one in (own, outside):
        client.post("/reports/sending/", {"sending": one.pk})
    client.post("/reports/sending/", {"week": "2026-W10", "state": "failed"})
    assert send.send(timezone.now()) == 0


def test_what_has_ended_or_is_paused_is_not_sent_again(see, client):
    one = sending("failed", ended_at=NOON)
    answer = client.post("/reports/sending/", {"sending": one.pk}, follow=True)
    assert "Nothing to send again" in answer.content.decode()
    assert send.send(timezone.now()) == 0


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"sending": "x"},
        {"week": "2026-W10"},
        {"week": "2026-W10", "state": "sent"},
        {"week": "soon", "state": "failed"},
        {"week": "2026-W99", "state": "failed"},
    ],
)
def test_what_asks_for_nothing_is_not_found(see, client, asked):
    assert client.post("/reports/sending/", asked).status_code == 404
