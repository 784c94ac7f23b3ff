"""``/reports/``: a look at any week, one's own subscriptions, what was mailed."""

from datetime import date, timedelta

import pytest
from django.core import mail

from dashboard.models import SentReport, Subscription
from tests.dashboard.pages.conftest import march

pytestmark = pytest.mark.django_db


@pytest.fixture
def see(client, alice):
    client.force_login(alice)

    def get(path: str, status: int = 200) -> str:
        answer = client.get(path)
        assert answer.status_code == status
        return answer.content.decode()

    return get


def post(client, **fields):
    return client.post("/reports/", fields)


def test_it_shows_a_week_of_a_team_with_the_figures_of_the_worked_example(see, example):
    page = see("/reports/?scope=team:payments&week=2026-W10&part=text")
    assert "Payments: week 2026-W10, 2 to 8 Mar 2026" in page
    assert "Change failure rate: 40.0\u00a0% (missed; target under 5 %)" in page


def test_it_shows_the_organisations_week(see, example):
    assert "Organisation: week 2026-W10" in see("/reports/?scope=org&week=2026-W10&part=text")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("scope=org&week=soon", "is no week. Write it like 2026-W47."),
        ("scope=org&week=2190-W10", "That week has not begun."),
        ("scope=team:nobody&week=2026-W10", "There is no such report."),
        ("scope=team:unassigned&week=2026-W10", "There is no such report."),
        ("scope=%00&week=2026-W10", "There is no such report."),
    ],
)
def test_it_says_what_it_can_not_show(see, example, query, text):
    assert text in see(f"/reports/?{query}")


def test_one_subscribes_and_changes_pauses_and_ends_it(client, see, alice, pay):
    see("/reports/")
    assert post(client, action="subscribe", scope="team:pay").status_code == 302
    one = Subscription.objects.get()
    assert (one.user, one.team, one.weekday, one.hour, one.zone) == (alice, pay, 0, 8, "UTC")
    assert one.confirmed_at is not None
    post(client, action="change", subscription=one.pk, weekday=4, hour=17, zone="Europe/Berlin")
    one.refresh_from_db()
    assert (one.weekday, one.hour, one.zone) == (4, 17, "Europe/Berlin")
    assert one.with_csv is False
    post(client, action="change", subscription=one.pk, weekday=4, hour=17, zone="Europe/Berlin", with_csv="on")
    one.refresh_from_db()
    assert one.with_csv is True
    for action, field in (("pause", "paused_at"), ("end", "ended_at")):
        post(client, action=action, subscription=one.pk)
        one.refresh_from_db()
        assert getattr(one, field) is not None
    post(client, action="subscribe", scope="team:pay")
    one.refresh_from_db()
    assert (one.ended_at, one.paused_at, one.ended_because) == (None, None, "")
    assert Subscription.objects.count() == 1


def test_the_organisations_report_is_subscribed_to_once(client, see):
    see("/reports/")
    for _ in range(2):
        post(client, action="subscribe", scope="org")
    assert Subscription.objects.get().team is None


@pytest.mark.parametrize(
    "fields", [{"weekday": 7}, {"hour": 24}, {"zone": "Mars/Olympus"}, {"zone": ""}, {"weekday": "x"}]
)
def test_it_takes_no_day_hour_or_zone_that_is_none(client, see, alice, fields):
    see("/reports/")
    one = Subscription.objects.create(user=alice, zone="UTC")
    answer = post(
        client, **{"action": "change", "subscription": one.pk, "weekday": 1, "hour": 1, "zone": "UTC"} | fields
    )
    assert answer["Location"] == "/reports/?said=zone"
    one.refresh_from_db()
    assert (one.weekday, one.hour, one.zone) == (0, 8, "UTC")


def test_nobody_changes_the_subscription_of_another(client, alice, charlie):
    one = Subscription.objects.create(user=alice, zone="UTC")
    client.force_login(charlie)
    for action in ("change", "pause", "end"):
        assert post(client, action=action, subscription=one.pk, weekday=1, hour=1, zone="UTC").status_code == 404
    one.refresh_from_db()
    assert (one.ended_at, one.paused_at, one.weekday) == (None, None, 0)


@pytest.mark.parametrize("text", ["", "x", "9" * 40, "²"])
def test_a_subscription_that_is_none_is_not_found(client, see, text):
    see("/reports/")
    assert post(client, action="end", subscription=text).status_code == 404


def test_it_sends_a_week_now_to_who_asks_alone(client, see, example):
    see("/reports/")
    answer = post(client, action="send", scope="team:payments", week="2026-W10")
    assert answer["Location"] == "/reports/?said=sent"
    assert [sent.to for sent in mail.outbox] == [["alice@example.com"]]
    assert mail.outbox[0].subject == "Weekly report: Payments"


@pytest.mark.parametrize("fields", [{"week": "soon"}, {"week": "2190-W10"}, {"scope": "team:nobody"}, {"scope": ""}])
def test_it_sends_nothing_that_it_can_not_show(client, see, example, fields):
    see("/reports/")
    said = {"action": "send", "scope": "org", "week": "2026-W10"} | fields
    assert post(client, **said).status_code == 404
    assert mail.outbox == []


def test_who_has_no_address_is_told(client, see, alice):
    see("/reports/")
    alice.email = ""
    alice.save()
    assert post(client, action="subscribe", scope="org")["Location"] == "/reports/?said=address"
    assert "Your account has no address" in see("/reports/?said=address")


def sent(scope="org", week=date(2026, 3, 2), **fields):
    said = {"name": "<b>Acme</b>", "summary": "A calm week", "text": "<script>x</script>", "html": "<p>x</p>"} | fields
    return SentReport.objects.create(scope=scope, week=week, **said)


def test_it_lists_what_was_mailed_and_escapes_it(see):
    one = sent()
    page = see("/reports/")
    assert "&lt;b&gt;Acme&lt;/b&gt;" in page and "week of 2 Mar 2026: A calm week" in page
    assert f'href="/reports/sent/{one.pk}/"' in page


def test_it_lists_what_was_mailed_of_one_report_and_all_of_it(see):
    for number in range(60):
        sent(week=date(2026, 3, 2) - timedelta(days=7) * number, name=f"Acme {number}.")
    sent("team:pay", name="Payments")
    assert "Payments" not in see("/reports/?of=org").partition('id="archive"')[2].partition("</form>")[2]
    assert "Acme 59." not in see("/reports/?of=org") and "Acme 59." in see("/reports/?of=org&page=2")
    assert "Nothing was mailed yet." in see("/reports/?of=team:nobody")
    see("/reports/?of=%00&page=x")


def test_it_shows_a_subscription_that_bounced(see, alice):
    Subscription.objects.create(
        user=alice, zone="UTC", ended_at=march(9, 8), ended_because="bounced", ended_note="550 no such user"
    )
    assert "refused your address: 550 no such user" in see("/reports/")


def test_nobody_else_gets_in(client):
    assert client.get("/reports/")["Location"].startswith("/sign-in/")
    assert client.post("/reports/", {"action": "subscribe", "scope": "org"})["Location"].startswith("/sign-in/")
