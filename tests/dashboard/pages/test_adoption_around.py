"""Adoption on the overview, in the tables of teams and services, and on their pages."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from ingest.models import Service
from scorecards.models import AdoptionDay
from tests.dashboard.pages.adopted import deploy, keep, look, show, three_teams
from tests.factories import make_delivery, make_service, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def adopted(db):
    make_delivery(status="processed")
    return three_teams()


def tile(page: str) -> str:
    """The words of the tile Adoption."""
    tiles = re.findall(r'<article class="tile">.*?</article>', page, re.DOTALL)
    [found] = [one for one in tiles if "<h2>Adoption</h2>" in one]
    return " ".join(re.sub(r"<[^>]+>", " ", found).replace("\u00a0", " ").split())


def section(page: str) -> str:
    """The words of the section Platform."""
    [found] = re.findall(r'<section id="platform">.*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found).replace("\u00a0", " ").split())


# ---------------------------------------------------------------- the tile


def test_it_tells_the_share_of_teams(see, adopted):
    text = tile(see("/"))
    assert "50–100 %" in text
    assert "target over 90 % of teams not known 1 of 2 teams" in text


def test_it_tells_by_how_many_teams_it_changed(see, adopted):
    # Ledger came onto the platform 20 days ago.
    assert "+1 team against" in tile(see("/?period=28"))
    assert "unchanged from" in tile(see("/?period=7"))


def test_it_links_the_figure_to_its_explanation(see, adopted):
    assert 'href="/explain/adoption/?scope=org&amp;from=' in see("/")
    assert 'href="/explain/adoption/?scope=team%3Apay&amp;from=' in see("/teams/pay/")


def test_it_tells_the_share_of_a_teams_services_and_whether_it_uses_the_platform(see, adopted):
    text = tile(see("/teams/pay/"))
    assert "50–100 % target at least half of its services on the platform uses the platform 1 of 2" in text
    assert "0–100 % target at least half of its services on the platform not known 0 of 1" in tile(
        see("/teams/search/")
    )


def test_it_tells_how_many_capabilities_a_service_uses(see, adopted):
    assert "4 of 8 capabilities target at least 3 capabilities on the platform 2 unknown" in tile(
        see("/services/ledger/")
    )
    assert "2 of 8 capabilities target at least 3 capabilities not known" in tile(see("/services/vault/"))
    assert "+2 capabilities against" in tile(see("/services/ledger/?period=28"))


def test_it_tells_of_one_tier_alone(see, adopted):
    assert "0–100 % target over 90 % of teams not known 0 of 1 team" in tile(see("/?tier=critical"))
    assert "No data: no active service" in tile(see("/?tier=low"))


@pytest.mark.parametrize("path", ["/", "/teams/pay/", "/services/ledger/"])
def test_it_knows_nothing_of_a_period_before_the_first_deployment(see, adopted, path):
    text = tile(see(f"{path}?from=2024-01-01&to=2024-02-01"))
    assert "No data: no active service" in text or "Not active" in text
    assert " 0" not in text


def test_it_stands_still_in_the_night_before_today_is_computed(see, adopted):
    AdoptionDay.objects.filter(day=timezone.now().date()).delete()
    assert "50–100 %" in tile(see("/"))


@pytest.mark.parametrize("query", ["", "?tier=standard"])
def test_it_does_not_say_of_services_that_nobody_owns_that_there_are_none(see, adopted, query):
    deploy(make_service("nobodys"))
    keep()
    page = see(f"/teams/unassigned/{query}")
    assert "Nobody owns these services, so they are of no team" in tile(page)
    assert "Nobody owns these services, so they are of no team" in section(page)
    assert "active service" not in tile(page) + section(page)
    [row] = [one for one in see(f"/teams/{query}").split("<tr") if "/teams/unassigned/" in one]
    assert "Nobody owns these services" in row


# ---------------------------------------------------------------- tables


def test_it_has_a_column_that_says_yes_partly_or_no(words, adopted):
    page = words("/teams/")
    assert "Standards Adoption Phase" in page
    assert "yes 1 of 2" in page.partition("Payments")[2]
    assert "not known 0 of 1" in page.partition("Search")[2]
    assert "No data: no active service" in page.partition("Idle")[2]


def test_it_says_partly(words, adopted):
    team = make_team("pay")
    for name in ("one", "two"):
        look(deploy(make_service(name, team)))
    keep()
    assert "partly 1 of 4" in words("/teams/")


def test_it_says_no_where_nothing_is_unknown(words, adopted, settings):
    settings.ADOPTION_CAPABILITIES = 7
    keep()
    assert "no 0 of 2" in words("/teams/").partition("Payments")[2]


def test_it_sorts_by_it(see, adopted):
    page = see("/teams/?sort=-adoption")
    assert page.index(">Payments</a>") < page.index(">Search</a>") < page.index(">Idle</a>")
    page = see("/teams/pay/?sort=adoption")
    assert page.index(">Vault</a>") < page.index(">Ledger</a>")


def test_it_tells_of_each_service_in_its_teams_table(words, adopted):
    page = words("/teams/pay/").partition("Services")[2]
    assert "yes 4 of 8" in page
    assert "not known 2 of 8" in page


def test_it_tells_which_team_came_to_use_the_platform(words, adopted, settings):
    # With everything but the platform API known, nobody used it before.
    show(adopted["finder"], "scanner-result", since=100)
    settings.ADOPTION_CAPABILITIES = 4
    keep()
    page = words("/?period=28")
    assert "Payments : came to use the platform: 1 of 2 services are on it, 0 of 2 before" in page


# ---------------------------------------------------------------- pages


def test_it_shows_a_services_capabilities_with_evidence_and_how_to_begin(see, adopted):
    since = timezone.now().date() - timedelta(days=20)
    text = section(see("/services/ledger/"))
    assert "Platform on the platform : uses 4 of 8 capabilities, 2 unknown" in text
    assert (
        f"Infrastructure provisioning used {since:%-d %b %Y} Resources of Terraform or OpenTofu: infra/main.tf:3"
        in text
    )
    assert "Portal and service catalogue used for months" in text
    assert "Self-service templates not used" in text
    assert "Make the next service from a template" in text
    assert "Security scanning unknown" in text
    assert "Results of a scanner received: not looked at, no results of a scanner were received" in text


def test_it_shows_what_is_configured_alone(see, adopted):
    text = section(see("/services/vault/"))
    assert "Observability configured, not used" in text
    assert "An alert in the repository: alerts.yaml:7" in text


def test_it_says_that_a_service_counts_nowhere(see, adopted):
    assert "the service counts in no figure of adoption" in section(see("/services/stale/"))
    Service.objects.filter(slug="ledger").update(retired_on=timezone.now().date())
    keep()
    assert "or retired: the service counts in no figure" in section(see("/services/ledger/"))


def test_it_shows_how_many_of_a_teams_services_use_each_capability(see, adopted):
    text = section(see("/teams/pay/"))
    since = timezone.now().date() - timedelta(days=20)
    assert f"uses it: yes since {since:%-d %b %Y}; 1 of 2 active services are on it, 1 more might be" in text
    assert "Observability 1 of 2 , 1 configured only" in text
    assert "Security scanning unknown" in text
    assert 'href="/adoption/observability/?team=pay"' in see("/teams/pay/")


def test_it_says_that_a_team_has_no_active_service(see, adopted):
    assert "it has no figure of adoption" in section(see("/teams/idle/"))
