"""Servers as people set them up: what signs in at one never goes to another."""

import logging

import pytest

from ingest.errors import AccessDenied
from ingest.models import PrometheusServer, Slo, Source
from ingest.prometheus.servers import change, changed, connect, credentials_of, draft, remove, set_paused
from ingest.prometheus.told import Refused
from tests.factories import NOON, make_delivery

pytestmark = pytest.mark.django_db
URL = "https://prometheus.example.com"


def made(name: str = "main", url: str = URL, **told) -> PrometheusServer:
    return connect(draft(name, url, **told), by="olga")


def held(server: PrometheusServer) -> PrometheusServer:
    return PrometheusServer.objects.select_related("source").get(pk=server.pk)


def test_it_stores_a_server_with_its_credentials_sealed():
    server = held(made(credentials={"token": "s3cret"}, tenant="team-a", timeout=7))
    assert (server.url, server.tenant, server.timeout_seconds, server.origin) == (URL, "team-a", 7, "site")
    assert (server.source.kind, server.source.name) == ("prometheus", "main")
    assert "s3cret" not in str(server.source.credentials)
    assert credentials_of(server) == {"token": "s3cret"}


def test_it_stores_nothing_of_a_draft():
    draft("main", URL, credentials={"token": "s3cret"})
    assert not Source.objects.exists()


@pytest.mark.parametrize("name", ["main", "MAIN", " Main "])
def test_it_refuses_a_name_that_is_taken(name):
    made()
    with pytest.raises(Refused, match="already") as refused:
        made(name, "https://other")
    assert refused.value.field == "name"
    assert PrometheusServer.objects.count() == Source.objects.count() == 1


def test_it_refuses_credentials_over_plain_http_unless_somebody_said_so():
    with pytest.raises(Refused, match="plain"):
        draft("main", "http://prometheus:9090", credentials={"token": "t"})
    draft("main", "http://prometheus:9090", credentials={"token": "t"}, plain_http=True)
    draft("main", "http://prometheus:9090")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"ca": "no certificate"}, "ca"),
        ({"ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, "ca"),
        (
            {
                "credentials": {
                    "certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
                    "key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
                }
            },
            "key",
        ),
    ],
)
def test_it_refuses_a_certificate_that_can_not_be_read(told, field):
    with pytest.raises(Refused) as refused:
        draft("main", URL, **told)
    assert refused.value.field == field


def test_it_keeps_credentials_where_only_the_path_changes():
    server = held(made(credentials={"token": "t"}))
    assert change(server, changed(server, url=f"{URL}/prometheus"), by="olga")
    assert held(server).url == f"{URL}/prometheus"
    assert credentials_of(held(server)) == {"token": "t"}


@pytest.mark.parametrize("url", ["https://elsewhere.example", f"{URL}:8443", "https://prometheus.example.com.evil"])
def test_it_forgets_credentials_where_the_host_or_port_changes(url):
    server = held(made(credentials={"token": "t"}))
    change(server, changed(server, url=url), by="olga")
    assert credentials_of(held(server)) == {}


def test_it_does_not_send_kept_credentials_over_plain_http():
    server = held(made(credentials={"token": "t"}))
    with pytest.raises(Refused, match="plain"):
        changed(server, url=URL.replace("https", "http"))


def test_it_forgets_credentials_that_are_taken_back():
    server = held(made(credentials={"token": "t"}))
    change(server, changed(server, credentials={}), by="olga")
    assert held(server).source.credentials == {}


def test_it_asks_a_changed_server_at_once_and_leaves_its_figures():
    server = made()
    PrometheusServer.objects.update(error="refused", failing_since=NOON, not_before=NOON, answered_at=NOON)
    change(held(server), changed(held(server), tenant="b"), by="olga")
    now = held(server)
    assert (now.error, now.failing_since, now.not_before, now.answered_at) == ("", None, None, NOON)


def test_it_changes_nothing_where_nothing_differs():
    server = held(made(credentials={"token": "t"}))
    PrometheusServer.objects.update(error="refused", failing_since=NOON)
    before = Source.objects.get().credentials
    assert not change(server, changed(server), by="olga")
    assert held(server).error == "refused"
    assert Source.objects.get().credentials == before


def test_it_renames_a_server_to_a_name_that_is_free():
    server, _ = made(), made("other")
    change(held(server), changed(held(server), name="third"), by="olga")
    assert held(server).source.name == "third"
    with pytest.raises(Refused, match="already"):
        change(held(server), changed(held(server), name="OTHER"), by="olga")
    assert made("main").source.name == "main"


def test_it_replaces_credentials_that_nobody_can_read(settings):
    server = held(made(credentials={"token": "t"}))
    settings.SECRET_KEY = "another key, by which the old ones can't be read"
    with pytest.raises(AccessDenied):
        changed(server)
    assert change(server, changed(server, credentials={"token": "new"}), by="olga")
    assert credentials_of(held(server)) == {"token": "new"}


def test_it_pauses_and_resumes_a_server():
    server = made()
    set_paused(server, True, NOON, by="olga")
    assert held(server).source.paused_at == NOON
    set_paused(server, False, NOON, by="olga")
    assert held(server).source.paused_at is None


def test_it_removes_a_server_that_told_nothing():
    remove(made(), by="olga")
    assert not Source.objects.exists()


def test_it_keeps_a_server_on_which_figures_rest():
    server = made()
    make_delivery(source=server.source)
    with pytest.raises(Refused, match="Pause it instead"):
        remove(server, by="olga")
    assert PrometheusServer.objects.exists()


def test_it_keeps_a_server_that_measures_objectives():
    server = made()
    Slo.objects.create(key="a", server=server, name="a", objective=0.9, indicator="events", origin="site")
    with pytest.raises(Refused, match="Objectives"):
        remove(server, by="olga")


def test_it_logs_who_changed_what_and_no_secret(caplog):
    caplog.set_level(logging.INFO, logger="ingest.inbox.manage")
    server = held(made(credentials={"token": "s3cret"}))
    change(server, changed(server, credentials={"token": "other"}), by="olga")
    assert "by olga" in caplog.text
    assert "s3cret" not in caplog.text
    assert "other" not in caplog.text
