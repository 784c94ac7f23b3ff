"""``scorecards.campaigns.standing``: whom a campaign asks, and where they stand."""

from datetime import timedelta

import pytest

from ingest.models import Service
from scorecards.campaigns.progress import Progress, State
from scorecards.campaigns.standing import asked_controls, standing, titles
from tests.factories import make_service, make_team, own
from tests.scorecards.campaigns.asked import DECLARED, LOCKED, NOW, TODAY, adopt, campaign, judge, judged

pytestmark = pytest.mark.django_db


def slugs(found):
    return {one.service.slug for one in found.asked}


def test_it_asks_all_services_where_it_names_no_team():
    judged("a", "pass")
    judged("b", "fail", team="search")
    judge(make_service("nobodys"), "unknown")
    assert standing(campaign(), TODAY).progress == Progress(3, 1, unknown=1)


def test_it_asks_services_of_its_teams_and_tiers_alone():
    judged("a", "fail", tier="critical")
    judged("b", "fail", tier="low")
    judged("c", "fail", team="search", tier="critical")
    judge(make_service("nobodys", tier="critical"), "fail")
    assert slugs(standing(campaign(make_team("pay"), tiers=["critical"]), TODAY)) == {"a"}
    assert slugs(standing(campaign(make_team("pay"), make_team("search")), TODAY)) == {"a", "b", "c"}
    assert slugs(standing(campaign(tiers=["critical", "low"]), TODAY)) == {"a", "b", "c", "nobodys"}


def test_it_follows_a_service_to_the_team_that_owns_it_today():
    moved = judged("a", "fail")
    own(make_team("search"), moved, NOW - timedelta(days=1))
    assert slugs(standing(campaign(make_team("pay")), TODAY)) == set()
    assert [one.team_id for one in standing(campaign(make_team("search")), TODAY).asked] == [make_team("search").pk]


def test_it_asks_no_service_that_is_retired():
    judged("a", "fail", retired_on=TODAY)
    judged("b", "fail", retired_on=TODAY + timedelta(days=1))
    assert slugs(standing(campaign(), TODAY)) == {"b"}


def test_it_leaves_out_services_to_which_nothing_applies_and_says_how_many():
    judged("a", "not_applicable")
    judged("b", "fail")
    found = standing(campaign(), TODAY)
    assert slugs(found) == {"b"}
    assert found.left_out == {"nothing_applies": 1}


def test_it_takes_a_service_that_nobody_judged_for_unknown():
    make_service("a")
    assert standing(campaign(), TODAY).asked[0].stand.state is State.UNKNOWN


def test_it_asks_active_services_for_a_capability():
    adopt(make_service("a"), security="used")
    adopt(make_service("b"), security="not")
    adopt(make_service("c"), security="unknown")
    adopt(make_service("d"))
    make_service("e")
    found = standing(campaign(capability="security"), TODAY)
    assert found.progress == Progress(3, 1, unknown=1)
    assert found.left_out == {"inactive": 2}


def test_it_asks_for_nothing_that_no_standard_in_force_has_any_more():
    judged("a", "pass")
    judge(Service.objects.get(slug="a"), "fail", control="OWN-1")
    made = campaign(controls=[LOCKED, "OWN-1"])
    assert asked_controls(made, TODAY) == [LOCKED]
    assert standing(made, TODAY).progress == Progress(1, 1)
    assert titles(made, TODAY)["OWN-1"] == "OWN-1"


def test_it_asks_for_all_of_its_controls():
    both = judged("a", "pass")
    judge(both, "fail", DECLARED)
    judge(judged("b", "pass"), "pass", DECLARED)
    found = standing(campaign(controls=[LOCKED, DECLARED]), TODAY)
    assert found.progress == Progress(2, 1)
    assert found.of(State.LEFT)[0].stand.lacks == (DECLARED,)


def test_it_tells_of_some_services_alone_where_it_is_asked_to():
    first = judged("a", "fail")
    judged("b", "fail")
    assert slugs(standing(campaign(), TODAY, [first.pk])) == {"a"}


def test_it_asks_for_as_many_queries_whatever_their_number(django_assert_max_num_queries):
    made = campaign(make_team("pay"))
    for number in range(20):
        judged(f"s{number}", "fail")
    with django_assert_max_num_queries(10):
        standing(made, TODAY)
