"""A pass over servers: who is at work, who is left alone, and that nothing stops the worker."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from ingest.errors import AccessDenied, SourceUnavailable
from ingest.inbox.process import process_pending
from ingest.models import CatalogueName, ChangedService, Deployment, PrometheusServer, Service, SignalSample
from ingest.prometheus import signals, sync
from ingest.prometheus.client import QueryRefused, TooMuch, range_of
from tests.factories import make_service
from tests.ingest.prometheus.world import deployments_signal, server_at
from tests.prometheus import series

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


def test_half_is_asked_for_where_the_whole_is_too_much(opened):
    signal = deployments_signal(server_at("http://prometheus:9090"), since=NOW.date())

    def at(query):
        if range_of(query) > 4_000:
            raise TooMuch("too many samples")
        return []

    fake = opened(Fake(at))
    sync.follow(NOW)
    signal.refresh_from_db()
    assert (signal.read_to, signal.error) == (NOW, "")
    taken = [range_of(query) for query, _ in fake.asked if range_of(query) <= 4_000]
    assert sum(taken) >= 10 * 3_600


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
    monkeypatch.setattr(signals, "MAX_SERIES", 3)
    signal = deployments_signal(server_at("http://prometheus:9090"))
    opened(Fake(lambda query: [series("x_total", [(1, 1)], service=f"s{n}") for n in range(4)]))
    sync.follow(NOW)
    signal.refresh_from_db()
    assert signal.error == "The query gives 4 series. At most 3 are read: narrow it down."
    assert signal.read_to is None


def test_what_grows_like_no_deployments_is_refused(opened):
    at = NOW.timestamp() - 600
    signal = deployments_signal(server_at("http://prometheus:9090"), since=NOW.date())
    points = [(at, 0), (at + 60, 5_000_000)]
    opened(Fake(lambda query: [series("requests_total", points, service="pay", status="success")]))
    sync.follow(NOW)
    signal.refresh_from_db()
    assert "grows by 5,000,000 at once" in signal.error
    assert signal.read_to is None


@pytest.mark.parametrize("kind", ["deployments", "rollback_duration", "error_rate"])
def test_it_tells_where_no_series_names_a_service(opened, kind):
    signal = deployments_signal(server_at("http://prometheus:9090"), kind=kind, since=NOW.date())
    opened(Fake(lambda query: [series("x_total", [(NOW.timestamp() - 60, 1)], job="pay")]))
    sync.follow(NOW)
    signal.refresh_from_db()
    assert signal.error == "None of its 1 series has the label service, which is to name the service."
    assert (signal.read_to, signal.unmatched, signal.failing_since) == (NOW, [], NOW)


def test_whose_live_values_are_is_looked_at_and_nobody_is_made(opened):
    make_service("pay")
    signal = deployments_signal(
        server_at("http://prometheus:9090"), kind="error_rate", services={"payments-api": "pay"}
    )
    names = ("pay", "payments-api", "unheard-of")
    opened(Fake(lambda query: [series("x", [(NOW.timestamp(), 0.5)], service=name) for name in names]))
    sync.follow(NOW)
    signal.refresh_from_db()
    assert (signal.unmatched, signal.series_count, signal.error) == (["unheard-of"], 3, "")
    assert Service.objects.count() == 1


def test_names_are_resolved_as_deliveries_resolve_them(opened):
    pay, renamed = make_service("pay"), make_service("checkout")
    CatalogueName.objects.create(kind="service", name="till", object_id=renamed.pk)
    signal = deployments_signal(
        server_at("http://prometheus:9090"), since=NOW.date(), kind="rollback_duration", services={"p": "pay"}
    )
    at = NOW.timestamp() - 60
    opened(Fake(lambda query: [series("x", [(at, 60)], service=name) for name in ("p", "till", "new one", " ")]))
    sync.follow(NOW)
    signal.refresh_from_db()
    slugs = set(SignalSample.objects.values_list("service__slug", flat=True))
    assert slugs == {pay.slug, renamed.slug, "new-one"}
    assert signal.unmatched == [" "]
    assert ChangedService.objects.filter(service__slug="new-one").exists()


def test_words_of_a_status_that_mean_nothing_to_us_are_told(opened):
    at = NOW.timestamp() - 600
    signal = deployments_signal(server_at("http://prometheus:9090"), since=NOW.date(), failed=["broken"])
    words = ("SUCCESS", "broken", "failed", "running")
    points = [(at, 0), (at + 60, 2)]
    opened(Fake(lambda query: [series("x_total", points, service="pay", status=word) for word in words]))
    sync.follow(NOW)
    process_pending()
    signal.refresh_from_db()
    assert signal.state["statuses"] == ["failed", "running"]
    assert sorted(Deployment.objects.values_list("status", flat=True)) == ["failed"] * 2 + ["succeeded"] * 2


def test_a_series_may_name_its_environment(opened):
    at = NOW.timestamp() - 600
    signal = deployments_signal(
        server_at("http://prometheus:9090"), since=NOW.date(), environment_label="env", environment="live"
    )
    points = [(at, 3), (at + 60, 4)]
    found = [series("x_total", points, service="pay", status="ok", **more) for more in ({"env": "staging"}, {})]
    opened(Fake(lambda query: found))
    sync.follow(NOW)
    process_pending()
    signal.refresh_from_db()
    assert set(Deployment.objects.values_list("environment__name", flat=True)) == {"staging", "live"}
    assert signal.state["undated"] == 6
