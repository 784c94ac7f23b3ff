"""``scorecards.campaigns.keeping``: the days, and the end."""

from datetime import timedelta

import pytest

from dashboard.celery import app
from ingest.models import Service
from scorecards import tasks
from scorecards.campaigns.keeping import keep
from scorecards.campaigns.read import days_of
from scorecards.models import Campaign, CampaignDay
from tests.factories import make_team
from tests.scorecards.campaigns.asked import DECLARED, LOCKED, NOW, TODAY, campaign, day, judge, judged

pytestmark = pytest.mark.django_db


def kept(days=0):
    """Looked at so many days from now; the campaign as it is then."""
    keep(NOW + timedelta(days=days))
    return Campaign.objects.get()


def counts():
    return [(one, told.in_scope, told.done) for one, told in days_of(Campaign.objects.get())]


def test_it_keeps_each_day_and_writes_only_today_anew():
    campaign()
    service = judged("a", "fail")
    judged("b", "fail")
    kept()
    judge(service, "pass")
    kept()
    kept(1)
    judge(service, "fail")
    kept(2)
    assert counts() == [(day(0), 2, 1), (day(1), 2, 1), (day(2), 2, 0)]


def test_it_leaves_a_gap_where_nobody_looked():
    campaign()
    judged("a", "fail")
    kept()
    kept(3)
    assert [one for one, *_ in counts()] == [day(0), day(3)]


def test_it_ends_when_everything_in_scope_is_done():
    campaign()
    judged("a", "pass")
    last = judged("b", "fail")
    assert kept().ended_on is None
    judge(last, "pass")
    ended = kept(1)
    assert (ended.ended_on, ended.ended_because) == (day(1), "done")
    assert (ended.outcome["in_scope"], ended.outcome["done"], ended.outcome["open"]) == (2, 2, [])


def test_it_ends_when_its_target_is_reached():
    campaign(target=50)
    judged("a", "fail")
    judged("b", "pass")
    ended = kept()
    assert ended.ended_because == "done"
    assert [one["service"] for one in ended.outcome["open"]] == ["a"]


def test_it_does_not_take_the_unknown_for_done():
    campaign()
    judged("a", "pass")
    judged("b", "unknown")
    assert kept().ended_on is None


def test_it_ends_after_its_last_day_with_how_it_stood_then():
    campaign(ahead=1)
    late = judged("a", "fail")
    judged("b", "fail")
    assert kept(1).ended_on is None
    judge(late, "pass")
    ended = kept(2)
    assert (ended.ended_on, ended.ended_because) == (day(1), "deadline")
    assert (ended.outcome["done"], len(ended.outcome["open"])) == (0, 2)
    assert counts()[-1][0] == day(1)


def test_it_ends_with_what_it_finds_where_nobody_ever_looked():
    campaign(ahead=1)
    judged("a", "pass")
    judged("b", "fail")
    ended = kept(9)
    assert (ended.ended_on, ended.ended_because, ended.outcome["done"]) == (day(1), "deadline", 1)
    assert not CampaignDay.objects.exists()


def test_it_keeps_the_outcome_whatever_happens_afterwards():
    campaign(ahead=0)
    service = judged("a", "fail", name="Old name")
    kept()
    ended = kept(1)
    judge(service, "pass")
    Service.objects.update(name="New name")
    after = kept(2)
    assert after.outcome == ended.outcome
    (left,) = ended.outcome["open"]
    assert left == {
        "service": "a",
        "name": "Old name",
        "team": "Pay",
        "state": "left",
        "lacks": [LOCKED],
        "unknown": [],
        "waived": [],
    }


def test_it_looks_at_neither_drafts_nor_what_is_to_come():
    judged("a", "fail")
    campaign(starts_on=None)
    campaign(starts_on=day(1))
    keep(NOW)
    assert not CampaignDay.objects.exists()
    keep(NOW + timedelta(days=1))
    assert CampaignDay.objects.count() == 1


def test_it_lets_a_retired_service_leave_the_scope():
    campaign()
    judged("a", "fail")
    gone = judged("b", "fail")
    kept()
    gone.retired_on = day(1)
    gone.save()
    kept(1)
    assert counts() == [(day(0), 2, 0), (day(1), 1, 0)]


def test_it_counts_services_of_its_teams_and_all_of_its_controls():
    campaign(make_team("pay"), controls=[LOCKED, DECLARED])
    judge(judged("a", "pass"), "pass", DECLARED)
    judge(judged("b", "pass"), "waived", DECLARED)
    judge(judged("c", "pass"), "fail", DECLARED)
    judged("d", "fail", team="search")
    kept()
    told = CampaignDay.objects.get()
    assert (told.in_scope, told.done, told.unknown, told.waived) == (3, 1, 0, 1)


def test_it_names_only_so_many_of_who_is_left(monkeypatch):
    monkeypatch.setattr("scorecards.campaigns.keeping.MOST", 2)
    campaign()
    for number in range(5):
        judged(f"s{number}", "fail")
    outcome = kept().outcome
    assert (len(outcome["open"]), outcome["more"]) == (2, 3)


def test_it_says_how_many_ended():
    campaign(ahead=0)
    campaign(ahead=0)
    campaign()
    judged("a", "fail")
    assert keep(NOW) == 0
    assert keep(NOW + timedelta(days=1)) == 2
    assert keep(NOW + timedelta(days=2)) == 0
    assert day(0) == TODAY


def test_it_is_a_task_of_every_minute():
    campaign()
    judged("a", "pass")
    assert tasks.keep_campaigns() == 1
    assert app.conf.beat_schedule["keep campaigns"] == {"task": "scorecards.tasks.keep_campaigns", "schedule": 60.0}
