"""The webhook's door, held for every kind of sender: who may enter, what is kept, and what becomes of nonsense."""

import logging
from typing import Any

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from ingest.inbox.process import process_pending
from ingest.inbox.samples import Sample, samples_of
from ingest.inbox.secrets import fingerprint, seal
from ingest.models import Change, Delivery, Deployment, Incident, PullRequest, Source
from ingest.parsers.senders import SENDERS
from tests.factories import make_source
from tests.ingest.inbox.signing import WAYS, Sign, stale

pytestmark = pytest.mark.django_db

SECRET, OLD, OTHER = "the newer secret of this test", "the older secret of this test", "a secret of somebody else"
KINDS = sorted(SENDERS)
every_kind = pytest.mark.parametrize("kind", KINDS)
every_way = pytest.mark.parametrize(
    ("kind", "sign"),
    [pytest.param(kind, sign, id=f"{kind}-{way}") for kind in KINDS for way, sign in WAYS[kind].items()],
)
NONSENSE = (
    b"", b"{", b"[]", b"[1]", b"{}", b"null", b"1", b'"text"', b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"' + b"x" * 100_000 + b'": 1}', b'{"\\u0000": "\\u0000"}',
)  # fmt: skip
LARGE_OR_ODD = ("x" * 100_000, "a\0b", "\0", "é" * 500, "\\u0000", '"', "\\", " ")
DOOR_FAULTS = ("internal_error", "refused_by_database", "worker_died")


def source_of(kind: str, *secrets: str) -> Source:
    return make_source(kind, secrets=seal(secrets or [SECRET]))


def way_of(kind: str) -> Sign:
    return next(iter(WAYS[kind].values()))


def first(kind: str) -> Sample:
    return samples_of(kind).tells[0]


def send(
    source: Source, body: bytes, sample: Sample, proof: dict[str, str], method: str = "post", path: str = ""
) -> Any:
    headers = {**sample.headers, **proof}
    content_type = headers.pop("content-type")
    path = path or f"/ingest/{source.kind}/{source.public_id}/"
    return getattr(Client(), method)(path, body, content_type=content_type, headers=headers)


def send_signed(source: Source, body: bytes | None = None, secret: str = SECRET, **headers: str) -> Any:
    sample = first(source.kind)
    body = sample.body if body is None else body
    proof = way_of(source.kind)(body, secret, timezone.now())
    return send(source, body, sample._replace(headers={**sample.headers, **headers}), proof)


def process() -> None:
    while process_pending():
        pass


def rows() -> list[Any]:
    """Every column of every fact and delivery."""
    return [list(model.objects.order_by("pk").values()) for model in
            (Deployment, Incident, Change, PullRequest, Delivery)]  # fmt: skip


def what_became() -> Delivery:
    """The one delivery, worked off by its parser and not given up by the door."""
    process()
    delivery = Delivery.objects.get()
    assert delivery.status != "pending"
    assert delivery.error_code not in DOOR_FAULTS, delivery.error
    return delivery


@every_way
def test_it_keeps_what_is_signed_and_makes_facts_of_it(kind, sign):
    source, sample = source_of(kind), first(kind)
    answer = send(source, sample.body, sample, sign(sample.body, SECRET, timezone.now()))
    assert answer.status_code == 202
    delivery = what_became()
    assert (delivery.status, delivery.error) == ("processed", "")
    assert any(rows()[:-1])


@every_way
def test_it_turns_a_wrong_signature_away_and_counts_it(kind, sign):
    source, sample, now = source_of(kind), first(kind), timezone.now()
    of_other_body = sign(sample.body + b" ", SECRET, now)
    secret_alone = sign(sample.body, SECRET, now) == of_other_body
    wrong = [sign(sample.body, OTHER, now), sign(sample.body, "", now), {}]
    wrong += [] if secret_alone else [of_other_body]
    wrong += [{name: value[:-2] for name, value in sign(sample.body, SECRET, now).items()}]
    for proof in wrong:
        assert send(source, sample.body, sample, proof).status_code == 401
    assert not Delivery.objects.exists()
    source.refresh_from_db()
    assert (source.refused_count, source.secret_uses) == (len(wrong), {})
    assert source.last_refused_at is not None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "standard" in WAYS[kind]])
def test_it_turns_a_stale_signature_away(kind):
    source, sample = source_of(kind), first(kind)
    assert send(source, sample.body, sample, stale(sample.body, SECRET, timezone.now())).status_code == 401
    assert not Delivery.objects.exists()


@every_kind
def test_a_source_without_a_secret_takes_nothing(kind):
    source, sample = make_source(kind), first(kind)
    for secret in ("", SECRET):
        assert send_signed(source, secret=secret).status_code == 401
    assert send(source, sample.body, sample, {}).status_code == 401
    assert not Delivery.objects.exists()


@every_kind
def test_a_redelivery_changes_nothing(kind):
    source = source_of(kind)
    assert send_signed(source).status_code == 202
    process()
    before = rows()
    assert any(before[:-1])
    for _ in range(2):
        assert send_signed(source).status_code == 200
        process()
    assert rows() == before
    source.refresh_from_db()
    assert source.duplicate_count == 2


