"""Weekly reports as a mail server has them: parsed, their figures held against the API's, and every link followed."""

import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from html import unescape
from urllib.parse import urldefrag

import pytest

from dashboard import formats
from dashboard.env import email_settings
from dashboard.models import Subscription
from dashboard.pages.figures import LABELS
from dashboard.reports import send
from dashboard.reports.outside import INSIDE
from ingest.models import Team
from scorecards.campaigns.due import due_for
from scorecards.models import Campaign, Waiver
from tests.dashboard.mails.sink import sink
from tests.dashboard.pages.conftest import judge, march
from tests.dashboard.pages.scanned import scan_service
from tests.dashboard.reports.test_read import change, required
from tests.factories import (
    bearer,
    make_budget_step,
    make_deployment,
    make_incident,
    make_service,
    make_slo,
    make_team,
    make_token,
)

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
DUE = datetime(2026, 3, 9, 8, tzinfo=UTC)
SITE = "http://localhost:8000"
LARGEST = 80_000
DELIVERY = ("deployment_frequency", "lead_time", "change_failure_rate", "mttr")


@pytest.fixture
def eventful(example, alice, olga):
    """The worked example, after a week to compare it with, and something of all that a mail tells."""
    service = example["service"]
    make_deployment(service, march(1, 9), external_id="d0")
    make_incident(service, march(1, 9), resolved_at=march(1, 11), severity="sev2")
    make_incident(service, march(8, 9), severity="sev1", title="Refunds <b>fail</b>")
    web = make_service("web", make_team("web", name="Web & <i>Shop</i>"))
    for name, at in {"w0": march(1, 9) - timedelta(days=2), "w1": march(3, 9)}.items():
        make_deployment(web, at, external_id=name)
    judge(service)
    judge(web)
    failing, fixed = required()[:2]
    scan_service(service, {failing.id: "fail", fixed.id: "pass"})
    for control, before, after in ((failing, "pass", "fail"), (fixed, "fail", "pass")):
        change(service, control.id, before, after, march(4, 9))
    make_budget_step(make_slo(service), "", "75", at=march(3, 9))
    Waiver.objects.create(
        service=service, control="DOP-1.1-01", reason="planned", text="x", state="approved", requested_by=alice,
        requested_at=march(1, 9), decided_by=olga, decided_at=march(1, 9), expires_on=date(2026, 3, 20),
    )  # fmt: skip
    Campaign.objects.create(
        name="Pin images", slug="pin", controls=[failing.id], starts_on=date(2026, 3, 1), deadline=date(2026, 3, 18),
        made_at=march(1, 9),
    )  # fmt: skip


@pytest.fixture
def mails(settings, eventful, alice):
    """What a mail server got for alice and for an address outside: by recipient and subject."""
    teams = [None, *Team.objects.filter(slug__in=("payments", "web"))]
    for team in teams:
        for who in ({"user": alice}, {"address": "list@example.org"}):
            Subscription.objects.create(team=team, zone="UTC", confirmed_at=march(1, 0), **who)
    with sink() as server:
        for name, value in email_settings(f"smtp://127.0.0.1:{server.port}").items():
            setattr(settings, name, value)
        assert send.send(DUE) == 6
    found = [(to, message_from_bytes(body, policy=policy.default)) for [to], body in server.messages]
    return {(to, mail["Subject"].removeprefix("Weekly report: ")): mail for to, mail in found}


def html_of(mail) -> str:
    return mail.get_body(("html",)).get_content()


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def words(html: str) -> str:
    """What the HTML shows, without markup and with its spaces made one."""
    kept = re.sub(r"<style.*?</style>|<div class=\"pre\".*?</div>|<!--.*?-->", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"</?(?:span|b|i)\b[^>]*>", "", kept)).replace("<", " <").split())


def said(text: str) -> dict[str, str]:
    """The figures of the plain text, by label."""
    head = text.partition("\n\n")[2].partition("\n\n")[2]
    return dict(re.findall(r"^([A-Z][\w ]+): ([^(\n]+?)(?: \(.*\))?\n  week before", head, re.MULTILINE))


