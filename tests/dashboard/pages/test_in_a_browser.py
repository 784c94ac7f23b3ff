"""What only a browser can tell: the policy holds, the panel opens and closes, charts are drawn, nothing overflows."""

import pytest
from django.utils import timezone

from ingest.prometheus.slots import floor
from scorecards.campaigns import keeping as campaigns
from tests.dashboard.browser import DESK, MARKS, PHONE, visiting
from tests.dashboard.pages.adopted import deploy, keep, look, show, three_teams
from tests.dashboard.pages.conftest import WEEK
from tests.dashboard.pages.scanned import found, scan_service
from tests.dashboard.pages.test_reliability import FIRING
from tests.dashboard.pages.test_service_reliability import fill
from tests.factories import join_team, make_service, make_slo, make_standing, make_team
from tests.scorecards.campaigns.asked import campaign, day

pytestmark = MARKS


@pytest.fixture
def visit(browser, live_server, example, alice):
    with visiting(browser, live_server.url, alice) as go:
        yield go


def test_it_opens_an_explanation_beside_the_page_and_closes_it_by_the_keyboard(visit):
    page = visit(f"/?{WEEK}")
    page.click(".tile:nth-child(2) a.figure")
    page.wait_for_selector("#panel .explanation")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.keyboard.press("Escape")
    assert page.locator("#panel .explanation").count() == 0
    assert "figure" in page.evaluate("document.activeElement.className")
    assert page.complaints == []


def test_it_explains_on_a_page_of_its_own_without_javascript(visit):
    page = visit(f"/?{WEEK}", java_script_enabled=False)
    page.click(".tile:nth-child(2) a.figure")
    assert "/explain/lead_time/" in page.url


def test_it_draws_charts_when_they_come_into_view_in_the_colours_of_the_theme(visit):
    page = visit(f"/teams/payments/?{WEEK}")
    page.locator(".chart").first.scroll_into_view_if_needed()
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=20_000)
    ink = "getComputedStyle(document.querySelector('.js-plotly-plot .xtick text')).fill"
    light = page.evaluate(ink)
    page.click(".you summary")
    page.click("[data-theme-choice=dark]")
    page.wait_for_function(f"{ink} !== '{light}'")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("path", ["/", "/teams/payments/", "/services/pay/", "/deployments/", "/incidents/", "/data/"])
