"""Figures follow what people say: the worked example of the definitions, corrected."""

from datetime import UTC, date, datetime

import pytest

from ingest.correct import correct, undo
from ingest.models import Deployment, Incident
from ingest.window import Window
from scorecards.models import JudgedDeployment, JudgedIncident
from scorecards.rollups import read
from scorecards.rollups.build import build_rollups
from tests.factories import NOON, make_deployment, make_incident, make_service, make_source
from tests.native_events import ingest, worked_example

pytestmark = pytest.mark.django_db
WEEK = Window(date(2026, 3, 2), date(2026, 3, 9), UTC)
TODAY = date(2026, 3, 20)


@pytest.fixture
def pay():
    ingest(worked_example())
    build_rollups()
    return Deployment.objects.first().service


def said(fact, what, value):
    made = correct(fact, what, value, reason="It was so.", by="alice", at=NOON)
    build_rollups()
    return made


def summary(service):
    return read.summary(read.Scope("service", service.pk), "production", WEEK, TODAY)


def deployed(name: str) -> Deployment:
    return Deployment.objects.get(external_id=name)


def test_an_excluded_deployment_counts_nowhere_until_that_is_undone(pay):
    before = summary(pay)
    made = said(deployed("d4"), "excluded", True)
    after = summary(pay)
    assert (after.finished_deployments, after.failed_deployments) == (4, 1)
    assert ("deployment_excluded", 1) in [(left.reason, left.count) for left in after.left_out["change_failure_rate"]]
    undo(made, reason="", by="bob", at=NOON)
    build_rollups()
    assert summary(pay) == before


def test_no_failure_holds_over_every_rule(pay):
    said(deployed("d2"), "failed", False)
    found = summary(pay)
    assert (found.failed_deployments, found.finished_deployments) == (1, 5)
    assert found.corrected_deployments == 1
    assert Incident.objects.get().judged.deployment == deployed("d2")


def test_a_failure_that_no_rule_finds_is_restored_by_the_next_that_succeeded(pay):
    said(deployed("d1"), "failed", True)
    judged = JudgedDeployment.objects.get(deployment=deployed("d1"))
    assert judged.failed_by == "by_hand"
    assert judged.restored_by == deployed("d2")


def test_unlinking_an_incident_leaves_its_deployment_to_the_other_rules(pay):
    said(Incident.objects.get(), "cause", None)
    assert JudgedDeployment.objects.get(deployment=deployed("d2")).failed_by == "rolled_back"
    assert JudgedIncident.objects.get().reason == "known_to_come_from_none"


def test_linking_it_to_another_fails_that_one(pay):
    said(Incident.objects.get(), "cause", deployed("d1").pk)
    assert JudgedDeployment.objects.get(deployment=deployed("d1")).failed_by == "incident"
    assert JudgedIncident.objects.get().linked_by == "hand"


def test_a_link_by_hand_to_another_services_deployment_fails_it_there(pay):
    other = make_deployment(make_service("shop"), datetime(2026, 3, 3, 12, 5, tzinfo=UTC), external_id="s1")
    said(Incident.objects.get(), "cause", other.pk)
    assert JudgedDeployment.objects.get(deployment=other).failed_by == "incident"
    assert JudgedDeployment.objects.get(deployment=deployed("d2")).failed_by == "rolled_back"


def test_a_release_that_was_a_rollback_fails_the_one_before(pay):
    said(deployed("d5"), "kind", "rollback")
    assert JudgedDeployment.objects.get(deployment=deployed("d5")).rollback


def test_a_rollback_that_was_none_fails_nobody(pay):
    said(deployed("d3"), "kind", "release")
    said(Incident.objects.get(), "cause", None)
    judged = JudgedDeployment.objects.get(deployment=deployed("d2"))
    assert judged.failed_by == "rolled_back"  # it still goes back to an older version


def test_a_corrected_severity_decides_the_limit(pay):
    said(Incident.objects.get(), "severity", "sev4")
    assert JudgedIncident.objects.get().severity == "sev4"
    assert summary(pay).response.judged == 0


def test_an_excluded_incident_counts_nowhere(pay):
    said(Incident.objects.get(), "excluded", True)
    found = summary(pay)
    assert found.incidents_opened == 0
    assert not JudgedIncident.objects.exists()


def test_another_environment_moves_it_to_another_class(pay):
    said(deployed("d1"), "environment", "staging")
    assert JudgedDeployment.objects.get(deployment=deployed("d1")).environment_class == "staging"


def test_what_the_source_tells_again_changes_nothing_of_it(pay):
    said(deployed("d2"), "failed", False)
    before = summary(pay)
    ingest(worked_example())
    build_rollups()
    assert summary(pay) == before


def test_two_reports_joined_by_hand_count_once(pay):
    second = make_deployment(pay, datetime(2026, 3, 5, 9, 21, tzinfo=UTC), source=make_source("argocd"), version="4",
                             external_id="argocd/1")  # fmt: skip
    build_rollups_for(pay)
    assert summary(pay).finished_deployments == 6
    said(second, "duplicate_of", deployed("d5").pk)
    assert summary(pay).finished_deployments == 5
    assert JudgedDeployment.objects.filter(deployment__in=[second, deployed("d5")]).count() == 1


def test_an_incident_reported_twice_is_judged_with_what_both_say(pay):
    opened = datetime(2026, 3, 3, 12, 11, tzinfo=UTC)
    second = make_incident(pay, opened, source=make_source("pagerduty"), severity="sev1",
                           acknowledged_at=opened, resolved_at=datetime(2026, 3, 3, 12, 50, tzinfo=UTC),
                           stamps='[[1,"k","acknowledged_at opened_at resolved_at severity"]]')  # fmt: skip
    said(second, "duplicate_of", Incident.objects.exclude(pk=second.pk).get().pk)
    judged = JudgedIncident.objects.get()
    assert (judged.severity, judged.acknowledged_at, judged.resolved_at.minute) == ("sev1", opened, 50)
    assert judged.deployment == deployed("d2")


def build_rollups_for(service):
    from ingest.models import ChangedService

    ChangedService.objects.create(service=service)
    build_rollups()
