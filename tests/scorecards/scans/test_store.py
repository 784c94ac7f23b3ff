"""A scan becomes findings, verdicts and causes."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from ingest.models import Repository, Service, Team
from scorecards.models import ComplianceDay, ControlVerdict, Finding, Scan, VerdictChange, Waiver
from scorecards.scans.daily import sum_up
from scorecards.scans.store import known_scan, latest_scan, receipt_of
from scorecards.scans.verdicts import judge_services
from tests.factories import make_repository, make_service, make_team
from tests.scorecards.scans.scanning import DAY, NOON, conditions, finding, scan_of, standard

LATER = NOON + timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    return make_service("checkout", make_team("pay"))


@pytest.fixture
def repository(service: Service) -> Repository:
    return make_repository("acme/checkout", service)


def verdicts(service: Service) -> dict[str, str]:
    return dict(ControlVerdict.objects.filter(service=service).values_list("control", "verdict"))


def changes() -> list[tuple[str, str, str, str]]:
    return list(VerdictChange.objects.order_by("pk").values_list("control", "before", "after", "cause"))


def test_findings_become_verdicts(repository: Repository, service: Service) -> None:
    scan_of(repository, "fail", "unknown", "not_applicable")
    assert verdicts(service) == {"T-1": "fail", "T-2": "unknown", "T-3": "not_applicable", "T-4": "not_connected"}
    assert "a source of four" in ControlVerdict.objects.get(control="T-4").reason


def test_a_check_that_asks_nothing_of_the_repository_is_not_applicable(
    repository: Repository, service: Service
) -> None:
    scan_of(repository, three=[])
    assert verdicts(service)["T-3"] == "not_applicable"


def test_the_worst_unit_is_the_verdict_and_the_mean_the_score(repository: Repository, service: Service) -> None:
    scan_of(repository, [finding("pass", "a", count=3), finding("fail", "b")])
    row = ControlVerdict.objects.get(service=service, control="T-1")
    assert (row.verdict, row.proven, row.counts) == ("fail", 0.75, {"pass": 3, "fail": 1})


def test_an_unchanged_commit_is_found_by_one_look_up(repository: Repository, django_assert_num_queries: object) -> None:
    scan_of(repository)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert known_scan(repository, "a" * 40, conditions().key)
    assert known_scan(repository, "b" * 40, conditions().key) is None
    assert known_scan(repository, "a" * 40, conditions(checks="2").key) is None


def test_only_the_latest_scan_keeps_its_receipt(repository: Repository) -> None:
    first = scan_of(repository)
    second = scan_of(repository, commit="b" * 40, at=LATER)
    first.refresh_from_db()
    assert first.receipt is None
    assert receipt_of(latest_scan(repository), "1") == {"x": 1}
    assert receipt_of(second, "2") is None


def test_the_first_verdicts_are_kept_as_changes_too(repository: Repository) -> None:
    scan_of(repository)
    assert ("T-1", "", "pass", "repository") in changes()


@pytest.mark.parametrize(
    ("commit", "under", "cause"),
    [
        ("b" * 40, conditions(), "repository"),
        ("a" * 40, conditions(checks="2"), "scanner"),
        ("a" * 40, conditions(version="2.0.0"), "control"),
        ("a" * 40, conditions(dates="later"), "control"),
        ("a" * 40, conditions(options="other"), "scope"),
        ("b" * 40, conditions(checks="2"), "repository"),
    ],
)
def test_each_change_has_its_cause(repository: Repository, commit: str, under: object, cause: str) -> None:
    scan_of(repository)
    VerdictChange.objects.all().delete()
    scan_of(repository, "fail", commit=commit, under=under, at=LATER)  # type: ignore[arg-type]
    assert changes() == [("T-1", "pass", "fail", cause)]


def test_a_verdict_that_stays_keeps_since_when(repository: Repository, service: Service) -> None:
    scan_of(repository, "fail")
    scan_of(repository, "fail", "fail", commit="b" * 40, at=LATER)
    since = dict(ControlVerdict.objects.filter(service=service).values_list("control", "since"))
    assert since["T-1"] == NOON
    assert since["T-2"] == LATER


def test_a_finding_that_stays_keeps_when_it_was_first_seen(repository: Repository) -> None:
    scan_of(repository, "fail")
    scan_of(repository, "fail", "fail", commit="b" * 40, at=LATER)
    assert Finding.objects.get(control="T-1").first_seen_at == NOON
    assert Finding.objects.get(control="T-2").first_seen_at == LATER
    assert Finding.objects.count() == 3


def test_findings_that_are_alike_are_kept_apart(repository: Repository) -> None:
    scan_of(repository, [finding("fail"), finding("fail")])
    scan_of(repository, [finding("fail"), finding("fail"), finding("fail")], commit="b" * 40, at=LATER)
    assert Finding.objects.filter(control="T-1").count() == 3


def test_a_refused_scan_is_kept_and_changes_no_finding(repository: Repository, service: Service) -> None:
    scan_of(repository, "fail")
    scan = scan_of(repository, commit="b" * 40, refused="Too large.", at=LATER)
    assert scan.state == Scan.State.REFUSED
    assert verdicts(service)["T-1"] == "fail"
    assert len(changes()) == 4


def test_a_service_sees_its_part_of_the_repository(repository: Repository, service: Service) -> None:
    other = make_service("web", make_team("shop"), repository=repository, path_globs=["web/**"])
    scan_of(repository, [finding("fail", "web/a.yml"), finding("pass", "api/b.yml")])
    assert verdicts(other)["T-1"] == "fail"
    assert verdicts(service)["T-1"] == "pass"


def test_a_waived_fail_leaves_the_score_and_is_no_pass(repository: Repository, service: Service, olga: User) -> None:
    asked = User.objects.create(username="asked")
    Waiver.objects.create(
        service=service, control="T-1", reason="planned", text="Soon.", state="approved", requested_by=asked,
        requested_at=NOON, decided_by=olga, decided_at=NOON, expires_on=DAY,
    )  # fmt: skip
    scan_of(repository, [finding("fail", "a"), finding("pass", "b")])
    row = ControlVerdict.objects.get(service=service, control="T-1")
    assert (row.verdict, row.proven, row.counts) == ("pass", 1.0, {"pass": 1, "waived": 1})
    judge_services([service], [standard()], cause="waiver", at=LATER)
    assert verdicts(service)["T-1"] == "fail"
    assert changes()[-1] == ("T-1", "pass", "fail", "waiver")


def test_compliance_is_kept_by_day_only_where_it_differs(repository: Repository, service: Service) -> None:
    scan_of(repository, "fail")
    scan_of(repository, "fail", commit="b" * 40, at=LATER)
    scan_of(repository, "pass", commit="c" * 40, at=LATER + timedelta(days=1))
    rows = ComplianceDay.objects.filter(service=service).order_by("day")
    assert [(row.day, row.met, row.judged) for row in rows] == [(DAY, 0, 1), (DAY + timedelta(days=2), 1, 1)]


def test_teams_and_the_organisation_are_sums_over_services(repository: Repository, service: Service, pay: Team) -> None:
    second = make_service("ledger", make_team("pay"))
    scan_of(repository, "fail")
    scan_of(make_repository("acme/ledger", second))
    make_service("unscanned", make_team("pay"))
    sum_up([standard()], DAY)
    for row in (ComplianceDay.objects.get(team=pay), ComplianceDay.objects.get(team=None, service=None)):
        assert (row.services, row.unscanned, row.met, row.judged) == (2, 1, 1, 2)
        assert row.tally["all"]["denominator"] == 2 * (3 + 3 + 1.5)
        assert row.tally["all"]["proven_numerator"] == (3 + 1.5) + (3 + 3 + 1.5)


def test_summing_up_twice_is_summing_up_once(repository: Repository) -> None:
    scan_of(repository)
    sum_up([standard()], DAY)
    sum_up([standard()], DAY)
    assert ComplianceDay.objects.filter(service=None, team=None).count() == 1
