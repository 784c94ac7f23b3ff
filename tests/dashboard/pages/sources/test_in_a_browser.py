"""What only a browser can tell of the pages on sources: waiting ends by itself, and nothing overflows."""

import os
from pathlib import Path

import pytest
from django.test import Client

from ingest.inbox.manage import create_source
from tests.factories import make_user

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:No directory at"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def browser():
    # Playwright's own loop runs in this thread, which Django takes for an asynchronous context.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with playwright.sync_playwright() as play:
        found = play.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield found
        found.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(browser, live_server):
    """Open a page as olga; what the console complained of is in ``page.complaints``."""
    client = Client()
    client.force_login(make_user("olga", is_staff=True))
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    contexts = []

    def go(path, viewport=DESK, **options):
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        context.add_cookies([session])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield go
    for context in contexts:
        context.close()


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
