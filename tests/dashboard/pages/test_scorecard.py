"""``/services/<slug>/standards/``."""

import re

import pytest

from scorecards.models import LiveAnswer
from scorecards.scanning.result import FileProblem
from tests.dashboard.pages.scanned import COMMIT, DECLARED, JENKINS, LOCKED, PIPELINE, found, scan_service
from tests.factories import NOON, bearer, make_service, make_source, make_token

pytestmark = pytest.mark.django_db
PAGE = "/services/pay-api/standards/"


def row(page: str, control: str) -> str:
    """The part of a page that tells of a control."""
    return page.partition(f'<details id="{control}">')[2].partition("</details>")[0]


def test_it_says_what_to_do_before_the_first_scan(words, pay_service):
    page = words(PAGE)
    assert "Not scanned, so nothing is known" in page
    assert "python manage.py scan PATH --service pay-api" in page
    assert "0 %" not in page


def test_it_tells_score_phase_coverage_and_whether_all_required_is_met(words, pay_service):
    scan_service(pay_service, {LOCKED: "unknown"}, rest="pass")
    page = words(PAGE)
    assert "Nothing fails, but something REQUIRED could not be looked at." in page
    assert "of units" in page
    assert "Phase Optimization" in page


def test_it_says_that_a_required_control_is_not_met(words, pay_service):
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass")
    assert "A REQUIRED control is not met." in words(PAGE)


def test_it_plans_the_way_to_the_next_phase(words, pay_service):
    told = [found("fail", ".github/workflows/ci.yml", 4)]
    scan_service(pay_service, {PIPELINE: told, JENKINS: "not_applicable"}, rest="pass")
    page = words(PAGE)
    assert "Next best actions, towards Assessment" in page
    assert "Have a pipeline that parses" in page.partition("towards Assessment")[2]
    assert ".github/workflows/ci.yml needed for this phase" in page


def test_it_shows_findings_with_notes_evidence_and_since_when(see, words, pay_service):
    told = [found("fail", "infra/main.tf", 12, message="The lock file is missing."), found("pass", "b.tf", 1)]
    scan_service(pay_service, {LOCKED: told}, days_ago=3)
    part = row(see(PAGE), LOCKED)
    for text in (
        "The lock file is missing.",
        "A note.",
        "infra/main.tf:12",
        "key: ***",
        "First seen",
        "1 of 2\u00a0units",
    ):
        assert text.replace("\u00a0", " ") in part.replace("\u00a0", " ")
    assert part.index("The lock file is missing.") < part.index("b.tf:1")
    assert "Fix:" in part


def test_it_links_lines_to_the_host_at_the_commit_of_the_finding(see, pay_service):
    make_source("github")
    scan_service(pay_service, {LOCKED: [found("fail", "ä/x?.tf", 2), found("fail", "whole.tf", 0)]}, days_ago=2)
    page = see(PAGE)
    base = f"https://github.com/acme/pay-api/blob/{COMMIT}"
    assert f'href="{base}/%C3%A4/x%3F.tf#L2"' in page
    assert f'href="{base}/whole.tf"' in page


@pytest.mark.parametrize("path", ["../../../evil/repo", "a/../b", "./x"])
def test_it_links_no_path_that_leaves_the_repository(see, pay_service, path):
    make_source("github")
    scan_service(pay_service, {LOCKED: [found("fail", path, 2)]})
    assert "/blob/" not in row(see(PAGE), LOCKED)


@pytest.mark.parametrize("name", ["acme", "acme/../evil", "//evil", "acme/pay?x", "acme/{commit}"])
def test_it_links_no_repository_of_an_odd_name(see, pay_service, name):
    make_source("github")
    scan_service(pay_service, {LOCKED: [found("fail", "a.tf", 2)]})
    pay_service.repository.name = name
    pay_service.repository.save()
    assert "github.com" not in see(PAGE)


def test_it_links_to_another_host_where_one_is_set(see, pay_service, settings):
    settings.SOURCE_URL = "https://git.example/{name}/-/blob/{commit}/{path}#L{line}"
    scan_service(pay_service, {LOCKED: [found("fail", "a.tf", 2)]})
    assert f"https://git.example/acme/pay-api/-/blob/{COMMIT}/a.tf#L2" in see(PAGE)


@pytest.mark.parametrize(
    ("show", "shown"),
    [
        ("", {LOCKED, DECLARED, PIPELINE}),
        ("failures", {LOCKED}),
        ("unknown", {DECLARED}),
        ("nonsense", {LOCKED, DECLARED, PIPELINE}),
    ],
)
def test_it_shows_what_one_asks_for(see, pay_service, show, shown):
    scan_service(pay_service, {LOCKED: "fail", DECLARED: "unknown", PIPELINE: "pass"}, rest="not_applicable")
    assert set(re.findall(r'<details id="([^"]+)"', see(f"{PAGE}?show={show}"))) == shown


