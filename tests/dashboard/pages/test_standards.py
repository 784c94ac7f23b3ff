"""``/standards/`` and ``/standards/sections/<id>/``."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from scorecards.models import OwnPack
from tests.dashboard.pages.scanned import BOUNDED, DECLARED, LOCKED, PIPELINE, scan_service
from tests.factories import bearer, make_service, make_team, make_token

pytestmark = pytest.mark.django_db


def cell(page: str, slug: str, section: str) -> str:
    """The title of a cell of the matrix; empty where there is none."""
    found = re.search(rf'href="/services/{slug}/standards/#s{re.escape(section)}" title="([^"]*)"', page)
    return found[1] if found else ""


def test_it_says_what_to_do_before_the_first_scan(words, pay_service):
    page = words("/standards/")
    assert "No data: not scanned" in page
    assert "python manage.py scan PATH" in page
    assert "0 %" not in page
    assert "Pay API not scanned" in page


def test_it_shows_an_empty_site(words):
    assert "No service to show." in words("/standards/")


def test_it_tells_the_headline_as_an_interval_with_what_it_rests_on(words, pay_service):
    make_service("never")
    scan_service(pay_service, rest="pass")
    scan_service(make_service("open"), {LOCKED: "unknown"}, rest="pass")
    scan_service(make_service("failing"), {LOCKED: "fail"}, rest="pass")
    page = words("/standards/")
    assert "33–67 %" in page
    assert "1 of 3 services meet every REQUIRED control, 1 might" in page
    assert "Scanned 3 of 4 services" in page
    assert "Weighted score > 99 %" in page


def test_it_never_writes_all_or_nothing_for_nearly(words, pay_service):
    scan_service(pay_service, rest="pass")
    assert "100 %" in words("/standards/")


def test_it_shows_the_worst_verdict_of_each_section_with_a_link(see, pay_service):
    scan_service(pay_service, {BOUNDED: "fail", DECLARED: "partial", LOCKED: "fail", PIPELINE: "unknown"}, rest="pass")
    page = see("/standards/")
    assert cell(page, "pay-api", "1.1").startswith("1.1 Terraform Standards: 2 fails, 1 in part, ")
    assert cell(page, "pay-api", "2.1").startswith("2.1 Pipeline Architecture: 1 unknown, ")


def test_it_groups_services_by_team(see, pay_service):
    make_service("lonely")
    make_team("unassigned", name="Unassigned")
    page = see("/standards/")
    assert page.index(">Payments</th>") < page.index(">Pay API</a>") < page.index(">Unassigned</th>")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?show=failures", {"failing"}),
        ("?show=unknown", {"open"}),
        ("?show=failures&level=PROGRAMME", set()),
        ("?team=pay", {"pay-api"}),
        ("?level=RECOMMENDED", {"failing", "open", "pay-api"}),
    ],
)
def test_it_narrows_the_matrix_by_what_the_address_says(see, pay_service, query, shown):
    scan_service(pay_service, rest="pass")
    scan_service(make_service("open"), {LOCKED: "unknown"}, rest="pass")
    scan_service(make_service("failing"), {LOCKED: "fail"}, rest="pass")
    matrix = see(f"/standards/{query}").split('class="table matrix"')
    rows = set(re.findall(r'<th scope="row" class="name"><a href="/services/([^/]+)/', matrix[1] if matrix[1:] else ""))
    assert rows == shown


def test_it_shows_what_changed_since_a_day(see, pay_service):
    scan_service(pay_service, rest="pass", days_ago=30)
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass", days_ago=3, commit="b" * 40)
    scan_service(make_service("still"), rest="pass", days_ago=3)
    day = timezone.now().date()
    page = see(f"/standards/?since={day - timedelta(days=7)}")
    assert "1 changed" in cell(page, "pay-api", "1.1")
    assert cell(page, "pay-api", "2.1") == ""
    assert "/services/still/standards/#" not in page
    assert "No service has such a verdict." in see(f"/standards/?since={day}")


@pytest.mark.parametrize("since", ["yesterday", "2026-02-30", "1066-10-14", "9999-01-01"])
def test_it_says_so_when_it_can_not_read_the_day(words, pay_service, since):
    assert "Shown: whatever the day." in words(f"/standards/?since={since}")


def test_it_tells_what_changed_by_which_cause(words, pay_service):
    scan_service(pay_service, rest="pass", days_ago=10)
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass", days_ago=3, commit="b" * 40)
    assert "1 verdict changed by a new commit, to 1 fails" in words("/standards/")


def test_it_lists_controls_that_fail_in_most_services_first(words, pay_service):
    scan_service(pay_service, {LOCKED: "fail", DECLARED: "fail"}, rest="pass")
    scan_service(make_service("other"), {LOCKED: "fail"}, rest="pass")
    page = words("/standards/").partition("Controls that fail in most services")[2]
    assert page.index(LOCKED) < page.index(DECLARED)
    assert "No control fails." not in page


def test_it_counts_services_by_phase(words, pay_service):
    scan_service(pay_service, rest="pass")
    scan_service(make_service("other"), rest="fail")
    assert "1 service in no phase yet , 1 in Optimization" in words("/standards/")


def test_it_shows_fifty_services_a_page(see, pay_service):
    for number in range(60):
        make_service(f"service-{number:02}")
    first, second = see("/standards/"), see("/standards/?page=2")
    assert "page 1 of 2" in first
    assert 'href="/standards/?page=2#matrix"' in first
    assert 'href="/standards/#matrix"' in second
    assert "page 2 of 2" in see("/standards/?page=99999")


@pytest.mark.parametrize("query", ["?page=0", "?page=-1", "?page=²", "?page=9999999999", "?level=x", "?show=%00"])
def test_it_takes_what_it_can_not_read_for_the_default(see, pay_service, query):
    assert "Pay API" in see(f"/standards/{query}")


@pytest.mark.parametrize("query", ["?team=nope", "?team=%00", "?standard=NOPE", "?standard=%00"])
def test_it_finds_no_team_and_no_standard_that_is_not_there(see, query):
    see(f"/standards/{query}", 404)


def test_it_asks_a_token_and_a_stranger_for_a_sign_in(client, pay_service):
    _, token = make_token(team=make_team("pay"))
    for path in ("/standards/", "/standards/sections/1.1/"):
        assert client.get(path).status_code == 302
        assert client.get(path, headers=bearer(token)).status_code == 302


def test_it_shows_a_lead_of_another_team_the_same(client, charlie, pay_service):
    client.force_login(charlie)
    assert "Pay API" in client.get("/standards/").content.decode()


def test_it_escapes_names(see, pay_service):
    pay_service.name = "<img src=x onerror=alert(1)>"
    pay_service.save()
    scan_service(pay_service, rest="fail")
    page = see("/standards/")
    assert "<img" not in page
    assert "&lt;img" in page


def test_it_asks_for_as_many_queries_whatever_there_is(
    client, alice, pay_service, django_assert_max_num_queries, monkeypatch
):
    client.force_login(alice)
    scan_service(pay_service, rest="pass", days_ago=9)
    for number in range(12):
        service = make_service(f"service-{number}", make_team(f"team-{number}"))
        scan_service(service, rest="fail", days_ago=5)
        scan_service(service, {LOCKED: "pass"}, rest="fail", commit="b" * 40)
    with django_assert_max_num_queries(24):
        client.get("/standards/?show=failures&since=2026-01-01")


def test_it_shows_another_standard_in_force(see, words, pay_service):
    text = """