@every_kind
@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_authentic_nonsense_is_kept_and_set_aside_with_a_reason(kind, body):
    assert send_signed(source_of(kind), body).status_code == 202
    delivery = what_became()
    assert delivery.status in ("quarantined", "ignored")
    assert len(delivery.error or delivery.note) > 10 or kind == "github"
    assert not any(rows()[:-1])


@every_kind
@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, [{}]], ids=repr)
def test_members_of_a_wrong_type_never_break_the_door(kind, junk):
    told = orjson.loads(first(kind).body)
    for name in told:
        Delivery.objects.all().delete()
        assert send_signed(source_of(kind), orjson.dumps(told | {name: junk})).status_code == 202
        delivery = what_became()
        assert delivery.status != "quarantined" or len(delivery.error) > 10


@every_kind
def test_a_body_of_another_kind_makes_no_fact_and_says_why(kind):
    for other in KINDS:
        if other == kind:
            continue
        Delivery.objects.all().delete()
        assert send_signed(source_of(kind), first(other).body).status_code == 202
        delivery = what_became()
        assert delivery.status in ("quarantined", "ignored"), other
        assert delivery.error or delivery.note


@every_kind
def test_both_secrets_fit_while_one_is_rotated_and_their_uses_are_noted(kind):
    source, bodies = source_of(kind, SECRET, OLD), [first(kind).body, first(kind).body + b" "]
    for secret, body in zip((SECRET, OLD), bodies, strict=True):
        source.refresh_from_db()
        assert fingerprint(secret) not in source.secret_uses
        assert send_signed(source, body, secret).status_code == 202
        source.refresh_from_db()
        assert fingerprint(secret) in source.secret_uses
    assert send_signed(source, secret=OTHER).status_code == 401
    Source.objects.filter(pk=source.pk).update(secrets=seal([SECRET]))
    assert send_signed(source, secret=OLD).status_code == 401


@every_way
def test_it_tells_the_secret_to_nobody(kind, sign, caplog):
    caplog.set_level(logging.DEBUG)
    source, sample = source_of(kind), first(kind)
    for secret in (SECRET, OTHER):
        proof = sign(sample.body, secret, timezone.now())
        answer = send(source, sample.body, sample, proof)
        process()
        told = [answer.content.decode(), str(dict(answer.headers)), caplog.text, str(rows())]
        for hidden in (
            secret,
            *(value for name, value in proof.items() if name not in ("webhook-id", "webhook-timestamp")),
        ):
            assert not any(hidden in text for text in told)


@every_kind
@pytest.mark.parametrize("value", LARGE_OR_ODD, ids=range(len(LARGE_OR_ODD)))
def test_odd_headers_break_nothing(kind, value):
    sender = SENDERS[kind]
    source = source_of(kind)
    for name in ("user-agent", "x-anything", *sender.key_headers, *sender.event_headers, *sender.kept_headers):
        Delivery.objects.all().delete()
        assert send_signed(source, **{name.replace("*", "odd"): value}).status_code == 202, name
        delivery = what_became()
        assert all(len(kept) <= 300 for kept in delivery.headers.values())
        assert "\0" not in str(delivery.headers)


@every_kind
def test_odd_proof_is_turned_away(kind):
    source, sample = source_of(kind), first(kind)
    for sign in WAYS[kind].values():
        for value in LARGE_OR_ODD:
            proof = dict.fromkeys(sign(sample.body, SECRET, timezone.now()), value)
            assert send(source, sample.body, sample, proof).status_code == 401
    assert not Delivery.objects.exists()


@every_kind
def test_an_unknown_address_looks_like_a_wrong_secret(kind):
    source = source_of(kind)
    sample, proof = first(kind), way_of(kind)(first(kind).body, SECRET, timezone.now())
    wrong = send(source, sample.body, sample, {})
    for path in (f"/ingest/{kind}/unknown/", f"/ingest/{kind}/{source.public_id.swapcase()}x/", f"/ingest/{kind}/%00/"):
        unknown = send(source, sample.body, sample, proof, path=path)
        assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content) == (401, wrong.content)
    others = [other for other in KINDS if other != kind]
    for other in others:
        assert send(source, sample.body, sample, proof, path=f"/ingest/{other}/{source.public_id}/").status_code == 401
    assert not Delivery.objects.exists()


@every_kind
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_it_takes_posts_alone(kind, method):
    source, body = source_of(kind), first(kind).body
    proof = way_of(kind)(body, SECRET, timezone.now())
    path = f"/ingest/{kind}/{source.public_id}/"
    assert Client().generic(method, path, body, headers=proof).status_code == 405
    assert not Delivery.objects.exists()


def test_githubs_form_says_what_its_json_says():
    from urllib.parse import urlencode

    source, sample = source_of("github"), first("github")
    body = urlencode({"payload": sample.body.decode()}).encode()
    assert send_signed(source, body, **{"content-type": "application/x-www-form-urlencoded"}).status_code == 202
    assert what_became().status == "processed"
    formed = Deployment.objects.values("external_id", "status", "sha", "finished_at").get()
    Delivery.objects.all().delete()
    Deployment.objects.all().delete()
    assert send_signed(source).status_code == 202
    assert what_became().status == "processed"
    assert Deployment.objects.values("external_id", "status", "sha", "finished_at").get() == formed


def test_every_kind_of_sender_has_ways_to_sign_and_samples():
    assert set(KINDS) <= WAYS.keys()
    for kind in KINDS:
        assert samples_of(kind).tells