def test_it_shows_every_control_with_why_nothing_is_known(see, pay_service):
    scan_service(pay_service, {LOCKED: "fail", DECLARED: "not_applicable"})
    page = see(f"{PAGE}?show=all")
    assert "The latest scan did not decide this" in row(page, PIPELINE)
    assert "No source is connected that shows this." in row(page, "DOP-9.1-01")
    assert "does not apply" in row(page, DECLARED)


def test_it_tells_which_alternative_was_taken(words, pay_service):
    scan_service(pay_service, {PIPELINE: "not_applicable", JENKINS: "pass"}, rest="pass")
    assert "DOP-2.1-08 stands for DOP-2.1-01" in words(PAGE)


def test_it_tells_what_was_scanned_and_what_could_not_be_read(words, pay_service):
    problems = (FileProblem("broken.yaml", 3, "syntax", "This is not valid YAML."),)
    scan_service(pay_service, rest="pass", problems=problems, days_ago=1)
    page = words(PAGE)
    assert f"at {COMMIT[:10]}" in page
    assert "7 files, 2 left out" in page
    assert "What could not be read broken.yaml:3 This is not valid YAML." in page


def test_it_keeps_the_verdicts_of_the_scan_before_one_that_was_refused(words, pay_service):
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass", days_ago=2)
    scan_service(pay_service, refused="It is larger than 2 GB.", commit="b" * 40)
    page = words(PAGE)
    assert "It is larger than 2 GB. The verdicts are those of the scan before." in page
    assert f"at {COMMIT[:10]}" in page


def test_it_says_why_the_only_scan_was_refused(words, pay_service):
    scan_service(pay_service, refused="It is larger than 2 GB.")
    page = words(PAGE)
    assert "It is larger than 2 GB." in page
    assert "Not scanned, so nothing is known" in page


def test_it_tells_what_changed_and_by_what(words, pay_service):
    scan_service(pay_service, {LOCKED: "pass"}, rest="pass", days_ago=5)
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass", commit="b" * 40)
    assert "passes → became fails by a new commit" in words(PAGE).partition("What changed")[2]


def test_it_offers_a_waiver_to_the_team_alone(client, alice, charlie, pay_service):
    scan_service(pay_service, {LOCKED: "fail"}, rest="pass")
    for reader, offered in ((alice, True), (charlie, False)):
        client.force_login(reader)
        page = client.get(PAGE).content.decode()
        assert ("Ask for a waiver" in page) is offered
        assert "It is fail." in page


def test_it_escapes_what_a_repository_says(see, pay_service):
    bad = '"><img src=x onerror=alert(1)>'
    scan_service(pay_service, {LOCKED: [found("fail", bad, 1, unit=bad, message=bad)]})
    page = see(PAGE)
    assert "<img" not in page


def test_it_bounds_how_many_findings_and_problems_it_shows(words, pay_service):
    told = [found("fail", f"{number}.tf", 1) for number in range(70)]
    problems = tuple(FileProblem(f"{number}.yaml", 1, "syntax", "Odd.") for number in range(60))
    scan_service(pay_service, {LOCKED: told}, rest="pass", problems=problems)
    page = words(PAGE)
    assert "and 20 more." in page
    assert "and 10 more" in page


def test_it_answers_not_found_and_asks_for_a_sign_in(see, client, pay_service):
    see("/services/nope/standards/", 404)
    see("/services/%00/standards/", 404)
    client.logout()
    _, token = make_token()
    assert client.get(PAGE, headers=bearer(token)).status_code == 302


def test_it_shows_a_service_without_a_repository(words):
    make_service("bare")
    assert "Not scanned" in words("/services/bare/standards/")


def test_it_asks_for_as_many_queries_whatever_the_history(client, alice, pay_service, django_assert_max_num_queries):
    client.force_login(alice)
    make_source("github")
    for days_ago in range(6, 0, -1):
        outcome = "fail" if days_ago % 2 else "pass"
        scan_service(pay_service, rest=outcome, days_ago=days_ago, commit=f"{days_ago:040x}")
    with django_assert_max_num_queries(17):
        client.get(PAGE)


def test_it_offers_a_waiver_of_one_file_of_several(see, pay_service):
    scan_service(pay_service, {LOCKED: [found("fail", "a b/x&y.tf", 1), found("fail", "c.tf", 1)]})
    address = f"/waivers/request/?service=pay-api&amp;control={LOCKED}&amp;path=a%20b/x%26y.tf"
    assert f'href="{address}"' in see(PAGE)
    assert 'value="a b/x&amp;y.tf"' in see(address.replace("&amp;", "&"))


def test_it_tells_what_connected_data_says_of_a_live_control(see, pay_service):
    said = {"outcome": "partial", "text": "3 deployments on <5> working days.", "since": NOON}
    LiveAnswer.objects.create(service=pay_service, signal="deployed-daily", **said)
    scan_service(pay_service, {}, rest="pass")
    part = row(see(PAGE), "DOP-9.1-01")
    assert "3 deployments on &lt;5&gt; working days." in part
    assert "First seen" in part
