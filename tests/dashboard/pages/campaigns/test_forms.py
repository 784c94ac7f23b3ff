"""Campaigns made, changed, ended and discarded in the site; by whom, and by whom not."""

import pytest
from django.contrib.auth.models import User

from scorecards.models import Campaign
from tests.factories import join_team, make_team, make_user
from tests.scorecards.campaigns.asked import DECLARED, LOCKED, TODAY, adopt, campaign, day, judged

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_left(db):
    return judged("a", "fail")


def post(client, user: User, path: str = "/campaigns/new/", action: str = "make", **said):
    client.force_login(user)
    told = {
        "action": action,
        "name": "Lock files",
        "controls": [LOCKED],
        "target": "100",
        "starts_on": TODAY.isoformat(),
        "deadline": day(20).isoformat(),
    }
    return client.post(path, told | said)


def refused(answer) -> str:
    """What the page says, of something that is to be mended rather than forbidden."""
    assert answer.status_code == 422
    return answer.content.decode()


def test_it_is_made_by_staff_of_all_services(client, olga, one_left):
    answer = post(client, olga, brief="Why.", tiers=["standard"], target="90", owner="olga")
    assert answer["Location"] == "/campaigns/lock-files/"
    made = Campaign.objects.get()
    assert (made.controls, made.tiers, made.target) == ([LOCKED], ["standard"], 90)
    assert (made.owner, made.made_by) == (olga, olga)
    assert not made.scope.exists()
    assert made.outcome["in_scope"] == 1
    assert "The campaign Lock files is made." in client.get("/campaigns/lock-files/").content.decode()


def test_it_is_made_of_a_capability(client, olga, one_left):
    adopt(one_left, security="not")
    post(client, olga, controls=[], capability="security")
    assert Campaign.objects.get().capability == "security"


def test_it_is_made_by_a_lead_for_their_team_alone(client, alice, one_left):
    judged("b", "fail", team="search")
    for teams in ([], ["search"], ["pay", "search"], ["nope"], ["pay\0"]):
        assert post(client, alice, teams=teams).status_code == 422
    assert not Campaign.objects.exists()
    assert post(client, alice, teams=["pay"]).status_code == 302
    assert [one.team.slug for one in Campaign.objects.get().scope.all()] == ["pay"]


def test_it_is_made_by_nobody_else(client, bob, one_left):
    assert post(client, bob, teams=["pay"]).status_code == 403
    assert client.get("/campaigns/new/").status_code == 403
    client.logout()
    assert client.post("/campaigns/new/", {}).status_code == 302
    assert not Campaign.objects.exists()


def test_it_says_what_is_to_mend_beside_what_was_typed(client, olga, one_left):
    answer = post(client, olga, controls=[], name="My <b>name</b>")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose controls, or one capability." in page
    assert 'value="My &lt;b&gt;name&lt;/b&gt;"' in page


@pytest.mark.parametrize(
    "said",
    [
        {"name": "a\0b"}, {"target": "0"}, {"target": "x"}, {"deadline": "soon"}, {"deadline": "0001-01-01"},
        {"controls": ["nope"]}, {"controls": [f"{LOCKED}\0"]}, {"capability": "nope", "controls": []},
        {"tiers": ["nope"]}, {"owner": "nope"}, {"owner": "a\0"}, {"starts_on": "2026-99-99"}, {"brief": "x" * 5001},
    ],
)  # fmt: skip
def test_it_refuses_what_makes_no_sense(client, olga, one_left, said):
    assert post(client, olga, **said).status_code == 422
    assert not Campaign.objects.exists()


def test_it_says_how_far_ahead_its_last_day_may_lie(client, olga, one_left):
    page = post(client, olga, deadline=day(733).isoformat()).content.decode()
    assert "Choose a day within 2 years from today." in page


def test_it_asks_no_more_teams_than_before_where_one_of_a_draft_is_retired(client, olga, one_left):
    campaign(make_team("gone", retired_on=day(-1)), slug="draft", starts_on=None)
    client.force_login(olga)
    assert '<option value="gone" selected>' in client.get("/campaigns/draft/change/").content.decode()
    post(client, olga, "/campaigns/draft/change/", "change", teams=["gone"], starts_on="")
    assert [one.team.slug for one in Campaign.objects.get().scope.all()] == ["gone"]


def test_it_takes_over_what_a_link_asks_for(client, olga):
    client.force_login(olga)
    page = client.get(f"/campaigns/new/?control={LOCKED}&control={DECLARED}&capability=nope").content.decode()
    assert f'<option value="{LOCKED}" selected>' in page
    assert f'<option value="{DECLARED}" selected>' in page


def test_it_lets_a_lead_give_it_to_somebody_of_their_teams(client, alice, bob, charlie, one_left):
    assert post(client, alice, teams=["pay"], owner="charlie").status_code == 422
    assert post(client, alice, teams=["pay"], owner="bob").status_code == 302
    assert Campaign.objects.get().owner == bob


