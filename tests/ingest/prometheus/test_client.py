"""What becomes of whatever a server answers. The hostile ones are a server of the test's own."""

import json
import math
import ssl
import threading
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.errors import AccessDenied, RateLimited, SourceUnavailable
from ingest.models import PrometheusServer, Source
from ingest.prometheus.client import Prometheus, QueryRefused, TooMuch, open_server, range_of
from ingest.prometheus.series import Sample, Series
from ingest.prometheus.transport import trust
from ingest.repository import addresses
from tests.ingest.prometheus.certificates import Authority
from tests.prometheus import prometheus, series

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
Answer = Callable[[BaseHTTPRequestHandler], None]


class Hostile(ThreadingHTTPServer):
    """Answers as the test says; ``asked`` holds the path and the headers of each request."""

    drained = False
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answer: Answer = said(vector())
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, address: object) -> None:
        """Whoever hangs up on us has a reason."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hostile

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.server.answer(self)

    def log_message(self, *arguments: object) -> None:
        pass


def said(body: object, status: int = 200, **headers: str) -> Answer:
    """A whole answer; what is no bytes is said as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def vector(*values: object, labels: dict[str, object] | None = None, **more: object) -> dict[str, object]:
    result = [{"metric": labels or {"service": "pay"}, "value": [AT.timestamp(), value]} for value in values]
    return {"status": "success", "data": {"resultType": "vector", "result": result}, **more}


def refused(kind: str, error: str) -> dict[str, str]:
    return {"status": "error", "errorType": kind, "error": error}


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    server = Hostile()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.ended.set()
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def asking(url: str, seconds: float = 5, **headers: str) -> Iterator[Prometheus]:
    with Prometheus(url, headers, trust(), seconds) as found:
        yield found


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (said(b"oops", 500), SourceUnavailable, "answered 500"),
        (said(b"<html>", 502), SourceUnavailable, "answered 502"),
        (said(b"", 503), SourceUnavailable, "answered 503"),
        (said(b"", 429), RateLimited, "asks us to wait"),
        (said(b"<html>Sign in</html>"), SourceUnavailable, "something else than Prometheus' API"),
        (said(b""), SourceUnavailable, "something else"),
        (said(b'{"status": "success", "data"'), SourceUnavailable, "something else"),
        (said([]), SourceUnavailable, "something else"),
        (said({"status": "success", "data": None}), SourceUnavailable, "something else"),
        (said({"status": "error"}), SourceUnavailable, "something else"),
        (said({"status": "success", "data": {"resultType": "vector", "result": None}}), SourceUnavailable, "else"),
        (said({"status": "success", "data": {"resultType": "vector", "result": [1]}}), SourceUnavailable, "else"),
        (said(vector([], None)), SourceUnavailable, "something else"),
        (said(b"[" * 200_000), SourceUnavailable, "something else"),
        (said(b"", 401), AccessDenied, "401.*credentials"),
        (said(b"", 403), AccessDenied, "403.*credentials"),
        (said(b"", 302, Location="http://169.254.169.254/"), AccessDenied, "leads to another address"),
        (said(b"", 307, Location="/login"), AccessDenied, "leads to another address"),
        (said(b"404 page not found", 404), AccessDenied, "no API of Prometheus"),
        (said(refused("bad_data", "1:4: parse error: unclosed"), 400), QueryRefused, "unclosed"),
        (said(refused("execution", "many-to-many matching"), 422), QueryRefused, "many-to-many"),
        (said(refused("bad_data", "1:1: parse error: unknown function limit"), 400), QueryRefused, "limit"),
        (said(refused("execution", ""), 422), QueryRefused, "refused the query"),
        (said(refused("execution", "query processing would load too many samples into memory"), 422), TooMuch, "many"),
        (said(refused("bad_data", "exceeded maximum resolution of 11,000 points"), 400), TooMuch, "11,000"),
        (said(refused("timeout", "query timed out in query execution"), 503), TooMuch, "timed out"),
        (said(b"<html>", 422), SourceUnavailable, "answered 422"),
        (said(b"", 413), TooMuch, "more than the server gives"),
        (said({"status": "success", "data": {"resultType": "string", "result": [1, "x"]}}), QueryRefused, "a text"),
        (said(vector("1", warnings=["store 3 did not answer"])), SourceUnavailable, "a part.*store 3"),
        (said(vector("1", isPartial=True)), SourceUnavailable, "a part"),
    ],
)
def test_each_answer_has_the_error_that_says_what_to_do(hostile, answer, error, message):
    hostile.answer = answer
    with asking(hostile.url) as server, pytest.raises(error, match=message) as raised:
        server.at("up", AT)
    assert type(raised.value) is error
    assert len(hostile.asked) == 1


