"""One message to one webhook: what came of it, and where it never goes."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.chat.webhook import Came, post, retry_after
from ingest.repository import addresses
from tests.dashboard.chat.hook import SECRET, hook

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
BODY = {"text": "hello"}


def told(*answers, seconds=5.0):
    with hook(*answers) as server:
        return post(server.address, BODY, [server.host], NOW, seconds), server


def test_it_sends_the_message_to_the_very_address():
    answer, server = told(200)
    assert answer.came is Came.SENT and answer.says == ""
    assert (server.bodies, server.paths) == ([BODY], [SECRET])


@pytest.mark.parametrize(
    ("status", "came"),
    [
        (200, Came.SENT),
        (202, Came.SENT),
        (204, Came.SENT),
        (400, Came.REFUSED),
        (401, Came.REFUSED),
        (403, Came.REFUSED),
        (404, Came.REVOKED),
        (410, Came.REVOKED),
        (408, Came.LATER),
        (429, Came.LATER),
        (500, Came.LATER),
        (503, Came.LATER),
        (504, Came.UNSURE),
    ],
)
def test_it_tells_what_came_of_it_by_the_status(status, came):
    answer, _ = told((status, {}, b"" if status == 204 else b"no_service"))
    assert answer.came is came
    assert came is Came.SENT or f"{status}: no_service" in answer.says


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("30", timedelta(seconds=30)),
        (" 0 ", timedelta(0)),
        ("Mon, 09 Mar 2026 08:02:00 GMT", timedelta(minutes=2)),
        ("Mon, 09 Mar 2026 07:00:00 GMT", timedelta(0)),
        ("9" * 500, timedelta(days=1)),
        ("Mon, 09 Mar 2099 08:02:00 GMT", timedelta(days=1)),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_it_waits_as_long_as_the_chat_asks_but_a_day_at_most(text, wait):
    assert retry_after(text, NOW) == wait


def test_a_chat_that_asks_to_wait_is_heard():
    answer, _ = told((429, {"Retry-After": "45"}, b"rate_limited"))
    assert (answer.came, answer.wait) == (Came.LATER, timedelta(seconds=45))


@pytest.mark.parametrize("word", ["hang", "drip"])
def test_one_that_goes_silent_within_the_message_leaves_it_unsure(word):
    answer, server = told((word, {}, b""), seconds=0.3)
    assert answer.came is Came.UNSURE and "not sent again" in answer.says
    assert len(server.bodies) == 1


def test_one_that_hangs_up_within_the_message_leaves_it_unsure():
    assert told(("drop", {}, b""))[0].came is Came.UNSURE


@pytest.mark.parametrize("answer", [("drip-head", {}, b""), ("drip-body", {}, b""), (200, {}, b"x" * 5_000_000)])
def test_a_slow_or_huge_answer_is_not_waited_for(answer):
    assert told(answer, seconds=0.5)[0].came is Came.SENT


def test_a_huge_refusal_is_kept_short():
    answer, _ = told((400, {}, b"y" * 5_000_000))
    assert len(answer.says) < 300


def test_one_that_can_not_be_reached_is_worth_another_try():
    answer = post("http://127.0.0.1:1/services/secret-secret", BODY, ["127.0.0.1:1"], NOW)
    assert (answer.came, answer.says) == (Came.LATER, "127.0.0.1:1 could not be reached.")


def test_one_that_speaks_no_tls_is_told():
    with hook() as server:
        answer = post(server.address.replace("http:", "https:"), BODY, [server.host], NOW)
    assert answer.came is Came.LATER and "certificate" in answer.says
    assert server.bodies == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_it_follows_no_redirect(status):
    with hook() as other:
        answer, _ = told((status, {"Location": f"http://{other.host}/latest/meta-data/"}, b""))
        assert other.paths == []
    assert answer.came is Came.REFUSED and "not followed" in answer.says
    answer, _ = told((status, {"Location": "http://169.254.169.254/latest/meta-data/"}, b""))
    assert answer.came is Came.REFUSED


# ---------------------------------------------------------------- addresses


@pytest.fixture
def leads_to(monkeypatch):
    """Every name leads to this address."""

    def put(address: str) -> None:
        family = [(0, 0, 0, "", (address, 443))]
        monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *args, **more: family)

    return put


@pytest.mark.parametrize(
    "address",
    ["10.0.0.3", "192.168.1.1", "172.16.0.9", "127.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "fd00::1",
     "fe80::1", "::ffff:10.0.0.3", "64:ff9b::a00:3", "0.0.0.0"],
)  # fmt: skip
def test_it_asks_no_private_address_of_who_is_not_on_the_list(leads_to, address):
    leads_to(address)
    answer = post("https://chat.example.com/hooks/secret-secret", BODY, [], NOW)
    assert answer.came is Came.REFUSED and "no public address" in answer.says
    assert address not in answer.says


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200", "127.0.0.1"])
def test_it_never_asks_what_belongs_to_the_machine_or_its_provider(leads_to, address):
    leads_to(address)
    answer = post("https://chat.example.com/hooks/secret-secret", BODY, ["chat.example.com"], NOW)
    assert answer.came is Came.REFUSED and "never asked" in answer.says


def test_it_asks_over_plain_http_who_is_on_the_list_alone():
    with hook() as server:
        answer = post(server.address, BODY, [], NOW)
    assert answer.came is Came.REFUSED and "CHAT_HOSTS" in answer.says
    assert server.bodies == []


# ---------------------------------------------------------------- the secret


@pytest.mark.parametrize("answer", [200, (403, {}, f"no {SECRET} here".encode()), 302, ("drop", {}, b"")])
def test_the_address_is_in_no_log_and_no_word(caplog, answer):
    with caplog.at_level(logging.DEBUG):  # of the root, as LOG_LEVEL sets it
        found, _ = told(answer)
        unreached = post(f"http://127.0.0.1:1{SECRET}", BODY, ["127.0.0.1:1"], NOW)
    for text in (found.says, unreached.says, caplog.text):
        assert "correct-horse-battery" not in text and "B0001" not in text
