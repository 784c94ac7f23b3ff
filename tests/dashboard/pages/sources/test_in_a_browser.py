"""What only a browser can tell of the pages on sources: waiting ends by itself, and nothing overflows."""

import pytest

from ingest.inbox.manage import create_source
from tests.dashboard.browser import DESK, MARKS, PHONE, visiting
from tests.factories import make_user

pytestmark = MARKS


@pytest.fixture
def visit(browser, live_server):
    with visiting(browser, live_server.url, make_user("olga", is_staff=True)) as go:
        yield go


def test_it_stops_waiting_when_the_first_delivery_comes(visit, send):
    source, secret = create_source("github", "Acme", {}, by="olga")
    page = visit(f"/sources/{source.public_id}/")
    assert page.locator("#state").inner_text().startswith("Waiting")
    send(source, secret)
    page.wait_for_selector("#state table")
    assert "deployment 77 of acme/pay to production: succeeded" in page.locator("#state").inner_text()
    assert page.get_attribute("#state", "hx-get") is None
    assert page.complaints == []


def test_it_goes_on_waiting_where_the_site_does_not_answer(visit):
    source, _ = create_source("github", "Acme", {}, by="olga")
    page = visit(f"/sources/{source.public_id}/")
    page.route("**/state/", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        pass
    assert page.url.endswith(f"/sources/{source.public_id}/")
    assert page.locator("#state").inner_text().startswith("Waiting")


def test_it_connects_a_source_without_javascript(visit):
    page = visit("/sources/new/argocd/", java_script_enabled=False)
    page.fill("[name=name]", "Our cluster")
    page.click("button.primary")
    assert page.locator("h1").inner_text() == "Our cluster is ready"
    page.click("text=I have done that")
    assert page.locator("h1").inner_text() == "Our cluster"


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_nothing_is_wider_than_the_screen(visit, send, viewport):
    source, secret = create_source("argocd", "A" * 200, {}, by="olga")
    send(source, secret)
    for path in ("", "new/argocd/", f"{source.public_id}/", f"{source.public_id}/trial/"):
        page = visit(f"/sources/{path}", viewport)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert page.complaints == []
