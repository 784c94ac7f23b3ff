"""Prometheus on the data page: what does not answer and since when, what has no data, what names no service."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from ingest.models import PrometheusServer, Signal, Slo
from tests.factories import make_deployment, make_service, make_source

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def part(answer, name: str) -> str:
    """A section of the page, in words."""
    found = re.search(rf'<section id="{name}">.*?</section>', answer.content.decode(), re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split()) if found else ""


def objective(**more) -> Slo:
    told = {"key": f"k{Slo.objects.count()}", "name": "a", "objective": 0.9, "indicator": "events", "origin": "scan"}
    return Slo.objects.create(**told | more)


def test_it_says_nothing_of_it_where_nothing_is_set_up(staff):
    assert part(staff.get("/data/"), "prometheus") == ""
    assert part(staff.get("/data/"), "counters") == ""


def test_it_says_that_all_is_well(staff, signal):
    PrometheusServer.objects.update(answered_at=timezone.now())
    Signal.objects.update(answered_at=timezone.now(), series_count=2)
    text = part(staff.get("/data/"), "prometheus")
    assert "1 of 1 server answers, 1 signal, 0 objectives" in text
    assert "Everything that is asked answers." in text


def test_it_tells_since_when_a_server_does_not_answer_once(staff, signal):
    since = timezone.now() - timedelta(hours=3)
    PrometheusServer.objects.update(failing_since=since, error="The server did not answer.")
    Signal.objects.update(failing_since=since, error="The server did not answer.")
    text = part(staff.get("/data/"), "prometheus")
    assert "0 of 1 server answer" in text
    assert text.count("The server did not answer.") == 1
    assert f"{since:%H:%M}" in text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"failing_since": timedelta(hours=2), "error": "parse error"}, "parse error"),
        ({"answered_at": timedelta(0)}, "knows no such series"),
        ({"answered_at": timedelta(0), "series_count": 1, "unmatched": ["pay-svc", ""]}, "pay-svc, (empty)."),
        (
            {"answered_at": timedelta(0), "series_count": 1, "unmatched": [f"s{number}" for number in range(8)]},
            "s0, s1, s2, s3, s4 and 3 more.",
        ),
        (
            {"answered_at": timedelta(0), "series_count": 1, "state": {"undated": 7}},
            "not datable 7 deployments counted before its first known sample",
        ),
        (
            {"answered_at": timedelta(0), "series_count": 1, "state": {"series": {"k": [1_700_000_000.0, 1.0]}}},
            "no data Tue 14 Nov 2023, 22:13 UTC",
        ),
    ],
)
def test_it_tells_what_a_signal_lacks(staff, signal, values, said):
    PrometheusServer.objects.update(answered_at=timezone.now())
    now = timezone.now()
    at = {name: now - value if isinstance(value, timedelta) else value for name, value in values.items()}
    Signal.objects.update(**at)
    text = part(staff.get("/data/"), "prometheus")
    assert "main: deployments" in text
    assert said in text


def test_it_says_nothing_of_signals_that_are_paused(staff, signal):
    Signal.objects.update(enabled=False, failing_since=timezone.now(), error="bad")
    assert "main: deployments" not in part(staff.get("/data/"), "prometheus")


def test_it_counts_objectives_that_are_not_measured_by_why(staff):
    objective(problem_code="wrong_measure", problem="x")
    objective(problem_code="wrong_measure", problem="x")
    objective(problem_code="something_new", problem="x")
    objective(failing_since=timezone.now())
    objective(problem_code="plugin", ended_at=timezone.now())
    objective()
    text = part(staff.get("/data/"), "prometheus")
    assert "4 of 5 objectives are not measured: it counts the wrong events (2)" in text
    assert "it can't be read as it is written (1)" in text
    assert "its server or query fails (1)" in text
    assert "Objectives are known, and no server that measures them." in text


def test_it_shows_hostile_values_as_text(staff, signal):
    PrometheusServer.objects.update(failing_since=timezone.now(), error=HOSTILE)
    Signal.objects.update(answered_at=timezone.now(), series_count=1, unmatched=[HOSTILE])
    assert HOSTILE not in staff.get("/data/").content.decode()


def test_it_links_nobody_to_pages_that_they_may_not_open(client, charlie, signal):
    Signal.objects.update(failing_since=timezone.now(), error="bad")
    client.force_login(charlie)
    html = client.get("/data/").content.decode()
    assert "main: deployments" in html
    assert "/data/prometheus/" not in html


def test_it_compares_what_counters_and_events_tell(staff):
    pay, search = make_service("pay", name="Payments"), make_service("search", name="Search")
    counters, now = make_source("prometheus"), timezone.now().replace(hour=12) - timedelta(days=1)
    for hours in (30, 20, 10):
        make_deployment(pay, now - timedelta(hours=hours), source=counters)
    make_deployment(pay, now - timedelta(hours=30), status="failed")
    make_deployment(pay, now - timedelta(hours=10))
    for source in (None, counters):
        make_deployment(search, now - timedelta(hours=5), source=source)
    answer = staff.get("/data/")
    text = part(answer, "counters")
    assert re.search(r"Payments production \S+ \S+ to \S+ \S+ 2 1 failed 3 0 failed differ 1 more by counters", text)
    assert re.search(r"Search production \S+ \S+ 1 0 failed 1 0 failed agree", text)
    assert 'href="/services/pay/' in answer.content.decode()
