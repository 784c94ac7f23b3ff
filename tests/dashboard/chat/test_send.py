"""Digests and alerts to a webhook of this machine: each once, again what was not taken, unsure what nobody can know."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.chat import send, webhook
from dashboard.models import ChatAlert, ChatChannel, ChatPost
from dashboard.tasks import tell_chats
from tests.dashboard.chat.hook import SECRET, hook
from tests.dashboard.chat.made import BEFORE, NOW, make_channel
from tests.dashboard.two_workers import by_two_workers
from tests.factories import bearer, make_budget_step, make_service, make_slo, make_team, make_token

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = date(2026, 3, 2)
DUE = datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_time_goes_by(monkeypatch):
    monkeypatch.setattr(send, "monotonic", lambda: 0.0)


@pytest.fixture
def server(settings):
    with hook() as found:
        settings.CHAT_HOSTS = [found.host]
        yield found


@pytest.fixture
def slo(pay):
    return make_slo(make_service("checkout", pay, name="Checkout"))


@pytest.fixture
def channel(pay, server):
    return make_channel(pay, server)


def step(slo, at=NOW, before="75", after="50"):
    make_budget_step(slo, before, after, at=at)


def texts(server) -> list[str]:
    return [body["text"] for body in server.bodies]


def post() -> ChatPost:
    return ChatPost.objects.latest("pk")


# ---------------------------------------------------------------- alerts


def test_an_alert_is_sent_once(server, channel, slo):
    step(slo)
    assert send.send(NOW) == 1
    assert send.send(NOW) == send.send(NOW + MINUTE) == send.send(NOW + DAY) == 0
    assert texts(server) == [
        "Error budgets: Checkout: error budget of availability came down to 50 %, Mon 9 Mar 2026, 12:00 UTC"
    ]
    assert server.paths == [SECRET]
    assert (post().state, post().attempts, post().sent_at) == ("sent", 1, NOW)
    channel.refresh_from_db()
    assert (channel.sent_at, channel.error) == (NOW, "")


def test_what_comes_in_the_quiet_period_is_told_together_at_its_end(server, channel, slo):
    step(slo)
    send.send(NOW)
    for minutes in (5, 10, 20):
        step(slo, NOW + minutes * MINUTE)
        assert send.send(NOW + minutes * MINUTE) == 0
    assert send.send(NOW + HOUR - MINUTE) == 0
    assert send.send(NOW + HOUR) == 1
    section = server.bodies[-1]["blocks"][1]["text"]["text"]
    assert [line for line in ("12:05 UTC", "12:10 UTC", "12:20 UTC") if line in section] == [
        "12:05 UTC", "12:10 UTC", "12:20 UTC",
    ]  # fmt: skip
    assert send.send(NOW + 3 * HOUR) == 0


def test_what_comes_at_once_is_one_message(server, pay, slo):
    channel = make_channel(pay, server)
    for name in ("a", "b", "c"):
        step(make_slo(make_service(name, pay)))
    step(slo)
    assert send.send(NOW) == 1
    assert server.bodies[0]["blocks"][0]["text"]["text"] == "4 alerts"
    assert ChatAlert.objects.filter(channel=channel, post=post()).count() == 4


def test_what_comes_while_a_message_waits_goes_with_the_next(server, channel, pay, slo):
    server.answers = [500, 200]
    step(slo)
    assert send.send(NOW) == 0
    step(make_slo(make_service("other", pay)), NOW)
    assert send.send(NOW + MINUTE / 2) == 0
    assert send.send(NOW + MINUTE) == 1
    assert send.send(NOW + 2 * MINUTE) == 1
    assert [text.count("Checkout") for text in texts(server)] == [1, 1, 0]


@pytest.mark.parametrize("kind", ["slack", "teams", "mattermost"])
def test_each_chat_gets_its_form(server, pay, slo, kind):
    make_channel(pay, server, kind=kind)
    step(slo)
    assert send.send(NOW) == 1
    [body] = server.bodies
    assert ("blocks" in body, "attachments" in body) == (kind == "slack", kind == "teams")
    assert "Checkout" in str(body)


# ---------------------------------------------------------------- digests


def test_the_digest_is_sent_once_when_it_is_due(server, pay):
    make_channel(pay, server, digest=True, alerts={}, since=DUE - DAY)
    assert send.send(DUE - timedelta(seconds=1)) == 0
    assert send.send(DUE) == 1
    assert send.send(DUE) == send.send(DUE + DAY) == send.send(DUE + 6 * DAY) == 0
    assert send.send(DUE + 7 * DAY) == 1
    assert ["2026-W10" in texts(server)[0], "2026-W11" in texts(server)[1]] == [True, True]
    assert list(ChatPost.objects.order_by("week").values_list("week", "state")) == [
        (MONDAY, "sent"), (date(2026, 3, 9), "sent"),
    ]  # fmt: skip


def test_its_figures_equal_the_apis(server, example, client):
    make_channel(None, server, digest=True, alerts={})
    make_channel(make_team("payments"), server, digest=True, alerts={})
    assert send.send(DUE) == 2
    _, secret = make_token()
    for scope, body in zip(("org", "team:payments"), server.bodies, strict=True):
        address = f"/api/v1/metrics/?scope={scope}&from=2026-03-02&to=2026-03-09"
        [answer] = client.get(address, headers=bearer(secret)).json()["results"]
        told = body["blocks"][2]["text"]["text"].replace("\u00a0", " ")
        assert f"|Change failure rate>: {answer['change_failure_rate'] * 100:.1f} % " in told
        assert f"|Mean time to recovery>: {answer['mttr'] / 60:.0f} min " in told
        assert f"|Lead time for changes>: {answer['lead_time']['median'] / 3600:.1f} h " in told
        assert f"|Deployment frequency>: {answer['deployment_frequency']:.2f} " in told


def test_a_week_without_data_says_so(server, pay):
    make_channel(pay, server, digest=True, alerts={})
    send.send(DUE)
    assert "No data of this week yet" in texts(server)[0]


def test_a_digest_that_fell_due_before_the_channel_was_there_is_not_sent(server, pay):
    make_channel(pay, server, digest=True, alerts={}, since=DUE + MINUTE)
    assert send.send(DUE + HOUR) == 0


def test_a_digest_that_could_not_go_for_days_is_shown_as_not_sent(server, pay):
    channel = make_channel(pay, server, digest=True, alerts={}, since=DUE - DAY)
    assert send.send(DUE + 3 * DAY) == send.send(DUE + 4 * DAY) == 0
    assert [(one.week, one.state, one.error) for one in channel.posts.all()] == [(MONDAY, "failed", send.LATE)]


def test_a_change_of_the_day_never_leaves_out_a_week(server, pay):
    make_channel(pay, server, digest=True, alerts={}, since=BEFORE, changed_at=DUE + 4 * DAY)
    assert send.send(DUE + 4 * DAY) == 1


def test_alerts_do_not_wait_for_digests_to_be_made(server, pay, slo, monkeypatch):
    make_channel(pay, server, digest=True, since=DUE - DAY)
    step(slo, DUE)
    monkeypatch.setattr(send, "composed", die)
    with pytest.raises(SystemExit):
        send.send(DUE)
    assert len(server.bodies) == 1 and "Checkout" in texts(server)[0]


# ---------------------------------------------------------------- what is not taken


def test_it_waits_longer_after_each_failure_and_gives_up_in_the_end(server, channel, slo):
    server.answers = [503]
    step(slo)
    gaps, now = [], NOW
    while True:
        assert send.send(now) == 0
        if post().state == "failed":
            break
        gaps.append((post().lease_until - now) // MINUTE)
        now = post().lease_until
    assert gaps == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(server.bodies) == 10 and post().error == "It answered 503: ok."
    channel.refresh_from_db()
    assert (channel.failing_since, channel.stopped_at, channel.error) == (NOW, None, "It answered 503: ok.")


def test_it_recovers(server, channel, slo):
    server.answers = [500, 200]
    step(slo)
    assert (send.send(NOW), send.send(NOW + MINUTE)) == (0, 1)
    channel.refresh_from_db()
    assert (channel.failing_since, channel.error, post().error) == (None, "", "")


def test_it_leaves_a_chat_alone_as_long_as_it_asks(server, channel, slo):
    ChatChannel.objects.update(digest=True, hour=12)
    server.answers = [(429, {"Retry-After": "600"}, b"rate_limited"), 200]
    step(slo)
    assert send.send(NOW) == send.send(NOW + 9 * MINUTE) == 0
    assert len(server.bodies) == 1  # the digest, which is due as well, waits too
    assert send.send(NOW + 10 * MINUTE) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_a_webhook_that_is_gone_stops_the_channel(server, channel, slo, status):
    server.answers = [(status, {}, b"no_service")]
    step(slo)
    assert send.send(NOW) == 0
    channel.refresh_from_db()
    assert channel.stopped_at == NOW and f"It answered {status}: no_service." in channel.error
    step(slo, NOW + 2 * HOUR)
    assert send.send(NOW + 2 * HOUR) == 0
    assert len(server.bodies) == 1 and post().state == "failed"


@pytest.mark.parametrize("answer", [400, 403, (302, {"Location": "http://169.254.169.254/"}, b"")])
def test_what_is_refused_is_shown_and_not_tried_again(server, channel, slo, answer):
    server.answers = [answer]
    step(slo)
    assert send.send(NOW) == send.send(NOW + HOUR) == 0
    channel.refresh_from_db()
    assert (len(server.bodies), post().state, channel.stopped_at) == (1, "failed", None)
    assert channel.error == post().error != ""


def test_a_chat_that_goes_silent_leaves_it_unsure(monkeypatch, server, channel, slo):
    monkeypatch.setattr(webhook.post, "__defaults__", (0.2,))
    server.answers = ["hang", 200]
    step(slo)
    assert send.send(NOW) == send.send(NOW + HOUR) == 0
    assert (len(server.bodies), post().state) == (1, "unsure")
    step(slo, NOW + 2 * HOUR)
    assert send.send(NOW + 2 * HOUR) == 1


def test_a_private_address_that_is_not_listed_is_not_asked(server, channel, slo, settings):
    settings.CHAT_HOSTS = []
    step(slo)
    assert send.send(NOW) == 0
    assert server.bodies == [] and "CHAT_HOSTS" in post().error


def test_an_address_that_nobody_can_read_any_more_is_told(server, channel, slo, settings):
    settings.SECRET_KEY = "another"  # noqa: S105
    step(slo)
    assert send.send(NOW) == 0
    assert "SECRET_KEY has changed" in post().error and post().state == "waiting"


def test_a_failure_holds_up_no_other_channel(server, pay, slo, settings):
    with hook(404) as gone:
        make_channel(pay, gone)
        make_channel(pay, server)
        step(slo)
        settings.CHAT_HOSTS = [gone.host, server.host]
        assert send.send(NOW) == 1


# ---------------------------------------------------------------- paused, stopped, dead, doubled


def test_a_paused_channel_is_told_nothing_nor_later_of_what_happened_meanwhile(server, channel, slo):
    ChatChannel.objects.update(paused_at=NOW, digest=True)
    step(slo)
    assert send.send(NOW) == 0
    channel.refresh_from_db()
    send.resume(channel, NOW + HOUR)
    assert send.send(NOW + HOUR) == 0
    step(slo, NOW + 2 * HOUR)
    assert send.send(NOW + 2 * HOUR) == 1
    assert "14:00 UTC" in texts(server)[0]


def test_what_waits_when_a_channel_is_paused_is_never_sent(server, channel, slo):
    server.answers = [500, 200]
    step(slo)
    send.send(NOW)
    ChatChannel.objects.update(paused_at=NOW)
    assert send.send(NOW + HOUR) == 0
    channel.refresh_from_db()
    send.resume(channel, NOW + HOUR)
    assert send.send(NOW + 2 * HOUR) == 0
    assert (post().state, post().error) == ("failed", send.LEFT_OUT)


def die(*said, **more):
    raise SystemExit


def test_a_worker_that_died_before_it_handed_over_is_made_up_for(server, channel, slo, monkeypatch):
    monkeypatch.setattr(send, "_send", die)
    step(slo)
    with pytest.raises(SystemExit):
        send.send(NOW)
    monkeypatch.undo()
    assert send.send(NOW + 4 * MINUTE) == 0
    assert send.send(NOW + 5 * MINUTE) == 1
    assert len(server.bodies) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_died_while_it_handed_over_sends_no_second_and_is_shown(server, channel, slo, monkeypatch, after):
    real = webhook.post

    def killed(*said):
        if after:
            real(*said)
        raise SystemExit

    monkeypatch.setattr(webhook, "post", killed)
    step(slo)
    with pytest.raises(SystemExit):
        send.send(NOW)
    monkeypatch.setattr(webhook, "post", real)
    for minutes in (1, 5, 600):
        assert send.send(NOW + minutes * MINUTE) == 0
    assert (post().state, post().error, len(server.bodies)) == ("unsure", send.DIED, after)


def test_what_can_not_be_made_is_given_up_in_the_end(server, channel, slo, monkeypatch):
    monkeypatch.setattr(send, "_send", die)
    step(slo)
    for number in range(send.ATTEMPTS):
        with pytest.raises(SystemExit):
            send.send(NOW + number * 5 * MINUTE)
    monkeypatch.undo()
    assert send.send(NOW + DAY) == 0
    assert (post().state, post().error) == ("failed", send.NEVER_MADE)


def test_it_forgets_after_90_days_and_tells_nothing_anew(server, channel, slo):
    step(slo)
    send.send(NOW)
    assert send.send(NOW + 91 * DAY) == 0
    assert (ChatPost.objects.count(), ChatAlert.objects.count()) == (0, 0)


def test_the_task_sends(server, channel, slo):
    step(slo, datetime.now(UTC))
    assert tell_chats() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends_each(server, pay, slo):
    for number in range(10):
        make_channel(pay, address=f"{server.address}/{number}", digest=True)
    step(slo, DUE)
    counts = by_two_workers(lambda: sum(send.send(DUE + minutes * MINUTE) for minutes in range(2)))
    assert sum(counts) == len(server.paths) == 20
    assert all(server.paths.count(f"{SECRET}/{number}") == 2 for number in range(10))


def test_a_new_address_is_not_stopped_by_what_the_old_one_answered(server, channel, slo):
    server.answers = [404]
    old = ChatChannel.objects.get(pk=channel.pk)
    ChatChannel.objects.update(address=make_channel(None, server).address)
    send.hand_over(old, {}, NOW)
    channel.refresh_from_db()
    assert channel.stopped_at is None and channel.since == BEFORE
