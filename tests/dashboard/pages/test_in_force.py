"""Which definitions hold: in the explanation, and on the page of all definitions."""

from datetime import timedelta

import pytest

from dashboard import formats
from dashboard.pages import in_force
from scorecards.metrics.records import DEFAULT_RULES, Definitions, Limits
from scorecards.rollups.summary import METRICS
from tests.dashboard.pages.conftest import WEEK

DORA = Definitions(rules=DEFAULT_RULES | {"hotfix"}, link_incidents=False, exclude_status_failed=True)


def test_it_tells_the_rules_that_are_on_and_those_that_are_off():
    on = in_force.rules("change_failure_rate", DORA)
    assert len(on) + len(in_force.off(DORA)) == len(formats.RULES)
    assert not any("own status" in rule for rule in on)
    assert in_force.linking(DORA) not in on
    assert "24 hours" in in_force.linking(Definitions())
    assert in_force.linking(Definitions()) in in_force.rules("mttr", Definitions())


def test_it_tells_no_rule_of_a_metric_that_is_as_the_standard_has_it():
    for metric in ("lead_time", "rework_rate", "response"):
        assert in_force.rules(metric, Definitions()) == []


def test_it_tells_what_is_otherwise():
    other = Definitions(
        rules=DEFAULT_RULES | {"patch"},
        patched_within=timedelta(hours=12),
        count_hotfixes=False,
        sources=frozenset({1}),
        environments=(("eu-*", "production"),),
        lead_time_from="pull_request_opened",
        lead_time_bots=False,
        limits=Limits(sev1=timedelta(minutes=10)),
    )
    counting = [
        "Hotfixes do not count.",
        "Deployments of 1 chosen source count.",
        "Environments by name: eu-* is production.",
    ]
    assert in_force.rules("rework_rate", other) == counting
    begins = ["A lead time begins when its pull request was opened.", "Changes by bots are left out."]
    assert in_force.rules("lead_time", other) == [*begins, *counting]
    assert in_force.rules("response", other) == [
        "Limits: sev1 10 minutes, sev2 15 minutes, sev3 60 minutes, sev4 none."
    ]
    assert "A patch follows soon, that is within 12 hours." in in_force.rules("mttr", other)


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
