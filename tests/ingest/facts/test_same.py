"""Two sources that report one deployment or incident: one fact, in any order, and apart again when that changes."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import transaction

from ingest.facts.same import joined_reports
from ingest.models import Deployment, Incident
from ingest.parsers.observation import DeploymentSeen, IncidentSeen, RepositoryRef
from ingest.record import record
from tests.factories import NOON, make_source

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def incident(external_id: str, minutes: int, *, service: str = "pay", **said: object) -> IncidentSeen:
    at = NOON + minutes * MINUTE
    return IncidentSeen(at, f"{external_id}-{minutes}", external_id, service, None, None, None, said)


def opened(external_id: str, minutes: int, *names: str, **said: object) -> IncidentSeen:
    return incident(external_id, minutes, opened_at=NOON + minutes * MINUTE, same_as=list(names), **said)


def resolved(external_id: str, minutes: int) -> IncidentSeen:
    return incident(external_id, minutes, resolved_at=NOON + minutes * MINUTE)


def standing(model: type = Incident) -> dict[str, str | None]:
    return dict(model.objects.values_list("external_id", "duplicate_of__external_id"))


def test_a_pager_and_an_alert_under_one_name_are_one_incident_in_any_order():
    pager, alerts = make_source("pagerduty"), make_source("alertmanager")
    told = [
        (alerts, opened("alert/1", 0, "group/x", severity="sev3")),
        (pager, opened("pager/1", 1, "group/x", severity="sev2")),
        (pager, incident("pager/1", 3, acknowledged_at=NOON + 3 * MINUTE)),
        (alerts, resolved("alert/1", 20)),
        (pager, resolved("pager/1", 25)),
    ]
    for order in permutations(told):
        point = transaction.savepoint()
        for source, seen in order:
            record(source, [seen])
        assert standing() == {"alert/1": None, "pager/1": "alert/1"}
        first = Incident.objects.get(external_id="alert/1")
        assert first.has_duplicates
        joined, names = joined_reports(Incident, [first.pk])
        values = joined[first.pk].values
        assert values["opened_at"] == NOON
        assert values["acknowledged_at"] == NOON + 3 * MINUTE
        assert values["resolved_at"] == NOON + 25 * MINUTE
        assert values["severity"] == "sev2"
        assert names == {first.pk: ["pager/1"]}
        transaction.savepoint_rollback(point)


def test_it_is_open_while_one_report_is():
    pager, alerts = make_source("pagerduty"), make_source("alertmanager")
    record(alerts, [opened("alert/1", 0, "g"), resolved("alert/1", 9)])
    record(pager, [opened("pager/1", 1, "g")])
    first = Incident.objects.get(external_id="alert/1")
    assert joined_reports(Incident, [first.pk])[0][first.pk].values["resolved_at"] is None


def test_a_name_that_comes_back_later_is_another_incident_also_when_the_resolution_comes_last():
    alerts = make_source("alertmanager")
    record(alerts, [opened("alert/1", 0, "g")])
    record(alerts, [opened("alert/2", 30, "g")])
    assert standing() == {"alert/1": None, "alert/2": "alert/1"}
    record(alerts, [resolved("alert/1", 10)])
    assert standing() == {"alert/1": None, "alert/2": None}
    assert not Incident.objects.filter(has_duplicates=True).exists()


def deployed(external_id: str, minutes: int, **said: object) -> DeploymentSeen:
    at = NOON + minutes * MINUTE
    place = RepositoryRef("acme/pay", "7")
    return DeploymentSeen(at, f"{external_id}-{minutes}", external_id, None, place, "production", None, said)


def test_two_webhooks_of_one_platform_give_one_deployment():
    organisation, repository = make_source("github"), make_source("github")
    record(organisation, [deployed("github/7/1", 0, started_at=NOON), deployed("github/7/1", 5, terminal="succeeded")])
    record(repository, [deployed("github/7/1", 0, started_at=NOON)])
    assert Deployment.objects.filter(duplicate_of=None).count() == 1
    first = Deployment.objects.get(duplicate_of=None)
    assert joined_reports(Deployment, [first.pk])[0][first.pk].status == "succeeded"


def test_ids_that_people_made_up_are_no_names_elsewhere():
    record(make_source("native"), [deployed("1", 0, started_at=NOON)])
    record(make_source("jenkins"), [deployed("1", 0, started_at=NOON)])
    assert Deployment.objects.filter(duplicate_of=None).count() == 2


def test_a_native_event_may_name_another_sources_report():
    record(make_source("native"), [deployed("d1", 1, started_at=NOON, same_as=["github/7/1"])])
    record(make_source("github"), [deployed("github/7/1", 0, started_at=NOON)])
    assert Deployment.objects.filter(duplicate_of=None).count() == 1
