"""Objectives read from a real Prometheus, whose samples are known."""

from datetime import timedelta

import pytest

from ingest.errors import SourceUnavailable
from ingest.models import Slo, SloDay
from ingest.prometheus import objectives
from ingest.prometheus.client import TooMuch, open_server
from ingest.prometheus.objectives import read_objectives
from ingest.prometheus.slots import Sums, spans, unpack
from tests.ingest.prometheus.requests import NOW, SINCE, UNTIL, availability, eventful, steady
from tests.ingest.prometheus.world import server_at
from tests.prometheus import prometheus, series

pytestmark = pytest.mark.django_db

PAY = eventful("pay", 0.0004)
SEARCH = eventful("search", 0.02, seed=2)
EVEN = steady("even", 1000, 1)
FAST = steady("even", 1000, 20, metric="latency_seconds_bucket")
SLOT = timedelta(minutes=5)


def histogram():
    """Of 1000 requests a minute 980 take up to half a second."""
    good, slow = FAST.series
    bucket = [(at, value) for at, value in good.samples]
    count = [(one.at, one.value + other.value) for one, other in zip(good.samples, slow.samples, strict=True)]
    return [
        series("latency_seconds_bucket", bucket, service="even", le="0.5"),
        series("latency_seconds_count", count, service="even"),
        series("up_ratio", [(at, 0.25) for at, _ in bucket], service="even"),
    ]


@pytest.fixture(scope="module")
def real():
    with prometheus([*PAY.series, *SEARCH.series, *EVEN.series, *histogram()]) as server:
        yield server


@pytest.fixture
def server(real):
    return server_at(real.url)


def read(server, now=NOW, **options):
    with open_server(server) as client:
        return read_objectives(client, server, now, **options)


def follow(client, server, slo, now):
    objectives._follow(client, server, slo, objectives.floor(now - objectives.SETTLING), now, None)


def counted(slo, start=SINCE, end=UNTIL):
    """What was kept of the slots between two borders."""
    held = {row.day: unpack(row.slots) for row in SloDay.objects.filter(slo=slo)}
    found = Sums()
    for day, first, last in spans(start, end):
        if day in held:
            found = found.plus(held[day].sums(first, last))
    return found


# ---------------------------------------------------------------- counted


@pytest.mark.parametrize(("service", "truth"), [("pay", PAY), ("search", SEARCH)])
def test_every_request_of_thirty_days_is_counted_through_resets_gaps_and_bursts(server, service, truth):
    slo = availability(service, server)
    read(server)
    slo.refresh_from_db()
    found = counted(slo)
    assert (found.bad, found.total) == truth.over(SINCE, UNTIL)
    assert (slo.exact, slo.read_to, slo.answered_at, slo.error) == (True, UNTIL, NOW, "")
    for start, end in ((UNTIL - timedelta(hours=1), UNTIL), (SINCE, SINCE + timedelta(days=3))):
        found = counted(slo, start, end)
        assert (found.bad, found.total) == truth.over(start, end)


def test_sums_of_a_day_are_those_of_its_slots(server):
    slo = availability("pay", server)
    read(server)
    rows = list(SloDay.objects.filter(slo=slo))
    assert len(rows) == 31
    for row in rows:
        assert Sums(row.bad, row.total, row.measured) == unpack(row.slots).sums()


def test_reading_bit_by_bit_finds_what_reading_at_once_does(server):
    slo, at_once = availability("pay", server), availability("pay", server, name="at once", window_seconds=86_400)
    Slo.objects.filter(pk=slo.pk).update(window_seconds=86_400)
    for minutes in (900, 700, 699, 403, 97, 35, 4, 0):
        with open_server(server) as client:
            follow(client, server, Slo.objects.get(pk=slo.pk), NOW - timedelta(minutes=minutes))
    Slo.objects.filter(pk=slo.pk).update(read_to=UNTIL)
    read(server)
    since = UNTIL - timedelta(days=1)
    assert counted(slo, since) == counted(at_once, since)
    assert counted(slo, since)[:2] == PAY.over(since, UNTIL)


def test_good_events_are_taken_from_all(server):
    slo = availability(
        "pay", server, bad_query="", bad_selector="", good_query="as the selector",
        good_selector='http_requests_total{service="pay",status!~"5.."}',
    )  # fmt: skip
    read(server)
    assert counted(slo)[:2] == PAY.over(SINCE, UNTIL)


def test_what_is_slower_than_a_bucket_is_bad(server):
    slo = availability(
        "even", server, bad_query="", bad_selector="", good_query="x", total_query="x",
        good_selector='latency_seconds_bucket{service="even",le="0.5"}',
        total_selector='latency_seconds_count{service="even"}',
    )  # fmt: skip
    read(server)
    assert counted(slo)[:2] == FAST.over(SINCE, UNTIL)


