"""What is sent twice under one key is done once."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from dashboard.api import events
from dashboard.models import KeptAnswer
from ingest.models import Delivery
from scorecards.models import ImportedRun
from tests.factories import bearer, make_repository, make_service, make_token
from tests.native_events import event

pytestmark = pytest.mark.django_db
PATH = "/ingest/events/"


def line(key: str) -> bytes:
    return event(key, "deployment.finished", "2026-03-02T12:00:00Z", service="pay", deployment=key, status="success",
                 environment="production")  # fmt: skip


@pytest.fixture
def send(client, db):
    text = make_token("ingest")[1]

    def post(body, key="one", token=text, path=PATH):
        headers = bearer(token) | ({"Idempotency-Key": key} if key is not None else {})
        return client.post(path, body, "application/json", headers=headers)

    return post


def test_the_same_again_is_answered_alike_and_done_once(send):
    first, again = send(line("a")), send(line("a"))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Delivery.objects.count() == 1


def test_without_a_key_it_is_a_repeat(send):
    assert send(line("a"), None).json()["accepted"] == 1
    assert send(line("a"), None).json()["duplicates"] == 1
    assert not KeptAnswer.objects.exists()


def test_another_body_under_the_same_key_is_refused(send):
    send(line("a"))
    answer = send(line("b"))
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert Delivery.objects.count() == 1


def test_a_key_is_its_token_s_own(send):
    send(line("a"))
    assert send(line("b"), token=make_token("ingest")[1]).json()["accepted"] == 1


def test_a_key_is_forgotten_after_a_day(send):
    send(line("a"))
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=24, seconds=1))
    assert send(line("b")).json()["accepted"] == 1
    assert KeptAnswer.objects.count() == 1


def test_what_is_refused_is_refused_again(send):
    first, again = send(b"\x1f\x8bno gzip"), send(b"\x1f\x8bno gzip")
    assert first.status_code == again.status_code == 400
    assert first.json() == again.json()
    assert again["Content-Type"] == "application/problem+json"


def test_what_could_not_be_stored_can_be_sent_again_under_its_key(send, monkeypatch):
    with monkeypatch.context() as broken:

        def fail(*args, **kwargs):
            raise DatabaseError("gone")

        broken.setattr(events, "receive_lines", fail)
        assert send(line("a")).status_code == 503
    assert send(line("a")).json()["accepted"] == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_told(send, key):
    assert send(line("a"), key).status_code == 400
    assert not Delivery.objects.exists()


def test_the_database_holds_no_key_as_it_came(send):
    send(line("a"), "order-7")
    [row] = KeptAnswer.objects.all()
    assert "order-7" not in (row.key, row.body)


def test_results_of_other_scanners_too(send):
    make_repository("acme/pay", make_service("pay"))
    log = b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": []}]}'
    path = "/ingest/sarif/?repository=acme/pay"
    first, again = send(log, path=path), send(log, path=path)
    assert (first.status_code, first.json()) == (202, again.json())
    assert ImportedRun.objects.count() == 1
    assert send(log, path="/ingest/sarif/?repository=acme/web").status_code == 422


def test_who_may_not_send_keeps_nothing(send):
    assert send(line("a"), token=make_token()[1]).status_code == 403
    assert not KeptAnswer.objects.exists()