def test_what_a_server_says_is_cut_and_cleaned(hostile):
    hostile.answer = said(refused("bad_data", "a\n\x00\x1b[31m" + "x" * 100_000), 400)
    with asking(hostile.url) as server, pytest.raises(QueryRefused) as raised:
        server.at("up", AT)
    assert len(str(raised.value)) == 500
    assert str(raised.value).isprintable()


def test_an_answer_that_was_cut_is_no_answer(hostile):
    def cut(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(json.dumps(vector("1")).encode())
        handler.close_connection = True

    hostile.answer = cut
    with asking(hostile.url) as server, pytest.raises(SourceUnavailable, match="did not answer"):
        server.at("up", AT)


def dripping(handler: BaseHTTPRequestHandler, first: bytes) -> None:
    """A byte now and then, each within any timeout between two of them; ``drained``: somebody waited for all."""
    handler.wfile.write(first)
    try:
        for _ in range(400):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            handler.server.ended.wait(0.05)
        handler.server.drained = True
    except OSError:
        pass
    handler.close_connection = True


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Header: ",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_a_slow_drip_ends_at_the_deadline(hostile, first):
    hostile.answer = lambda handler: dripping(handler, first)
    with asking(hostile.url, 0.3) as server, pytest.raises(SourceUnavailable, match="in time"):
        server.at("up", AT)
    assert not hostile.drained


def test_an_answer_that_is_too_large_is_not_read_to_its_end(hostile):
    written = []

    def large(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(4_000):
                handler.wfile.write(b" " * 10_000)
                written.append(1)
        except OSError:
            pass
        handler.close_connection = True

    hostile.answer = large
    with asking(hostile.url, 60) as server, pytest.raises(TooMuch, match="32 MiB"):
        server.at("up", AT)
    assert len(written) < 4_000


def test_an_answer_that_is_small_until_it_is_inflated_is_too_large(hostile):
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(100)) + packer.flush()
    hostile.answer = said(bomb, Content_Encoding="gzip")
    with asking(hostile.url, 60) as server, pytest.raises(TooMuch, match="32 MiB"):
        server.at("up", AT)


def test_an_answer_that_is_packed_is_read(hostile):
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(json.dumps(vector("7")).encode()) + packer.flush()
    hostile.answer = said(packed, Content_Encoding="gzip")
    with asking(hostile.url) as server:
        assert server.at("up", AT)[0].samples[0].value == 7
    hostile.answer = said(packed[:30], Content_Encoding="gzip")
    with asking(hostile.url) as server, pytest.raises(SourceUnavailable):
        server.at("up", AT)


def test_after_a_bad_answer_the_next_is_read_as_ever(hostile):
    with asking(hostile.url, 0.3) as server:
        hostile.answer = lambda handler: dripping(handler, b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
        with pytest.raises(SourceUnavailable):
            server.at("up", AT)
        hostile.answer = said(vector("7"))
        assert server.at("up", AT) == [Series({"service": "pay"}, (Sample(AT.timestamp(), 7.0),))]


def test_nobody_there_is_told_at_once():
    with asking("http://127.0.0.1:9") as server, pytest.raises(SourceUnavailable, match="ConnectionRefused"):
        server.ready()


def test_an_address_that_is_never_asked_is_refused(hostile, monkeypatch):
    for address in ("169.254.169.254", "100.100.100.200", "127.0.0.1"):
        monkeypatch.setattr(
            addresses.socket, "getaddrinfo", lambda *_, found=address, **__: [(2, 1, 6, "", (found, 9090))]
        )
        with asking("http://prometheus.example.com:9090") as server, pytest.raises(AccessDenied, match="never asked"):
            server.ready()
    assert hostile.asked == []


def test_it_connects_to_the_address_that_was_checked_and_keeps_the_name(hostile, monkeypatch):
    names = []

    def look_up(host, port, *_, **__):
        names.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(addresses, "_names_loopback", lambda host: True)
    with asking(f"http://prometheus.example.com:{hostile.server_port}") as server:
        server.ready()
    assert hostile.asked[0][1]["host"] == f"prometheus.example.com:{hostile.server_port}"
    assert names[0] == "prometheus.example.com"


def test_nothing_of_the_environment_is_used(hostile, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with asking(hostile.url) as server:
        server.ready()
    assert "authorization" not in hostile.asked[0][1]


def test_values_that_are_no_numbers_are_no_data(hostile):
    hostile.answer = said(
        {
            "status": "success",
            "data": {
                "resultType": "matrix",
                "result": [{"metric": {}, "values": [[1, "NaN"], [2, "+Inf"], [3, "4"], [4, "-Inf"]]}],
            },
        }
    )
    with asking(hostile.url) as server:
        assert server.at("x[1h]", datetime.fromtimestamp(10, UTC)) == [Series({}, (Sample(3.0, 4.0),))]


def test_a_scalar_is_one_series_without_labels(hostile):
    hostile.answer = said({"status": "success", "data": {"resultType": "scalar", "result": [3, "4"]}})
    with asking(hostile.url) as server:
        assert server.at("4", AT) == [Series({}, (Sample(3.0, 4.0),))]


def test_a_native_histogram_gives_no_samples(hostile):
    told = {"metric": {"service": "pay"}, "histogram": [AT.timestamp(), {"count": "3"}]}
    hostile.answer = said({"status": "success", "data": {"resultType": "vector", "result": [told]}})
    with asking(hostile.url) as server:
        assert server.at("h", AT) == [Series({"service": "pay"}, ())]


def test_notes_on_the_query_make_no_answer_partial(hostile):
    hostile.answer = said(vector("1", warnings=["PromQL info: metric might not be a counter"], infos=["x"]))
    with asking(hostile.url) as server:
        assert len(server.at("up", AT)) == 1


def test_labels_can_be_stored_anywhere(hostile):
    hostile.answer = said(vector("1", labels={"service": "p\0ay"}))
    with asking(hostile.url) as server:
        assert server.at("up", AT)[0].labels == {"service": "p\ufffday"}


def test_a_long_range_is_asked_in_parts_that_a_server_gives(hostile):
    hostile.answer = said({"status": "success", "data": {"resultType": "matrix", "result": []}})
    with asking(hostile.url) as server:
        server.between("up", AT, AT + timedelta(days=20), 60)
    asked = [parse_qs(urlsplit(path).query) for path, _ in hostile.asked]
    parts = [(int(one["start"][0]), int(one["end"][0])) for one in asked]
    points = [(end - start) // 60 + 1 for start, end in parts]
    assert max(points) <= 10_000
    assert sum(points) == 20 * 1_440 + 1
    assert all(following[0] - part[1] == 60 for part, following in zip(parts, parts[1:], strict=False))


@pytest.mark.parametrize(
    ("query", "seconds"),
    [("x[5m]", 300), ("x[1h30m]", 5_400), ("x[1500ms] ", 1.5), ("x", 0), ("rate(x[5m])", 0), ("x[5m] offset 1m", 0)],
)
def test_the_range_of_a_selector_is_read(query, seconds):
    assert range_of(query) == seconds


# ---------------------------------------------------------------- signing in


@pytest.fixture
def row(db, hostile) -> PrometheusServer:
    source = Source.objects.create(kind="prometheus", name="main")
    return PrometheusServer.objects.create(source=source, url=hostile.url, timeout_seconds=5)


def sealed(**told: str) -> dict[str, str]:
    from ingest.inbox.secrets import seal

    return dict(zip(told, seal(list(told.values())), strict=True))


@pytest.mark.parametrize(
    ("told", "header"),
    [
        ({"token": "t0ken"}, "Bearer t0ken"),
        ({"username": "u", "password": "päss"}, f"Basic {b64encode('u:päss'.encode()).decode()}"),
    ],
)
def test_it_signs_in_with_what_the_source_holds(row, hostile, told, header):
    row.source.credentials, row.tenant = sealed(**told), "team-a"
    with open_server(row) as server:
        server.ready()
    headers = hostile.asked[0][1]
    assert (headers["authorization"], headers["x-scope-orgid"]) == (header, "team-a")


def test_credentials_go_to_no_address_that_a_server_leads_to(row, hostile):
    other = Hostile()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    hostile.answer = said(b"", 302, Location=other.url)
    row.source.credentials = sealed(token="t0ken")
    with open_server(row) as server, pytest.raises(AccessDenied):
        server.ready()
    other.shutdown()
    other.server_close()
    assert other.asked == []


@pytest.mark.parametrize("told", [{"token": "line\nbreak"}, {"token": "ä"}])
def test_what_no_header_holds_is_refused_before_anything_is_sent(row, hostile, told):
    row.source.credentials = sealed(**told)
    with pytest.raises(AccessDenied, match="can't be sent"):
        open_server(row)
    assert hostile.asked == []


def test_another_secret_key_is_told(row, settings):
    row.source.credentials = sealed(token="t0ken")
    settings.SECRET_KEY = "another one, since the old one was lost"
    with pytest.raises(AccessDenied, match="SECRET_KEY"):
        open_server(row)


@pytest.mark.parametrize(
    ("ca", "told"), [("no PEM", {}), ("", {"certificate": "no PEM", "key": "no PEM"}), ("", {"certificate": "x"})]
)
def test_certificates_that_can_not_be_read_are_told(row, ca, told):
    row.ca, row.source.credentials = ca, sealed(**told)
    with pytest.raises(AccessDenied, match="PEM"):
        open_server(row)


# ---------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@contextmanager
def secure(hostile: Hostile, authority: Authority, folder: Path, *, wants_client: bool = False) -> Iterator[str]:
    """The hostile server behind TLS, by a certificate for 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = authority.issue("127.0.0.1")
    (folder / "server.pem").write_text(certificate + key)
    context.load_cert_chain(folder / "server.pem")
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=authority.pem)
    hostile.socket = context.wrap_socket(hostile.socket, server_side=True, do_handshake_on_connect=False)
    yield f"https://127.0.0.1:{hostile.server_port}"


def test_a_certificate_of_an_unknown_authority_is_refused(row, hostile, authority, tmp_path):
    refused = pytest.raises(AccessDenied, match="TLS")
    with secure(hostile, authority, tmp_path) as row.url, open_server(row) as server, refused:
        server.ready()
    assert hostile.asked == []


def test_an_authority_of_our_own_is_trusted(row, hostile, authority, tmp_path):
    row.ca = authority.pem
    with secure(hostile, authority, tmp_path) as row.url, open_server(row) as server:
        server.ready()
        server.ready()
    assert len(hostile.asked) == 2


def test_with_an_authority_of_our_own_no_other_is_trusted(row, hostile, authority, tmp_path):
    row.ca = Authority().pem
    refused = pytest.raises(AccessDenied, match="TLS")
    with secure(hostile, authority, tmp_path) as row.url, open_server(row) as server, refused:
        server.ready()


def test_a_client_certificate_is_shown(row, hostile, authority, tmp_path):
    certificate, key = authority.issue("plumbline")
    row.ca = authority.pem
    with secure(hostile, authority, tmp_path, wants_client=True) as row.url:
        with open_server(row) as server, pytest.raises((AccessDenied, SourceUnavailable)):
            server.ready()
        row.source.credentials = sealed(certificate=certificate, key=key)
        with open_server(row) as server:
            server.ready()
    assert len(hostile.asked) == 1


def test_a_slow_drip_ends_at_the_deadline_behind_tls_too(row, hostile, authority, tmp_path):
    row.ca, row.timeout_seconds = authority.pem, 1
    hostile.answer = lambda handler: dripping(handler, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    late = pytest.raises(SourceUnavailable, match="in time")
    with secure(hostile, authority, tmp_path) as row.url, open_server(row) as server, late:
        server.ready()
    assert not hostile.drained


def test_http_where_tls_is_wanted_is_told(row, hostile):
    row.url = f"https://127.0.0.1:{hostile.server_port}"
    with open_server(row) as server, pytest.raises((AccessDenied, SourceUnavailable)):
        server.ready()


# ---------------------------------------------------------------- a real one


def test_a_real_server_gives_samples_as_they_are_stored():
    start = AT.timestamp()
    points = [(start + 60 * n, math.nan if n == 3 else n) for n in range(10)]
    with prometheus([series("x_total", points, service="pay")]) as real, asking(real.url) as server:
        (found,) = server.at("x_total[5m]", AT + timedelta(minutes=9))
        assert found.labels == {"__name__": "x_total", "service": "pay"}
        assert found.samples == tuple(Sample(start + 60 * n, float(n)) for n in range(5, 10))
        (found,) = server.between("x_total", AT, AT + timedelta(minutes=4), 60)
        assert [sample.value for sample in found.samples] == [0, 1, 2, 4]
        with pytest.raises(QueryRefused, match="parse error"):
            server.at("x_total{", AT)


def test_a_real_server_behind_a_path_is_asked_there():
    with prometheus(args=["--web.external-url=http://127.0.0.1/prom/", "--web.route-prefix=/"]) as real:
        with asking(f"{real.url}/") as server:
            server.ready()
        with asking(f"{real.url}/nowhere") as server, pytest.raises(AccessDenied, match="no API"):
            server.ready()
