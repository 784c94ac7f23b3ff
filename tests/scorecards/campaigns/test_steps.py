"""``scorecards.campaigns.steps``: made, changed, ended, discarded; and refused."""

from dataclasses import replace

import pytest

from ingest.catalogue import manage
from scorecards.campaigns import steps
from scorecards.campaigns.terms import CampaignRefused, Terms
from scorecards.models import Campaign, CampaignDay
from tests.factories import make_team, make_user
from tests.scorecards.campaigns.asked import DECLARED, LOCKED, NOW, TODAY, campaign, day, judge, judged, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_left():
    return judged("a", "fail")


def refused(field, **said):
    with pytest.raises(CampaignRefused) as found:
        make(**said)
    assert found.value.field == field
    assert not Campaign.objects.exists()
    return str(found.value)


def terms(made: Campaign, **said) -> Terms:
    teams = [one.team for one in made.scope.select_related("team")]
    told = Terms(
        made.name, made.deadline, made.brief, made.controls, made.capability, teams, made.tiers, made.target,
        made.owner, made.starts_on,
    )  # fmt: skip
    return replace(told, **said)


def test_it_begins_at_once_and_keeps_its_first_day(one_left):
    pay = make_team("pay")
    made = make(teams=[pay], brief="Lock them.", target=90, tiers=["standard"])
    assert steps.step(made, TODAY) == "running"
    assert [one.team for one in made.scope.all()] == [pay]
    assert CampaignDay.objects.get().in_scope == 1
    assert made.outcome["in_scope"] == 1


def test_it_is_a_draft_without_a_start_and_scheduled_before_it():
    assert steps.step(make(starts_on=None), TODAY) == "draft"
    assert steps.step(make(starts_on=day(3)), TODAY) == "scheduled"
    assert not CampaignDay.objects.exists()


def test_it_finds_an_address_for_every_name(one_left):
    names = ["Lock files", "Lock files", "lock-files", "new", "<script>alert(1)</script>", "锁定文件", "!!!", "x" * 200]
    found = [make(name=name).slug for name in names]
    assert found[:4] == ["lock-files", "lock-files-2", "lock-files-3", "new-2"]
    assert len(set(found)) == len(names)
    assert all(0 < len(slug) <= 100 and "/" not in slug and "<" not in slug for slug in found)


@pytest.mark.parametrize("name", ["", "   ", "a\0b", "line\nbreak", "x" * 201])
def test_it_refuses_what_is_no_name(one_left, name):
    refused("name", name=name)


def test_it_asks_for_controls_or_a_capability_and_for_one_of_both(one_left):
    refused("capability", controls=[])
    refused("controls", capability="ci_cd")
    refused("controls", controls=[LOCKED, "NOPE-1"])
    refused("capability", controls=[], capability="nope")
    refused("capability", controls=[], capability="platform_api")  # nothing would show that it is used
    refused("controls", controls=[f"DOP-{number}" for number in range(51)])
    refused("tiers", tiers=["nope"])


def test_it_refuses_days_that_make_no_sense(one_left):
    refused("deadline", deadline=day(-1))
    refused("deadline", starts_on=day(9), deadline=day(8))
    refused("deadline", deadline=day(1000))
    refused("starts_on", starts_on=day(-1))


def test_it_refuses_shares_and_briefs_that_make_no_sense(one_left):
    refused("target", target=0)
    refused("target", target=101)
    refused("brief", brief="x" * 5001)


def test_it_refuses_to_begin_where_nobody_can_be_asked_or_nothing_is_left():
    assert "No active service" in refused("teams")
    judge(judged("a", "pass"), "fail", DECLARED)
    assert "reached already" in refused("target")
    assert make(controls=[DECLARED]).pk


def test_it_lets_all_be_changed_before_it_begins(one_left):
    made = make(starts_on=None)
    steps.change(made, terms(made, name="Other", controls=[DECLARED], starts_on=day(2)), at=NOW)
    made.refresh_from_db()
    assert (made.name, made.slug, made.controls, made.starts_on) == ("Other", "lock-files", [DECLARED], day(2))


def test_it_begins_when_a_draft_is_given_today(one_left):
    made = make(starts_on=None)
    steps.change(made, terms(made, starts_on=TODAY), at=NOW)
    assert CampaignDay.objects.count() == 1


def test_it_keeps_what_is_asked_of_whom_once_it_runs(one_left):
    made = make(teams=[make_team("pay")])
    other = {
        "controls": [DECLARED],
        "teams": [make_team("search")],
        "tiers": ["low"],
        "starts_on": day(3),
    }
    for field, value in other.items():
        with pytest.raises(CampaignRefused) as found:
            steps.change(made, terms(made, **{field: value}), at=NOW)
        assert found.value.field == field
    changed = steps.change(made, terms(made, name="Locks", brief="Why", deadline=day(40), target=80), at=NOW)
    assert (changed.name, changed.brief, changed.deadline, changed.target) == ("Locks", "Why", day(40), 80)


def test_it_ends_at_once_where_a_lower_target_is_reached_while_it_runs(one_left):
    judged("b", "pass")
    made = make()
    changed = steps.change(made, terms(made, target=50), at=NOW)
    assert (changed.ended_because, changed.ended_on) == ("done", TODAY)


def test_it_ends_by_a_person_with_how_it_stands_and_why(one_left):
    made, olga = make(), make_user("olga")
    ended = steps.end(made, by=olga, at=NOW, note="Another way was found.")
    assert (ended.ended_on, ended.ended_because, ended.ended_by) == (TODAY, "person", olga)
    assert ended.ended_note == "Another way was found."
    assert len(ended.outcome["open"]) == 1
    for again in (lambda: steps.end(made, by=olga, at=NOW), lambda: steps.change(made, terms(made), at=NOW)):
        with pytest.raises(CampaignRefused):
            again()


def test_it_discards_only_what_has_not_begun(one_left):
    running, draft = make(), make(starts_on=None)
    steps.discard(draft, at=NOW)
    with pytest.raises(CampaignRefused):
        steps.discard(running, at=NOW)
    assert list(Campaign.objects.all()) == [running]


def test_it_does_not_end_what_has_not_begun():
    with pytest.raises(CampaignRefused):
        steps.end(make(starts_on=day(3)), by=make_user("olga"), at=NOW)


def test_it_follows_a_team_that_becomes_another(one_left):
    made = campaign(make_team("pay"), make_team("search"))
    other = campaign(make_team("pay"))
    manage.merge_teams("pay", "search")
    assert [one.team.slug for one in made.scope.all()] == ["search"]
    assert [one.team.slug for one in other.scope.all()] == ["search"]
