"""The webhook's door: authenticated over the raw body, kept, answered; nothing else."""

import hashlib
import hmac
import io

import orjson
import pytest
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.utils import timezone

from ingest.bodies import body_of
from ingest.inbox import views
from ingest.inbox.body import BodyRefused, inflate, read_body
from ingest.inbox.secrets import seal
from ingest.models import Delivery, Source
from ingest.signals import delivered
from tests.factories import make_source

SECRET = "a secret of this test"
BODY = orjson.dumps({"zen": "Keep it logically awesome.", "hook_id": 1})


@pytest.fixture
def source(db) -> Source:
    return make_source("github", secrets=seal([SECRET]))


def send(source, body=BODY, *, key="delivery-1", secret=SECRET, **extra):
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature, "X-GitHub-Delivery": key, "X-GitHub-Event": "ping"}
    path = f"/ingest/github/{source.public_id}/"
    return Client().post(path, body, content_type="application/json", headers=headers, **extra)


def test_it_keeps_what_is_signed_word_for_word(source):
    answer = send(source)
    assert answer.status_code == 202
    delivery = Delivery.objects.get()
    assert answer.json() == {"delivery": delivery.pk}
    assert (delivery.key, delivery.kind, delivery.status, delivery.event_count) == ("delivery-1", "ping", "pending", 1)
    assert body_of(delivery) == BODY
    assert delivery.headers["x-github-event"] == "ping"
    assert "x-hub-signature-256" not in delivery.headers


def test_it_keeps_the_time_of_receipt_like_every_other_time(source):
    before = timezone.now()
    send(source)
    kept = Delivery.objects.get()
    assert before <= kept.received_at <= timezone.now()
    assert Delivery.objects.filter(received_at=kept.received_at).exists()


def test_it_keeps_a_large_body_packed_and_gives_it_back_as_it_came(source):
    body = orjson.dumps({"text": "x" * 100_000})
    assert send(source, body).status_code == 202
    delivery = Delivery.objects.get()
    assert delivery.packed
    assert len(delivery.body) < 1_000
    assert body_of(delivery) == body


def test_it_answers_a_repeat_200_and_keeps_one(source):
    send(source)
    assert send(source).status_code == 200
    assert Delivery.objects.count() == 1
    source.refresh_from_db()
    assert source.duplicate_count == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 100_000])
def test_it_never_refuses_content(source, content):
    assert send(source, content).status_code == 202


def test_it_tells_two_bodies_without_a_key_apart_by_their_content(source):
    for body in (BODY, BODY, b"{}"):
        send(source, body, key="")
    assert Delivery.objects.count() == 2


def test_it_stores_nothing_with_a_bad_signature(source):
    answer = send(source, secret="another")
    assert answer.status_code == 401
    assert not Delivery.objects.exists()
    source.refresh_from_db()
    assert source.refused_count == 1
    assert source.last_refused_at is not None


@pytest.mark.parametrize(
    "path", ["/ingest/github/unknown/", "/ingest/github/%00/", "/ingest/gitlab/{id}/", "/ingest/native/{id}/"]
)
def test_it_tells_nothing_of_sources_that_are_not_there(source, path):
    answer = Client().post(path.format(id=source.public_id), BODY, content_type="application/json")
    assert answer.status_code in (401, 404)
    assert not Delivery.objects.exists()


def test_prometheus_sends_no_webhooks_so_nothing_is_taken_in_its_name(source):
    server = Source.objects.create(kind="prometheus", name="main", secrets=source.secrets)
    answer = Client().post(
        f"/ingest/prometheus/{server.public_id}/", BODY, content_type="application/json",
        headers={"Authorization": f"Bearer {SECRET}"},
    )  # fmt: skip
    assert answer.status_code == 404
    server.refresh_from_db()
    assert server.refused_count == 0
    assert not Delivery.objects.exists()


def test_it_refuses_a_body_over_the_limit(source, settings):
    settings.MAX_BODY_BYTES = len(BODY) - 1
    assert send(source).status_code == 413
    assert not Delivery.objects.exists()
    settings.MAX_BODY_BYTES = len(BODY)
    assert send(source).status_code == 202


def test_it_asks_to_send_again_what_it_could_not_store(source, monkeypatch):
    def away(*arguments):
        raise DatabaseError("disk full")

    monkeypatch.setattr(views, "_keep", away)
    answer = send(source)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"


def test_it_rings_once_a_delivery_is_kept(source, django_capture_on_commit_callbacks):
    rung = []

    def ring(sender, delivery_id, **_):
        rung.append(delivery_id)

    delivered.connect(ring)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            send(source)
            send(source)
    finally:
        delivered.disconnect(ring)
    assert rung == [Delivery.objects.get().pk]


def chunked(body, **meta):
    request = RequestFactory().generic("POST", "/ingest/github/x/")
    request.META.pop("CONTENT_LENGTH", None)
    request.META |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(body), **meta}
    return request


def test_it_reads_a_chunked_body_where_the_server_ends_it():
    assert read_body(chunked(BODY, **{"wsgi.input_terminated": True}), 1_000) == BODY


def test_it_asks_for_a_length_where_the_server_does_not():
    with pytest.raises(BodyRefused) as refused:
        read_body(chunked(BODY), 1_000)
    assert refused.value.status == 411


def test_it_reads_no_body_for_a_source_that_is_not_there(db):
    class Slow:
        def read(self, size=None):
            pytest.fail("the body was read")

    request = chunked(b"", **{"wsgi.input_terminated": True, "wsgi.input": Slow()})
    assert views.webhook(request, "github", "unknown").status_code == 401


def test_it_refuses_a_body_whose_chunks_are_broken():
    class Broken:
        def read(self, size):
            raise ValueError("a chunk without a size")  # web servers have kinds of their own

    with pytest.raises(BodyRefused) as refused:
        read_body(chunked(b"", **{"wsgi.input_terminated": True, "wsgi.input": Broken()}), 1_000)
    assert refused.value.status == 400


def test_it_stops_a_chunked_body_at_the_limit():
    with pytest.raises(BodyRefused) as refused:
        read_body(chunked(b"x" * 1_001, **{"wsgi.input_terminated": True}), 1_000)
    assert refused.value.status == 413


@pytest.mark.parametrize("body", [b"\x1f\x8b", b"\x1f\x8bnot gzip at all", b"\x1f\x8b\x08" + b"\0" * 20])
def test_it_refuses_damaged_gzip(body):
    with pytest.raises(BodyRefused) as refused:
        inflate(body, 1_000)
    assert refused.value.status == 400


def test_it_inflates_up_to_a_limit():
    import gzip

    assert inflate(gzip.compress(b"x" * 1_000), 1_000) == b"x" * 1_000
    with pytest.raises(BodyRefused) as refused:
        inflate(gzip.compress(b"x" * 1_001), 1_000)
    assert refused.value.status == 413
