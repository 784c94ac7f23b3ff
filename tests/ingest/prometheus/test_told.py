"""What people say of servers and signals: what is taken, and what each refusal tells to write instead."""

from datetime import date

import pytest

from ingest.models import SignalKind
from ingest.prometheus.suggestions import SUGGESTIONS
from ingest.prometheus.told import (
    KINDS,
    MAX_NAME,
    MAX_QUERY,
    Refused,
    SignalSaid,
    check_secrecy,
    check_signal,
    checked_credentials,
    checked_name,
    checked_tenant,
    checked_timeout,
    checked_url,
    is_same_place,
)


def said(**told) -> SignalSaid:
    return SignalSaid(**{"name": "deployments", "kind": "deployments", "query": "deployments_total"} | told)


def test_it_knows_the_kinds_of_signals_that_there_are():
    assert list(KINDS) == SignalKind.values


def test_it_suggests_one_signal_of_each_kind_that_it_takes():
    assert [one.said.kind for one in SUGGESTIONS] == list(KINDS)
    for one in SUGGESTIONS:
        check_signal(one.said)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("http://prometheus:9090", "http://prometheus:9090"),
        (" https://Prometheus.Example.com/ ", "https://prometheus.example.com"),
        ("https://mimir.example.com/prometheus/", "https://mimir.example.com/prometheus"),
        ("http://[::1]:9090", "http://[::1]:9090"),
    ],
)
def test_it_takes_an_address(url, taken):
    assert checked_url(url) == taken


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "no address"),
        ("prometheus:9090", "no address"),
        ("ftp://prometheus", "no address"),
        ("file:///etc/passwd", "no address"),
        ("http://", "no address"),
        ("http://host:0", "no address"),
        ("http://host:99999", "can't be read"),
        ("http://[::1", "can't be read"),
        ("http://a b/", "no address"),
        ("http://a\n/", "no address"),
        ("http://prometheus?a=1", "has a query"),
        ("http://prometheus#a", "has a query"),
        ("http://prometheus:9090/graph", "/graph"),
        ("http://prometheus:9090/api/v1/query", "/api/v1/query"),
        ("http://host/" + "a" * 300, "at most 300"),
    ],
)
def test_it_refuses_what_is_no_address_of_a_server(url, told):
    with pytest.raises(Refused, match=told) as refused:
        checked_url(url)
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hunter2@host",
        "http://user@host",
        "user:hunter2@host",
        "http://:hunter2@host",
        "http://u:hunter2@[x",
    ],
)
def test_it_refuses_credentials_in_an_address_and_repeats_none(url):
    with pytest.raises(Refused) as refused:
        checked_url(url)
    assert "hunter2" not in str(refused.value)


def test_it_tells_a_place_by_host_and_port():
    assert is_same_place("http://a:1/x", "https://a:1/y")
    assert not is_same_place("http://a:1", "http://a:2")
    assert not is_same_place("https://a", "https://b")
    assert not is_same_place("https://a", "https://a.evil")


@pytest.mark.parametrize(
    ("url", "has_credentials", "plain_http"),
    [
        ("https://host", True, False),
        ("http://host", False, False),
        ("http://host", True, True),
        ("http://127.0.0.1:9090", True, False),
        ("http://[::1]:9090", True, False),
        ("http://localhost", True, False),
    ],
)
def test_it_lets_credentials_go_where_nobody_listens_or_somebody_said_so(url, has_credentials, plain_http):
    check_secrecy(url, has_credentials, plain_http)


@pytest.mark.parametrize(
    "url", ["http://prometheus:9090", "http://10.0.0.1", "http://localhost.evil", "http://127.0.0.1.x"]
)
def test_it_sends_no_credentials_over_plain_http_to_another_machine(url):
    with pytest.raises(Refused, match="plain") as refused:
        check_secrecy(url, True, False)
    assert refused.value.field == "plain_http"


PEM_KEY = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"
PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ({}, {}),
        ({"token": " ", "username": ""}, {}),
        ({"token": " abc "}, {"token": "abc"}),
        ({"username": "u", "password": "p:ä"}, {"username": "u", "password": "p:ä"}),
        ({"certificate": PEM, "key": PEM_KEY}, {"certificate": PEM, "key": PEM_KEY}),
    ],
)
def test_it_takes_one_way_to_sign_in(told, taken):
    assert checked_credentials(told) == taken


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"token": "a", "username": "u", "password": "p"}, "username"),
        ({"token": "two words"}, "token"),
        ({"token": "a\r\nX-Evil: b"}, "token"),
        ({"token": "t\u00f6ken"}, "token"),
        ({"token": "a" * 10_001}, "token"),
        ({"username": "u"}, "password"),
        ({"password": "p"}, "username"),
        ({"username": "a:b", "password": "p"}, "username"),
        ({"username": "u", "password": "a\nb"}, "password"),
        ({"certificate": PEM}, "key"),
        ({"certificate": "x", "key": PEM_KEY}, "certificate"),
        ({"certificate": PEM, "key": "x"}, "key"),
    ],
)
def test_it_refuses_half_a_way_or_two(told, field):
    with pytest.raises(Refused) as refused:
        checked_credentials(told)
    assert refused.value.field == field


@pytest.mark.parametrize("tenant", ["a b", "a\nb", "ä", "a" * 201])
def test_it_refuses_a_tenant_that_no_header_holds(tenant):
    with pytest.raises(Refused):
        checked_tenant(tenant)


@pytest.mark.parametrize("seconds", [0, 121, 1.5, float("nan"), float("inf"), -1])
def test_it_refuses_a_timeout_that_makes_no_sense(seconds):
    with pytest.raises(Refused, match="1 to 120"):
        checked_timeout(seconds)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a" * (MAX_NAME + 1), "\0"])
def test_it_refuses_a_name_that_can_not_be_shown(name):
    with pytest.raises(Refused):
        checked_name(name, "server")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": "pigeons"}, "kind"),
        ({"query": " "}, "query"),
        ({"query": "a" * (MAX_QUERY + 1)}, "query"),
        ({"query": "a\0"}, "query"),
        ({"service_label": ""}, "service_label"),
        ({"service_label": "a-b"}, "service_label"),
        ({"status_label": "1a"}, "status_label"),
        ({"scenario_label": "ä"}, "scenario_label"),
        ({"environment_label": "a b"}, "environment_label"),
        ({"environment": ""}, "environment"),
        ({"environment": "a" * 201}, "environment"),
        ({"succeeded": ("",)}, "succeeded"),
        ({"failed": ("x",) * 51}, "failed"),
        ({"succeeded": ("done",), "failed": ("done",)}, "failed"),
        ({"services": {"a": ""}}, "services"),
        ({"services": {"": "pay"}}, "services"),
        ({"services": {"a\nb": "pay"}}, "services"),
        ({"services": {str(number): "pay" for number in range(2_001)}}, "services"),
        ({"since": date(1999, 12, 31)}, "since"),
    ],
)
def test_it_names_the_field_of_a_signal_that_is_to_mend(told, field):
    with pytest.raises(Refused) as refused:
        check_signal(said(**told))
    assert refused.value.field == field
