"""The demo's campaigns: one that was reached and one that runs, with their days as they were."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from dashboard.demo.campaigns import load_campaigns
from ingest.models import Service
from scorecards.campaigns.read import days_of
from scorecards.models import AdoptionDay, Campaign, ControlVerdict, VerdictChange
from tests.dashboard.demo.conftest import NOW
from tests.factories import make_service, make_team

TODAY = NOW.date()
TOKENS = "DOP-2.1-05"


def changed(service: Service, days_ago: int, before: str, after: str) -> None:
    """The verdict became another; the newest is the one that it has."""
    at = datetime.combine(TODAY - timedelta(days=days_ago), NOW.timetz())
    VerdictChange.objects.create(
        service=service, standard="DOP", control=TOKENS, before=before, after=after, cause="repository", at=at
    )
    said = {"section": "2.1", "level": "REQUIRED", "phase": "Foundation", "verdict": after, "since": at}
    ControlVerdict.objects.update_or_create(service=service, standard="DOP", control=TOKENS, defaults=said)


def uses(service: Service, days_ago: int, state: str) -> None:
    figures = {"state": "not", "states": {"observability": state}}
    AdoptionDay.objects.create(service=service, day=TODAY - timedelta(days=days_ago), figures=figures)


@pytest.fixture
def loaded(db: None) -> dict[str, Campaign]:
    """Of four services one meets the control late and one begins to use the capability late."""
    for number in range(4):
        service = make_service(f"s{number}", make_team("pay"))
        changed(service, 90, "", "fail" if number == 3 else "pass")
        uses(service, 80, "not" if number > 1 else "used")
    changed(Service.objects.get(slug="s3"), 40, "fail", "pass")
    uses(Service.objects.get(slug="s2"), 30, "used")
    load_campaigns(NOW)
    return {one.slug: one for one in Campaign.objects.all()}


def test_one_ended_on_the_day_on_which_it_was_reached(loaded: dict[str, Campaign]) -> None:
    made = loaded["workflow-tokens"]
    assert (made.ended_because, made.ended_on) == ("done", TODAY - timedelta(days=40))
    assert made.starts_on is not None
    assert made.starts_on < made.ended_on < made.deadline < TODAY
    assert [told.done for _, told in days_of(made)][-2:] == [3, 4]
    assert (made.outcome["in_scope"], made.outcome["done"], made.outcome["open"]) == (4, 4, [])


def test_one_runs_and_has_a_day_for_each_since_it_began(loaded: dict[str, Campaign]) -> None:
    made = loaded["objectives-with-data"]
    assert made.ended_on is None
    assert made.deadline > TODAY
    days = days_of(made)
    assert [day for day, _ in days] == [TODAY - timedelta(days=number) for number in range(64, -1, -1)]
    assert {day: told.done for day, told in days}[TODAY - timedelta(days=31)] == 2
    assert {day: told.done for day, told in days}[TODAY - timedelta(days=30)] == 3
    assert [one["service"] for one in made.outcome["open"]] == ["s3"]


def test_they_are_owned_by_somebody_where_the_people_are_there(db: None) -> None:
    load_campaigns(NOW)
    assert not Campaign.objects.exclude(owner=None).exists()
    Campaign.objects.all().delete()
    User.objects.create_user("freya")
    load_campaigns(NOW)
    assert {one.owner.username for one in Campaign.objects.select_related("owner") if one.owner} == {"freya"}
