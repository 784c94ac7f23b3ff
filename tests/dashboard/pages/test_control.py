"""``/standards/<control>/``."""

from datetime import timedelta

import pytest
from django.utils import timezone

from scorecards.scans.in_force import in_force
from scorecards.scans.waiving import approve_waiver, request_waiver
from tests.dashboard.pages.scanned import COMMIT, LOCKED, PIPELINE, found, scan_service
from tests.factories import bearer, make_service, make_source, make_token

pytestmark = pytest.mark.django_db
LIVE = "DOP-9.1-01"
WHY = "It is fetched from a mirror that pins what it holds."


def test_it_tells_why_how_to_fix_and_how_it_is_decided(words):
    page = words(f"/standards/{LOCKED}/")
    for text in ("Why", "How to fix", "How it is decided", "terraform-lock-file-committed, version", "REQUIRED"):
        assert text in page
    assert "weight 3 of 5" in page
    assert "No repository was scanned yet." in page


def test_it_tells_the_signal_of_a_live_control_and_that_nothing_sends_it(words):
    page = words(f"/standards/{LIVE}/")
    assert "Signal" in page
    assert "nothing sends this yet" in page
    assert "Check " not in page


def test_it_links_an_alternative_and_what_it_stands_for(see):
    assert 'alternative: <a href="/standards/DOP-2.1-08/">' in see(f"/standards/{PIPELINE}/")
    assert 'stands for <a href="/standards/DOP-2.1-01/">' in see("/standards/DOP-2.1-08/")


def test_it_tells_what_other_tools_ask(words):
    page = words("/standards/DOP-1.1-05/")
    assert "What other tools ask checkov CKV_TF_1, CKV_TF_2" in page


def test_it_lists_services_that_fail_first_with_message_and_evidence(words, pay_service):
    told = [found("pass", "a.tf", 1), found("fail", "infra/main.tf", 12, message="The lock file is missing.")]
    scan_service(pay_service, {LOCKED: told})
    scan_service(make_service("open", name="Open one"), {LOCKED: [found("unknown", message="Too large to read.")]})
    scan_service(make_service("fine", name="Fine one"), {LOCKED: "pass"})
    scan_service(make_service("bare", name="Bare one"), {LOCKED: "not_applicable"})
    page = words(f"/standards/{LOCKED}/")
    assert "Pay API The lock file is missing. infra/main.tf:12" in page
    assert page.index("The lock file is missing.") < page.index("Too large to read.") < page.index("Passing: Fine one")
    assert "1 does not apply" in page
    assert "Bare one" not in page


def test_it_says_that_an_unknown_control_was_not_decided(words, pay_service):
    scan_service(pay_service, {PIPELINE: "pass"})
    assert "Pay API The latest scan did not decide this." in words(f"/standards/{LOCKED}/")


def test_it_links_evidence_to_the_host_where_that_is_known(see, pay_service):
    scan_service(pay_service, {LOCKED: [found("fail", "a b/#1.tf", 3)]})
    assert "github.com" not in see(f"/standards/{LOCKED}/")
    make_source("github")
    assert f"https://github.com/acme/pay-api/blob/{COMMIT}/a%20b/%231.tf#L3" in see(f"/standards/{LOCKED}/")


def test_it_tells_who_waived_what_until_when(words, pay_service, bob, olga):
    scan_service(pay_service, {LOCKED: "fail"})
    now = timezone.now()
    day = now.date() + timedelta(days=30)
    standards = in_force(now.date()).standards
    asked = request_waiver(
        service=pay_service,
        control=LOCKED,
        reason="compensated",
        text=WHY,
        expires_on=day,
        by=bob,
        at=now,
        standards=standards,
    )
    approve_waiver(asked, by=olga, at=now, standards=standards)
    page = words(f"/standards/{LOCKED}/")
    assert f"Waived until {day:%-d %b %Y}: something else protects as well." in page
    assert "1 service" in page.partition("waived")[2]


def test_it_tells_what_changed_and_by_what(words, pay_service):
    scan_service(pay_service, {LOCKED: "pass"}, days_ago=5)
    scan_service(pay_service, {LOCKED: "fail"}, commit="b" * 40)
    changed = words(f"/standards/{LOCKED}/").partition("What changed")[2]
    assert "Pay API passes → became fails by a new commit" in changed


def test_it_escapes_what_a_repository_says(see, pay_service):
    scan_service(pay_service, {LOCKED: [found("fail", "<b>.tf", 1, message="<script>alert(1)</script>")]})
    page = see(f"/standards/{LOCKED}/")
    assert "<script>alert" not in page
    assert "<b>.tf" not in page


@pytest.mark.parametrize("name", ["nope", "DOP-1.1-99", "%00", "..", "DOP-1.1-03%2F"])
def test_it_finds_no_control_that_is_not_there(see, name):
    see(f"/standards/{name}/", 404)


def test_it_asks_a_token_for_a_sign_in(client):
    _, token = make_token()
    assert client.get(f"/standards/{LOCKED}/", headers=bearer(token)).status_code == 302


def test_it_leaves_out_services_that_are_retired(words, pay_service):
    scan_service(pay_service, {LOCKED: "fail"})
    pay_service.retired_on = timezone.now().date()
    pay_service.save()
    assert "Pay API" not in words(f"/standards/{LOCKED}/").partition("What changed")[0]


def test_it_asks_for_as_many_queries_whatever_there_is(client, alice, pay_service, django_assert_max_num_queries):
    client.force_login(alice)
    make_source("github")
    for number in range(8):
        scan_service(make_service(f"service-{number}"), rest="fail", days_ago=2)
    with django_assert_max_num_queries(11):
        client.get(f"/standards/{LOCKED}/")
