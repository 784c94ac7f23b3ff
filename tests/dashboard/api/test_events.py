"""``POST /ingest/events/``: native events by HTTP."""

import gzip

import orjson
import pytest

from ingest.inbox.process import process_pending
from ingest.models import Delivery, Deployment
from tests.factories import bearer, make_token

pytestmark = pytest.mark.django_db

PATH = "/ingest/events/"


def told(name: str) -> dict[str, str]:
    return {
        "event": name,
        "type": "deployment.finished",
        "at": "2026-03-02T10:00:00Z",
        "service": "pay",
        "environment": "production",
        "deployment": name,
        "status": "success",
    }


@pytest.fixture
def post(client):
    """Post a body with a token that may send events."""
    headers = bearer(make_token("ingest")[1])

    def send(body: bytes | str, **more: str):
        return client.post(PATH, body, content_type="application/x-ndjson", headers=headers | more)

    return send


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps(told("d1")),
        orjson.dumps(told("d1"), option=orjson.OPT_INDENT_2),
        b" \n" + orjson.dumps(told("d1"), option=orjson.OPT_INDENT_2) + b"\n",
        orjson.dumps(told("d1")).replace(b"{", b"{ \n", 1),
        orjson.dumps(told("d1")).replace(b",", b",\r\n"),
    ],
)
def test_it_takes_one_object_on_one_line_or_over_several(post, body):
    answer = post(body)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 0, "rejected": []})
    process_pending()
    assert Deployment.objects.get().external_id == "d1"


def test_it_takes_a_line_for_each_object_and_tells_the_bad_ones(post):
    lines = b"\n".join([orjson.dumps(told("d1")), b"bad", b"", orjson.dumps(told("d2")), orjson.dumps(told("d1"))])
    answer = post(lines)
    assert answer.status_code == 202
    assert (answer.json()["accepted"], answer.json()["duplicates"]) == (2, 1)
    assert [rejected["line"] for rejected in answer.json()["rejected"]] == [2]
    assert "not valid JSON" in answer.json()["rejected"][0]["error"]


@pytest.mark.parametrize("header", [{}, {"Content-Encoding": "gzip"}])
def test_it_knows_gzip_by_its_header_or_its_content(post, header):
    answer = post(gzip.compress(orjson.dumps(told("d1"))), **header)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)


@pytest.mark.parametrize("lines", [b"\n" * 100_001, b"0\n" * 100_001])
def test_it_refuses_more_lines_than_one_request_may_have(post, lines):
    answer = post(gzip.compress(lines))
    assert answer.status_code == 413
    assert answer.json()["detail"] == "The body has 100,001 lines; at most 100,000 are taken. Send it in parts."
    assert not Delivery.objects.exists()


def test_it_takes_as_much_as_the_limit_after_inflating(post, settings):
    body = orjson.dumps(told("d1"))
    settings.MAX_BODY_BYTES = len(body)
    assert post(gzip.compress(body)).status_code == 202
    assert post(gzip.compress(body + b" ")).status_code == 413


def test_it_answers_202_also_where_every_line_is_refused(post):
    answer = post(b"bad\n[]\n{}")
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 0
    assert [rejected["line"] for rejected in answer.json()["rejected"]] == [1, 2, 3]
    assert set(Delivery.objects.values_list("status", flat=True)) == {"quarantined"}


def test_it_only_records_later(post):
    post(orjson.dumps(told("d1")))
    assert (Delivery.objects.get().status, Deployment.objects.count()) == ("pending", 0)


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("ingest", 202), ("admin", 202)])
def test_it_asks_for_a_token_that_may_send(client, scope, status):
    headers = bearer(make_token(scope)[1])
    answer = client.post(PATH, orjson.dumps(told("d1")), content_type="application/json", headers=headers)
    assert answer.status_code == status
    assert client.post(PATH, orjson.dumps(told("d1")), content_type="application/json").status_code == 401