def test_it_is_changed_by_staff_and_by_a_lead_of_all_its_teams(client, alice, bob, charlie, olga, one_left):
    mine = campaign(make_team("pay"), slug="mine")
    both = campaign(make_team("pay"), make_team("search"), slug="both")
    whole = campaign(slug="whole")
    allowed = {
        (user.username, one.slug)
        for user in (alice, bob, charlie, olga)
        for one in (mine, both, whole)
        if (client.force_login(user) or client.get(f"/campaigns/{one.slug}/change/").status_code == 200)
    }
    assert allowed == {("alice", "mine"), ("olga", "mine"), ("olga", "both"), ("olga", "whole")}
    for user, action in ((bob, "change"), (charlie, "end"), (bob, "end"), (charlie, "discard")):
        assert post(client, user, "/campaigns/mine/change/", action).status_code == 403
    mine.refresh_from_db()
    assert (mine.name, mine.ended_on) == ("Lock files", None)


def test_it_keeps_what_is_asked_while_it_runs_whatever_is_sent(client, olga, one_left):
    campaign(make_team("pay"), slug="c")
    said = {"controls": [DECLARED], "teams": ["search"], "tiers": ["low"], "name": "Locks", "starts_on": day(9)}
    assert post(client, olga, "/campaigns/c/change/", "change", **said).status_code == 302
    made = Campaign.objects.get()
    assert (made.name, made.controls, made.tiers, made.starts_on) == ("Locks", [LOCKED], [], day(-5))
    assert [one.team.slug for one in made.scope.all()] == ["pay"]
    assert made.deadline == day(20)
    page = client.get("/campaigns/c/change/").content.decode()
    assert 'name="deadline"' in page
    assert not any(f'name="{name}"' in page for name in ("capability", "controls", "teams", "tiers", "starts_on"))


def test_it_keeps_its_owner_who_can_no_longer_sign_in(client, olga, one_left):
    gone = make_user("gone", is_active=False)
    campaign(make_team("pay"), slug="c", owner=gone)
    assert post(client, olga, "/campaigns/c/change/", "change", owner="gone").status_code == 302
    assert Campaign.objects.get().owner == gone


def test_it_is_begun_from_a_draft(client, alice, one_left):
    post(client, alice, teams=["pay"], starts_on="")
    assert Campaign.objects.get().starts_on is None
    assert post(client, alice, "/campaigns/lock-files/change/", "change", teams=["pay"]).status_code == 302
    assert Campaign.objects.get().starts_on == TODAY


def test_it_ends_with_why(client, alice, one_left):
    campaign(make_team("pay"), slug="c")
    assert post(client, alice, "/campaigns/c/change/", "end", note="Enough.")["Location"] == "/campaigns/c/"
    made = Campaign.objects.get()
    assert (made.ended_because, made.ended_by, made.ended_note) == ("person", alice, "Enough.")
    assert "Only a campaign that runs can be ended." in refused(post(client, alice, "/campaigns/c/change/", "end"))
    assert "It has ended, and stays as it was." in client.get("/campaigns/c/change/").content.decode()


def test_it_is_discarded_only_before_it_begins(client, alice, one_left):
    campaign(make_team("pay"), slug="runs")
    campaign(make_team("pay"), slug="draft", starts_on=None)
    page = refused(post(client, alice, "/campaigns/runs/change/", "discard"))
    assert "It has begun, so it is kept. End it instead." in page
    assert 'value="end"' in page
    assert post(client, alice, "/campaigns/draft/change/", "discard")["Location"] == "/campaigns/"
    assert [one.slug for one in Campaign.objects.all()] == ["runs"]


def test_it_says_that_it_ended_while_somebody_wrote(client, alice, one_left):
    campaign(make_team("pay"), slug="c", ended_on=TODAY, ended_because="done")
    said = {"name": "Locks", "target": "90", "deadline": day(20).isoformat()}
    client.force_login(alice)
    page = refused(client.post("/campaigns/c/change/", {"action": "change"} | said))
    assert "It has ended. Make a new one." in page
    assert 'value="Locks"' in page
    assert Campaign.objects.get().name == "Lock files"


@pytest.mark.parametrize("action", ["", "nope", "make"])
def test_it_does_nothing_else(client, olga, one_left, action):
    campaign(slug="c")
    assert post(client, olga, "/campaigns/c/change/", action).status_code == 403


def test_it_offers_a_lead_the_teams_that_they_lead(client, alice, one_left):
    make_team("search")
    join_team(alice, make_team("web"), "member")
    client.force_login(alice)
    page = client.get("/campaigns/new/").content.decode()
    assert '<option value="pay">' in page
    assert '<option value="search">' not in page
    assert '<option value="web">' not in page


def test_it_takes_no_other_method(client, olga):
    client.force_login(olga)
    campaign(slug="c")
    assert client.put("/campaigns/new/").status_code == 405
    assert client.delete("/campaigns/c/change/").status_code == 405
    assert client.post("/campaigns/c/").status_code == 405
