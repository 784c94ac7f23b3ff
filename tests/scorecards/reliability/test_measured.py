"""From a real Prometheus to budgets: figures are the truth, and trouble on the way changes none of them."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ingest.models import PrometheusServer, Slo
from ingest.prometheus.sync import synchronise
from scorecards.models import BudgetStep, ServiceBudget, SloStanding
from scorecards.reliability import keep
from scorecards.reliability.found import keep_found
from scorecards.rules.facts.kept import keep as keep_facts
from scorecards.rules.facts.kept import packed
from scorecards.scans.scope import services_of
from tests.factories import make_repository, make_service
from tests.ingest.prometheus.requests import NOW, SINCE, UNTIL, availability, eventful, steady
from tests.ingest.prometheus.world import server_at
from tests.prometheus import prometheus, series
from tests.scorecards.reliability.test_found import PATH, STANDARDS_OWN
from tests.scorecards.rules.judging import subject

pytestmark = pytest.mark.django_db(transaction=True)

PAYMENT = eventful("payment-service", 0.0001)
SEARCH = eventful("search", 0.02, seed=2)
EVEN = steady("even", 10_000, 4)
WINDOWS = {"1h": 1 / 24, "6h": 0.25, "3d": 3, "30d": 30}


@pytest.fixture(scope="module")
def real():
    slow = [
        series("http_request_duration_seconds_bucket", [(at, 1.0) for at, _ in PAYMENT.series[0].samples], le="0.5"),
    ]
    with prometheus([*PAYMENT.series, *SEARCH.series, *EVEN.series, *slow]) as server:
        yield server


@pytest.fixture
def server(real):
    return server_at(real.url)


def follow(server, now=NOW):
    server.refresh_from_db()
    PrometheusServer.objects.filter(pk=server.pk).update(not_before=None)
    synchronise(server, now)
    keep(now)


def expect(slo, truth, objective):
    """The figures are what was sent: attainment to a millionth, budgets and burn rates to a thousandth."""
    bad, total = truth.over(SINCE, UNTIL)
    found = SloStanding.objects.get(slo=slo)
    assert (found.state, found.bad, found.total) == ("measured", bad, total)
    assert found.attainment == pytest.approx(1 - bad / total, abs=1e-6)
    assert found.budget_left == pytest.approx(1 - bad / (total * (1 - objective)), rel=0.001)
    for name, days in WINDOWS.items():
        bad, total = truth.over(UNTIL - timedelta(days=days), UNTIL)
        expected = None if not total else bad / total / (1 - objective)
        assert found.burn_rates[name] == (None if expected is None else pytest.approx(expected, rel=0.001))


def test_the_standards_own_document_is_measured_and_its_latency_told_as_wrong(server):
    service = make_service("payment-service")
    repository = make_repository("acme/payment-service", service)
    facts = packed(keep_facts(subject({PATH: STANDARDS_OWN})))
    keep_found(repository, facts, services_of(repository), SINCE)
    follow(server)
    expect(Slo.objects.get(name="availability"), PAYMENT, 0.999)
    latency = SloStanding.objects.get(slo__name="latency")
    assert latency.state == "invalid"
    assert latency.reason.startswith("The error query counts the events within its bound (0.5)")
    budget = ServiceBudget.objects.get()
    assert (budget.slo.name, budget.unknown) == ("availability", 1)


def test_two_services_with_known_failures_have_the_budgets_that_follow(server):
    pay = availability("payment-service", server, service=make_service("payment-service"))
    search = availability("search", server, service=make_service("search"), objective=0.97)
    follow(server)
    expect(pay, PAYMENT, 0.999)
    expect(search, SEARCH, 0.97)
    for slo in (pay, search):
        left = SloStanding.objects.get(slo=slo).budget_left
        assert ServiceBudget.objects.get(slo=slo).left == left
        reached = [step for step in ("75", "50", "25", "0") if left * 100 <= float(step)]
        assert ServiceBudget.objects.get(slo=slo).step == (reached[-1] if reached else "")


def test_estimated_and_raw_ratios_come_to_the_same(server):
    ratio = (
        'sum(rate(http_requests_total{service="even",status=~"5.."}[{{.window}}]))'
        ' / sum(rate(http_requests_total{service="even"}[{{.window}}]))'
    )
    none = {"bad_selector": "", "total_selector": ""}
    every = [
        availability("even", server, name="counted"),
        availability("even", server, name="estimated", **none),
        availability("even", server, name="ratio", indicator="ratio", bad_query=ratio, total_query="", **none),
        availability(
            "even", server, name="success", indicator="ratio", bad_query="", good_query=f"1 - {ratio}", total_query="",
            **none,
        ),
    ]  # fmt: skip
    follow(server)
    for slo in every:
        found = SloStanding.objects.get(slo=slo)
        assert found.attainment == pytest.approx(0.9996, abs=1e-6)
        assert found.budget_left == pytest.approx(0.6, rel=0.001)
        assert found.burn_rates == pytest.approx(dict.fromkeys(WINDOWS, 0.4), rel=0.001)
        assert found.coverage == 1


@contextmanager
def answering(status, body, kind):
    """A server that answers everything alike; where it refuses queries, it still is one."""
    ready = b'{"status":"success","data":{"resultType":"vector","result":[]}}'

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            is_ready = status == 422 and "vector" in self.path
            self.send_response(200 if is_ready else status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(ready if is_ready else body)

        def log_message(self, *args):
            pass

    instance = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=instance.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{instance.server_address[1]}"
    finally:
        instance.shutdown()
        instance.server_close()
        thread.join()


REFUSED = b'{"status":"error","errorType":"execution","error":"found duplicate series"}'
TROUBLES = {
    "422": (422, REFUSED, "application/json", "found duplicate series"),
    "500": (500, b"oops", "text/plain", "The server answered 500."),
    "a page": (200, b"<html>Welcome</html>", "text/html", "something else than Prometheus"),
    "stopped": (None, b"", "", "The server did not answer"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_is_told_since_when_and_leaves_no_trace_once_it_is_over(real, server, trouble):
    status, body, kind, said = TROUBLES[trouble]
    slo = availability("payment-service", server, service=make_service("payment-service"))
    half, good = NOW - timedelta(days=2), server.url
    follow(server, half)
    before = SloStanding.objects.get()
    failing = half + timedelta(minutes=5)
    if status is None:
        trouble_at(server, "http://127.0.0.1:9", failing)
    else:
        with answering(status, body, kind) as url:
            trouble_at(server, url, failing)
    found = SloStanding.objects.get()
    assert found.state == "stale"
    assert found.reason.startswith(f"No data since {before.data_until:%Y-%m-%d %H:%M} UTC.")
    assert f"since {failing:%Y-%m-%d %H:%M} UTC" in found.reason
    assert said in found.reason
    assert (found.budget_left, found.attainment, found.step) == (before.budget_left, before.attainment, before.step)
    PrometheusServer.objects.update(url=good)
    follow(server)
    expect(slo, PAYMENT, 0.999)
    slo.refresh_from_db()
    assert (slo.error, slo.failing_since) == ("", None)
    assert BudgetStep.objects.count() <= 2


def trouble_at(server, url, since):
    PrometheusServer.objects.update(url=url)
    for minutes in (0, 1, 30, 60):
        follow(server, since + timedelta(minutes=minutes))
