"""Signals on the site: tried before they are saved, on a real Prometheus; hostile label values are shown as text."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from dashboard.pages.prometheus import signals as pages
from ingest.models import Signal
from ingest.prometheus.servers import connect, draft
from ingest.prometheus.trying import Tried
from tests.factories import make_service
from tests.prometheus import prometheus, series

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("1")</script>'


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def told(**more) -> dict[str, str]:
    said = {
        "kind": "deployments",
        "name": "deployments",
        "query": "deployments_total",
        "service_label": "service",
        "status_label": "status",
        "environment": "production",
    }
    return said | more


@pytest.fixture(scope="module")
def real():
    """A Prometheus with counters of the last two hours: pay is known here, checkout and a hostile name are not."""
    now = int(timezone.now().timestamp()) // 60 * 60
    times = range(now - 7_200, now - 60, 60)

    def counter(service: str, status: str, grown: int):
        step = len(times) // (grown + 1)
        points = [(at, min(place // step, grown)) for place, at in enumerate(times)]
        return series("deployments_total", points, service=service, status=status)

    samples = [
        counter("pay", "success", 3),
        counter("pay", "failed", 1),
        counter("checkout-svc", "success", 2),
        counter(HOSTILE, "rolled <b>back</b>", 1),
        series("deployments_total", [(at, 5) for at in times], status="success"),
        *(series("error_ratio", [(at, 0.0125) for at in times], service=service) for service in ("pay", "gone")),
        series("dull", [(at, float("nan")) for at in times], service="pay"),
    ]
    with prometheus(samples) as server:
        yield server


@pytest.fixture
def asked(real, db):
    make_service("pay", name="Payments")
    return connect(draft("real", real.url), by="olga")


def tried(staff, server, **more):
    return staff.post(f"/data/prometheus/{server.pk}/signals/new/", told(action="try", **more))


def test_it_shows_which_services_a_query_tells_of_and_keeps_nothing(staff, asked):
    answer = tried(staff, asked)
    assert answer.status_code == 200
    text = words(answer)
    assert '<a href="/services/pay/">Payments</a>' in answer.content.decode()
    assert "Payments 4 in a day 2" in text  # three succeeded and one failed, of two series
    assert "checkout-svc 2 in a day 1" in text
    assert "Each becomes a service of team unassigned" in text
    assert "1 series have no label that names a service. Labels that there are: service, status." in text
    assert "Succeeded success" in text
    assert "Failed failed" in text
    assert "5 series with" in text
    assert not Signal.objects.exists()


def test_it_shows_hostile_label_values_as_text(staff, asked):
    html = tried(staff, asked).content.decode()
    assert HOSTILE not in html
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in html
    assert "rolled &lt;b&gt;back&lt;/b&gt;" in html


def test_it_maps_a_value_to_a_service_and_tries_again(staff, asked):
    answer = tried(staff, asked, label_value=["checkout-svc", HOSTILE], stands_for=["pay", ""])
    assert "Payments 6 in a day 3" in words(answer)
    assert "checkout-svc = pay" in answer.content.decode()
    saved = told(action="save", services="checkout-svc = pay")
    staff.post(f"/data/prometheus/{asked.pk}/signals/new/", saved)
    assert Signal.objects.get().services == {"checkout-svc": "pay"}


def test_it_maps_to_no_service_that_is_not_there(staff, asked):
    answer = tried(staff, asked, label_value=["checkout-svc"], stands_for=["nobody"])
    assert answer.status_code == 422
    assert "There is no service called “nobody”" in words(answer)


def test_it_shows_what_is_left_out_of_a_trigger(staff, asked):
    text = words(tried(staff, asked, kind="error_rate", query="error_ratio"))
    assert "Payments 1.2 %" in text
    assert "They are left out, unless you say what they stand for" in text
    assert "gone" in text


def test_it_says_that_a_query_finds_nothing(staff, asked):
    assert "found nothing within the last day" in words(tried(staff, asked, query="no_such_metric"))


def test_it_says_what_the_server_says_of_a_bad_query(staff, asked):
    answer = tried(staff, asked, query="sum(<b>")
    assert answer.status_code == 200
    assert "parse error" in words(answer)
    assert "<b>" not in answer.content.decode()


def test_it_names_the_labels_that_there_are_where_the_one_is_missing(staff, asked):
    text = words(tried(staff, asked, service_label="app"))
    assert "5 series have no label that names a service. Labels that there are: service, status." in text
    assert "No series names a service that is known here" in text


def test_it_says_that_a_query_gives_no_number(staff, asked):
    text = words(tried(staff, asked, query="dull", kind="p99_latency"))
    assert "1 series with 0 values" in text
    assert "It says no number (NaN) all day: no data." in text
    assert "Payments no number 1" in text


def test_it_says_why_nothing_comes_where_the_server_is_down(staff, server):
    answer = tried(staff, server)
    assert "The server did not answer" in words(answer)
    assert "It is asked again" not in words(answer)


def test_it_saves_a_signal(staff, server):
    more = {"succeeded": "ok, done, ok", "failed": "broken", "since": "2026-01-02", "services": "a = b = pay\n\nc=d"}
    answer = staff.post(f"/data/prometheus/{server.pk}/signals/new/", told(action="save", **more), follow=True)
    assert "deployments is saved" in words(answer)
    signal = Signal.objects.get()
    assert (signal.succeeded, signal.failed, str(signal.since)) == (["ok", "done"], ["broken"], "2026-01-02")
    assert signal.services == {"a = b": "pay", "c": "d"}
    assert signal.origin == "site"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "pigeons"}, "Select a valid choice"),
        ({"query": ""}, "required"),
        ({"query": "x" * 10_001}, "at most 10000"),
        ({"service_label": "a-b"}, "no name of a label"),
        ({"status_label": "1"}, "no name of a label"),
        ({"environment": " "}, "required"),
        ({"succeeded": "x", "failed": "x"}, "for succeeded and for failed"),
        ({"services": "nothing"}, "Write value = service"),
        ({"since": "yesterday"}, "Write the day like"),
        ({"since": "1999-01-01"}, "from 2000 on"),
        ({"since": "2999-01-01"}, "Choose today or a day before"),
        ({"name": ""}, "required"),
    ],
)
@pytest.mark.parametrize("action", ["try", "save"])
def test_it_says_what_is_to_mend(staff, server, more, said, action):
    answer = staff.post(f"/data/prometheus/{server.pk}/signals/new/", told(action=action, **more))
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Signal.objects.exists()


def test_it_refuses_a_name_that_is_taken(staff, signal):
    answer = staff.post(f"/data/prometheus/{signal.server_id}/signals/new/", told(action="save"))
    assert answer.status_code == 422
    assert "has a signal called deployments already" in words(answer)


def test_it_takes_a_signal_of_the_standard(staff, server):
    page = staff.get(f"/data/prometheus/{server.pk}/signals/new/?suggest=p99_latency").content.decode()
    assert "histogram_quantile(0.99" in page
    assert 'name="status_label"' not in page
    assert staff.get(f"/data/prometheus/{server.pk}/signals/new/?suggest=<script>").status_code == 200


def test_it_changes_a_signal(staff, signal):
    staff.post(f"/data/prometheus/signals/{signal.pk}/", told(action="save", query="other_total", name="other"))
    assert (Signal.objects.get().query, Signal.objects.get().name) == ("other_total", "other")


def test_it_keeps_the_kind_of_a_signal(staff, signal):
    staff.post(f"/data/prometheus/signals/{signal.pk}/", told(action="save", kind="error_rate"))
    assert Signal.objects.get().kind == "deployments"


def test_it_tries_a_change_and_keeps_nothing(staff, asked, signal):
    Signal.objects.update(server=asked)
    answer = staff.post(f"/data/prometheus/signals/{signal.pk}/", told(action="try", query="error_ratio"))
    assert "2 series with" in words(answer)
    assert Signal.objects.get().query == "deployments_total"


def test_it_pauses_and_goes_on(staff, signal):
    staff.post(f"/data/prometheus/signals/{signal.pk}/", {"action": "pause"})
    assert not Signal.objects.get().enabled
    staff.post(f"/data/prometheus/signals/{signal.pk}/", {"action": "resume"})
    assert Signal.objects.get().enabled


def test_it_maps_what_was_read_last(staff, signal):
    make_service("pay")
    Signal.objects.update(unmatched=["pay-svc", HOSTILE])
    page = staff.get(f"/data/prometheus/signals/{signal.pk}/").content.decode()
    assert HOSTILE not in page
    assert 'value="pay-svc"' in page
    sent = {"action": "map", "label_value": ["pay-svc", HOSTILE], "stands_for": ["pay", "nobody"]}
    answer = staff.post(f"/data/prometheus/signals/{signal.pk}/", sent, follow=True)
    assert "pay-svc stands for pay" in words(answer)
    assert "There is no service called “nobody”" in words(answer)
    assert (Signal.objects.get().services, Signal.objects.get().unmatched) == ({"pay-svc": "pay"}, [HOSTILE])


def test_it_only_shows_and_tries_what_the_file_tells(staff, signal, monkeypatch):
    Signal.objects.update(origin="file", unmatched=["a"])
    address = f"/data/prometheus/signals/{signal.pk}/"
    text = words(staff.get(address))
    assert "change it there" in text
    assert "deployments_total" in text
    for action in ("save", "map", "pause", "resume"):
        assert staff.post(address, told(action=action)).status_code == 403
    monkeypatch.setattr(pages, "try_signal", lambda signal, now: Tried(error="It is down."))
    assert "It is down." in words(staff.post(address, {"action": "try"}))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "not read yet"),
        ({"enabled": False}, "paused"),
        ({"failing_since": timedelta(hours=2), "error": f"bad {HOSTILE}"}, "failing"),
        ({"answered_at": timedelta(0)}, "finds nothing"),
        ({"answered_at": timedelta(0), "series_count": 3, "unmatched": ["x"]}, "1 value names no service"),
        ({"answered_at": timedelta(0), "series_count": 3}, "well"),
    ],
)
def test_it_tells_how_a_signal_is_doing(staff, signal, values, said):
    now = timezone.now()
    at = {name: now - value if isinstance(value, timedelta) else value for name, value in values.items()}
    Signal.objects.update(**at)
    for address in (f"/data/prometheus/signals/{signal.pk}/", f"/data/prometheus/{signal.server_id}/"):
        answer = staff.get(address)
        assert said in words(answer)
        assert HOSTILE not in answer.content.decode()


def test_it_tells_since_when_no_data_comes_though_the_server_answers(staff, signal):
    now = timezone.now()
    old = (now - timedelta(hours=5)).timestamp()
    Signal.objects.update(answered_at=now, series_count=1, state={"series": {"k": [old, 3.0], "l": [old - 60, 1.0]}})
    text = words(staff.get(f"/data/prometheus/signals/{signal.pk}/"))
    assert "The server answers; the last sample is from 5 h ago." in text


def test_it_tells_what_can_not_be_counted(staff, signal):
    state = {"undated": 7.0, "statuses": ["rolled_back", HOSTILE], "exact": False}
    Signal.objects.update(answered_at=timezone.now(), series_count=1, state=state)
    answer = staff.get(f"/data/prometheus/signals/{signal.pk}/")
    text = words(answer)
    assert "7 deployments were counted before the first sample that is known" in text
    assert "Neither succeeded nor failed, and not counted: “rolled_back”" in text
    assert "asked once a minute, and counts about" in text
    assert HOSTILE not in answer.content.decode()