code: OWN
version: 1.0.0
title: Our own
sections:
  - id: a
    chapter: A
    title: Ours
    subsections:
      - title: One
        level: REQUIRED
        controls:
          - {id: OWN-1, title: Be ours, level: REQUIRED, phase: Foundation, weight: 3, check: own,
             pass: x, fail: y, why: z, remediation: w}
"""
    OwnPack.objects.create(code="OWN", version="1.0.0", text=text, state="published")
    assert "Our own, version 1.0.0" in words("/standards/?standard=OWN")
    assert 'href="/standards/sections/a/?standard=OWN"' in see("/standards/?standard=OWN")
    assert "Be ours" in words("/standards/sections/a/?standard=OWN")
    assert "Be ours" in words("/standards/OWN-1/")


def test_a_section_lists_its_controls_with_what_services_came_to(words, pay_service):
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass")
    scan_service(make_service("other"), {LOCKED: "unknown"}, rest="pass")
    page = words("/standards/sections/1.1/")
    row = page.partition(LOCKED)[2].partition("DOP-1.1-04")[0]
    assert "REQUIRED Foundation 3" in row
    assert "1 fails" in row and "1 unknown" in row
    assert "2 services" in page


def test_a_section_counts_a_team_alone_where_one_is_chosen(words, pay_service):
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass")
    scan_service(make_service("other"), {LOCKED: "unknown"}, rest="pass")
    page = words("/standards/sections/1.1/?team=pay")
    assert "1 service of team Payments" in page
    assert "unknown" not in page


def test_a_section_leads_to_its_neighbours(see):
    assert 'rel="prev"' not in see("/standards/sections/1.1/")
    assert 'href="/standards/sections/1.2/" rel="next"' in see("/standards/sections/1.1/")


def test_a_section_that_is_not_there_is_not_found(see):
    see("/standards/sections/nope/", 404)


def test_a_section_is_read_in_as_many_queries_whatever_there_is(
    client, alice, pay_service, django_assert_max_num_queries
):
    client.force_login(alice)
    for number in range(5):
        scan_service(make_service(f"service-{number}"), rest="fail")
    with django_assert_max_num_queries(9):
        client.get("/standards/sections/1.1/")
