"""Objectives on the site: tried before they are saved, and told at once where they measure the wrong thing."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.utils import timezone

from ingest.models import Slo
from ingest.prometheus.servers import connect, draft
from tests.factories import make_service
from tests.prometheus import prometheus, series

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BAD = 'sum(rate(http_requests_total{service="pay", status=~"5.."}[5m]))'
GOOD = 'sum(rate(http_requests_total{service="pay", status!~"5.."}[5m]))'
ALL = 'sum(rate(http_requests_total{service="pay"}[5m]))'


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def told(**more) -> dict[str, str]:
    said = {"service": "pay", "name": "availability", "percent": "99.9", "days": "30", "way": "bad"}
    return said | {"query": BAD, "total": ALL} | more


@pytest.fixture
def pay(db):
    return make_service("pay", name="Payments")


@pytest.fixture(scope="module")
def real():
    """Two hours of requests, of which one in 80 fails."""
    now = int(timezone.now().timestamp()) // 60 * 60
    times = range(now - 7_200, now, 60)
    samples = [
        series(
            "http_requests_total", [(at, place * 79) for place, at in enumerate(times)], service="pay", status="200"
        ),
        series("http_requests_total", [(at, place) for place, at in enumerate(times)], service="pay", status="503"),
        series("error_ratio", [(at, 0.25) for at in times]),
    ]
    with prometheus(samples) as server:
        yield server


@pytest.fixture
def asked(real, pay):
    return connect(draft("real", real.url), by="olga")


def sent(staff, server, **more):
    return staff.post(f"/data/prometheus/{server.pk}/objectives/new/", told(**more), follow=True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "98.8 % good."),
        ({"way": "good", "query": GOOD}, "98.8 % good."),
        ({"way": "bad_ratio", "query": f"{BAD} / {ALL}", "total": ""}, "98.8 % good."),
        ({"way": "good_ratio", "query": f"{GOOD} / {ALL}", "total": ""}, "98.8 % good."),
        ({"query": BAD.replace("5..", "4..")}, "100 % good. The query of bad events gives no series"),
        ({"total": ALL.replace("pay", "gone"), "query": BAD.replace("pay", "gone")}, "no data of the last hour"),
    ],
)
def test_it_shows_what_an_objective_measures_and_keeps_nothing(staff, asked, more, said):
    answer = sent(staff, asked, action="try", **more)
    assert answer.status_code == 200
    assert said in words(answer)
    assert not Slo.objects.exists()


@pytest.mark.parametrize("action", ["try", "save"])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"query": GOOD}, "The error query counts the events that are good"),
        ({"query": ALL}, "Both queries are the same"),
        ({"way": "good", "query": BAD}, "The good query counts the events that fail"),
        (
            {
                "query": 'sum(rate(http_request_duration_seconds_bucket{service="pay", le="0.5"}[5m]))',
                "total": 'sum(rate(http_request_duration_seconds_count{service="pay"}[5m]))',
            },
            "within its bound (0.5), which are the good ones",
        ),
        ({"query": "sum("}, "no valid PromQL"),
        ({"total": ""}, "no query that counts all events"),
    ],
)
def test_it_tells_at_once_that_it_measures_the_wrong_thing(staff, server, pay, more, said, action):
    answer = sent(staff, server, action=action, **more)
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Slo.objects.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"service": "nobody"}, "Select a valid choice"),
        ({"service": "a\0b"}, "Select a valid choice"),
        ({"name": " "}, "required"),
        ({"percent": "0"}, "above 0 and up to 100 %"),
        ({"percent": "100.1"}, "above 0 and up to 100 %"),
        ({"percent": "nan"}, "Enter a number"),
        ({"days": "0"}, "greater than or equal to 1"),
        ({"days": "91"}, "less than or equal to 90"),
        ({"query": ""}, "required"),
        ({"way": "sideways"}, "Select a valid choice"),
    ],
)
def test_it_says_what_is_to_mend(staff, server, pay, more, said):
    answer = sent(staff, server, action="save", **more)
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Slo.objects.exists()


def test_it_saves_an_objective(staff, server, pay):
    answer = sent(staff, server, action="save", percent="99.95")
    assert "availability is saved" in words(answer)
    slo = Slo.objects.get()
    assert (slo.service, slo.server, slo.origin, slo.objective) == (pay, server, "site", 0.9995)
    assert (slo.indicator, slo.window_seconds, slo.problem) == ("events", 30 * 86_400, "")
    assert slo.total_selector == 'http_requests_total{service="pay"}'
    assert "99.95 %" in words(staff.get(f"/data/prometheus/{server.pk}/"))


def test_it_changes_what_an_objective_asks_for_and_not_what_it_measures(staff, server, pay):
    sent(staff, server, action="save")
    slo = Slo.objects.get()
    aim = {"action": "save", "name": "uptime", "percent": "99.5", "days": "7", "query": "x"}
    staff.post(f"/data/prometheus/objectives/{slo.pk}/", aim)
    now = Slo.objects.get()
    assert (now.name, now.objective, now.window_seconds) == ("uptime", 0.995, 7 * 86_400)
    assert now.bad_query == BAD
    answer = staff.post(f"/data/prometheus/objectives/{slo.pk}/", aim | {"percent": "200"})
    assert answer.status_code == 422
    assert Slo.objects.get().objective == 0.995


@pytest.mark.parametrize(("days", "read_to"), [("60", None), ("30", NOW), ("7", NOW)])
def test_a_longer_window_is_read_back(staff, server, pay, days, read_to):
    sent(staff, server, action="save")
    Slo.objects.update(read_to=NOW, state={"owed": 1.0})
    aim = {"action": "save", "name": "availability", "percent": "99.9", "days": days}
    staff.post(f"/data/prometheus/objectives/{Slo.objects.get().pk}/", aim)
    slo = Slo.objects.get()
    assert (slo.window_seconds, slo.read_to, bool(slo.state)) == (int(days) * 86_400, read_to, read_to is not None)


def test_it_ends_an_objective_and_keeps_it(staff, server, pay):
    sent(staff, server, action="save")
    slo = Slo.objects.get()
    staff.post(f"/data/prometheus/objectives/{slo.pk}/", {"action": "end"})
    assert Slo.objects.get().ended_at is not None
    assert staff.get(f"/data/prometheus/objectives/{slo.pk}/").status_code == 200
    assert staff.post(f"/data/prometheus/objectives/{slo.pk}/", {"action": "end"}).status_code == 403
    assert "availability" not in words(staff.get(f"/data/prometheus/{server.pk}/"))


def test_it_tries_an_objective_that_is_stored(staff, asked):
    sent(staff, asked, action="save")
    answer = staff.post(f"/data/prometheus/objectives/{Slo.objects.get().pk}/", {"action": "try"})
    assert "98.8 % good." in words(answer)


def test_it_says_why_nothing_comes_where_the_server_is_down(staff, server, pay):
    assert "The server did not answer" in words(sent(staff, server, action="try"))


@pytest.mark.parametrize("origin", ["file", "scan"])
def test_it_shows_no_form_of_what_is_told_elsewhere(staff, server, pay, origin):
    slo = Slo.objects.create(
        key="x", name="<i>a</i>", server=server, service=pay, objective=0.9, indicator="events", origin=origin,
        problem_code="wrong_measure", problem="It counts <b>all</b> events.",
    )  # fmt: skip
    assert staff.get(f"/data/prometheus/objectives/{slo.pk}/").status_code == 404
    answer = staff.get(f"/data/prometheus/{server.pk}/")
    assert "<i>a</i>" not in answer.content.decode()
    assert "not measured It counts <b>all</b> events." in words(answer)