def test_each_has_its_parts_and_headers_is_small_and_needs_nothing_from_afar(mails):
    assert len(mails) == 6
    for (to, name), mail in mails.items():
        assert mail["To"] == to and mail["Subject"] == f"Weekly report: {name}"
        assert mail.get_content_type() == "multipart/related"
        assert [part.get_content_type() for part in mail.get_payload(0).iter_parts()] == ["text/plain", "text/html"]
        key = re.fullmatch(rf"<{SITE}/reports/unsubscribe/([\w-]+)/>", mail["List-Unsubscribe"].strip())[1]
        assert Subscription.objects.filter(key=key).exists() and f"{SITE}/reports/unsubscribe/{key}/" in html_of(mail)
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(r"<2026-W10\.\w+@localhost>", mail["Message-ID"])
        assert re.fullmatch(r"<weekly\.\w+@localhost>", mail["References"])
        assert mail["Auto-Submitted"] == "auto-generated" and mail["List-Id"]
        assert len(mail.get_body(("html",)).as_bytes()) < LARGEST
        html = html_of(mail)
        assert not re.search(r"<(script|link|iframe)|url\(|@import|src=\"(?!cid:)|<i>Shop|<b>fail", html)
        there = {part["Content-ID"].strip("<>") for part in mail.walk() if part.get_content_type() == "image/png"}
        assert there and there == set(re.findall(r'src="cid:(\w+)"', html))
    assert len({mail["Message-ID"] for mail in mails.values()}) == 6


def test_the_figures_are_those_of_the_api_and_the_same_in_html_and_text(mails, client, alice):
    _, secret = make_token()
    scopes = {"Organisation": "org", "Payments": "team:payments", "Web & <i>Shop</i>": "team:web"}
    for (_, name), mail in mails.items():
        text, html = text_of(mail), words(html_of(mail))
        address = f"/api/v1/metrics/?scope={scopes[name]}&from=2026-03-02&to=2026-03-09"
        [answer] = client.get(address, headers=bearer(secret)).json()["results"]
        figures = said(text)
        for metric in DELIVERY:
            value = answer[metric]["median"] if isinstance(answer[metric], dict) else answer[metric]
            label = LABELS[metric]
            if value is None:
                assert label not in figures and f"{label}: no data." in text and f"{label}</a" not in figures
                assert re.search(rf"{label} <[^>]+> ?<[^>]+> ?No data\.|{label}.{{0,40}}No data\.", html)
            else:
                assert figures[label] == str(formats.amount(metric, value))
                assert re.search(rf"{label} </a> <br> {re.escape(' '.join(figures[label].split()))}", html)


def test_every_link_leads_to_the_view_that_shows_it(mails, client, alice):
    client.force_login(alice)
    pages = {}
    for mail in mails.values():
        html = html_of(mail)
        assert {unescape(one) for one in re.findall(r'href="([^"]+)"', html)} == set(
            re.findall(rf"{SITE}/\S*", text_of(mail))
        )
        for href in {unescape(one) for one in re.findall(r'href="([^"]+)"', html)}:
            assert href.startswith(f"{SITE}/")
            path, part = urldefrag(href.removeprefix(SITE))
            if path not in pages:
                answer = client.get(path)
                assert answer.status_code == 200, href
                pages[path] = answer.content.decode()
            assert not part or f'id="{part}"' in pages[path], href
        for href, number in re.findall(
            r'href="([^"]+/explain/[^"]+)"[^>]*>[^<]+</a><br>\s*<span class="number"[^>]*>([^<]+)</span>', html
        ):
            assert unescape(number) in unescape(pages[unescape(href).removeprefix(SITE)]), (href, number)


def test_it_tells_all_that_there_is_to_tell_and_outside_only_how_much(mails):
    inside, outside = (text_of(mails[to, "Payments"]) for to in ("alice@example.com", "list@example.org"))
    told = ["Refunds <b>fail</b>", "the waiver of DOP-1.1-01", "Pin images", "came to fail", "passes again"]
    for text in told:
        assert text in inside and text not in outside
    for text in ("came down to 75 %", "1 grave incident open", "1 waiver ends", "1 campaign due"):
        assert text in inside and text in outside
    assert "Next best action" in inside and "Next best action" not in outside
    assert INSIDE in outside and INSIDE not in inside


def test_the_campaigns_are_those_that_the_teams_page_asks_for(mails):
    for name, states in {"payments": "1 service to do", "web": "1 service not known"}.items():
        team = Team.objects.get(slug=name)
        [due] = due_for(team, DUE.date())
        assert f"- {due.campaign.name}: {states}, 9 days left" in text_of(mails["alice@example.com", team.name])
        assert (len(due.left), len(due.unknown)) == ((1, 0) if name == "payments" else (0, 1))
