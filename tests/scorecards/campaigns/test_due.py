"""``scorecards.campaigns.due``: what a team is told."""

import pytest

from scorecards.campaigns.due import asked_of, asked_of_service, due_for
from tests.factories import make_service, make_team
from tests.scorecards.campaigns.asked import LOCKED, TODAY, campaign, day, judge, judged

pytestmark = pytest.mark.django_db


def test_it_tells_what_is_left_of_the_team_and_for_how_long():
    campaign(ahead=9)
    judged("a", "fail", name="Alpha")
    judged("b", "pass")
    judged("c", "unknown")
    judged("d", "fail", team="search")
    (due,) = due_for(make_team("pay"), TODAY)
    assert due.days_left == 9
    assert [one.service.name for one in due.left] == ["Alpha"]
    assert due.left[0].stand.lacks == (LOCKED,)
    assert due.titles[LOCKED].startswith("Commit")
    assert [one.service.slug for one in due.unknown] == ["c"]
    assert (due.progress.in_scope, due.progress.done) == (3, 1)


def test_it_tells_nothing_of_what_is_done_but_shows_it():
    campaign()
    judged("a", "pass")
    assert due_for(make_team("pay"), TODAY) == []
    assert len(asked_of(make_team("pay"), TODAY)) == 1


def test_it_tells_campaigns_of_the_team_and_of_all_the_next_to_end_first():
    judged("a", "fail")
    judged("b", "fail", team="search")
    far, near = campaign(ahead=30), campaign(make_team("pay"), make_team("search"), ahead=3)
    campaign(make_team("search"))
    assert [one.campaign for one in due_for(make_team("pay"), TODAY)] == [near, far]


def test_it_tells_nothing_of_drafts_of_what_is_to_come_and_of_what_is_over():
    judged("a", "fail")
    campaign(starts_on=None)
    campaign(starts_on=day(1))
    campaign(ahead=-1)
    campaign(ended_on=TODAY, ended_because="person")
    assert due_for(make_team("pay"), TODAY) == []
    campaign(ahead=0)
    assert [one.days_left for one in due_for(make_team("pay"), TODAY)] == [0]


def test_it_tells_nothing_where_none_of_the_teams_services_is_asked():
    judged("a", "fail", tier="low")
    campaign(tiers=["critical"])
    assert asked_of(make_team("pay"), TODAY) == []
    assert asked_of(make_team("empty"), TODAY) == []


def test_it_tells_what_is_asked_of_a_service():
    campaign()
    campaign(make_team("search"))
    service, nobodys = judged("a", "fail"), judge(make_service("b"), "fail")
    assert [one.campaign.slug for one in asked_of_service(service, TODAY)] == ["c0"]
    assert [one.campaign.slug for one in asked_of_service(nobodys, TODAY)] == ["c0"]


def test_it_asks_little_where_no_campaign_runs(django_assert_num_queries):
    pay = make_team("pay")
    with django_assert_num_queries(1):
        asked_of(pay, TODAY)
