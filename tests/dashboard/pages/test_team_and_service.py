"""``/teams/``, ``/teams/<slug>/``, ``/services/<slug>/``."""

import json
import re

import pytest

from tests.dashboard.pages.conftest import WEEK
from tests.factories import make_team, own

pytestmark = pytest.mark.django_db


def figure_of(page: str, name: str):
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


def test_it_lists_every_team_with_its_figures(see, example):
    page = see(f"/teams/?{WEEK}")
    assert "Payments" in page
    assert "scope=team%3Apayments" in page


def test_it_draws_a_chart_a_metric_with_the_same_numbers_as_a_table(see, example):
    page = see(f"/teams/payments/?{WEEK}")
    figure = figure_of(page, "chart-change-failure-rate")
    assert figure["data"][0]["y"] == [40.0]
    assert "<td>40.0\u00a0%</td>" in page
    assert page.count("as a table") == 4


def test_it_leaves_a_gap_in_a_chart_where_there_is_no_data(see, example):
    page = see("/teams/payments/?from=2026-03-02&to=2026-03-23")
    assert figure_of(page, "chart-lead-time")["data"][0]["y"] == [1.1667, None, None]


def test_it_lists_the_services_that_the_team_owns_today(see, example):
    assert 'href="/services/pay/' in see(f"/teams/payments/?{WEEK}")


def test_it_shows_a_team_without_services(see, example):
    make_team("idle", name="Idle")
    assert "No service belongs to this team today." in see("/teams/idle/")


def test_it_answers_not_found_for_a_team_and_a_service_that_are_not_there(see, example):
    assert "There is nothing here" in see("/teams/nope/", 404)
    assert "There is nothing here" in see("/services/nope/", 404)


def test_it_draws_each_deployment_of_a_service_and_failed_ones_as_triangles(see, example):
    page = see(f"/services/pay/?{WEEK}")
    assert "5 deployments, 2 failed, 1 incident" in page
    assert page.count('class="tick"') == 5
    assert page.count('<polygon class="failed"') == 2


def test_it_tells_who_owned_a_service_when(see, example):
    own(make_team("search", name="Search"), example["service"], at=example["d5"].finished_at, key="moved")
    page = see(f"/services/pay/?{WEEK}")
    assert page.index(">Search</a>") < page.index(">Payments</a> <span")


def test_it_escapes_a_name_that_looks_like_markup(see, example):
    service = example["service"]
    service.name = "<img src=x onerror=alert(1)>"
    service.save()
    page = see(f"/services/pay/?{WEEK}")
    assert "<img" not in page
    assert "&lt;img" in page


def test_it_draws_the_target_of_frequency_as_working_days_of_all_days(see, example):
    figure = figure_of(see(f"/teams/payments/?{WEEK}"), "chart-deployment-frequency")
    assert figure["layout"]["shapes"][0]["y0"] == pytest.approx(5 / 7)
