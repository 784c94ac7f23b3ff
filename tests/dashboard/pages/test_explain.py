"""``/explain/<metric>/``: the same for every figure."""

import re

import pytest

from scorecards.rollups.summary import METRICS
from tests.dashboard.pages.conftest import WEEK

pytestmark = pytest.mark.django_db


def formula(page: str) -> str:
    return re.search(r'class="formula">(.*?)<', page)[1].replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        ("deployment_frequency", "4 deployments / 7 days / 1 active service = 0.57 / day / service"),
        ("lead_time", "median of 4 delivered changes = 1.2 h"),
        ("change_failure_rate", "2 failed / 5 finished = 40.0 %"),
        ("mttr", "mean of 2 restorations = 25 min"),
        ("failed_deployment_recovery_time", "median of 2 restored failed deployments = 29 min"),
        ("rework_rate", "1 rollbacks and hotfixes / 4 succeeded = 25.0 %"),
    ],
)
@pytest.mark.parametrize("scope", ["org", "team:payments", "service:pay"])
def test_it_writes_the_formula_with_the_numbers_of_the_scope(see, example, metric, text, scope):
    assert formula(see(f"/explain/{metric}/?scope={scope}&{WEEK}")) == text


@pytest.mark.parametrize(
    ("metric", "facts"),
    [
        ("deployment_frequency", 4),
        ("lead_time", 4),
        ("change_failure_rate", 5),
        ("mttr", 2),
        ("failed_deployment_recovery_time", 2),
        ("rework_rate", 1),
        ("response", 1),
    ],
)
def test_it_lists_as_many_facts_as_the_figure_counts(see, example, metric, facts):
    page = see(f"/explain/{metric}/?scope=service:pay&{WEEK}")
    assert page.count("<tr><td><time") == facts


def test_it_lists_restorations_of_both_kinds_in_order(see, example):
    page = see(f"/explain/mttr/?scope=service:pay&{WEEK}")
    assert page.index("restored after 20\u00a0min") < page.index("resolved after 30\u00a0min")


@pytest.mark.parametrize("metric", METRICS)
def test_it_says_why_there_is_no_figure_and_shows_no_formula(see, example, metric):
    page = see(f"/explain/{metric}/?scope=service:pay&from=2026-09-07&to=2026-09-14")
    assert "value-none" in page
    assert "formula" not in page
    assert "None in this period." in page


def test_it_answers_not_found_for_what_it_does_not_know(see, example):
    see("/explain/velocity/", 404)
    see("/explain/mttr/?scope=team:nope", 404)
    see("/explain/mttr/?scope=moon", 404)


def test_it_offers_the_part_that_the_panel_shows(see, example):
    assert '<div id="explanation">' in see(f"/explain/mttr/?{WEEK}")
