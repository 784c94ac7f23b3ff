"""A query tried: within its time, and for the present moment alone where a day is too much."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from ingest.models import Delivery, PrometheusServer, Signal, SignalSample
from ingest.prometheus import trying
from ingest.prometheus.servers import draft
from ingest.prometheus.signal_settings import draft_signal
from ingest.prometheus.told import SignalSaid
from ingest.prometheus.trying import NOW_ALONE, try_connection, try_number, try_signal
from tests.factories import make_service

pytestmark = pytest.mark.django_db
VECTOR = {
    "status": "success",
    "data": {"resultType": "vector", "result": [{"metric": {"service": "pay"}, "value": [1, "7"]}]},
}


@pytest.fixture
def speaker(monkeypatch):
    """``speaker(at, between)``: a server that says so, each a status with a body, or nothing while one waits."""
    monkeypatch.setattr(trying, "FOR_THE_DAY", 1)
    monkeypatch.setattr(trying, "SECONDS", 2)
    ended = threading.Event()
    servers = []

    def speak(at, between) -> PrometheusServer:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                told = between if "query_range" in self.path else at
                if told is None:
                    ended.wait(20)
                    return
                body = told[1] if isinstance(told[1], bytes) else json.dumps(told[1]).encode()
                self.send_response(told[0])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return draft("x", f"http://127.0.0.1:{server.server_address[1]}")

    yield speak
    ended.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def signal_of(server: PrometheusServer) -> Signal:
    return draft_signal(server, SignalSaid("e", "error_rate", "x"))


@pytest.mark.parametrize(
    "between",
    [None, (422, {"status": "error", "error": "query processing would load too many samples into memory"})],
)
def test_it_looks_at_the_moment_alone_where_a_day_is_too_much(speaker, between):
    pay = make_service("pay")
    found = try_signal(signal_of(speaker((200, VECTOR), between)), timezone.now())
    assert (found.notes, found.error) == ([NOW_ALONE], "")
    assert [(one.service, one.value, one.series) for one in found.matched] == [(pay, 7.0, 1)]


def test_it_ends_within_its_time_and_says_so(speaker):
    found = try_signal(signal_of(speaker(None, None)), timezone.now())
    assert "did not answer in time" in found.error
    assert "asked again" not in found.error


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ((500, b"oops"), "answered 500"),
        ((401, b""), "Check the credentials"),
        ((302, b""), "leads to another address"),
        ((200, b"<html>"), "something else than Prometheus' API"),
        ((400, {"status": "error", "error": "parse error: <b>"}), "parse error: <b>"),
    ],
)
def test_it_says_what_is_wrong_with_the_server_or_the_query(speaker, told, said):
    found = try_signal(signal_of(speaker(told, told)), timezone.now())
    assert said in found.error
    assert (found.matched, found.unmatched) == ([], [])


def test_it_says_why_a_server_does_not_answer(speaker):
    assert try_connection(speaker((200, VECTOR), None)) == ""
    assert "Check the credentials" in try_connection(speaker((403, b""), None))


def test_it_sums_what_a_query_says_and_knows_nothing_from_zero(speaker):
    assert try_number(speaker((200, VECTOR), None), "x", timezone.now()) == 7.0
    nothing = {"status": "success", "data": {"resultType": "vector", "result": []}}
    assert try_number(speaker((200, nothing), None), "x", timezone.now()) is None


def test_it_keeps_nothing(speaker):
    make_service("pay")
    try_signal(signal_of(speaker((200, VECTOR), None)), timezone.now())
    for model in (PrometheusServer, Signal, SignalSample, Delivery):
        assert not model.objects.exists()


def test_it_leaves_the_servers_own_patience_as_it_is(speaker):
    server = speaker((200, VECTOR), None)
    try_connection(server)
    assert server.timeout_seconds == 20
