"""An incident of one service that names a deployment of another, in whatever order the two are told."""

from datetime import timedelta

import pytest

from ingest.correct import correct
from ingest.models import Deployment, Incident
from ingest.parsers.observation import DeploymentSeen, IncidentSeen
from ingest.record import record
from scorecards.models import JudgedDeployment, JudgedIncident
from scorecards.rollups.build import build_rollups
from tests.factories import NOON, make_source
from tests.native_events import event, load_lines

pytestmark = pytest.mark.django_db

DEPLOYED = event(
    "d", "deployment.finished", "2026-03-02T10:00:00Z",
    service="pay", environment="production", deployment="pay-1", status="success",
)  # fmt: skip
OPENED = event("i", "incident.opened", "2026-03-02T11:00:00Z", service="web", incident="web-1", caused_by="pay-1")
RESOLVED = event("r", "incident.resolved", "2026-03-02T12:00:00Z", service="web", incident="web-1")


@pytest.mark.parametrize("lines", [[DEPLOYED, OPENED, RESOLVED], [RESOLVED, OPENED, DEPLOYED]])
def test_it_fails_the_deployment_that_is_named(lines):
    for line in lines:
        load_lines([line])
        build_rollups()
    judged = JudgedDeployment.objects.get()
    assert (judged.failed_by, judged.incident_count) == ("incident", 1)
    assert judged.restored_at.isoformat() == "2026-03-02T12:00:00+00:00"
    link = JudgedIncident.objects.get()
    assert (link.deployment_id, link.linked_by, link.service.slug) == (judged.pk, "name", "web")


def said(fact, what, value):
    return correct(fact, what, value, reason="It was so.", by="alice", at=NOON)


def told(external_id, service, minutes, **said):
    at = NOON + timedelta(minutes=minutes)
    return IncidentSeen(at, f"{external_id}-{minutes}", external_id, service, None, None, None, said)


def deployed(external_id, service, minutes, **said):
    at = NOON + timedelta(minutes=minutes)
    return DeploymentSeen(at, f"{external_id}-{minutes}", external_id, service, None, "production", None, said)


def failed_deployments():
    build_rollups()
    return set(JudgedDeployment.objects.filter(failed=True).values_list("deployment__external_id", flat=True))


def test_another_services_deployment_is_judged_anew_when_the_incident_is_excluded():
    load_lines([DEPLOYED, OPENED])
    assert failed_deployments() == {"pay-1"}
    said(Incident.objects.get(), "excluded", True)
    assert failed_deployments() == set()


def test_another_services_deployment_is_judged_anew_when_people_say_that_none_caused_the_incident():
    load_lines([DEPLOYED, OPENED])
    assert failed_deployments() == {"pay-1"}
    said(Incident.objects.get(), "cause", None)
    assert failed_deployments() == set()


def test_another_services_deployment_is_restored_when_an_incident_that_people_linked_to_it_ends():
    record(make_source("github"), [deployed("pay-1", "pay", 0, terminal="succeeded")])
    pager = make_source("pagerduty")
    record(pager, [told("web-1", "web", 10, opened_at=NOON)])
    said(Incident.objects.get(), "cause", Deployment.objects.get().pk)
    assert failed_deployments() == {"pay-1"}
    record(pager, [told("web-1", "web", 30, resolved_at=NOON + timedelta(minutes=30))])
    build_rollups()
    assert JudgedDeployment.objects.get().restored_at == NOON + timedelta(minutes=30)


def test_an_incident_follows_the_deployment_that_it_names_to_the_report_that_stands_for_it():
    record(make_source("jenkins"), [deployed("late", "pay", 5, terminal="succeeded", started_at=NOON, same_as=["d"])])
    record(make_source("pagerduty"), [told("web-1", "web", 10, opened_at=NOON, caused_by="late")])
    build_rollups()
    early = NOON - timedelta(minutes=5)
    record(make_source("github"), [deployed("early", "pay", 4, terminal="succeeded", started_at=early, same_as=["d"])])
    assert failed_deployments() == {"early"}
    assert JudgedIncident.objects.get().deployment.external_id == "early"


def test_of_deployments_with_one_number_an_incident_means_that_of_its_own_service():
    record(make_source("native"), [deployed("1", "pay", 0, terminal="succeeded")])
    jenkins = make_source("jenkins")
    record(jenkins, [deployed("1", "web", 0, terminal="succeeded")])
    record(jenkins, [told("i", "web", 10, opened_at=NOON, caused_by="1")])
    build_rollups()
    assert JudgedDeployment.objects.get(failed=True).service.slug == "web"
    assert JudgedIncident.objects.get().deployment.service.slug == "web"


def test_a_report_that_a_person_joined_is_followed_although_it_bears_no_name():
    native, pager = make_source("native"), make_source("pagerduty")
    record(pager, [told("first", "web", 0, opened_at=NOON), told("first", "web", 9, resolved_at=NOON)])
    record(native, [told("second", "pay", 1, opened_at=NOON)])
    said(Incident.objects.get(external_id="second"), "duplicate_of", Incident.objects.get(external_id="first").pk)
    build_rollups()
    record(native, [told("second", "pay", 40, resolved_at=NOON + timedelta(minutes=40))])
    build_rollups()
    assert JudgedIncident.objects.get().resolved_at == NOON + timedelta(minutes=40)


def test_what_people_said_of_a_report_holds_when_another_one_comes_to_stand_for_it():
    record(make_source("jenkins"), [deployed("late", "pay", 5, terminal="succeeded", started_at=NOON, same_as=["d"])])
    said(Deployment.objects.get(), "failed", True)
    assert failed_deployments() == {"late"}
    early = NOON - timedelta(minutes=5)
    record(make_source("github"), [deployed("early", "pay", 4, terminal="succeeded", started_at=early, same_as=["d"])])
    assert failed_deployments() == {"early"}


def test_an_event_that_comes_too_late_to_change_a_fact_still_tells_its_names():
    github = make_source("github")
    record(github, [deployed("a", "pay", 5, terminal="succeeded", same_as=[])])
    record(github, [deployed("a", "pay", 4, same_as=["d"])])
    record(make_source("jenkins"), [deployed("b", "pay", 5, terminal="succeeded", same_as=["d"])])
    assert Deployment.objects.filter(duplicate_of=None).count() == 1
