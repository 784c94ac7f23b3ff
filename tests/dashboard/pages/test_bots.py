"""``?bots=no``: lead times without the changes of bots, on the pages of a team and a service and in the explanation."""

import pytest

from ingest.models import Change, ChangedService
from scorecards.rollups.build import build_rollups
from tests.dashboard.pages.conftest import WEEK
from tests.factories import make_team

pytestmark = pytest.mark.django_db
# The worked example's lead times are 30 min, 24 h, 1 h and 1 h 20 min; the second is a bot's.
PAGES = ("/teams/payments/", "/services/pay/", "/", "/teams/")


@pytest.fixture
def with_bot(example):
    Change.objects.filter(sha="b").update(bot=True)
    ChangedService.objects.create(service=example["service"])
    build_rollups()
    return example


def median(page):
    return page.context["tiles"][1].number, page.context["tiles"][1].unit


@pytest.mark.parametrize("path", PAGES[:3])
def test_it_leaves_bots_out_of_the_lead_time_of_a_page(client, alice, with_bot, path):
    client.force_login(alice)
    assert median(client.get(f"{path}?{WEEK}")) == ("1.2", "h")
    assert median(client.get(f"{path}?{WEEK}&bots=no")) == ("1.0", "h")


@pytest.mark.parametrize("path", PAGES[:2])
def test_it_leaves_bots_out_of_the_chart_and_says_so(client, alice, with_bot, path):
    client.force_login(alice)
    charts = {bots: client.get(f"{path}?{WEEK}&bots={bots}").context["charts"] for bots in ("", "no")}
    assert [charts[bots][1].points[0].text for bots in ("", "no")] == ["1.2\u00a0h", "1.0\u00a0h"]
    assert charts["no"][1].unit.endswith("without bots")
    assert not charts[""][1].unit.endswith("without bots")
    assert charts["no"][0].points == charts[""][0].points


@pytest.mark.parametrize("path", PAGES)
def test_it_offers_the_choice_and_keeps_it_in_every_link(see, with_bot, path):
    page = see(f"{path}?{WEEK}&bots=no")
    assert '<option value="no" selected>Without bots</option>' in page
    assert "bots=no" in page
    assert "bots=no" not in see(f"{path}?{WEEK}")


def test_it_explains_the_lead_time_without_bots(see, with_bot):
    page = see(f"/explain/lead_time/?scope=team:payments&{WEEK}")
    assert "median of 4 delivered changes" in page
    assert "1 of 4" in page
    assert "Leave the changes of bots out" in page
    page = see(f"/explain/lead_time/?scope=team:payments&{WEEK}&bots=no")
    assert "median of 3 delivered changes" in page
    assert "1 of 4" in page
    assert "1 change by a bot" in page
    assert "Change b" not in page
    assert "Count the changes of bots too" in page


def test_it_keeps_the_choice_on_pages_that_do_not_know_it(see, with_bot):
    assert '<input type="hidden" name="bots" value="no">' in see(f"/deployments/?{WEEK}&bots=no")
    assert "Leave the changes of bots out" not in see(f"/explain/mttr/?{WEEK}")


def test_it_says_that_it_knows_no_other_choice(see, with_bot):
    assert "There is no choice of bots “maybe”." in see(f"/teams/payments/?{WEEK}&bots=maybe")


def test_it_has_no_figures_without_data(see, example):
    make_team("idle", name="Idle")
    assert "No deployment in this period" in see(f"/teams/idle/?{WEEK}&bots=no")
