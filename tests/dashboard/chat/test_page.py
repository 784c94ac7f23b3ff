"""``/chat/``: who sees, adds, tries, changes, pauses and removes which channels; an address is never shown again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import ChatAlert, ChatChannel, ChatPost
from ingest.inbox.secrets import unseal
from tests.dashboard.chat.hook import hook
from tests.dashboard.chat.made import make_channel
from tests.factories import bearer, make_token

pytestmark = pytest.mark.django_db
SECRET = "correct-horse-battery"  # noqa: S105 - opens nothing
ADDRESS = f"https://hooks.slack.com/services/T0001/B0001/{SECRET}"


def form(**said):
    fields = {
        "name": "#pay", "kind": "slack", "address": ADDRESS, "team": "pay", "digest": "4", "hour": "8",
        "zone": "Europe/Berlin", "budget": "60", "incident": "0", "source": "",
    }  # fmt: skip
    return {name: value for name, value in (fields | said).items() if value is not None}


@pytest.fixture
def ask(client):
    """As this person: the answer to a POST of these fields, or to a GET."""

    def send(person, path="/chat/", **said):
        client.force_login(person)
        return client.post(path, said) if said else client.get(path)

    return send


def text(answer) -> str:
    return answer.content.decode()


# ---------------------------------------------------------------- adding


def test_a_lead_adds_a_channel_of_the_team(ask, alice, pay):
    answer = ask(alice, **form())
    one = ChatChannel.objects.get()
    assert answer["Location"] == f"/chat/{one.pk}/"
    assert (one.name, one.kind, one.team, one.host, one.made_by) == ("#pay", "slack", pay, "hooks.slack.com", alice)
    assert (one.digest, one.weekday, one.hour, one.zone) == (True, 4, 8, "Europe/Berlin")
    assert one.alerts == {"budget": 60, "incident": 0}
    assert unseal([one.address]) == [ADDRESS] and SECRET not in one.address


def test_staff_add_one_of_the_organisation_with_its_sources(ask, olga):
    ask(olga, **form(team="", source="240"))
    one = ChatChannel.objects.get()
    assert (one.team, one.alerts) == (None, {"budget": 60, "incident": 0, "source": 240})


def test_an_address_is_never_shown_again(ask, olga, pay):
    ask(olga, **form())
    one = ChatChannel.objects.get()
    for answer in (ask(olga), ask(olga, f"/chat/{one.pk}/"), ask(olga, **form(zone="Mars/Olympus"))):
        assert SECRET not in text(answer) and "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"address": ""}, "This field is required"),
        ({"address": "hooks.slack.com/x"}, "That is no address of a webhook"),
        ({"address": "http://10.0.0.3/hooks/x"}, "to CHAT_HOSTS"),
        ({"zone": "Mars/Olympus"}, "That is no time zone"),
        ({"digest": "7"}, "Select a valid choice"),
        ({"budget": "7"}, "Select a valid choice"),
        ({"kind": "irc"}, "Select a valid choice"),
        ({"name": "a\x1bb"}, "signs that can be seen"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"team": "nobody"}, "Select a valid choice"),
        ({"source": "60"}, "Sources belong to no team"),
        ({"digest": "", "budget": "", "incident": ""}, "would be told nothing"),
    ],
)
def test_what_can_not_be_read_is_said_and_nothing_is_added(ask, olga, pay, said, problem):
    answer = ask(olga, **form(**said))
    assert answer.status_code == 422 and problem in text(answer)
    assert ChatChannel.objects.count() == 0


# ---------------------------------------------------------------- who may not


def test_members_and_strangers_see_no_page(ask, client, bob, pay):
    one = make_channel(pay)
    for path in ("/chat/", f"/chat/{one.pk}/"):
        assert ask(bob, path).status_code == ask(bob, path, **form(), action="remove").status_code == 403
        client.logout()
        for answer in (client.get(path), client.post(path, form())):
            assert answer["Location"].startswith("/sign-in/")
    assert ChatChannel.objects.get() == one


def test_a_token_sees_no_page(client, pay):
    _, secret = make_token("admin")
    assert client.get("/chat/", headers=bearer(secret)).status_code == 302


def test_a_lead_sees_and_changes_the_channels_of_the_own_team_alone(ask, alice, charlie, pay):
    of_pay, of_all = make_channel(pay, name="#of-pay"), make_channel(name="#of-all")
    assert "#of-pay" in text(ask(alice)) and "#of-all" not in text(ask(alice))
    assert "#of-pay" not in text(ask(charlie))
    for person, one in ((charlie, of_pay), (alice, of_all), (charlie, of_all)):
        path = f"/chat/{one.pk}/"
        assert ask(person, path).status_code == 404
        for action in ("test", "pause", "resume", "remove", "change"):
            assert ask(person, path, **form(), action=action).status_code == 404
    assert ChatChannel.objects.filter(paused_at=None).count() == 2


@pytest.mark.parametrize("team", ["", "search"])
def test_a_lead_has_no_channel_told_of_others(ask, alice, charlie, pay, team):
    assert ask(alice, **form(team=team)).status_code == 422
    one = make_channel(pay)
    assert ask(alice, f"/chat/{one.pk}/", **form(team=team), action="change").status_code == 422
    one.refresh_from_db()
    assert (ChatChannel.objects.count(), one.team) == (1, pay)


def test_a_lead_can_not_choose_sources(ask, alice):
    ask(alice, **form(source="60"))
    assert "source" not in ChatChannel.objects.get().alerts
    assert 'name="source"' not in text(ask(alice))


def test_a_post_from_elsewhere_is_refused(alice, pay):
    one = make_channel(pay)
    elsewhere = Client(enforce_csrf_checks=True)
    elsewhere.force_login(alice)
    for path, said in (("/chat/", form()), (f"/chat/{one.pk}/", {"action": "remove"})):
        assert elsewhere.post(path, said).status_code == 403
    assert ChatChannel.objects.count() == 1


# ---------------------------------------------------------------- trying, pausing, changing, removing


@pytest.fixture
def server(settings):
    with hook() as found:
        settings.CHAT_HOSTS = [found.host]
        yield found


def test_a_test_message_is_sent_and_says_who_sent_it(client, ask, alice, pay, server):
    one = make_channel(pay, server)
    ask(alice, f"/chat/{one.pk}/", action="test")
    [body] = server.bodies
    assert "alice tried the channel #pay" in body["text"]
    assert "was taken" in text(client.get(f"/chat/{one.pk}/"))
    one.refresh_from_db()
    assert one.sent_at is not None and ChatPost.objects.count() == 0


def test_a_test_message_that_is_not_taken_says_why(client, ask, alice, pay, server):
    server.answers = [(410, {}, b"channel_is_archived <script>")]
    one = make_channel(pay, server)
    ask(alice, f"/chat/{one.pk}/", action="test")
    shown = text(client.get(f"/chat/{one.pk}/"))
    assert "It answered 410: channel_is_archived &lt;script&gt;. The webhook is gone" in shown and "stopped" in shown
    assert "stopped" in text(client.get("/chat/"))


def test_one_is_paused_and_goes_on(ask, alice, pay):
    one = make_channel(pay)
    ask(alice, f"/chat/{one.pk}/", action="pause")
    one.refresh_from_db()
    assert one.paused_at is not None and "paused" in text(ask(alice))
    ask(alice, f"/chat/{one.pk}/", action="resume")
    one.refresh_from_db()
    assert one.paused_at is None and timezone.now() - one.since < timedelta(minutes=5)


def test_the_form_shows_what_the_channel_is_told(ask, olga, pay):
    one = make_channel(pay, weekday=2, digest=True, alerts={"budget": 15})
    shown = text(ask(olga, f"/chat/{one.pk}/"))
    assert "digest on Wednesday at 08:00 UTC; Error budgets, quiet for 15 min" in shown.replace("\u00a0", " ")
    for chosen in ("each Wednesday", "at once, then quiet for 15 min", "Payments (pay)"):
        assert f" selected>{chosen}</option>" in shown
    ask(olga, f"/chat/{one.pk}/", **form(address="", digest=""), action="change")
    one.refresh_from_db()
    assert (one.digest, one.weekday) == (False, 2)


def test_one_is_removed_with_what_it_was_told(ask, alice, pay):
    one = make_channel(pay)
    post = ChatPost.objects.create(channel=one, lease_until=timezone.now(), made_at=timezone.now())
    ChatAlert.objects.create(channel=one, post=post, kind="budget", at=timezone.now())
    assert ask(alice, f"/chat/{one.pk}/", action="remove")["Location"] == "/chat/"
    assert not ChatChannel.objects.exists() and not ChatAlert.objects.exists()


def test_an_empty_address_keeps_the_one_that_is_stored(ask, alice, pay):
    one = make_channel(pay, address=ADDRESS)
    ask(alice, f"/chat/{one.pk}/", **form(address="", name="#other", budget="15"), action="change")
    one.refresh_from_db()
    assert (one.name, unseal([one.address]), one.alerts["budget"]) == ("#other", [ADDRESS], 15)


def test_another_address_sets_a_stopped_channel_going_again(ask, alice, pay):
    one = make_channel(pay, stopped_at=timezone.now(), error="It answered 404.")
    ask(alice, f"/chat/{one.pk}/", **form(address="https://chat.example.com/hooks/another"), action="change")
    one.refresh_from_db()
    assert (one.stopped_at, one.error, one.host) == (None, "", "chat.example.com")
    assert timezone.now() - one.since < timedelta(minutes=5)


@pytest.mark.parametrize("said", [{"team": ""}, {"budget": ""}])
def test_what_waits_is_not_told_of_another_team_or_a_kind_that_is_no_longer_chosen(ask, olga, pay, said):
    one = make_channel(pay)
    ChatAlert.objects.create(channel=one, kind="budget", at=timezone.now())
    ask(olga, f"/chat/{one.pk}/", **form(address="", **said), action="change")
    assert not ChatAlert.objects.exists()


def test_it_shows_what_became_of_each_message(ask, alice, pay):
    one, now = make_channel(pay, failing_since=timezone.now(), error="It answered 503."), timezone.now()
    for state in ChatPost.State.values:
        post = ChatPost.objects.create(channel=one, state=state, lease_until=now, made_at=now, error="It answered 503.")
        ChatAlert.objects.create(
            channel=one, post=post, kind="budget", about=state, name="<b>Pay</b>", text="spent", at=now
        )
    shown = text(ask(alice, f"/chat/{one.pk}/"))
    for word in ("waits", "on its way", "sent", "not sent", "unsure", "failing", "&lt;b&gt;Pay&lt;/b&gt;: spent"):
        assert word in shown


@pytest.mark.parametrize("action", ["", "x", "delete"])
def test_an_act_that_is_none_is_not_found(ask, alice, pay, action):
    one = make_channel(pay)
    assert ask(alice, f"/chat/{one.pk}/", action=action, name="x").status_code == 404