# ---------------------------------------------------------------- estimated


def estimated(service, server, **values):
    return availability(service, server, bad_selector="", total_selector="", **values)


def ratio_of(slo):
    found = counted(slo)
    return found.bad / found.total


def test_other_expressions_are_asked_slot_by_slot(server):
    slo = estimated("even", server)
    read(server)
    slo.refresh_from_db()
    assert not slo.exact
    assert ratio_of(slo) == pytest.approx(0.001, abs=1e-6)
    assert counted(slo).total == pytest.approx(EVEN.over(SINCE, UNTIL)[1], rel=0.001)
    assert counted(slo).measured == 30 * 288


def test_increases_are_no_rates(server):
    slo = estimated(
        "even", server, bad_query='sum(increase(http_requests_total{service="even",status=~"5.."}[1h]))',
        total_query='sum(increase(http_requests_total{service="even"}[1h]))',
    )  # fmt: skip
    read(server)
    assert ratio_of(slo) == pytest.approx(0.001, abs=1e-6)
    assert counted(slo).total == pytest.approx(EVEN.over(SINCE, UNTIL)[1], rel=0.001)


def test_a_selector_of_too_many_series_is_estimated(server, monkeypatch):
    monkeypatch.setattr(objectives, "MAX_SERIES", 1)
    slo = availability("even", server)
    read(server)
    slo.refresh_from_db()
    assert not slo.exact
    assert ratio_of(slo) == pytest.approx(0.001, abs=1e-6)


@pytest.mark.parametrize("query", ["bad_query", "good_query"])
def test_a_ratio_stands_for_itself(server, query):
    texts = {"bad_query": "", "good_query": "", query: 'sum(up_ratio{service="even"})'}
    slo = estimated("even", server, indicator="ratio", total_query="", **texts)
    read(server)
    assert ratio_of(slo) == pytest.approx(0.25 if query == "bad_query" else 0.75, abs=1e-6)
    assert counted(slo).total == counted(slo).measured == 30 * 288


def test_a_raw_ratio_of_errors_is_what_was_counted(server):
    text = (
        'sum(rate(http_requests_total{service="even",status=~"5.."}[{{.window}}]))'
        ' / sum(rate(http_requests_total{service="even"}[{{.window}}]))'
    )
    slo = estimated("even", server, indicator="ratio", total_query="", bad_query=text)
    read(server)
    assert ratio_of(slo) == pytest.approx(0.001, abs=1e-6)


@pytest.mark.parametrize(
    ("query", "error"), [("up_ratio * 300", "It gives 75, and a ratio"), ("http_requests_total", "It gives 8 series")]
)
def test_what_is_no_ratio_is_told_and_counts_nothing(server, query, error):
    slo = estimated("even", server, indicator="ratio", total_query="", bad_query=query)
    read(server)
    slo.refresh_from_db()
    assert slo.error.startswith(error)
    assert slo.failing_since == NOW
    assert counted(slo).measured == 0


# ---------------------------------------------------------------- missing


def test_no_series_of_errors_means_none_where_they_are_a_part_of_the_total(server):
    bad = 'http_requests_total{service="even",status=~"6.."}'
    for name, selector in (("counted", bad), ("estimated", "")):
        slo = availability("even", server, name=name, bad_query=f"sum(rate({bad}[5m]))", bad_selector=selector)
        if not selector:
            Slo.objects.filter(pk=slo.pk).update(total_selector="")
    read(server)
    one, other = Slo.objects.order_by("name")
    assert counted(one)[:2] == (0, EVEN.over(SINCE, UNTIL)[1])
    assert counted(other).measured == 0  # of an expression alone nobody can tell


@pytest.mark.parametrize(
    "bad", ['http_failures_total{service="even"}', 'http_requests_total{service="even",outcome="failed"}']
)
def test_no_series_of_errors_means_nothing_where_they_are_told_elsewhere(server, bad):
    slo = availability("even", server, bad_query=f"sum(rate({bad}[5m]))", bad_selector=bad)
    read(server)
    assert counted(slo).measured == 0


def test_a_service_that_nobody_measures_has_no_data_and_is_asked_again(server):
    slo = availability("nobody", server)
    read(server)
    slo.refresh_from_db()
    assert SloDay.objects.count() == 0
    assert slo.read_to == UNTIL - objectives.LATE
    assert slo.error == ""


# ---------------------------------------------------------------- trouble


