"""Mails as pages: any week's, and those that were sent; nothing of them runs or fetches."""

from base64 import b64encode
from datetime import date, timedelta

import pytest
from django.http import Http404

from dashboard.models import SentReport
from dashboard.reports.choice import choice, report_of, scopes, team_of, visible_sent
from dashboard.reports.render import alone
from tests.dashboard.browser import MARKS, PHONE, visiting
from tests.dashboard.pages.conftest import judge, march
from tests.factories import make_incident, make_team, make_token

pytestmark = pytest.mark.django_db
WEEK = "scope=team:payments&week=2026-W10"
PNG = b"\x89PNG\r\n\x1a\n"


def sent(scope="org", **fields):
    said = {"name": "Acme", "text": "Lead time: 1.2 h", "html": '<head></head><img src="cid:lead_time">'} | fields
    return SentReport.objects.create(scope=scope, week=date(2026, 3, 2), summary="A calm week", **said)


@pytest.fixture
def two_weeks(example):
    """The worked example after a week that had an incident too: a course, of which there is a picture."""
    at = march(1, 9) - timedelta(days=3)
    make_incident(example["service"], at, resolved_at=at + timedelta(hours=1))
    judge(example["service"])


def check_it_can_do_nothing(answer):
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'none'", "img-src data:", "form-action 'none'", "frame-ancestors 'self'", "sandbox"):
        assert rule in policy
    assert "script" not in policy and "allow-same-origin" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_it_shows_the_mail_of_a_week_as_it_looks_with_its_pictures_in_it(client, alice, two_weeks):
    client.force_login(alice)
    answer = client.get(f"/reports/mail/?{WEEK}")
    page = answer.content.decode()
    check_it_can_do_nothing(answer)
    assert ">40.0</span>" in page
    assert 'src="data:image/png;base64,' in page and "cid:" not in page


def test_the_page_frames_it_in_a_sandbox_with_the_text_behind(client, alice, example):
    client.force_login(alice)
    page = client.get(f"/reports/?{WEEK}").content.decode()
    assert 'src="/reports/mail/?scope=team%3Apayments&amp;week=2026-W10"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "Change failure rate: 40.0" not in page
    assert "Change failure rate: 40.0" in client.get(f"/reports/?{WEEK}&part=text").content.decode()


@pytest.mark.parametrize(
    "query",
    ["scope=team:nobody&week=2026-W10", "scope=team:unassigned&week=2026-W10", "scope=service:pay&week=2026-W10",
     "scope=%00", "scope=org&week=soon", "scope=org&week=2190-W10", "scope=team:%00"],
)  # fmt: skip
def test_there_is_no_mail_of_what_is_no_report(client, alice, example, query):
    client.force_login(alice)
    assert client.get(f"/reports/mail/?{query}").status_code == 404


def test_it_shows_one_that_was_sent_as_it_was(client, alice):
    client.force_login(alice)
    one = sent(pictures={"lead_time": b64encode(PNG).decode()})
    page = client.get(f"/reports/sent/{one.pk}/")
    assert f'src="/reports/sent/{one.pk}/mail/"' in page.content.decode()
    assert "Lead time: 1.2 h" in client.get(f"/reports/sent/{one.pk}/?part=text").content.decode()
    answer = client.get(f"/reports/sent/{one.pk}/mail/")
    check_it_can_do_nothing(answer)
    assert b64encode(PNG).decode() in answer.content.decode()


def test_nobody_sees_a_mail_who_is_not_signed_in(client, example):
    one = sent()
    for path in (f"/reports/mail/?{WEEK}", f"/reports/sent/{one.pk}/", f"/reports/sent/{one.pk}/mail/"):
        assert client.get(path)["Location"].startswith("/sign-in/")


def test_who_sees_a_team_alone_sees_its_reports_alone(example, pay):
    token, _ = make_token(team=pay)
    mine, other = sent("team:pay"), sent("team:search")
    assert list(visible_sent(token)) == [mine]
    assert list(scopes(token)) == ["team:pay"]
    assert other and team_of(token, "team:pay") == pay
    make_team("search")
    for scope in ("org", "team:search"):
        with pytest.raises(Http404):
            team_of(token, scope)


def test_who_may_not_read_sees_none(example):
    from django.http import QueryDict

    token, _ = make_token(scope="ingest")
    sent()
    assert not visible_sent(token).exists() and scopes(token) == {}
    with pytest.raises(Http404):
        report_of(token, choice(QueryDict("scope=org&week=2026-W10")), march(9, 8))


def test_a_picture_that_was_not_kept_leaves_its_words():
    assert alone('<head></head><img src="cid:mttr" alt="5 min">', {}).endswith('<img src="data:," alt="5 min">')


@pytest.mark.django_db(transaction=True)
class TestInABrowser:
    pytestmark = MARKS

    def test_it_is_seen_and_its_links_lead_to_the_site(self, browser, live_server, two_weeks, alice, settings):
        settings.BASE_URL = live_server.url
        hostile = "<script>document.title='run'</script><h1 onclick=\"x()\">Acme</h1>"
        with visiting(browser, live_server.url, alice) as go:
            page = go(f"/reports/?{WEEK}", viewport=PHONE, scheme="dark")
            frame = page.frame_locator("iframe.mail")
            frame.locator("img").first.wait_for()
            assert frame.locator("img").first.evaluate("image => image.naturalWidth") > 100
            with page.expect_popup() as opened:
                frame.locator("a", has_text="Lead time").first.click()
            opened.value.wait_for_url("**/explain/lead_time/**")
            assert "Lead time" in opened.value.title()
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            # The browser's driver tries to run something of its own in the sandbox.
            assert [one for one in page.complaints if "the document's frame is sandboxed" not in one] == []
            page = go(f"/reports/sent/{sent(html=hostile).pk}/mail/")
            assert page.locator("h1").inner_text() == "Acme" and page.title() != "run"
