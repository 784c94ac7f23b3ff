"""What people say of facts lies over what sources say, survives them, and can be undone."""

from datetime import timedelta

import pytest

from ingest.correct import CorrectionRefused, correct, in_force, undo
from ingest.models import ChangedService, Correction, Deployment, Environment, Incident
from tests.factories import NOON, make_deployment, make_incident, make_service, make_source

pytestmark = pytest.mark.django_db


def said(fact, what, value, **more):
    return correct(fact, what, value, **({"reason": "It was so.", "by": "alice", "at": NOON} | more))


def test_the_latest_that_is_not_undone_holds():
    deployment = make_deployment(make_service())
    first = said(deployment, "kind", "hotfix")
    later = said(deployment, "kind", "rollback", at=NOON + timedelta(hours=1))
    assert in_force(Deployment, [deployment.pk])[deployment.pk]["kind"] == later
    undo(later, reason="No.", by="bob", at=NOON)
    assert in_force(Deployment, [deployment.pk])[deployment.pk]["kind"] == first


def test_it_has_the_service_judged_anew_when_said_and_when_undone():
    deployment = make_deployment(make_service())
    made = said(deployment, "excluded", True)
    assert ChangedService.objects.filter(service=deployment.service).exists()
    ChangedService.objects.all().delete()
    undo(made, reason="", by="bob", at=NOON)
    assert ChangedService.objects.filter(service=deployment.service).exists()


def test_linking_an_incident_to_another_services_deployment_marks_both():
    deployment, incident = make_deployment(make_service("pay")), make_incident(make_service("shop"))
    said(incident, "cause", deployment.pk)
    marked = set(ChangedService.objects.values_list("service__slug", flat=True))
    assert marked == {"pay", "shop"}


def test_an_environment_that_is_new_is_made():
    said(make_deployment(make_service()), "environment", "live-eu")
    assert Environment.objects.get(name="live-eu").environment_class == "production"


def test_two_reports_that_share_no_name_are_joined_and_parted_again():
    service = make_service()
    first = make_incident(service, source=make_source("pagerduty"))
    second = make_incident(service, NOON + timedelta(minutes=3), source=make_source("opsgenie"))
    made = said(second, "duplicate_of", first.pk)
    second.refresh_from_db()
    assert second.duplicate_of == first
    undo(made, reason="They were two.", by="bob", at=NOON)
    second.refresh_from_db()
    assert second.duplicate_of is None
    assert not Incident.objects.filter(has_duplicates=True).exists()


@pytest.mark.parametrize(
    ("what", "value"),
    [("kind", "boom"), ("kind", None), ("failed", "yes"), ("excluded", False), ("environment", ""),
     ("environment", "x\0"), ("environment", 7), ("duplicate_of", 999), ("severity", "sev1"), ("cause", None)],
)  # fmt: skip
def test_it_refuses_what_makes_no_sense_of_a_deployment(what, value):
    with pytest.raises(CorrectionRefused):
        said(make_deployment(make_service()), what, value)
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    ("what", "value"), [("severity", "high"), ("cause", 999), ("kind", "hotfix"), ("failed", True)]
)
def test_it_refuses_what_makes_no_sense_of_an_incident(what, value):
    with pytest.raises(CorrectionRefused):
        said(make_incident(make_service()), what, value)


def test_it_asks_for_a_reason():
    with pytest.raises(CorrectionRefused, match="why"):
        said(make_deployment(make_service()), "excluded", True, reason=" ")


def test_it_is_undone_once():
    made = said(make_deployment(make_service()), "excluded", True)
    undo(made, reason="", by="bob", at=NOON)
    with pytest.raises(CorrectionRefused, match="bob"):
        undo(made, reason="", by="charlie", at=NOON)


def test_a_fact_is_no_duplicate_of_itself():
    deployment = make_deployment(make_service())
    with pytest.raises(CorrectionRefused):
        said(deployment, "duplicate_of", deployment.pk)