def test_a_query_that_the_server_refuses_is_told_and_stops_no_other(server):
    good = availability("even", server)
    bad = estimated("pay", server, name="broken", bad_query="sum(rate(", total_query="x[")
    read(server)
    bad.refresh_from_db()
    assert "parse error" in bad.error
    assert bad.failing_since == NOW
    assert counted(good).measured == 30 * 288
    read(server, NOW + timedelta(minutes=1))
    bad.refresh_from_db()
    assert bad.failing_since == NOW


class Slow:
    """A client whose answers take ten seconds; those on one counter are always too much, others have no data."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.clock = 0.0

    def at(self, query, at):
        self.asked.append(query)
        self.clock += 10.0
        if "slow" in query:
            raise TooMuch("query timed out")
        return []


def test_a_query_that_takes_all_the_time_holds_up_no_other(server, monkeypatch):
    slow = availability("slow", server)
    quick = availability("even", server)
    client = Slow()
    monkeypatch.setattr(objectives.time, "monotonic", lambda: client.clock)
    read_objectives(client, server, NOW, patience=5.0)
    slow.refresh_from_db()
    assert slow.error == "query timed out"
    client.asked.clear()
    read_objectives(client, server, NOW, patience=5.0)
    assert client.asked
    assert not any("slow" in query for query in client.asked)
    quick.refresh_from_db()
    assert quick.answered_at == NOW


def test_samples_that_are_too_many_are_asked_for_in_smaller_parts(real):
    real.stop()
    real.args = ["--query.max-samples=3000"]
    real.start()
    try:
        server = server_at(real.url)
        slo = availability("pay", server, window_seconds=5 * 86_400)
        read(server)
        since = UNTIL - timedelta(days=5)
        assert counted(slo, since)[:2] == PAY.over(since, UNTIL)
    finally:
        real.stop()
        real.args = []
        real.start()


def test_a_server_that_went_away_leaves_all_as_it_was_and_nothing_is_lost(real, server):
    slo, never_failed = availability("pay", server), availability("pay", server, name="never failed")
    half = NOW - timedelta(days=2)
    with open_server(server) as client:
        follow(client, server, Slo.objects.get(pk=slo.pk), half)
    before = counted(slo)
    real.stop()
    try:
        with pytest.raises(SourceUnavailable):
            read(server)
        assert counted(slo) == before
    finally:
        real.start()
    read(server)
    assert counted(slo) == counted(never_failed)
    assert counted(slo)[:2] == PAY.over(SINCE, UNTIL)


def test_what_was_changed_while_it_was_read_is_not_overwritten(server):
    slo = availability("even", server)
    held = Slo.objects.get(pk=slo.pk)
    Slo.objects.filter(pk=slo.pk).update(bad_query="another")
    with open_server(server) as client, pytest.raises(objectives._Changed):
        follow(client, server, held, NOW)
    assert SloDay.objects.count() == 0


@pytest.mark.parametrize("values", [{"problem_code": "plugin"}, {"ended_at": NOW}, {"indicator": "none"}])
def test_what_can_not_be_measured_is_not_asked(server, values):
    availability("even", server, **values)
    assert read(server) == 0


def test_objectives_without_a_server_are_asked_of_the_first_that_is_not_paused(server, real):
    other = server_at(real.url, "other")
    slo = availability("even")
    assert read(other) == 0
    server.source.paused_at = NOW
    server.source.save()
    assert read(other) == 1
    assert counted(slo).measured == 30 * 288


def test_empty_slots_at_the_end_are_asked_again_and_filled(real, server):
    """The samples of the last minutes arrive late."""
    slo = availability("late", server, window_seconds=86_400)
    end = NOW + timedelta(days=2)
    known = [(end.timestamp() - 7_200 + 60 * n, 10.0 * n) for n in range(90)]
    late = [(end.timestamp() - 7_200 + 60 * n, 10.0 * n) for n in range(90, 120)]
    real.stop()
    real.fill([series("http_requests_total", known, service="late", status="200")])
    real.start()
    read(server, end)
    slo.refresh_from_db()
    assert slo.read_to < end - timedelta(minutes=25)
    real.stop()
    real.fill([series("http_requests_total", late, service="late", status="200")])
    real.start()
    read(server, end + SLOT)
    assert counted(slo, end - timedelta(days=1), end + timedelta(hours=1)).total == 10.0 * 119


def test_what_was_read_before_goes_on_before_new_ones_begin(server):
    new, late, later = (availability("even", server, name=name) for name in ("new", "late", "later"))
    Slo.objects.filter(pk=late.pk).update(read_to=UNTIL - timedelta(hours=1))
    Slo.objects.filter(pk=later.pk).update(read_to=UNTIL - timedelta(minutes=5))
    assert [slo.name for slo in objectives._due(server, UNTIL)] == ["late", "later", "new"]
    assert read(server, patience=-1.0) == 0
    assert SloDay.objects.count() == 0


class Held:
    """A client that holds samples, by selector: instants in minutes after ``SINCE``, and values."""

    def __init__(self, samples):
        self.samples = samples

    def at(self, query, at):
        selector, _, width = query.removesuffix("s]").rpartition("[")
        start = at - timedelta(seconds=int(width))
        told = [((SINCE + timedelta(minutes=minute)).timestamp(), value) for minute, value in self.samples[selector]]
        kept = [(moment, value) for moment, value in told if start.timestamp() < moment <= at.timestamp()]
        return [series(selector, kept, service="pay")] if kept else []


def of_other_exporters(server, **values):
    """All requests are counted by one exporter, the good ones by another."""
    texts = {"bad_query": "", "bad_selector": "", "good_query": "x", "good_selector": "served", "total_selector": "all"}
    return availability("pay", server, window_seconds=DAY, **(texts | values))


DAY = 86_400
HOURS = range(-5, 181)


def test_what_grew_while_it_was_not_seen_hides_no_failure_after_it(server):
    """Of 100 requests a minute all are good, then for an hour nobody tells, then half of them fail."""
    slo = of_other_exporters(server)
    Slo.objects.filter(pk=slo.pk).update(read_to=SINCE)
    good = [(n, 100.0 * n if n <= 120 else 12_000.0 + 50.0 * (n - 120)) for n in HOURS if not 30 < n <= 90]
    client = Held({"all": [(n, 100.0 * n) for n in HOURS], "served": good})
    for minutes in (47, 93, 97, 180):  # what is held between two readings is held in the database
        now = SINCE + timedelta(minutes=minutes) + objectives.SETTLING
        slo = Slo.objects.get(pk=slo.pk)
        follow(client, server, slo, now)
    found = counted(slo, SINCE + timedelta(minutes=95), SINCE + timedelta(minutes=180))
    assert (found.bad, found.total) == (50 * 60, 100 * 85)
    assert counted(slo, SINCE, SINCE + timedelta(minutes=95)).bad == 0


def test_counters_of_another_server_are_others(server, real):
    other = server_at(real.url, "other")
    slo = of_other_exporters(None)
    Slo.objects.filter(pk=slo.pk).update(read_to=SINCE)
    steady_ones = [(n, 100.0 * n) for n in HOURS]
    follow(Held({"all": steady_ones, "served": steady_ones}), server, Slo.objects.get(pk=slo.pk), SINCE + 12 * SLOT)
    higher = [(n, value + 1_000_000.0) for n, value in steady_ones]
    follow(Held({"all": higher, "served": higher}), other, Slo.objects.get(pk=slo.pk), SINCE + 24 * SLOT)
    found = counted(slo, SINCE, SINCE + 23 * SLOT)
    assert (found.bad, found.total) == (0, 100 * 23 * 5)


class Gateway(Held):
    """A client behind a gateway that gives up on some queries; ``down``: the server does not answer at all."""

    down = False

    def at(self, query, at):
        if "slow" in query:
            raise SourceUnavailable("The server answered 504.")
        return super().at(query, at)

    def ready(self):
        if self.down:
            raise SourceUnavailable("The server answered 503.")


def test_a_query_that_the_way_to_the_server_gives_up_on_stops_no_other(server):
    slow = of_other_exporters(server, name="slow", total_selector="slow")
    quick = of_other_exporters(server, name="quick")
    steady_ones = [(n, 100.0 * n) for n in HOURS]
    client = Gateway({"all": steady_ones, "served": steady_ones})
    now = SINCE + timedelta(minutes=180)
    assert read_objectives(client, server, now) == 1
    slow.refresh_from_db()
    assert slow.error == "The server answered 504."
    assert counted(quick, SINCE, now).measured > 0
    client.down = True
    with pytest.raises(SourceUnavailable, match="503"):
        read_objectives(client, server, now + timedelta(hours=1))


def test_an_objective_that_can_not_be_read_at_all_stops_no_other(server):
    broken = of_other_exporters(server, name="broken", total_selector="not held")
    quick = of_other_exporters(server, name="quick")
    steady_ones = [(n, 100.0 * n) for n in HOURS]
    read_objectives(Held({"all": steady_ones, "served": steady_ones}), server, SINCE + timedelta(minutes=180))
    broken.refresh_from_db()
    assert broken.error == "It can't be read (KeyError). It is tried again."
    assert counted(quick, SINCE, SINCE + timedelta(minutes=180)).measured > 0
