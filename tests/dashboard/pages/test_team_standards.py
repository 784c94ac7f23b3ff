"""``/teams/<slug>/standards/``."""

import pytest

from tests.dashboard.pages.scanned import JENKINS, LOCKED, PIPELINE, found, scan_service
from tests.dashboard.pages.test_waivers import approved, asked
from tests.factories import bearer, make_service, make_team, make_token

pytestmark = pytest.mark.django_db
PAGE = "/teams/pay/standards/"


def test_it_says_so_before_the_first_scan(words, pay_service):
    page = words(PAGE)
    assert "No data: not scanned" in page
    assert "Nothing to plan before the first scan." in page
    assert "Pay API No data: not scanned" in page


def test_it_shows_a_team_without_services(words, alice):
    assert "No service belongs to this team today." in words(PAGE)


def test_it_puts_the_services_side_by_side(words, pay_service):
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass")
    scan_service(make_service("fine", make_team("pay"), name="Fine"), rest="pass")
    scan_service(make_service("foreign", name="Foreign"), rest="pass")
    page = words(PAGE)
    assert "50 %" in page
    assert "1 of 2 services meet every REQUIRED control" in page
    table = page.partition("Services Service Score")[2]
    assert "not all met" in table.partition("Pay API")[2]
    assert "Fine 100 % all met Optimization" in table
    assert "Foreign" not in page


def test_it_groups_what_many_services_lack(words, pay_service):
    told = {PIPELINE: "fail", JENKINS: "not_applicable"}
    scan_service(pay_service, told, rest="pass")
    scan_service(make_service("other", make_team("pay"), name="Other"), told, rest="pass")
    plan = words(PAGE).partition("Next best actions")[2]
    assert "clears 1 control in 2 services, needed for the next phase Other , Pay API" in plan


def test_it_groups_controls_of_one_file(words, pay_service):
    wrong = [found("fail", "main.tf", 1)]
    scan_service(pay_service, {"DOP-1.1-10": wrong, "DOP-8.3-03": wrong}, rest="pass")
    plan = words(PAGE).partition("Next best actions")[2]
    assert "clears 2 controls in 1 service, needed for the next phase Pay API main.tf" in plan


def test_it_tells_services_of_one_name_apart(see, pay_service):
    twin = make_service("pay-api-2", make_team("pay"), name="Pay API")
    scan_service(pay_service, rest="fail")
    scan_service(twin, rest="fail")
    page = see(PAGE)
    assert "Pay API [pay-api]" in page and "Pay API [pay-api-2]" in page


def test_it_lists_the_waivers_of_the_team(words, pay_service, bob, olga):
    other = make_service("foreign")
    asked(pay_service, bob, path="mine/**")
    approved(pay_service, bob, olga, path="held/**")
    approved(other, olga, bob, path="theirs/**")
    page = words(PAGE)
    assert "mine/**" in page and "held/**" in page
    assert "theirs/**" not in page


def test_it_finds_no_team_that_is_not_there_and_asks_for_a_sign_in(see, client, pay_service):
    see("/teams/nope/standards/", 404)
    see("/teams/%00/standards/", 404)
    client.logout()
    _, token = make_token(team=make_team("pay"))
    assert client.get(PAGE, headers=bearer(token)).status_code == 302


def test_it_escapes_names(see, pay_service):
    pay_service.name = "<img src=x>"
    pay_service.save()
    scan_service(pay_service, rest="fail")
    assert "<img" not in see(PAGE)


def test_it_asks_for_as_many_queries_with_many_services_as_with_one(
    client, alice, pay_service, django_assert_max_num_queries
):
    client.force_login(alice)
    for number in range(6):
        scan_service(make_service(f"service-{number}", make_team("pay")), rest="fail", days_ago=3)
    with django_assert_max_num_queries(15):
        client.get(PAGE)


def test_it_keeps_apart_what_waits_for_a_source(words, pay_service):
    scan_service(pay_service, rest="pass")
    page = words(PAGE)
    assert "controls of the next phase wait for a source to be connected" in page
    assert "Nothing: every scanned service" not in page
