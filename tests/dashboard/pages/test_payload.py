"""What of a payload may be shown."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.pages import payload


@pytest.mark.parametrize(
    "text",
    [
        '{"token": "s3cr3t-value"}',
        '{"github_token":"s3cr3t-value","a":1}',
        '{"Password" : "s3cr3t-value \\" more"}',
        '{"api_key": s3cr3t-value}',
        '{"client_secret": "s3cr3t-value',
        "Authorization: Bearer s3cr3t-value",
        "https://user:s3cr3t-value@example.com/x",
        "SECRET_KEY=s3cr3t-value",
        "a=1&access_token=s3cr3t-value&b=2",
        "query=token=s3cr3t-value",
        '["a", "b"], "token": "s3cr3t-value"',
        "-----BEGIN RSA PRIVATE KEY-----\ns3cr3t-value\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ns3cr3t-value",
    ],
)
def test_it_hides_the_value_of_a_telling_name(text):
    assert "s3cr3t-value" not in payload.shown(text.encode())


def nested(value, depth):
    for _ in range(depth):
        value = json.dumps({"text": json.dumps(value)})
    return value


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("secret", ["s3cr3t-value", 's3cr3t "quoted", s3cr3t\\end\\', "", 7_777_777])
def test_it_hides_a_secret_within_a_text_that_holds_json(depth, secret):
    shown = payload.shown(nested({"a": 1, "api_token": secret, "name": "kept"}, depth).encode())
    assert "s3cr3t" not in shown
    assert "7777777" not in shown
    assert "kept" in shown


@pytest.mark.parametrize("text", ["ghp_" + "a1" * 18, "glpat-" + "a1" * 10, "xoxb-1234567890-abc", "AKIA" + "A1" * 8])
def test_it_hides_what_is_a_credential_by_its_form(text):
    assert text not in payload.shown(f'{{"note": "see {text}"}}'.encode())


def test_it_leaves_the_rest_readable():
    body = b'{"type": "deployment.finished", "status": "success", "number": 7}'
    assert payload.shown(body) == body.decode()


def test_it_cuts_and_says_how_much_there_was():
    text = payload.shown(b"x" * 10_000)
    assert text == "x" * 4096 + "\n… cut, 10,000 bytes in all"


def test_it_hides_a_secret_that_the_cut_goes_through():
    assert "s3cr3t" not in payload.shown(b" " * 4070 + b'{"password": "s3cr3t-value"}')


@given(st.binary(max_size=9000))
def test_it_shows_any_bytes(body):
    assert len(payload.shown(body)) < payload.LIMIT + 60


@pytest.mark.parametrize(
    "part",
    [
        "-eyJ",
        "token-",
        "token",
        "a",
        '"',
        '"token ',
        "token ",
        "a://",
        "=",
        "\\",
        "://:",
        " ",
        '\\"',
        '\\"token\\":\\"',
        '\\\\"',
    ],
)
def test_it_reads_whatever_a_sender_chose_in_linear_time(part):
    for text in (part * payload.READ, f'"{part * payload.READ}', f'{part * payload.READ}"'):
        began = time.process_time()
        payload.hide(text[: payload.READ])
        assert time.process_time() - began < 1
