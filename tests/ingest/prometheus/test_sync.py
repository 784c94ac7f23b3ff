"""A pass over servers: who is at work, who is left alone, and that nothing stops the worker."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from ingest.errors import AccessDenied, SourceUnavailable
from ingest.models import PrometheusServer
from ingest.prometheus import signals, sync
from ingest.prometheus.client import QueryRefused
from tests.ingest.prometheus.world import deployments_signal, server_at

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Fake:
    """A server that answers nothing but by ``at``."""

    def __init__(self, at=lambda query: [], ready=lambda: None) -> None:
        self._at, self.ready, self.asked = at, ready, []

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        pass

    def at(self, query, at):
        self.asked.append((query, at))
        return self._at(query)


@pytest.fixture
def opened(monkeypatch):
    """Sets what servers answer."""

    def set_to(fake):
        monkeypatch.setattr(sync, "open_server", lambda server, before: fake)
        return fake

    return set_to


def test_two_workers_do_not_read_one_server(opened):
    server = server_at("http://prometheus:9090")
    fake = opened(Fake())
    other = PrometheusServer.objects.get(pk=server.pk)
    other.lease_by, other.lease_until = "another/1", timezone.now() + timedelta(minutes=1)
    other.save()
    assert not sync.synchronise(server, NOW)
    assert fake.asked == []
    other.lease_until = timezone.now() - timedelta(seconds=1)
    other.save()
    assert sync.synchronise(server, NOW)


def test_who_lost_the_lease_keeps_nothing_more(opened):
    server = server_at("http://prometheus:9090")
    signal = deployments_signal(server, since=NOW.date() - timedelta(days=3))

    def taken(query):
        PrometheusServer.objects.update(lease_by="another/1")
        return []

    opened(Fake(taken))
    assert sync.synchronise(server, NOW)
    signal.refresh_from_db()
    server.refresh_from_db()
    assert signal.read_to is None
    assert (server.lease_by, server.error, server.answered_at) == ("another/1", "", None)


def test_a_paused_server_is_not_asked(opened):
    server = server_at("http://prometheus:9090")
    server.source.paused_at = NOW
    server.source.save()
    fake = opened(Fake())
    assert sync.follow(NOW) == 0
    assert not sync.synchronise(server, NOW)
    assert fake.asked == []


def test_a_disabled_signal_is_not_read(opened):
    signal = deployments_signal(server_at("http://prometheus:9090"), enabled=False)
    opened(Fake())
    sync.follow(NOW)
    signal.refresh_from_db()
    assert signal.read_to is None


@pytest.mark.parametrize("error", [QueryRefused("no"), SourceUnavailable("slow"), AccessDenied("no"), KeyError("bug")])
def test_one_bad_signal_stops_no_other(opened, error):
    server = server_at("http://prometheus:9090")
    bad = deployments_signal(server, name="bad", query="bad_total")
    good = deployments_signal(server, name="good")

    def at(query):
        if query.startswith("bad"):
            raise error
        return []

    opened(Fake(at))
    assert sync.follow(NOW) == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    server.refresh_from_db()
    assert bad.error
    assert (bad.failing_since, bad.read_to, bad.answered_at) == (NOW, None, None)
    assert (good.error, good.read_to, good.answered_at) == ("", NOW, NOW)
    assert (server.error, server.answered_at) == ("", NOW)


def test_since_when_it_fails_stays_what_it_was(opened):
    signal = deployments_signal(server_at("http://prometheus:9090"), query="bad_total")

    def at(query):
        raise QueryRefused("no")

    opened(Fake(at))
    for minute in range(3):
        sync.follow(NOW + timedelta(minutes=minute))
    signal.refresh_from_db()
    assert signal.failing_since == NOW


def test_a_bug_is_told_and_stops_no_other_server(opened, monkeypatch):
    first, second = server_at("http://one:9090", "one"), server_at("http://two:9090", "two")
    opened(Fake())
    read = sync.read_signals

    def broken(prometheus, server, turn, report):
        if server.pk == first.pk:
            raise RuntimeError("a bug")
        read(prometheus, server, turn, report)

    monkeypatch.setattr(sync, "read_signals", broken)
    assert sync.follow(NOW) == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert "RuntimeError" in first.error
    assert (first.failing_since, first.lease_by) == (NOW, "")
    assert (second.error, second.answered_at) == ("", NOW)


def test_credentials_that_can_not_be_read_are_told(monkeypatch):
    server = server_at("http://prometheus:9090")

    def denied(*arguments, **_):
        raise AccessDenied("SECRET_KEY has changed")

    monkeypatch.setattr(sync, "open_server", denied)
    assert sync.follow(NOW) == 1
    server.refresh_from_db()
    assert (server.error, server.failing_since) == ("SECRET_KEY has changed", NOW)


def test_a_signal_with_much_to_read_lets_others_have_their_turn(opened, monkeypatch):
    server = server_at("http://prometheus:9090")
    signal = deployments_signal(server, since=NOW.date() - timedelta(days=30))
    opened(Fake())
    clock = iter(range(0, 1_000_000, 15))
    monkeypatch.setattr(signals.time, "monotonic", lambda: float(next(clock)))
    sync.follow(NOW)
    signal.refresh_from_db()
    first = signal.read_to
    assert first < NOW
    sync.follow(NOW)
    signal.refresh_from_db()
    assert signal.read_to > first


def test_what_a_person_changes_meanwhile_is_not_overwritten(opened):
    server = server_at("http://prometheus:9090")
    signal = deployments_signal(server)

    def changes(query):
        signal.query = "other_total"
        signal.save(update_fields=["query"])
        return []

    opened(Fake(changes))
    sync.follow(NOW)
    signal.refresh_from_db()
    assert (signal.query, signal.read_to, signal.error) == ("other_total", None, "")


def test_too_many_series_are_refused_with_a_sentence(opened, monkeypatch):
    from tests.prometheus import series

    monkeypatch.setattr(signals, "MAX_SERIES", 3)
    signal = deployments_signal(server_at("http://prometheus:9090"))
    opened(Fake(lambda query: [series("x_total", [(1, 1)], service=f"s{n}") for n in range(4)]))
    sync.follow(NOW)
    signal.refresh_from_db()
    assert signal.error == "The query gives 4 series. At most 3 are read: narrow it down."
    assert signal.read_to is None


def test_what_grows_like_no_deployments_is_refused(opened):
    from tests.prometheus import series

    at = NOW.timestamp() - 600
    signal = deployments_signal(server_at("http://prometheus:9090"), since=NOW.date())
    points = [(at, 0), (at + 60, 5_000_000)]
    opened(Fake(lambda query: [series("requests_total", points, service="pay", status="success")]))
    sync.follow(NOW)
    signal.refresh_from_db()
    assert "grows by 5,000,000 at once" in signal.error
    assert signal.read_to is None
