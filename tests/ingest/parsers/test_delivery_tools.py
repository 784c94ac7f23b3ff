"""What all delivery tools' parsers share: nothing breaks them, and any order of a life's events tells the same."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import MalformedPayload
from ingest.inbox.process import process_pending
from ingest.inbox.secrets import seal
from ingest.models import Delivery, Deployment, Incident, PullRequest, Source
from ingest.parsers.observation import (
    ChangeSeen,
    DeploymentSeen,
    Ignored,
    IncidentSeen,
    Partly,
    PullRequestSeen,
    RepositorySeen,
)
from ingest.parsers.senders import SENDERS
from ingest.record import record
from tests.factories import make_source
from tests.ingest.facts.snapshot import facts
from tests.ingest.parsers.mutations import ANYTHING, broken, paths_of, replaced, without
from tests.ingest.parsers.recorded import RECEIVED, TOOLS, all_sent, sent

SECRET = "a secret of this test"
ALL = all_sent(*TOOLS)
by_name = pytest.mark.parametrize("one", ALL, ids=[f"{one.kind}/{one.name}" for one in ALL])
SEEN = (ChangeSeen, DeploymentSeen, IncidentSeen, PullRequestSeen, RepositorySeen)


def survives(one, payload):
    try:
        found = one.told(payload)
    except MalformedPayload as error:
        assert str(error)
        assert error.code
        return
    if isinstance(found, Ignored):
        assert found.reason
        assert found.reason.endswith((".", ")"))
        return
    assert not isinstance(found, Partly)
    for seen in found:
        assert isinstance(seen, SEEN)
        fits_the_tables(seen)


def fits_the_tables(seen):
    """What every observation must hold for its row: PostgreSQL takes no NUL, and columns have an end."""
    texts = [value for value in (*seen, *seen.said.values()) if isinstance(value, str)]
    assert all("\0" not in text for text in texts)
    for moment in (seen.at, *[value for value in seen.said.values() if isinstance(value, datetime)]):
        assert moment.tzinfo is not None
        assert datetime(1970, 1, 1, tzinfo=UTC) <= moment
    if isinstance(seen, DeploymentSeen | IncidentSeen):
        assert 0 < len(seen.external_id) <= 300
        assert seen.service or seen.repository
        assert seen.environment is None or 0 < len(seen.environment) <= 300
        assert seen.service is None or 0 < len(seen.service) <= 300
        assert len(seen.said.get("version", "")) <= 300


@by_name
def test_it_tells_something_or_says_why_not(one):
    survives(one, one.payload)


@by_name
def test_it_survives_every_member_taken_away_or_nulled(one):
    for path in paths_of(one.payload):
        survives(one, without(one.payload, path))
        survives(one, replaced(one.payload, path, None))


@by_name
@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_it_survives_junk_in_every_place(one, data):
    survives(one, data.draw(broken(one.payload)))


@pytest.mark.parametrize("kind", TOOLS)
@given(payload=ANYTHING)
def test_it_survives_anything(kind, payload):
    if isinstance(payload, list):
        return  # batches: test_cloudevents.py
    survives(all_sent(kind)[0], payload)


@by_name
def test_it_tells_the_same_twice(one):
    assert one.told() == one.told()


@pytest.mark.parametrize("kind", TOOLS)
def test_every_external_id_begins_with_its_kind(kind):
    for one in all_sent(kind):
        told = one.told()
        for seen in told if isinstance(told, list) else []:
            if isinstance(seen, DeploymentSeen | IncidentSeen):
                assert seen.external_id.startswith(f"{kind}/")


def recorded(kind: str, order, source: Source) -> dict:
    """The facts after these deliveries, each in a transaction of its own; forgotten again."""
    with transaction.atomic():
        for one in order:
            told = one.told(key=one.name)
            record(source, told if isinstance(told, list) else [])
        found = facts()
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TOOLS)
@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_order_and_repetition_gives_the_same_facts(kind, data):
    source = Source.objects.filter(kind=kind).first() or make_source(kind)
    life = all_sent(kind)
    order = data.draw(st.permutations(life)) + data.draw(st.lists(st.sampled_from(life), max_size=4))
    assert recorded(kind, order, source) == recorded(kind, life, source)


@pytest.mark.django_db
def test_a_life_of_events_is_one_deployment():
    source = make_source("tekton")
    for name in ("successful", "running", "started"):
        record(source, sent("tekton", name).told(key=name))
    row = Deployment.objects.get()
    assert (row.status, row.version, row.environment.name) == ("succeeded", "1.4.2", "production")
    assert (row.finished_at - row.started_at).total_seconds() == 240
    assert (row.service.slug, row.repository.name) == ("pay", "acme/pay")


@pytest.mark.django_db
def test_an_incident_and_a_pull_request_become_rows_too():
    source = make_source("cdevents")
    for name in ("incident-reported", "incident-resolved", "incident-detected", "change-merged", "change-created"):
        record(source, sent("cdevents", name).told(key=name))
    incident, pull = Incident.objects.get(), PullRequest.objects.get()
    assert (incident.resolved_at - incident.opened_at).total_seconds() == 1800
    assert (incident.severity, incident.service.slug) == ("sev2", "pay")
    assert (pull.number, pull.merged_at - pull.opened_at) == (7, timedelta(hours=2))


def basic(body):
    return {"Authorization": "Basic " + base64.b64encode(f"anyone:{SECRET}".encode()).decode()}


def signed(body):
    return {"X-Signature": "sha256=" + hmac.new(SECRET.encode(), body, "sha256").hexdigest()}


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "credentials"), [*[(kind, basic) for kind in TOOLS], ("flux", signed)])
def test_what_comes_in_at_the_door_is_read_as_it_was_sent(kind, credentials):
    source = make_source(kind, secrets=seal([SECRET]))
    for one in all_sent(kind):
        body = orjson.dumps(one.payload)
        headers = {name.title(): value for name, value in one.headers.items() if name != "content-type"}
        path = f"/ingest/{kind}/{source.public_id}/"
        assert Client().post(path, body, "application/json", headers=headers).status_code == 401
        headers |= credentials(body)
        headers |= {"Ce-Id": one.name} if kind == "tekton" else {}
        assert Client().post(path, body, "application/json", headers=headers).status_code == 202
    while process_pending():
        pass
    statuses = set(Delivery.objects.values_list("status", flat=True))
    assert statuses <= {"processed", "ignored"}
    assert "processed" in statuses


def test_every_tool_has_a_sender():
    assert set(TOOLS) <= SENDERS.keys()
    assert RECEIVED.tzinfo is not None
