"""CloudEvents in their three forms; of a batch, each event for itself."""

import orjson
import pytest
from django.test import Client
from hypothesis import given

from ingest.bodies import body_of
from ingest.errors import MalformedPayload
from ingest.inbox.process import process_pending, replay
from ingest.inbox.secrets import seal
from ingest.models import Delivery, Deployment
from ingest.parsers.cloudevents import MAX_BATCH, opened, read_events
from ingest.parsers.observation import Ignored, Partly
from tests.factories import make_source
from tests.ingest.parsers.mutations import ANYTHING
from tests.ingest.parsers.recorded import sent

DATA = {"a": 1}
STRUCTURED = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "time": "2026-03-09T10:00:00Z"}
SECRET = "a secret of this test"


def test_a_binary_event_has_its_attributes_in_the_headers():
    event = opened({"ce-type": "t", "ce-id": "1", "ce-subject": "a%20b", "content-type": "application/json"}, DATA)
    assert (event.type, event.attributes["subject"], event.data) == ("t", "a b", DATA)


def test_a_structured_event_has_them_around_its_data():
    event = opened({}, STRUCTURED | {"data": DATA, "extension": 3})
    assert (event.type, event.attributes["id"], event.data) == ("t", "1", DATA)
    assert "extension" not in event.attributes


def test_its_data_may_be_in_base64():
    assert opened({}, STRUCTURED | {"data_base64": "eyJhIjogMX0="}).data == DATA
    for junk in ("x", 3, "AAAA", ["a"]):
        with pytest.raises(MalformedPayload):
            opened({}, STRUCTURED | {"data_base64": junk})


def test_what_is_neither_is_its_own_data():
    event = opened({}, DATA)
    assert (event.type, event.data) == ("", DATA)
    with pytest.raises(MalformedPayload):
        opened({}, 3)


def read(event, key):
    if event.data == "bad":
        raise MalformedPayload("“data” is bad.")
    return Ignored(f"{key} says nothing.") if event.data == "nothing" else [(key, event.data)]


def batch(*data):
    return [STRUCTURED | {"data": one} for one in data]


def test_each_event_of_a_batch_has_a_key_of_its_own():
    assert read_events({}, batch("x", "nothing", "y"), "key", read) == [("key/0", "x"), ("key/2", "y")]


def test_a_batch_that_says_nothing_says_why():
    assert read_events({}, batch("nothing", "nothing"), "key", read) == Ignored(
        "key/0 says nothing.; key/1 says nothing."
    )
    assert read_events({}, [], "key", read) == Ignored("The batch holds no event.")


def test_a_bad_event_leaves_the_others_as_they_are():
    found = read_events({}, batch("x", "bad", "y"), "key", read)
    assert isinstance(found, Partly)
    assert found.observations == [("key/0", "x"), ("key/2", "y")]
    (refused,) = found.refused
    assert (refused.place, refused.code, refused.message) == (1, "malformed", "“data” is bad.")
    assert orjson.loads(refused.body) == batch("bad")[0]


def test_a_batch_is_refused_where_nothing_of_it_can_be_read():
    with pytest.raises(MalformedPayload, match="None of the 2 events can be read. Event 0"):
        read_events({}, batch("bad", "bad"), "key", read)
    with pytest.raises(MalformedPayload, match="at most 1,000"):
        read_events({}, [STRUCTURED] * (MAX_BATCH + 1), "key", read)


def test_a_bad_event_that_is_nested_too_deep_to_be_kept_alone_refuses_the_batch():
    deep = orjson.loads("[" * 600 + "]" * 600)
    with pytest.raises(MalformedPayload, match="nested too deep"):
        read_events({}, [*batch("x"), STRUCTURED | {"data": "bad", "deep": deep}], "key", read)


@given(payload=ANYTHING)
def test_it_survives_anything(payload):
    for kind in ("tekton", "cdevents"):
        one = sent(kind, "started" if kind == "tekton" else "structured")
        try:
            assert isinstance(one.told(payload), list | Ignored | Partly)
        except MalformedPayload as error:
            assert str(error)


# ---------------------------------------------------------------- from the door to the rows


def send(source, payload) -> Delivery:
    answer = Client().post(
        f"/ingest/cdevents/{source.public_id}/", orjson.dumps(payload),
        content_type="application/cloudevents-batch+json", headers={"Authorization": f"Bearer {SECRET}"},
    )  # fmt: skip
    assert answer.status_code == 202
    return Delivery.objects.get(pk=answer.json()["delivery"])


def deployed(name, **content):
    data = sent("cdevents", "service-deployed").payload
    subject = data["subject"] | {"id": f"service/{name}", "content": data["subject"]["content"] | content}
    return STRUCTURED | {"id": name, "data": data | {"subject": subject}}


@pytest.fixture
def source(db):
    return make_source("cdevents", secrets=seal([SECRET]))


def test_a_bad_event_of_a_batch_stands_alone_in_quarantine(source):
    bad = deployed("shop", artifactId=3)
    whole = send(source, [deployed("pay"), bad, deployed("till")])
    assert process_pending() == 1
    whole.refresh_from_db()
    assert (whole.status, whole.note) == (
        "processed",
        "1 of its events can't be read and stand alone in quarantine: 1.",
    )
    assert sorted(Deployment.objects.values_list("service__slug", flat=True)) == ["pay", "till"]
    alone = Delivery.objects.exclude(pk=whole.pk).get()
    assert (alone.key, alone.status, alone.error_code) == (f"{whole.key}/1", "quarantined", "bad_field")
    assert "artifactId" in alone.error
    assert alone.headers == {"content-type": "application/cloudevents+json"}
    assert orjson.loads(body_of(alone)) == bad


def test_a_bad_event_can_be_replayed_alone(source):
    whole = send(source, [deployed("pay"), deployed("shop", artifactId=3)])
    process_pending()
    alone = Delivery.objects.exclude(pk=whole.pk).get()
    alone.body = orjson.dumps(deployed("shop"))
    alone.save(update_fields=["body"])
    assert replay(Delivery.objects.filter(pk=alone.pk)) == 1
    process_pending()
    alone.refresh_from_db()
    assert alone.status == "processed"
    assert Deployment.objects.count() == 2


def test_working_a_batch_off_again_sets_nothing_aside_twice(source):
    whole = send(source, [deployed("pay"), deployed("shop", artifactId=3)])
    process_pending()
    Delivery.objects.filter(pk=whole.pk).update(status="pending", attempts=0, lease_until=None)
    process_pending()
    assert sorted(Delivery.objects.values_list("status", flat=True)) == ["processed", "quarantined"]


def test_a_batch_that_can_not_be_read_at_all_is_quarantined_whole(source):
    whole = send(source, [3, {"specversion": "1.0", "type": "x"}])
    process_pending()
    whole.refresh_from_db()
    assert (whole.status, Delivery.objects.count()) == ("quarantined", 1)
    assert whole.error.startswith("None of the 2 events can be read. Event 0: The payload is no object.")
