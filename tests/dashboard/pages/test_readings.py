"""The standard's readings beside ours: on a page's component."""

from datetime import UTC, date, datetime

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from dashboard.filters import Filters
from dashboard.pages.readings import beside
from ingest.models import Service, Team
from scorecards.rollups.read import ORGANISATION, Scope
from tests.native_events import ingest, worked_example

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
QUERY = {"from": "2026-03-02", "to": "2026-03-09"}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def panels(scope: Scope, **query: str):
    found = beside(scope, Filters.from_query(QUERY | query, date(2026, 3, 5)))["panels"]
    return {panel.title: panel for panel in found}


def service() -> Scope:
    return Scope("service", Service.objects.get(slug="pay").pk)


def test_it_shows_each_reading_beside_our_figure():
    ingest(worked_example())
    found = panels(service())
    assert {title: str(panel.reads).replace("\u00a0", " ") for title, panel in found.items()} == {
        "Deployment Frequency": "0.00056 / s",
        "Deployment Success Rate": "50.0 %",
        "Mean Time to Recovery": "38 min",
        "Change Failure Rate": "20.0 %",
    }
    assert {title: panel.ours.number for title, panel in found.items()} == {
        "Deployment Frequency": "1.0",
        "Deployment Success Rate": "40.0",
        "Mean Time to Recovery": "25",
        "Change Failure Rate": "40.0",
    }
    assert all(panel.why and panel.query for panel in found.values())


@pytest.mark.parametrize("query", [{}, {"environment": "staging"}])
def test_it_is_about_production_whatever_the_page_shows(query):
    ingest(worked_example())
    assert panels(service(), **query)["Change Failure Rate"].ours.number == "40.0"


def test_a_team_and_the_organisation_say_that_the_panel_draws_a_line_for_each_service():
    ingest(worked_example())
    team = Scope("team", Team.objects.get(slug="payments").pk)
    for scope in (team, ORGANISATION, Scope("org", tier="critical")):
        found = panels(scope)
        assert str(found["Change Failure Rate"].reads) == "20.0\u00a0%"
        assert "a line for each" in found["Deployment Frequency"].note
    assert panels(service())["Deployment Frequency"].note == ""
    assert panels(Scope("org", tier="low"))["Change Failure Rate"].reads is None


def shown(scope: Scope) -> str:
    return render_to_string("components/standard_readings.html", beside(scope, Filters.from_query(QUERY, NOW.date())))


def test_no_data_is_told_in_words():
    html = render_to_string(
        "components/standard_readings.html", beside(ORGANISATION, Filters.from_query({}, NOW.date()))
    )
    assert "No deployment to production yet" in html
    assert "No rollback in 90 days" in html


def test_it_shows_the_queries_as_written():
    ingest(worked_example())
    html = render_to_string(
        "components/standard_readings.html", beside(service(), Filters.from_query(QUERY, NOW.date()))
    )
    assert "sum(rate(deployments_total{status=&quot;failed&quot;}[7d]))" in html
    assert "sum(rate(deployments_total[1h])) by (service)" in html
