"""``/badges/...`` and the pages that give their addresses out."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.signing import Signer
from django.utils import timezone

from dashboard.models import BadgeVersion
from dashboard.pages.badges.figures import LABELS
from dashboard.pages.badges.signed import path_of, version_of
from ingest.models import CatalogueName, ChangedService, Service
from scorecards.rollups.build import build_rollups
from tests.dashboard.pages.scanned import scan_service
from tests.factories import (
    bearer,
    make_change,
    make_deployment,
    make_repository,
    make_service,
    make_slo,
    make_standing,
    make_team,
    make_token,
)

pytestmark = pytest.mark.django_db
PICTURES = ("badge", "trend")


@pytest.fixture
def delivered(pay):
    """A service with one deployment yesterday that brought a change written three hours before."""
    service = make_service("pay-api", pay, name="Pay API")
    repository = make_repository("acme/pay-api", service)
    at = timezone.now() - timedelta(days=1)
    change = make_change(repository, at - timedelta(hours=3))
    make_deployment(service, at - timedelta(hours=5), repository=repository, shas=[make_change(repository, at).sha])
    make_deployment(service, at, repository=repository, shas=[change.sha])
    ChangedService.objects.create(service=service)
    build_rollups()
    return service


def path(subject, metric="lead_time", picture="badge", theme="light") -> str:
    return path_of(subject, metric, picture, theme, version_of(subject))


def title(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode().split("<title>")[1].split("</title>")[0]


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("metric", LABELS)
def test_nobody_needs_to_sign_in_for_a_signed_address(client, delivered, pay, metric, picture):
    for subject in (delivered, pay):
        answer = client.get(path(subject, metric, picture))
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
        assert subject.name in title(answer)


def test_it_says_what_the_page_says(client, alice, delivered):
    badge = client.get(path(delivered)).content.decode()
    client.force_login(alice)
    page = client.get("/services/pay-api/").content.decode()
    assert ">3.0\u00a0h</text>" in badge
    assert '3.0<span class="unit">h</span>' in page
    assert "target under 1 h missed" in badge


@pytest.mark.parametrize("metric", LABELS)
def test_without_data_it_says_so_and_never_zero(client, metric):
    for subject in (make_service("quiet"), make_team("idle")):
        for picture in PICTURES:
            svg = client.get(path(subject, metric, picture)).content.decode()
            assert ">no data</text>" in svg and ">0" not in svg
            assert "no data. " in title(client.get(path(subject, metric, picture)))


def test_it_tells_standards_as_the_interval_that_pages_tell(client, alice, pay):
    service = make_service("pay-api", pay)
    scan_service(service, {"DOP-1.1-01": "unknown"}, rest="pass")
    badge = client.get(path(service, "standards")).content.decode()
    client.force_login(alice)
    page = client.get("/services/pay-api/").content.decode()
    [number] = set(re.findall(r'/explain/standards/[^"]*">([^<]+)<span class="unit">%', page))
    assert "–" in number
    assert f">{number}\u00a0%</text>" in badge


def test_it_tells_the_budget_with_the_least_left(client, pay):
    first, second = make_service("first", pay), make_service("second", pay, name="The second")
    make_standing(make_slo(first), 0.8)
    make_standing(make_slo(second), 0.123)
    assert ">12.3\u00a0%</text>" in client.get(path(second, "error_budget")).content.decode()
    answer = client.get(path(pay, "error_budget"))
    assert ">12.3\u00a0%</text>" in answer.content.decode()
    said = "Error budget left of Payments over the last 30\u00a0d: 12.3\u00a0%, of The second,"
    assert title(answer).startswith(said)
    assert ">30\u00a0d</text>" in client.get(path(pay, "error_budget", "trend")).content.decode()


def test_a_stale_budget_is_said_to_be_stale(client, pay):
    service = make_service("first", pay)
    make_standing(make_slo(service), 0.9, state="stale")
    answer = client.get(path(service, "error_budget"))
    assert "as of 2026-03-02 12:00 UTC" in title(answer)
    assert "#17753f" not in answer.content.decode()


def test_it_may_be_kept_for_five_minutes_and_asked_for_again(client, delivered):
    first = client.get(path(delivered))
    assert first["Cache-Control"] == "max-age=300"
    assert not first.cookies
    again = client.get(path(delivered), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    make_deployment(delivered, timezone.now(), status="failed")
    ChangedService.objects.create(service=delivered)
    build_rollups()
    changed = path(delivered, "change_failure_rate")
    assert client.get(changed, headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert client.head(path(delivered)).status_code == 200


# ---------------------------------------------------------------- signatures


def test_nothing_opens_without_a_signature_that_fits(client, alice, delivered, pay):
    other = make_service("web", pay)
    good = path(delivered)
    bare = urlsplit(good).path
    signature = good.partition("s=")[2]
    refused = [
        bare,
        f"{bare}?s=",
        f"{bare}?s={signature[:-1]}",
        f"{bare}?s={signature}x",
        f"{bare}?s={signature}%00",
        f"{bare}?s=%F0%9F%94%91",
        f"{bare}?theme=dark&s={signature}",
        f"{bare}?theme=blue&s={signature}",
        f"{bare.replace('lead_time', 'mttr')}?s={signature}",
        f"{bare.replace('lead_time', 'response')}?s={signature}",
        f"{bare.replace('lead_time.svg', 'lead_time/trend.svg')}?s={signature}",
        f"{bare.replace('pay-api', 'web')}?s={signature}",
        f"{bare.replace('pay-api', 'none-such')}?s={signature}",
        f"{bare.replace('pay-api', 'a%00b')}?s={signature}",
        f"{bare.replace('/service/', '/team/').replace('pay-api', 'pay')}?s={signature}",
        f"{bare}?s={Signer(salt='another').signature('x')}",
    ]
    assert client.get(good).status_code == 200 and other
    client.force_login(alice)  # a session is no signature
    assert {address: client.get(address).status_code for address in refused} == dict.fromkeys(refused, 404)
    assert client.post(good).status_code == 405
    token = make_token("admin")[1]
    assert client.get(bare, headers=bearer(token)).status_code == 404


def test_a_service_that_is_renamed_keeps_its_badges(client, delivered):
    before = path(delivered)
    CatalogueName.objects.create(kind=CatalogueName.Kind.SERVICE, name="pay-api", object_id=delivered.pk)
    Service.objects.filter(pk=delivered.pk).update(slug="payments-api")
    assert client.get(before).status_code == 200


def test_another_service_that_takes_the_name_is_not_shown(client, delivered):
    before = path(delivered)
    Service.objects.filter(pk=delivered.pk).update(slug="old")
    make_service("pay-api")
    assert client.get(before).status_code == 404


def test_with_another_secret_key_nothing_opens(client, delivered, settings):
    before = path(delivered)
    settings.SECRET_KEY = "another"
    assert client.get(before).status_code == 404


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("address", ["/services/pay-api/badges/", "/teams/pay/badges/"])
def test_it_shows_each_picture_with_what_to_paste(client, charlie, delivered, address, settings):
    settings.BASE_URL = "https://plumbline.example"
    client.force_login(charlie)
    page = client.get(address).content.decode()
    assert page.count("<img ") == 2 * len(LABELS)
    assert "[![lead time of Pay" in page and "](https://plumbline.example/badges/" in page
    assert "&lt;img src=&quot;https://plumbline.example/badges/" in page
    for src in [one.split('"')[0].replace("&amp;", "&") for one in page.split('<img src="')[1:]]:
        assert client.get(src).status_code == 200
    dark = client.get(f"{address}?theme=dark").content.decode()
    assert dark.count("theme=dark&amp;s=") == 4 * len(LABELS)  # shown, and in Markdown
    assert client.get(f"{address}?theme=%3Cb%3E").status_code == 200


def test_the_service_s_and_the_team_s_page_lead_there(client, charlie, delivered):
    client.force_login(charlie)
    assert 'href="/services/pay-api/badges/"' in client.get("/services/pay-api/").content.decode()
    assert 'href="/teams/pay/badges/"' in client.get("/teams/pay/").content.decode()


@pytest.mark.parametrize("address", ["/services/pay-api/badges/", "/teams/pay/badges/"])
def test_nobody_else_is_given_addresses(client, delivered, address):
    for headers in ({}, bearer(make_token("admin")[1])):
        for method in (client.get, client.post):
            answer = method(address, headers=headers)
            assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("address", ["/services/pay-api/badges/", "/teams/pay/badges/"])
def test_who_is_in_charge_makes_the_addresses_anew(client, alice, bob, charlie, delivered, pay, address):
    subject = delivered if "services" in address else pay
    others = path(make_service("web", pay)), path(make_team("search"))
    before = path(subject)
    for person in (bob, charlie):
        client.force_login(person)
        assert "Make them anew" not in client.get(address).content.decode()
        assert client.post(address).status_code == 403
    assert client.get(before).status_code == 200
    client.force_login(alice)
    assert client.post(address).status_code == 302
    assert BadgeVersion.objects.get().changed_by == alice
    assert client.get(before).status_code == 404
    assert {client.get(one).status_code for one in (path(subject), *others)} == {200}


def test_hostile_names_stay_names(client, alice, pay):
    name = """]("><script>alert(1)</script>"""
    service = make_service("odd", pay, name=name)
    client.force_login(alice)
    page = client.get("/services/odd/badges/").content.decode()
    assert "<script>alert" not in page
    assert "[![lead time of \\](&quot;\\&gt;\\&lt;script" in page
    svg = client.get(path(service)).content.decode()
    assert "<script" not in svg


def test_there_is_no_page_of_what_is_not_there(client, alice):
    client.force_login(alice)
    for address in ("/services/none/badges/", "/teams/none/badges/", "/services/a%00b/badges/"):
        assert client.get(address).status_code == 404