def test_it_fits_a_phone(visit, path):
    page = visit(f"{path}?{WEEK}", viewport=PHONE, scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.complaints == []


def test_it_leads_to_the_search_by_a_slash_but_not_while_one_types(visit):
    page = visit(f"/teams/?{WEEK}")
    page.keyboard.press("/")
    page.keyboard.type("a/b")
    assert page.input_value(".search [type=search]") == "a/b"
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?*")
    assert "Nothing is called “a/b”." in page.content()
    assert page.complaints == []


@pytest.mark.parametrize("path", ["/services/pay/change/", "/search/?q=pay"])
def test_it_fits_a_phone_where_one_changes_or_searches(visit, path, alice):
    join_team(alice, make_team("payments"), "lead")
    page = visit(path, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.complaints == []


STANDARD_PAGES = [
    "/standards/",
    "/standards/sections/1.1/",
    "/standards/DOP-1.1-03/",
    "/services/pay/standards/",
    "/teams/payments/standards/",
    "/waivers/",
    "/explain/standards/?scope=org",
]


@pytest.mark.parametrize("path", STANDARD_PAGES)
def test_it_fits_a_phone_where_one_reads_of_the_standard(visit, example, path):
    scan_service(example["service"], rest="fail", days_ago=4)
    scan_service(example["service"], {"DOP-1.1-03": [found("fail", "deep/" * 20 + "main.tf", 12)]}, rest="unknown")
    page = visit(path, viewport=PHONE, scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.complaints == []


RELIABILITY_PAGES = ["/reliability/", "/services/pay/reliability/", "/gamedays/", "/reliability/?state=none"]


@pytest.mark.parametrize("path", RELIABILITY_PAGES)
def test_it_fits_a_phone_where_one_reads_of_error_budgets(visit, example, path):
    service = example["service"]
    make_standing(make_slo(service, name="availability-of-everything-that-customers-see" * 3), 0.12, alerts=[FIRING])
    make_slo(service_name="ghost" * 30, path="deep/" * 40 + "slo.yaml")
    wrong = make_slo(service, name="latency", problem="It counts good events: " + "sum(rate(x[5m]))" * 9)
    make_standing(wrong, None, state="invalid", reason=wrong.problem)
    page = visit(path, viewport=PHONE, scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.complaints == []


def test_it_draws_how_an_error_budget_was_spent(visit, example):
    now = timezone.now()
    slo = make_slo(example["service"], objective=0.99)
    fill(slo, now, lambda days_ago: 20.0 if 3 <= days_ago < 4 else 0.0)
    make_standing(slo, 0.3, floor(now))
    page = visit("/services/pay/reliability/")
    page.locator("[data-chart]").scroll_into_view_if_needed()
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=20_000)
    assert "25 % freeze" in page.inner_text(".js-plotly-plot")
    assert page.complaints == []


ADOPTION_PAGES = [
    "/adoption/",
    "/adoption/?sort=-security&state=unknown",
    "/adoption/infrastructure/",
    f"/explain/adoption/?scope=team:{'y' * 60}",
    "/maturity/",
    f"/maturity/?team={'y' * 60}",
    "/teams/pay/",
    "/services/ledger/",
]


@pytest.fixture
def adopted(example):
    told = three_teams()
    show(told["ledger"], "helm-chart", path="deep/" * 20 + "Chart.yaml", line=1)
    scan_service(told["vault"], rest="fail", days_ago=4)
    scan_service(told["ledger"], {"DOP-1.1-03": [found("fail", "main.tf", 12)]}, rest="unknown")
    long = deploy(make_service("x" * 60, make_team("y" * 60, name="Y" * 200), name="X" * 200))
    look(long)
    scan_service(long, rest="fail")
    keep()
    return told


@pytest.mark.parametrize("path", ADOPTION_PAGES)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_it_fits_where_one_reads_of_adoption(visit, adopted, path, viewport):
    page = visit(path, viewport=viewport, scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.complaints == []


@pytest.mark.parametrize("path", ["/adoption/", "/adoption/ci_cd/", "/maturity/"])
def test_it_draws_how_adoption_and_phases_went(visit, adopted, path):
    page = visit(path)
    page.locator(".chart").first.scroll_into_view_if_needed()
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=20_000)
    assert page.complaints == []


def test_it_keeps_the_head_of_a_long_matrix_in_sight(visit, adopted):
    for number in range(40):
        show(make_service(f"many-{number}", make_team(f"many-{number:02}")), "activity", "deployment")
    keep()
    page = visit("/adoption/")
    box = "document.querySelector('.table-wrap.tall')"
    assert page.evaluate(f"{box}.scrollHeight > {box}.clientHeight + 200")
    page.evaluate(f"{box}.scrollTop = {box}.scrollHeight")
    head = page.locator(".team-matrix thead th").first.bounding_box()
    around = page.locator(".table-wrap.tall").bounding_box()
    assert abs(head["y"] - around["y"]) < 3


def test_it_explains_adoption_beside_the_page(visit, adopted):
    page = visit("/adoption/")
    page.click(".large-figure a")
    page.wait_for_selector("#panel .explanation")
    assert "Teams that use the platform" in page.inner_text("#panel")
    assert page.complaints == []


CAMPAIGN_PAGES = [
    "/outcomes/",
    "/outcomes/?of=control:DOP-1.1-03",
    "/campaigns/",
    "/campaigns/locks/",
    "/campaigns/over/",
    "/campaigns/new/",
    "/campaigns/locks/change/",
    "/teams/pay/",
    "/services/ledger/",
]


@pytest.fixture
def asked(adopted):
    long = "lock-every-root-module-of-everything-that-we-deploy" * 3
    campaign(make_team("pay"), slug="locks", name=long, brief=f"# {long}\n\n- `{long}`\n\n    {long}\n", begun=40)
    campaign(slug="over", ended_on=day(-1), ended_because="person", ended_note=long)
    campaign(slug="capable", capability="security", name="Scan " * 30)
    campaigns.keep(timezone.now())


@pytest.mark.parametrize("path", CAMPAIGN_PAGES)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_it_fits_where_one_reads_of_outcomes_and_campaigns(visit, asked, path, viewport):
    page = visit(path, viewport=viewport, scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.complaints == []


def test_it_draws_how_far_a_campaign_is(visit, asked):
    page = visit("/campaigns/locks/")
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=20_000)
    assert "last day" in page.inner_text(".js-plotly-plot")
    assert page.complaints == []


def test_it_makes_a_campaign_and_ends_it(visit, asked):
    page = visit("/campaigns/new/?control=DOP-1.1-03")
    page.fill("[name=name]", "Locks by spring")
    page.select_option("[name=teams]", "pay")
    page.click("#make button")
    page.wait_for_url("**/campaigns/locks-by-spring/#make")
    assert "The campaign Locks by spring is made." in page.inner_text(".note")
    page.click("text=Change or end")
    page.click("#end button")
    page.wait_for_url("**/campaigns/locks-by-spring/#end")
    assert "ended early" in page.inner_text("main")
    assert page.complaints == []


def test_it_compares_something_else_at_once_when_one_chooses(visit, asked):
    page = visit("/outcomes/?of=capability:ci_cd")
    page.select_option("[name=of]", "control:DOP-1.1-03")
    page.wait_for_url("**/outcomes/?of=control%3ADOP-1.1-03")
    assert "no proof of a cause" in page.inner_text("#correlation")
    assert page.complaints == []


def test_it_opens_the_control_that_an_address_names(visit, example):
    scan_service(example["service"], rest="fail")
    page = visit("/services/pay/standards/#DOP-1.1-03")
    page.wait_for_selector("#DOP-1\\.1-03[open]")
    assert page.complaints == []


def test_it_explains_the_headline_beside_the_page(visit, example):
    scan_service(example["service"], rest="fail")
    page = visit("/standards/")
    page.click(".large-figure a")
    page.wait_for_selector("#panel .explanation")
    assert "Services that meet every REQUIRED control" in page.inner_text("#panel")
    assert page.complaints == []
