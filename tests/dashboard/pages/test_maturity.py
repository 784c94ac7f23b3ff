"""``/maturity/``."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from scorecards.standards import pack
from scorecards.standards.standard import Level, Phase
from tests.dashboard.pages.scanned import scan_service
from tests.factories import bearer, make_service, make_team, make_token

pytestmark = pytest.mark.django_db

ASSESSED = next(
    one.id
    for one in pack.builtin().controls
    if one.phase is Phase.ASSESSMENT and one.check and one.level is Level.REQUIRED
)


@pytest.fixture
def scanned(pay_service):
    """Of team pay: one in Optimization for 4 days, before in none; one that fails a control of Assessment. One of
    search in none. One that nobody scanned."""
    scan_service(pay_service, rest="fail", days_ago=100)
    scan_service(pay_service, rest="pass", days_ago=4, commit="b" * 40)
    scan_service(make_service("failing", make_team("pay"), name="Failing"), {ASSESSED: "fail"}, rest="pass")
    scan_service(make_service("finder", make_team("search", name="Search"), name="Finder"), rest="fail")
    make_service("dark", make_team("pay"), name="Dark")
    return pay_service


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def names(page: str) -> list[str]:
    [table] = re.findall(r'<table class="table maturity">.*?</table>', page, re.DOTALL)
    return re.findall(r'<th scope="row" class="name"><a href="[^"]+">([^<]+)</a>', table)


def test_it_counts_services_by_phase_now_and_90_days_ago(words, scanned):
    page = words("/maturity/")
    then = timezone.now().date() - timedelta(days=90)
    assert re.search(r"\d no phase yet 1 then", page)
    assert "1 Optimization 0 then" in page
    assert "0 Excellence 0 then" in page
    assert f"Then: {then:%-d %b %Y}, 90 days ago. 1 service is not scanned and in no phase." in page


def test_it_says_that_nothing_was_scanned_90_days_ago(words, pay_service):
    scan_service(pay_service, rest="pass")
    assert "Nothing was scanned 90 days ago." in words("/maturity/")


def test_it_lists_teams_by_the_lowest_phase_of_their_services(see, words, scanned):
    assert names(see("/maturity/")) == ["Payments", "Search"]
    page = words("/maturity/").partition("In the way Payments")[2]
    assert page.startswith((" none yet", " Assessment", " Foundation"))
    assert "1 Optimization" in page


def test_it_names_the_controls_in_the_way_with_counts(words, scanned):
    page = words("/maturity/")
    assert "Search none yet" in page
    before = page.partition("What stands before each phase")[2]
    assert "Assessment" in before and "1 fails" in before
    assert "Excellence 1 service before it" in before and "not connected" in before


def test_it_tells_of_a_team_by_its_services_with_what_each_lacks(see, words, scanned):
    assert names(see("/maturity/?team=pay")) == ["Failing", "Pay API"]
    page = plain(words("/maturity/?team=pay"))
    assert "Services of Payments" in page
    assert "of its points, 90.0 % asked" in page or "must be mended" in page
    assert "Not scanned: Dark" in page
    assert "needs its source" in page


def test_it_leads_to_the_control_in_the_services_scorecard(see, scanned):
    assert f'href="/services/failing/standards/#{ASSESSED}"' in see("/maturity/?team=pay")


def test_it_tells_since_when(words, scanned):
    since = timezone.now().date() - timedelta(days=4)
    assert f"Pay API Optimization {since:%-d %b %Y}" in words("/maturity/?team=pay")


def test_it_shows_one_phase_alone(see, words, scanned):
    assert names(see("/maturity/?phase=Optimization")) == ["Pay API"]
    assert "Finder" in names(see("/maturity/?phase=none"))
    assert "No service is in this phase." in words("/maturity/?phase=Platform")
    assert names(see("/maturity/?phase=nonsense")) == ["Payments", "Search"]


def test_it_tells_what_it_may_have_reached(words, pay_service):
    scan_service(pay_service, {ASSESSED: "unknown"}, rest="pass")
    assert "perhaps Optimization" in words("/maturity/?team=pay")


def test_it_explains_the_phases_and_that_live_controls_count_for_excellence_alone(words, scanned):
    page = words("/maturity/")
    assert "at least 90 percent of the weighted REQUIRED score of this phase" in page
    assert "count only for Excellence" in page


def test_it_tells_the_path_as_a_table_too(words, scanned):
    today = timezone.now().date()
    assert f"{today:%-d %b %Y} " in words("/maturity/").partition("as a table")[2]


def test_it_leaves_out_what_is_retired(words, scanned):
    scanned.retired_on = timezone.now().date()
    scanned.save()
    page = words("/maturity/")
    assert "0 Optimization" in page
    assert "Pay API" not in page


def test_it_says_what_to_do_before_the_first_scan(words, pay_service):
    page = words("/maturity/")
    assert "No scan yet, so no service is in a phase." in page
    assert "python manage.py scan" in page
    assert "What a phase asks" in page
    assert "No service of this team is scanned" in words("/maturity/?team=pay")


def test_it_is_for_people_who_signed_in(client, scanned, charlie):
    _, token = make_token(team=make_team("pay"))
    assert client.get("/maturity/").status_code == 302
    assert client.get("/maturity/", headers=bearer(token)).status_code == 302
    client.force_login(charlie)
    assert client.get("/maturity/").status_code == 200
    assert client.get("/maturity/?team=nobody").status_code == 404


def test_it_shows_hostile_names_as_text(see, scanned):
    scan_service(make_service("evil", make_team("evil", name="<script>x"), name="<b>y</b>"), rest="fail")
    for path in ("/maturity/", "/maturity/?team=evil"):
        assert "<script>x" not in see(path) and "<b>y</b>" not in see(path)


def test_it_is_linked_from_the_standard_and_from_a_teams_standards(see, scanned):
    assert 'href="/maturity/">Maturity</a>' in see("/standards/")
    assert 'href="/maturity/?team=pay">Maturity</a>' in see("/standards/?team=pay")
    assert 'href="/maturity/?team=pay">Maturity</a>' in see("/teams/pay/standards/")


def test_it_asks_for_as_many_queries_whatever_there_is(client, alice, scanned, django_assert_max_num_queries):
    client.force_login(alice)
    for number in range(6):
        scan_service(make_service(f"service-{number}", make_team(f"team-{number}")), rest="fail")
    for path in ("/maturity/", "/maturity/?team=pay", "/maturity/?phase=none"):
        with django_assert_max_num_queries(32):
            client.get(path)
