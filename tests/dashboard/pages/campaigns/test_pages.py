"""``/campaigns/`` and one campaign: what they say, and to whom."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ingest.models import Service
from scorecards.campaigns import steps
from scorecards.campaigns.keeping import keep
from scorecards.models import Campaign, CampaignDay
from tests.factories import bearer, make_service, make_team, make_token
from tests.scorecards.campaigns.asked import DECLARED, LOCKED, NOW, TODAY, adopt, campaign, day, judge, judged

pytestmark = pytest.mark.django_db
TITLE = "Commit the dependency lock file of each root module"


@pytest.fixture
def running():
    """Of four services of pay one is done, one is left, one unknown, one waived; kept once."""
    made = campaign(make_team("pay"), name="Lock files everywhere", slug="lock-files", brief="Run `make lock`.")
    judge(judged("a", "pass", name="Alpha"), "pass", days_ago=2)
    judged("b", "fail", name="Beta")
    judged("c", "unknown", name="Gamma")
    judged("d", "waived", name="Delta")
    keep(NOW)
    return made


def ended(made: Campaign) -> None:
    keep(NOW + timedelta(days=60))


# ---------------------------------------------------------------- the list


def test_it_says_what_to_do_where_there_is_none(words, client, charlie, olga):
    assert "No campaign runs. Make one" in words("/campaigns/")
    client.force_login(olga)
    assert "New campaign" in client.get("/campaigns/").content.decode()


def test_it_offers_no_new_campaign_to_who_may_make_none(client, bob):
    client.force_login(bob)
    page = client.get("/campaigns/").content.decode()
    assert "/campaigns/new/" not in page
    assert "Staff make them, and leads for the services of their teams." in page


def test_it_lists_running_ones_with_how_far_they_are(words, running):
    page = words("/campaigns/")
    assert "Lock files everywhere Control DOP-1.1-03 Payments" in page
    assert "1 of 3 services, 1 unknown, 1 waived besides" in page
    assert "20 days left running" in page


def test_it_draws_how_far_they_are(see, running):
    page = see("/campaigns/")
    assert '<rect class="done" x="0.0" width="40.0"' in page
    assert '<rect class="waived" x="40.0"' in page


def test_it_lists_what_is_to_come_and_what_ended(words, running):
    campaign(name="Later", slug="later", starts_on=day(3), tiers=["critical"])
    campaign(name="Earlier", slug="earlier", ended_on=day(-1), ended_because="done")
    page = words("/campaigns/")
    assert "Later Control DOP-1.1-03 all teams, tier critical" in page.partition("To come")[2]
    assert "Earlier" in page.partition("Ended")[2]
    assert "reached" in page.partition("Ended")[2]
    assert "Drafts" not in page


def test_it_shows_drafts_only_to_who_may_change_them(client, alice, bob, charlie, olga, running):
    campaign(make_team("pay"), name="A draft of pay", slug="of-pay", starts_on=None)
    campaign(make_team("pay"), make_team("search"), name="A draft of both", slug="of-both", starts_on=None)
    campaign(name="A draft of all", slug="of-all", starts_on=None)
    seen = {}
    for user in (alice, bob, charlie, olga):
        client.force_login(user)
        page = client.get("/campaigns/").content.decode()
        seen[user.username] = {one for one in ("pay", "both", "all") if f"A draft of {one}" in page}
        for name in ("pay", "both", "all"):
            status = client.get(f"/campaigns/of-{name}/").status_code
            assert (status == 200) == (name in seen[user.username])
    assert seen == {"alice": {"pay"}, "bob": set(), "charlie": set(), "olga": {"pay", "both", "all"}}


# ---------------------------------------------------------------- one


def test_it_tells_what_is_asked_of_whom_until_when(words, running):
    page = words("/campaigns/lock-files/")
    assert "running · 20 days left" in page
    assert "asks Payments · owner nobody" in page
    assert f"Asks to meet {TITLE} DOP-1.1-03" in page
    assert "1 of 3 services Done 1 Left 1 Unknown, so not done 1 Waived, so not asked 1" in page


def test_it_renders_the_brief(see, running):
    assert '<div class="prose"><p>Run <code>make lock</code>.</p></div>' in see("/campaigns/lock-files/")


def test_it_tells_who_is_left_by_team_with_what_they_lack(see, words, running):
    page = words("/campaigns/lock-files/").partition("Who is left")[2]
    assert page.index("Payments 2") < page.index(f"Beta left {TITLE}") < page.index(f"Gamma unknown {TITLE}")
    assert "Alpha" not in page.partition("Done lately")[0]
    assert "Delta" not in page
    html = see("/campaigns/lock-files/")
    assert 'href="/services/b/standards/?show=all#DOP-1.1-03"' in html
    assert '<a href="/teams/pay/">Payments</a>' in html


def test_it_tells_who_was_done_lately_and_who_retired(words, running):
    judged("gone", "fail", name="Gone", retired_on=day(-1))
    page = words("/campaigns/lock-files/").partition("Done lately")[2]
    assert "Alpha" in page.partition("Retired meanwhile")[0]
    assert "Gone" in page.partition("Retired meanwhile")[2]


def test_it_draws_the_days_and_tells_them_as_a_table(see, words, running):
    CampaignDay.objects.create(campaign=running, day=day(-3), in_scope=4, done=0, unknown=0, waived=0)
    page = words("/campaigns/lock-files/")
    assert f"{day(-3).day} {day(-3):%b %Y} 0 of 4 services" in page
    assert '"chart-campaign"' in see("/campaigns/lock-files/")
    assert "The last weeks don’t tell when it would be reached." in page


def test_it_tells_when_it_would_be_reached(words):
    made = campaign(name="Slow", slug="slow", begun=28, ahead=10)
    for number in range(8):
        judged(f"s{number}", "pass" if number < 4 else "fail")
    CampaignDay.objects.create(campaign=made, day=day(-28), in_scope=8, done=0, unknown=0, waived=0)
    keep(NOW)
    page = words("/campaigns/slow/")
    assert "As over the last 28 days, it would be reached on" in page
    assert "18 days after its last day." in page


def test_it_shows_a_capability_and_who_is_not_asked(words):
    campaign(name="Scan", slug="scan", capability="security")
    adopt(make_service("a", name="Alpha"), security="not")
    adopt(make_service("b", name="Beta"))
    page = words("/campaigns/scan/")
    assert "Asks to use Security scanning" in page
    assert "1 service not asked: not deployed to production in 90 days." in page
    assert "Nobody owns these 1 Alpha left Security scanning" in page


def test_it_names_all_that_a_service_lacks(words):
    campaign(name="Both", slug="both", controls=[LOCKED, DECLARED])
    judge(judged("a", "fail", name="Alpha"), "waived", DECLARED)
    page = words("/campaigns/both/").partition("Who is left")[2]
    assert f"Alpha left {TITLE} waived" in page


def test_it_tells_how_it_ended_and_who_was_not_done(words, running):
    ended(running)
    page = words("/campaigns/lock-files/")
    assert "over · ended on" in page
    left = page.partition("Who was not done")[2]
    assert f"Beta left {TITLE}" in left
    assert "Done lately" not in page
    assert "Change" not in page


def test_it_tells_who_ended_it_and_why(words, running, olga):
    steps.end(running, by=olga, at=timezone.now(), note="We go <b>another</b> way.")
    page = words("/campaigns/lock-files/")
    assert "ended early · ended on" in page
    assert "olga: We go <b>another</b> way." in page


def test_it_does_not_say_of_one_that_nobody_looked_at_that_it_asked_nobody(words):
    judged("a", "fail")
    campaign(slug="c", begun=30, ahead=-1)
    page = words("/campaigns/c/")
    assert "Nobody looked while it ran." in page
    assert "It asked nobody" not in page
    assert "How far it came is not known yet" in page
    assert "Who was not done when it ended Not known yet." in page


def test_it_keeps_telling_of_services_that_are_gone(words, running):
    ended(running)
    Service.objects.filter(slug="b").delete()
    assert f"Beta left {TITLE}" in words("/campaigns/lock-files/")


def test_it_says_that_nobody_is_asked(words):
    campaign(make_team("empty"), name="Nobody", slug="nobody")
    assert "It asks nobody" in words("/campaigns/nobody/")
    assert "Nobody is asked." in words("/campaigns/nobody/")


def test_it_shows_few_of_very_many(words, monkeypatch):
    monkeypatch.setattr("dashboard.pages.campaigns.campaign.A_TEAM", 2)
    monkeypatch.setattr("dashboard.pages.campaigns.campaign.TEAMS", 1)
    campaign(name="Many", slug="many")
    for number in range(5):
        judged(f"s{number}", "fail")
    judged("t", "fail", team="search")
    page = words("/campaigns/many/")
    assert "and 3 more" in page
    assert "and 1 more team" in page


def test_it_escapes_hostile_names(see, client, olga):
    hostile = "<script>alert(1)</script>\u202e"
    pay = make_team("pay")
    pay.name = hostile
    pay.save()
    campaign(pay, name=hostile, slug="hostile", brief=f"{hostile}\n\n[x](javascript:alert(1))", ended_note=hostile)
    judged("a", "fail", name=hostile)
    keep(NOW)
    for path in ("/campaigns/", "/campaigns/hostile/", "/teams/pay/", "/services/a/"):
        page = see(path)
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page
    client.force_login(olga)
    assert "<script>alert" not in client.get("/campaigns/hostile/change/").content.decode()


@pytest.mark.parametrize("path", ["/campaigns/nope/", "/campaigns/nope/change/", "/campaigns/%00/"])
def test_it_finds_no_campaign_that_is_not_there(see, path):
    see(path, 404)


def test_it_asks_a_token_and_a_stranger_for_a_sign_in(client, running):
    _, token = make_token(team=make_team("pay"))
    for path in ("/campaigns/", "/campaigns/lock-files/", "/campaigns/new/", "/campaigns/lock-files/change/"):
        assert client.get(path).status_code == 302
        assert client.get(path, headers=bearer(token)).status_code == 302


def test_it_asks_for_as_many_queries_whatever_there_is(client, alice, running, django_assert_max_num_queries):
    client.force_login(alice)
    for number in range(20):
        judged(f"s{number}", "fail", team=f"t{number % 4}")
        campaign(make_team("pay"), name=f"Number {number}")
    keep(NOW)
    with django_assert_max_num_queries(10):
        client.get("/campaigns/")
    with django_assert_max_num_queries(30):
        client.get("/campaigns/lock-files/")


# ---------------------------------------------------------------- of a team and a service


def test_it_tells_a_team_what_is_asked_of_it(words, see, running):
    page = words("/teams/pay/").partition("Campaigns what is asked")[2].partition("Platform")[0]
    assert "Lock files everywhere" in page
    assert "20 days left 1 of 3 services, 1 unknown, 1 waived besides" in page
    assert f"Beta: left {TITLE}" in page
    assert 'href="/campaigns/lock-files/"' in see("/teams/pay/")


def test_it_tells_a_service_what_is_asked_of_it(words, running):
    page = words("/services/b/").partition("Campaigns what is asked")[2].partition("Platform")[0]
    assert f"20 days left left left {TITLE}" in page
    assert "done" in words("/services/a/").partition("Campaigns what is asked")[2].partition("Platform")[0]


def test_it_says_nothing_of_campaigns_where_nothing_is_asked(words, running):
    judged("z", "fail", team="search")
    assert "Campaigns what is asked" not in words("/teams/search/")
    assert "Campaigns what is asked" not in words("/services/z/")
    assert day(0) == TODAY
