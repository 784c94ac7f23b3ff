"""Signatures over the raw body."""

import hmac
from datetime import UTC, datetime
from hashlib import sha1, sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.inbox.authenticate import AUTHENTICATE
from ingest.parsers.senders import SENDERS

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def github(body: bytes, headers: dict[str, str], secrets: list[str]) -> bool:
    return AUTHENTICATE["github"](body, headers, secrets, NOW) is not None


BODY = b'{"zen": "Keep it logically awesome."}'


def signed(secret: str, body: bytes = BODY) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()}


def test_it_takes_the_example_of_githubs_documentation():
    headers = {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}
    assert github(b"Hello, World!", headers, ["It's a Secret to Everybody"])


def test_it_takes_any_of_several_secrets_while_they_are_rotated():
    assert github(BODY, signed("old"), ["new", "old"])
    assert github(BODY, signed("new"), ["new", "old"])
    assert not github(BODY, signed("older"), ["new", "old"])


def test_it_takes_upper_case_digits():
    headers = {"x-hub-signature-256": signed("s")["x-hub-signature-256"].upper()}
    assert github(BODY, headers, ["s"])


def test_it_refuses_another_body():
    assert not github(BODY + b" ", signed("s"), ["s"])


def test_it_never_takes_an_empty_secret_or_none():
    assert not github(BODY, signed(""), [""])
    assert not github(BODY, signed("s"), [])


def test_it_does_not_look_at_the_older_sha1_header():
    digest = hmac.new(b"s", BODY, sha1).hexdigest()
    assert not github(BODY, {"x-hub-signature": f"sha1={digest}"}, ["s"])
    assert not github(BODY, {"x-hub-signature-256": f"sha1={digest}"}, ["s"])


@pytest.mark.parametrize("given_header", ["", "sha256=", "sha256=abc", "sha256", "sha256=" + "é" * 64, "=" + "0" * 64])
def test_it_refuses_what_is_no_signature(given_header):
    assert not github(BODY, {"x-hub-signature-256": given_header}, ["s"])
    assert not github(BODY, {}, ["s"])


@given(st.text(), st.binary())
def test_it_answers_whatever_is_sent(header, body):
    assert github(body, {"x-hub-signature-256": header}, ["secret"]) is False


def test_it_can_tell_the_senders_of_every_kind_that_has_a_parser():
    assert SENDERS.keys() <= AUTHENTICATE.keys()
