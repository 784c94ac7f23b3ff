"""``/explain/standards/``."""

import pytest
from django.utils import timezone

from tests.dashboard.pages.scanned import DECLARED, LOCKED, scan_service
from tests.dashboard.pages.test_waivers import approved
from tests.factories import make_service, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def scanned(pay_service):
    make_service("never", make_team("pay"))
    scan_service(pay_service, rest="pass")
    scan_service(make_service("open", make_team("pay")), {LOCKED: "unknown"}, rest="pass")
    scan_service(make_service("failing", make_team("pay"), tier="critical"), {LOCKED: "fail"}, rest="pass")
    return pay_service


@pytest.mark.parametrize("scope", ["org", "team:pay", ""])
def test_it_writes_the_formula_with_the_numbers_of_the_scope(words, scanned, scope):
    page = words(f"/explain/standards/?scope={scope}")
    assert "1 met / 3 services = 33.3 %" in page
    assert "(1 met + 1 not known) / 3 services = 66.7 %" in page
    assert "The share of scanned services that meet all applicable REQUIRED controls." in page


def test_it_tells_what_is_left_out_and_the_coverage(words, scanned):
    page = words("/explain/standards/?scope=org")
    assert "1 service that is not scanned" in page
    assert "controls that no source is connected for, over all services" in page
    assert "units could be looked at" in page
    assert "version 1.0.0, decided by checks of version" in page


def test_it_counts_waived_units(words, scanned, bob, olga):
    failing = make_service("waived")
    scan_service(failing, {LOCKED: "fail"}, rest="pass")
    approved(failing, bob, olga)
    scan_service(failing, {LOCKED: "fail"}, rest="pass", commit="b" * 40)
    assert "1 unit that is waived" in words("/explain/standards/?scope=service:waived")
    assert "2 met / 4 services" in words("/explain/standards/?scope=org")


def test_it_lists_the_services_that_miss_something_required(words, scanned):
    facts = words("/explain/standards/?scope=org").partition("that is not met")[2]
    assert facts.index("Failing 1 fails") < facts.index("Open 1 unknown")
    assert "Pay API" not in facts


def test_it_explains_the_score_of_a_service(words, pay_service):
    scan_service(pay_service, {LOCKED: "fail", DECLARED: "partial"}, rest="pass")
    page = words("/explain/standards/?scope=service:pay-api")
    assert "points = 98." in page or "points = 99." in page
    facts = page.partition("cost the most points")[2]
    assert "fails 3.0 points" in facts
    assert "in part 2.0 points" in facts


def test_it_explains_a_tier_alone(words, scanned):
    page = words("/explain/standards/?scope=team:pay&tier=critical")
    assert "0 met / 1 service = 0 %" in page
    assert "Open" not in page.partition("that is not met")[2]


def test_it_says_that_nothing_was_scanned(words, pay_service):
    for scope in ("org", "team:pay", "service:pay-api"):
        page = words(f"/explain/standards/?scope={scope}")
        assert "No data: not scanned." in page
        assert "/ 0" not in page


def test_it_tells_of_the_last_day_of_the_period(words, scanned):
    day = timezone.now().date()
    assert f"as of {day:%-d %b %Y}" in words("/explain/standards/?scope=org")
    page = words("/explain/standards/?scope=org&from=2024-01-01&to=2024-02-01")
    assert "as of 31 Jan 2024" in page
    assert "No data: not scanned." in page


def test_it_offers_the_part_that_the_panel_shows(see, scanned):
    assert '<div id="explanation">' in see("/explain/standards/?scope=org")


@pytest.mark.parametrize("scope", ["team:nope", "service:nope", "moon", "team:%00"])
def test_it_answers_not_found_for_what_it_does_not_know(see, scope):
    see(f"/explain/standards/?scope={scope}", 404)


def test_it_asks_for_as_many_queries_whatever_there_is(client, alice, scanned, django_assert_max_num_queries):
    client.force_login(alice)
    for number in range(5):
        scan_service(make_service(f"service-{number}"), rest="fail")
    for scope in ("org", "team:pay", "service:pay-api"):
        with django_assert_max_num_queries(14):
            client.get(f"/explain/standards/?scope={scope}")
