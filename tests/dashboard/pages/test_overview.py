"""``/``: the organisation at a glance."""

import re

import pytest
from django.core.management import get_commands

from tests.dashboard.pages.conftest import WEEK, judge, march
from tests.factories import make_delivery, make_incident, make_service

pytestmark = pytest.mark.django_db


def test_it_shows_the_figures_of_the_worked_example(see, example):
    page = see(f"/?{WEEK}")
    for text in ("0.57", "40.0", "1.2", "25"):
        assert f">{text}<" in page
    assert "from 2 Mar" not in page
    assert "2 Mar to 8 Mar 2026" in page


def test_it_links_each_figure_to_its_explanation_with_the_days_written_out(see, example):
    page = see(f"/?{WEEK}")
    assert "/explain/lead_time/?scope=org&amp;from=2026-03-02&amp;to=2026-03-09" in page


def test_it_never_shows_zero_where_nothing_is_known(see, example):
    tiles = re.findall(r'<article class="tile">.*?</article>', see("/?from=2026-09-07&to=2026-09-14"), re.DOTALL)
    assert len(tiles) == 6
    for tile in tiles:
        assert "figure without" in tile
        assert not re.search(r">0\b", tile)


def test_it_says_so_when_it_can_not_read_a_filter(see, example):
    assert "There is no period “12”" in see("/?period=12")


def test_it_keeps_the_filters_in_every_link(see, example):
    page = see("/?period=28&environment=staging")
    assert '<a class="brand" href="/?period=28&amp;environment=staging">' in page
    assert 'href="/teams/payments/?period=28&amp;environment=staging"' in page


def test_it_sorts_the_teams_by_the_url(see, example):
    page = see(f"/?{WEEK}&sort=-lead_time")
    assert 'aria-sort="descending"' in page
    assert "sort=lead_time" in page


def test_it_tells_of_grave_open_incidents_unowned_services_and_refused_events(client, olga, example):
    make_incident(example["service"], march(4, 9), severity="sev1", title="Refunds fail")
    make_incident(example["service"], march(4, 9), severity="sev3", title="A typo")
    judge(example["service"])
    make_service("nobodys")
    make_delivery(status="quarantined", error="no")
    client.force_login(olga)
    page = client.get(f"/?{WEEK}").content.decode()
    assert "Refunds fail, open" in page
    assert "A typo" not in page
    assert "1 service</b>" in page.replace("\u00a0", " ")
    assert "1 event</b>" in page


def test_it_tells_of_refused_events_only_those_who_can_replay_them(see, example):
    make_delivery(status="quarantined", error="no")
    assert "could not be read and wait" not in see("/")


def test_it_shows_what_to_connect_in_an_empty_site(see, settings):
    settings.BASE_URL = "https://plumbline.example"
    page = see("/")
    assert "https://plumbline.example/ingest/events/" in page
    assert "python manage.py add_source github" in page


def test_it_asks_for_as_many_queries_with_twenty_teams_as_with_one(
    client, alice, example, django_assert_max_num_queries
):
    client.force_login(alice)
    client.get(f"/?{WEEK}")
    for number in range(20):
        make_service(f"service-{number}")
    with django_assert_max_num_queries(28):
        client.get(f"/?{WEEK}")


def test_it_names_only_commands_that_there_are(see):
    named = set(re.findall(r"manage\.py (\w+)", see("/")))
    assert named <= get_commands().keys()


def test_it_leads_to_the_latest_deployment_where_the_period_has_none(see, example):
    page = see("/?from=2026-09-07&to=2026-09-14&tier=critical")
    assert "The latest before did on 5 Mar 2026" in page
    assert 'href="/?from=2025-12-06&amp;to=2026-03-06&amp;tier=critical"' in page
    assert "The latest before" not in see(f"/?{WEEK}")


def test_it_leads_nowhere_where_nothing_was_deployed_before(see, example):
    assert "The latest before" not in see("/?from=2026-01-05&to=2026-01-12")
    assert "The latest before" not in see("/?from=2000-01-01&to=2000-01-12")
    assert "The latest before" not in see("/?from=2026-09-07&to=2026-09-14&environment=staging")
