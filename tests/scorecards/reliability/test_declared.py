"""Objectives of the YAML file become rows."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.models import Slo, SloDay
from scorecards.reliability import policies
from scorecards.reliability.declared import declare, problems
from tests.factories import make_service
from tests.ingest.prometheus.world import server_at

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD = """
  - service: pay
    name: availability
    objective: 99.9
    bad_query: sum(rate(http_requests_total{status=~"5.."}[{{.window}}]))
    total_query: sum(rate(http_requests_total[{{.window}}]))
"""


@pytest.fixture
def told(settings, tmp_path):
    path = tmp_path / "prometheus.yaml"
    settings.PROMETHEUS_CONFIG = str(path)

    def tell(text, now=NOW):
        path.write_text(text, encoding="utf-8")
        return declare(now)

    return tell


def test_without_a_file_there_is_nothing(settings):
    settings.PROMETHEUS_CONFIG = ""
    assert declare(NOW) == []
    assert problems() == []


def test_an_entry_becomes_a_row(told):
    pay = make_service("pay")
    assert told(f"slos:{GOOD}") == []
    slo = Slo.objects.get()
    assert (slo.service, slo.name, slo.objective, slo.window_seconds) == (pay, "availability", 0.999, 30 * 86_400)
    assert (slo.origin, slo.path, slo.line, slo.server) == ("file", "prometheus.yaml", 2, None)
    assert slo.bad_selector == 'http_requests_total{status=~"5.."}'


def test_the_same_file_changes_nothing(told):
    told(f"slos:{GOOD}")
    before = list(Slo.objects.values())
    told(f"slos:{GOOD}", NOW + timedelta(minutes=1))
    assert list(Slo.objects.values()) == before


def test_ratios_good_events_windows_and_servers_are_taken(told):
    server = server_at("http://127.0.0.1:9", "main")
    assert (
        told(
            """
slos:
  - {service: a, name: one, objective: 99%, window: 7d, server: Main, error_ratio_query: "slo:errors:ratio_rate5m"}
  - {service: a, name: two, objective: "99.5", success_ratio_query: "slo:success:ratio_rate5m"}
  - service: a
    name: three
    objective: 90
    good_query: sum(rate(success_total[5m]))
    total_query: sum(rate(all_total[5m]))
"""
        )
        == []
    )
    one, three, two = Slo.objects.order_by("name")
    assert (one.indicator, one.objective, one.window_seconds, one.server) == ("ratio", 0.99, 7 * 86_400, server)
    assert (two.indicator, two.good_query, two.bad_query) == ("ratio", "slo:success:ratio_rate5m", "")
    assert (three.indicator, three.good_selector) == ("events", "success_total")


def test_one_that_counts_the_wrong_events_is_kept_and_told(told):
    told(f"slos:{GOOD.replace('5..', '2..')}")
    assert Slo.objects.get().problem_code == "wrong_measure"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  - {name: a}", "prometheus.yaml, line 2: “service” is required."),
        ("  - {service: a, name: b, objective: 101}", "line 2: “objective” is a percentage above 0"),
        ("  - {service: a, name: b, objective: high}", "line 2: “objective” is a percentage, such as 99.9."),
        ("  - {service: a, name: b, objective: 99, window: soon}", "line 2: “window” is a time from 1h to 366d"),
        ("  - {service: a, name: b, objective: 99}", "line 2: One of bad_query, good_query"),
        ("  - {service: a, name: b, objective: 99, bad_query: x, good_query: y}", "line 2: One of bad_query"),
        ("  - {service: a, name: b, objective: 99, bad_query: x}", "line 2: “total_query” is required beside it"),
        (
            "  - {service: a, name: b, objective: 99, error_ratio_query: x, total_query: y}",
            "line 2: “total_query” does not go with a ratio.",
        ),
        ("  - {service: a, name: b, objektive: 99}", "line 2: “objektive” is not known here."),
        (
            "  - {service: a, name: b, objective: 99, error_ratio_query: x, server: gone}",
            "There is no server called gone.",
        ),
        ("  - 5", "line 2: Here a mapping of names to values is wanted."),
        (f"{GOOD}{GOOD}", "is that of another objective of pay already"),
    ],
)
def test_a_bad_entry_is_refused_by_its_line_and_the_rest_goes_in(told, text, sentence):
    found = told(f"slos:\n{text}\n{GOOD.replace('pay', 'fine')}")
    assert len(found) == 1
    assert sentence in found[0]
    assert Slo.objects.filter(service_name="fine", ended_at=None).count() == 1


def test_what_is_told_no_more_ends(told):
    told(f"slos:{GOOD}{GOOD.replace('pay', 'search')}")
    told(f"slos:{GOOD}", NOW + timedelta(hours=1))
    assert Slo.objects.get(service_name="search").ended_at == NOW + timedelta(hours=1)
    assert Slo.objects.get(service_name="pay").ended_at is None


def test_an_entry_that_turned_bad_leaves_what_it_told_before(told):
    told(f"slos:{GOOD}")
    assert told(f"slos:{GOOD.replace('99.9', '999')}") != []
    assert Slo.objects.get().ended_at is None


def test_a_file_that_can_not_be_read_ends_nothing(told, settings):
    told(f"slos:{GOOD}")
    assert told("slos: [") != []
    settings.PROMETHEUS_CONFIG += ".gone"
    assert "can't be read" in declare(NOW)[0]
    assert Slo.objects.get().ended_at is None


@pytest.mark.parametrize(("window", "read_to"), [("60d", None), ("7d", NOW)])
def test_a_longer_window_is_read_back_and_nothing_that_was_counted_is_lost(told, window, read_to):
    told(f"slos:{GOOD}")
    slo = Slo.objects.get()
    SloDay.objects.create(slo=slo, day=NOW.date(), slots=b"", bad=1, total=9, measured=1)
    Slo.objects.filter(pk=slo.pk).update(read_to=NOW, state={"owed": 1.0})
    told(f"slos:{GOOD.rstrip()}\n    window: {window}\n")
    slo.refresh_from_db()
    assert (slo.read_to, bool(slo.state)) == (read_to, read_to is not None)
    assert SloDay.objects.count() == 1


def test_the_documented_example_is_taken_whole(settings):
    settings.PROMETHEUS_CONFIG = str(settings.BASE_DIR / "docs" / "examples" / "prometheus.yaml")
    server_at("http://127.0.0.1:9", "main")
    assert declare(NOW) == []
    assert policies.problems() == []
    found = {(slo.service_name, slo.name): (slo.indicator, slo.problem_code) for slo in Slo.objects.all()}
    assert found == {
        ("pay", "availability"): ("events", ""),
        ("pay", "latency"): ("events", ""),
        ("search", "availability"): ("ratio", ""),
    }
