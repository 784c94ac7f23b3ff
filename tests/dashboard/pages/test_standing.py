"""Standards and Phase on the overview, on the pages of teams and services, and what needs attention."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from scorecards.models import Waiver
from tests.dashboard.pages.scanned import LOCKED, scan_service
from tests.dashboard.pages.test_waivers import approved, asked
from tests.factories import make_delivery, make_service, make_team

pytestmark = pytest.mark.django_db


def tile(page: str) -> str:
    """The words of the tile Standards."""
    tiles = re.findall(r'<article class="tile">.*?</article>', page, re.DOTALL)
    [found] = [one for one in tiles if "<h2>Standards</h2>" in one]
    return " ".join(re.sub(r"<[^>]+>", " ", found).replace("\u00a0", " ").split())


@pytest.fixture
def scanned(pay_service):
    scan_service(pay_service, rest="pass", days_ago=100)
    scan_service(pay_service, rest="pass")
    scan_service(make_service("open", make_team("pay")), {LOCKED: "unknown"}, rest="pass")
    scan_service(make_service("failing", make_team("pay"), tier="critical"), {LOCKED: "fail"}, rest="pass")
    return pay_service


@pytest.mark.parametrize("path", ["/", "/teams/pay/"])
def test_it_tells_the_share_of_services_as_an_interval(see, scanned, path):
    text = tile(see(path))
    assert "33–67 %" in text
    assert "target all meet all REQUIRED" in text
    assert "missed · 1 of 3 services" in text.replace("missed 1", "missed · 1")
    assert "−66.7 pt against" in text


@pytest.mark.parametrize("path", ["/", "/teams/pay/", "/services/pay-api/"])
def test_it_says_that_nothing_was_scanned_and_never_zero(see, pay_service, path):
    text = tile(see(path))
    assert "No data: not scanned" in text
    assert " 0" not in text


@pytest.mark.parametrize("path", ["/", "/teams/pay/", "/services/pay-api/"])
def test_it_knows_nothing_of_a_period_before_the_first_scan(see, scanned, path):
    assert "No data: not scanned" in tile(see(f"{path}?from=2024-01-01&to=2024-02-01"))


@pytest.mark.parametrize("path", ["/", "/teams/pay/"])
def test_it_tells_of_the_services_of_a_tier_alone(see, scanned, path):
    text = tile(see(f"{path}?tier=critical"))
    assert "0 % target" in text
    assert "0 of 1 service" in text
    assert "No data: not scanned" in tile(see(f"{path}?tier=low"))


def test_it_tells_the_score_and_phase_of_a_service(see, scanned):
    text = tile(see("/services/pay-api/"))
    assert "100 %" in text
    assert "met" in text and "phase Optimization" in text
    assert "unchanged from" in text


def test_it_links_the_figure_to_its_explanation(see, scanned):
    assert 'href="/explain/standards/?scope=team%3Apay&amp;from=' in see("/teams/pay/")


def test_it_says_how_few_services_were_scanned(see, pay_service):
    for number in range(5):
        make_service(f"service-{number}")
    scan_service(pay_service, rest="pass")
    assert "1 of 6 services scanned" in tile(see("/"))


def test_it_has_columns_for_standards_and_phase(words, scanned):
    make_team("idle", name="Idle")
    make_delivery(status="processed")
    page = words("/teams/")
    assert "MTTR Standards Adoption Phase" in page
    assert re.search(r"Payments .* 33–67 % Optimization|Payments .* 33–67 % ", page)
    assert "No data: not scanned" in page.partition("Idle")[2]


def test_it_sorts_by_them(see, scanned):
    make_service("other", make_team("search", name="Search"))
    scan_service(make_service("all", make_team("search")), rest="pass")
    page = see("/teams/?sort=-standards")
    assert page.index(">Search</a>") < page.index(">Payments</a>")
    page = see("/teams/pay/?sort=standards")
    assert page.index(">Failing</a>") < page.index(">Pay API</a>")


def test_it_tells_teams_of_a_tier_by_their_services_of_that_tier(words, scanned):
    page = words("/teams/?tier=critical")
    assert "0 %" in page.partition("Payments")[2]


def test_it_tells_which_required_controls_came_to_fail_this_week(words, pay_service):
    scan_service(pay_service, rest="pass", days_ago=20)
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass", days_ago=2, commit="b" * 40)
    assert "1 REQUIRED control : came to fail in 1 service within 7 days" in words("/")


def test_it_is_silent_on_what_failed_before_or_is_mended(words, pay_service):
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass", days_ago=2)
    assert "came to fail in" not in words("/")
    scan_service(pay_service, rest="pass", days_ago=1, commit="b" * 40)
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass", commit="c" * 40)
    scan_service(pay_service, rest="pass", commit="d" * 40)
    assert "came to fail in" not in words("/")


def test_it_tells_which_waivers_end_this_week(words, pay_service, bob, olga):
    approved(pay_service, bob, olga, expires_on=timezone.now().date() + timedelta(days=5))
    approved(pay_service, bob, olga, path="a/**")
    assert "1 waiver : ends within 7 days" in words("/")


def test_it_tells_those_who_decide_which_waivers_wait(client, pay_service, alice, bob, olga):
    asked(pay_service, bob)
    for reader, told in ((olga, True), (alice, False)):
        client.force_login(reader)
        assert ("waits for your decision" in client.get("/").content.decode()) is told
    Waiver.objects.update(requested_by=olga)
    client.force_login(olga)
    assert "for your decision" not in client.get("/").content.decode()


def test_it_tells_whose_share_changed(words, scanned):
    assert "Payments : services that meet all REQUIRED changed from 100 % to 33–67 %" in words("/")


def test_it_tells_of_no_change_from_a_time_before_the_first_scan(words, pay_service):
    scan_service(pay_service, rest="pass")
    assert "services that meet all REQUIRED changed" not in words("/")
