"""``/explain/adoption/``."""

import pytest
from django.utils import timezone

from tests.dashboard.pages.adopted import deploy, keep, look, show, three_teams
from tests.factories import make_service, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def adopted(db):
    return three_teams()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_it_writes_the_formula_with_the_numbers_of_the_organisation(words, adopted):
    page = plain(words("/explain/adoption/?scope=org"))
    assert "1 use it / 2 teams = 50.0 %" in page
    assert "(1 use it + 1 not known) / 2 teams = 100 %" in page
    assert "The share of teams that use the platform" in page
    assert "Active services 33–100 %, 1 of 3 services, 2 more might" in page


def test_it_tells_what_is_left_out(words, adopted):
    deploy(make_service("nobodys"))
    make_service("gone", make_team("pay"), retired_on=timezone.now().date())
    keep()
    page = words("/explain/adoption/?scope=org")
    assert "1 team without an active service" in page
    assert "1 active service that nobody owns, so of no team" in page
    assert "1 service without a production deployment in the last 91 days" in page
    assert "1 retired service" in page


def test_it_explains_why_services_that_nobody_owns_have_no_share(words, adopted):
    deploy(make_service("nobodys", name="Nobodys"))
    keep()
    page = words("/explain/adoption/?scope=team:unassigned")
    assert "Nobody owns these services, so they are of no team. " in page
    assert "all that would show a capability could be looked at" not in page
    assert "Nobodys not known" in page


def test_it_does_not_say_that_all_was_looked_at_where_nobody_is_active(words):
    page = words("/explain/adoption/")
    assert "No data: no active service" in page
    assert "could be looked at" not in page


def test_it_tells_what_is_unknown_and_the_settings_in_force(words, adopted, settings):
    page = words("/explain/adoption/")
    assert "no results of a scanner were received within 28 days" in page
    assert "ADOPTION_CAPABILITIES=3, ADOPTION_SHARE=0.5." in page
    settings.ADOPTION_CAPABILITIES = 2
    assert "at least 2 of the 8 capabilities" in words("/explain/adoption/")


def test_it_lists_the_teams_those_that_do_not_use_it_first(words, adopted):
    facts = words("/explain/adoption/").partition("those that do not use it first")[2]
    assert facts.index("Search not known 0 of 1 service, 1 more might") < facts.index("Payments yes 1 of 2 services")


def test_it_explains_a_team_by_its_services(words, adopted):
    page = plain(words("/explain/adoption/?scope=team:pay"))
    assert "1 on the platform / 2 active services = 50.0 %" in page
    assert "uses the platform" in page
    facts = page.partition("with the fewest capabilities first")[2]
    assert facts.index("Vault not known 2 of 8 capabilities, 2 unknown") < facts.index("Ledger on the platform 4 of 8")


def test_it_explains_a_service_by_its_capabilities(see, words, adopted):
    page = words("/explain/adoption/?scope=service:vault")
    assert "2 used < 3" in page and "2 used + 2 unknown ≥ 3" in page
    assert "CI/CD used A deployment told by the pipeline: deployments" in page
    assert "Observability configured, not used An alert in the repository: alerts.yaml:7" in page
    assert 'href="/deployments/?scope=service%3Avault"' in see("/explain/adoption/?scope=service:vault")


def test_it_says_why_a_service_counts_nowhere(words, adopted):
    page = words("/explain/adoption/?scope=service:stale")
    assert "Not active: no production deployment in 91 days." in page
    assert "The service itself: it had no production deployment in the last 91 days." in page


def test_it_explains_a_tier_alone(words, adopted):
    page = plain(words("/explain/adoption/?scope=org&tier=critical"))
    assert "0 use it / 1 team = 0 %" in page
    assert "(0 use it + 1 not known) / 1 team = 100 %" in page
    assert "0 on the platform / 1 active service" in plain(words("/explain/adoption/?scope=team:pay&tier=critical"))
    assert "No data: no active service." in words("/explain/adoption/?scope=org&tier=low")


def test_it_tells_of_the_last_day_of_the_period(words, adopted):
    assert "as of 31 Jan 2024" in words("/explain/adoption/?from=2024-01-01&to=2024-02-01")
    assert "No data: no active service." in words("/explain/adoption/?from=2024-01-01&to=2024-02-01")


@pytest.mark.parametrize("scope", ["org", "team:pay", "service:ledger"])
def test_it_says_that_there_is_nothing_and_never_zero(words, pay_service, scope):
    page = plain(words(f"/explain/adoption/?scope={scope.replace('ledger', 'pay-api')}"))
    assert "No data: no active service." in page or "Not active" in page
    assert " 0 %" not in page


@pytest.mark.parametrize("scope", ["team:nope", "service:nope", "moon", "team:%00"])
def test_it_answers_not_found_for_what_it_does_not_know(see, scope):
    see(f"/explain/adoption/?scope={scope}", 404)


def test_it_offers_the_part_that_the_panel_shows(see, adopted):
    assert '<div id="explanation">' in see("/explain/adoption/")


def test_it_asks_for_as_many_queries_whatever_there_is(client, alice, adopted, django_assert_max_num_queries):
    client.force_login(alice)
    for number in range(5):
        show(look(deploy(make_service(f"service-{number}", make_team("pay")))), "pulumi")
    keep()
    for scope in ("org", "team:pay", "service:ledger"):
        with django_assert_max_num_queries(24):
            client.get(f"/explain/adoption/?scope={scope}")
