"""What all incident tools' parsers share: nothing breaks them, and any order of a life's events tells the same."""

from datetime import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.facts.same import joined_reports
from ingest.models import Incident, Source
from ingest.record import record
from tests.factories import make_source
from tests.ingest.facts.snapshot import facts
from tests.ingest.parsers.mutations import ANYTHING, JUNK, broken, paths_of, replaced, without
from tests.ingest.parsers.recorded import all_sent, sent
from tests.ingest.parsers.test_delivery_tools import survives

KINDS = ("alertmanager", "pagerduty", "opsgenie")
ALL = all_sent(*KINDS)
by_name = pytest.mark.parametrize("one", ALL, ids=[f"{one.kind}/{one.name}" for one in ALL])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@by_name
def test_it_survives_every_member_taken_away_nulled_or_of_another_type(one):
    survives(one, one.payload)
    for path in paths_of(one.payload):
        survives(one, without(one.payload, path))
        for junk in JUNK:
            survives(one, replaced(one.payload, path, junk))


@by_name
@given(data=st.data())
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_it_survives_two_things_wrong_at_once(one, data):
    once = data.draw(broken(one.payload))
    survives(one, data.draw(broken(once)) if paths_of(once) else once)


@pytest.mark.parametrize("kind", KINDS)
@given(payload=ANYTHING)
def test_it_survives_anything(kind, payload):
    survives(all_sent(kind)[0], payload)


def recorded(order, sources) -> dict:
    """The facts after these deliveries, each in a transaction of its own; forgotten again."""
    with transaction.atomic():
        for one in order:
            told = one.told(key=one.name)
            record(sources[one.kind], told if isinstance(told, list) else [])
        found = facts()
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_order_and_repetition_gives_the_same_facts(data):
    sources = {kind: Source.objects.filter(kind=kind).first() or make_source(kind) for kind in KINDS}
    order = data.draw(st.permutations(ALL)) + data.draw(st.lists(st.sampled_from(ALL), max_size=6))
    assert recorded(order, sources) == recorded(ALL, sources)


@pytest.mark.django_db
def test_a_pagers_life_is_one_incident_that_the_first_answer_and_the_last_end_hold():
    source = make_source("pagerduty")
    for one in reversed(all_sent("pagerduty")):
        told = one.told(key=one.name)
        record(source, told if isinstance(told, list) else [])
    row = Incident.objects.get()
    assert (row.external_id, row.service.slug, row.severity) == ("pagerduty/PGR0VU2", "shop", "sev1")
    assert row.opened_at == at("2026-03-09T10:00:35Z")
    assert row.acknowledged_at == at("2026-03-09T10:03:00Z")
    assert row.resolved_at == at("2026-03-09T11:10:00Z")


@pytest.mark.django_db
def test_an_alert_that_was_closed_is_not_ended_again_by_its_deletion():
    source = make_source("opsgenie")
    for name in ("delete", "create", "close", "acknowledge-again", "acknowledge"):
        record(source, sent("opsgenie", name).told(key=name))
    row = Incident.objects.get()
    assert row.resolved_at == at("2026-03-09T10:30:35.104Z")
    assert row.acknowledged_at == at("2026-03-09T10:03:35.104Z")
    assert (row.service.slug, row.environment.name) == ("pay", "production")


@pytest.mark.django_db
def test_an_alert_that_is_deleted_while_it_is_open_ends_then():
    source = make_source("opsgenie")
    for name in ("delete", "create", "acknowledge"):
        record(source, sent("opsgenie", name).told(key=name))
    assert Incident.objects.get().resolved_at == at("2026-03-09T11:30:35.104Z")


def of_group(told, name="pagerduty"):
    """The pager's life, about the group that Alertmanager told."""
    key = next(shared for seen in told for shared in seen.said["same_as"] if shared.startswith("alertgroup/"))
    found = []
    for one in all_sent(name):
        payload = replaced(one.payload, ("event", "data", "incident_key"), key.removeprefix("alertgroup/"))
        found.append(one._replace(payload=payload))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("backwards", [False, True])
def test_a_groups_alerts_and_the_pagers_incident_of_it_are_one(backwards):
    alerts, pager = make_source("alertmanager"), make_source("pagerduty")
    life = [(alerts, one) for one in all_sent("alertmanager") if one.name != "watchdog"]
    life += [(pager, one) for one in of_group(life[0][1].told())]
    for source, one in reversed(life) if backwards else life:
        told = one.told(key=one.name)
        record(source, told if isinstance(told, list) else [])
    (first,) = Incident.objects.filter(duplicate_of=None, resolved_at__isnull=False)
    assert first.external_id == "alertmanager/c1d2e3f4a5b6c7d8/1773050400123456"
    assert set(first.duplicates.values_list("external_id", flat=True)) == {
        "alertmanager/00aa11bb22cc33dd/1773050700500000", "pagerduty/PGR0VU2",
    }  # fmt: skip
    together, _ = joined_reports(Incident, [first.pk])
    values = together[first.pk].values
    assert values["opened_at"] == at("2026-03-09T10:00:00.123456Z")
    assert values["acknowledged_at"] == at("2026-03-09T10:03:00Z")
    assert values["resolved_at"] == at("2026-03-09T11:10:00Z")
    (later,) = Incident.objects.filter(resolved_at=None)
    assert (later.external_id, later.duplicate_of) == ("alertmanager/c1d2e3f4a5b6c7d8/1773064800000000", None)


@pytest.mark.django_db
@pytest.mark.parametrize("backwards", [False, True])
def test_an_alert_that_began_anew_without_an_end_is_one_incident(backwards):
    source = make_source("alertmanager")
    first = sent("alertmanager", "firing")
    starts, ends = ("alerts", 0, "startsAt"), ("alerts", 0, "endsAt")
    over = replaced(replaced(first.payload, ("alerts", 0, "status"), "resolved"), ends, "2026-03-09T10:30:00Z")
    life = [first.payload, replaced(first.payload, starts, "2026-03-09T10:10:00Z"),
            replaced(over, starts, "2026-03-09T10:10:00Z"), sent("alertmanager", "fired-again").payload]  # fmt: skip
    for number, payload in enumerate(reversed(life) if backwards else life):
        record(source, first.told(payload, key=f"{number}"))
    one, again = Incident.objects.filter(duplicate_of=None).order_by("opened_at")
    together, _ = joined_reports(Incident, [one.pk, again.pk])
    assert together[one.pk].values["opened_at"] == at("2026-03-09T10:00:00.123456Z")
    assert together[one.pk].values["resolved_at"] == at("2026-03-09T10:30:00Z")
    assert (again.opened_at, together[again.pk].values["resolved_at"]) == (at("2026-03-09T14:00:00Z"), None)
