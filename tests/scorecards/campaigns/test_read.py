"""``scorecards.campaigns.read``: who was done lately, and who left by retiring."""

from datetime import timedelta

import pytest

from scorecards.campaigns.read import done_lately, retired_since
from scorecards.campaigns.standing import standing
from tests.factories import make_service, make_team, own
from tests.scorecards.campaigns.asked import DECLARED, LOCKED, NOW, TODAY, adopt, campaign, day, judge, judged

pytestmark = pytest.mark.django_db


def lately(made):
    return [(one.service.slug, one.day) for one in done_lately(made, standing(made, TODAY), TODAY)]


def test_it_tells_who_came_to_meet_it_the_newest_first():
    made = campaign(begun=20)
    judge(judged("a", "pass"), "pass", days_ago=3)
    judge(judged("b", "pass"), "pass", days_ago=1)
    judge(judged("c", "pass"), "pass", days_ago=21)  # before it began
    judged("d", "fail")
    assert lately(made) == [("b", day(-1)), ("a", day(-3))]


def test_it_dates_a_service_by_the_last_control_that_it_came_to_meet():
    made = campaign(controls=[LOCKED, DECLARED], begun=20)
    service = judged("a", "pass")
    judge(service, "pass", LOCKED, days_ago=15)
    judge(service, "pass", DECLARED, days_ago=2)
    assert lately(made) == [("a", day(-2))]


def test_it_tells_nobody_that_was_done_more_than_28_days_ago():
    made = campaign(begun=90)
    judge(judged("a", "pass"), "pass", days_ago=29)
    judge(judged("b", "pass"), "pass", days_ago=28)
    assert lately(made) == [("b", day(-28))]


def test_it_tells_who_came_to_use_a_capability():
    made = campaign(capability="security", begun=20)
    service = make_service("a")
    adopt(service, 50, security="not")
    adopt(service, 4, security="used", ci_cd="used")
    adopt(service, 1, security="used", ci_cd="not")
    always = make_service("b")
    adopt(always, 90, security="used")
    assert lately(made) == [("a", day(-4))]


def test_it_tells_services_of_its_scope_that_retired_since_it_began():
    made = campaign(make_team("pay"), tiers=["standard"], begun=10)
    judged("a", "fail", retired_on=day(-3))
    judged("b", "fail", retired_on=day(-1))
    judged("before", "fail", retired_on=day(-10))
    judged("to-come", "fail", retired_on=day(1))
    judged("low", "fail", tier="low", retired_on=day(-1))
    judged("theirs", "fail", team="search", retired_on=day(-1))
    moved = judged("moved", "fail", retired_on=day(-1))
    own(make_team("search"), moved, NOW - timedelta(days=30))
    assert [one.slug for one in retired_since(made, TODAY)] == ["b", "a"]


def test_it_tells_no_retired_service_of_a_draft():
    judged("a", "fail", retired_on=day(-3))
    assert retired_since(campaign(starts_on=None), TODAY) == []
