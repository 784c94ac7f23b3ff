"""Which definitions hold: in the explanation, and on the page of all definitions."""

import pytest

from dashboard import formats
from dashboard.pages import in_force
from scorecards.metrics.records import DEFAULT_RULES, Definitions
from scorecards.rollups.summary import METRICS
from tests.dashboard.pages.conftest import WEEK

DORA = Definitions(rules=DEFAULT_RULES | {"hotfix"}, link_incidents=False, exclude_status_failed=True)


def test_it_says_whose_definitions_hold():
    assert in_force.whose(Definitions()) == "The standard’s own, since the first event."
    assert in_force.whose(DORA) == "The organisation’s own, since the first event."


def test_it_tells_the_rules_that_are_on_and_those_that_are_off():
    on = in_force.rules("change_failure_rate", DORA)
    assert len(on) + len(in_force.off(DORA)) == len(formats.RULES)
    assert not any("own status" in rule for rule in on)
    assert in_force.LINKING not in on
    assert in_force.LINKING in in_force.rules("mttr", Definitions())


def test_it_tells_no_rule_of_a_metric_that_depends_on_none():
    assert in_force.rules("lead_time", Definitions()) == []


@pytest.mark.django_db
def test_it_stands_in_the_explanation_with_a_link_to_all_definitions(see, example):
    page = see(f"/explain/change_failure_rate/?{WEEK}")
    assert "The standard’s own, since the first event." in page
    assert "A deployment is failed when a later deployment rolled it back." in page
    assert "#change_failure_rate" in page


@pytest.mark.django_db
def test_it_defines_every_metric_on_one_page(see, example):
    page = see("/definitions/")
    assert all(f'id="{metric}"' in page for metric in METRICS)
    assert "within 24 h, was its patch version" in page


@pytest.mark.django_db
def test_it_calls_an_incident_of_no_deployment_one_with_a_known_cause(see, example):
    assert "of incidents have a known cause" in see(f"/data/?{WEEK}")
