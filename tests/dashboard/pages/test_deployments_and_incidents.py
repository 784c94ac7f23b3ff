"""``/deployments/``, ``/incidents/``: lists by a cursor, and what one of them is."""

import re

import pytest

from dashboard.pages import deployments
from ingest.models import ChangedService
from scorecards.rollups.build import build_rollups
from tests.dashboard.pages.conftest import WEEK, march
from tests.factories import make_deployment, make_incident, make_service

pytestmark = pytest.mark.django_db


def names(page: str) -> list[str]:
    return re.findall(r'<a class="clip" href="/deployments/\d+/">(.*?)</a>', page)


def test_it_lists_deployments_newest_first(see, example):
    assert names(see(f"/deployments/?{WEEK}")) == ["3", "3", "1", "2", "1"]


def test_it_lists_failed_ones_alone_and_says_by_which_rule(see, example):
    page = see(f"/deployments/?{WEEK}&outcome=failed")
    assert names(page) == ["3", "2"]
    assert "its own status is failed" in page
    assert "a later deployment rolled it back" in page


def test_it_pages_by_a_cursor_without_losing_or_repeating_a_row(see, example, monkeypatch):
    monkeypatch.setattr(deployments.newest, "__defaults__", (2,))
    for number in range(3):  # the same moment: the id decides
        make_deployment(example["service"], march(6, 9), version=f"same-{number}")
    ChangedService.objects.create(service=example["service"])
    build_rollups()
    path, found = f"/deployments/?{WEEK}", []
    while path:
        page = see(path)
        found += names(page)
        older = re.search(r'<a href="([^"]+)" rel="next">Older', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert found == ["same-2", "same-1", "same-0", "3", "3", "1", "2", "1"]


def test_it_shows_the_newest_for_a_cursor_that_it_can_not_read(see, example):
    assert names(see(f"/deployments/?{WEEK}&before=nonsense"))[0] == "3"


def test_it_keeps_to_a_scope(see, example):
    assert "Of Payments only" in see(f"/deployments/?{WEEK}&scope=team:payments")
    see("/deployments/?scope=team:nope", 404)
    see("/deployments/?scope=everything", 404)


def test_it_says_what_a_deployment_brought_and_how_that_is_known(see, example):
    page = see(f"/deployments/{example['d1'].pk}/")
    assert "The source listed what it brings." in page
    assert "Change a" in page
    assert "30\u00a0min" in page
    assert "no incident is linked to it" in page


def test_it_says_why_a_deployment_failed_and_what_restored_it_after_how_long(see, example):
    page = see(f"/deployments/{example['d2'].pk}/")
    assert "A later deployment rolled it back." in page
    assert "An incident is linked to it." in page
    assert "<b>38\u00a0min</b>" in page
    assert f'/deployments/{example["d3"].pk}/">1</a>' in page
    assert "Checkout answers 502" in page


def test_it_shows_a_deployment_that_has_not_finished(see, example):
    running = make_deployment(example["service"], None, status="running")
    assert "It has not finished, or is not judged yet" in see(f"/deployments/{running.pk}/")


def test_it_flags_a_start_that_another_event_told_after_the_finish(see, example):
    late = make_deployment(example["service"], march(4, 9), started_at=march(4, 10))
    assert "after the finish: two events do not fit together" in see(f"/deployments/{late.pk}/")
    assert "after the finish" not in see(f"/deployments/{example['d1'].pk}/")


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://ci.example.com/run/1", True),
        ("http://ci.example.com/run/1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//ci.example.com/x", False),
        ("https://[broken", False),
    ],
)
def test_it_links_to_the_source_only_by_a_web_address(see, example, url, linked):
    deployment = make_deployment(example["service"], url=url)
    page = see(f"/deployments/{deployment.pk}/")
    assert ('rel="noopener noreferrer"' in page) == linked
    assert linked or url not in page


def test_it_lists_incidents_with_how_they_were_linked(see, example):
    page = see(f"/incidents/?{WEEK}")
    assert "Checkout answers 502" in page
    assert "the incident names it" in page
    assert "30\u00a0min" in page


def test_it_lists_open_incidents_alone(see, example):
    make_incident(example["service"], march(4, 9), title="Refunds fail")
    ChangedService.objects.create(service=example["service"])
    build_rollups()
    page = see(f"/incidents/?{WEEK}&state=open")
    assert "Refunds fail" in page
    assert "Checkout answers 502" not in page


def test_it_says_what_an_incident_did_not_tell(see, example):
    silent = make_incident(example["service"], march(4, 9))
    page = see(f"/incidents/{silent.pk}/")
    assert "not told, taken as sev3" in page
    assert "not told, taken as production" in page


def test_it_answers_not_found_for_what_is_not_there(see, example):
    see("/deployments/999999/", 404)
    see("/incidents/999999/", 404)


def test_it_leads_to_the_latest_deployment_of_the_scope_where_the_period_has_none(see, example):
    make_service("idle")
    path = "/deployments/?from=2026-09-07&to=2026-09-14"
    assert "show the 90 days up to then" in see(path)
    assert "scope=service%3Apay" in see(f"{path}&scope=service:pay")
    assert "show the 90 days up to then" not in see(f"{path}&scope=service:idle")
    assert "show the 90 days up to then" not in see(f"{path}&outcome=failed")
