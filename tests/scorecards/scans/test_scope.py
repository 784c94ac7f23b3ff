"""Services that join, leave or take another part of a repository; scans that overtake each other."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from ingest.models import Repository, Service, Team
from scorecards.models import ComplianceDay, ControlVerdict, Finding, Scan, VerdictChange
from scorecards.scans.daily import sum_up
from scorecards.scans.read import standing
from scorecards.scans.schedule import sums_are_behind
from scorecards.scans.scope import follow
from scorecards.scans.store import latest_scan
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
    return make_repository("acme/shop", service)


def verdict(service: Service, control: str = "T-1") -> str | None:
    return ControlVerdict.objects.filter(service=service, control=control).values_list("verdict", flat=True).first()


def changes(service: Service) -> list[tuple[str, str, str, str]]:
    rows = VerdictChange.objects.filter(service=service).exclude(before="").order_by("pk")
    return list(rows.values_list("control", "before", "after", "cause"))


def change(service: Service, **fields: object) -> None:
    Service.objects.filter(pk=service.pk).update(**fields)


def test_another_part_of_the_repository_is_a_change_of_scope(repository: Repository, service: Service) -> None:
    other = make_service("web", make_team("shop"), repository=repository, path_globs=["web/**"])
    scan_of(repository, [finding("fail", "web/a.yml"), finding("fail", "lib/c.yml"), finding("pass", "api/b.yml")])
    assert follow([standard()], LATER) == 0
    change(other, path_globs=["api/"])
    assert follow([standard()], LATER) == 2
    assert (verdict(service), verdict(other)) == ("fail", "pass")
    assert changes(other) == [("T-1", "fail", "pass", "scope")]
    assert Finding.objects.filter(control="T-1").count() == 3
    assert follow([standard()], LATER) == 0


def test_a_new_scan_after_a_change_of_scope_tells_both_apart(repository: Repository, service: Service) -> None:
    other = make_service("web", make_team("shop"), repository=repository, path_globs=["web/**"])
    scan_of(repository, [finding("fail", "web/a.yml"), finding("pass", "api/b.yml")])
    change(other, path_globs=["api/**"])
    found = [finding("fail", "web/a.yml"), finding("pass", "api/b.yml")]
    scan_of(repository, found, [finding("fail", "api/b.yml")], commit="b" * 40, at=LATER)
    assert changes(other) == [("T-1", "fail", "pass", "scope"), ("T-2", "pass", "fail", "repository")]


def test_a_service_that_joins_is_judged_by_what_is_known(repository: Repository) -> None:
    scan_of(repository, "fail", "unknown")
    joined = make_service("web", make_team("shop"), repository=repository)
    judge_services([joined], [standard()], cause="waiver", at=NOON)
    assert verdict(joined) is None  # not yet looked at: neither pass nor not applicable
    follow([standard()], LATER)
    assert (verdict(joined), verdict(joined, "T-2")) == ("fail", "unknown")


def test_a_service_that_moves_leaves_no_finding_behind(repository: Repository, service: Service) -> None:
    stays = make_service("stays", make_team("pay"), repository=repository)
    scan_of(repository, "fail")
    new = make_repository("acme/new", make_service("there", make_team("pay")))
    scan_of(new, "pass")
    change(service, repository=new)
    follow([standard()], LATER)
    assert (verdict(service), verdict(stays)) == ("pass", "fail")
    assert changes(service) == [("T-1", "fail", "pass", "scope")]
    assert set(Finding.objects.filter(service=service).values_list("repository__name", flat=True)) == {"acme/new"}


def test_a_move_to_a_repository_that_is_scanned_then_is_a_change_of_scope(
    repository: Repository, service: Service
) -> None:
    scan_of(repository, "fail")
    new = make_repository("acme/new")
    change(service, repository=new)
    scan_of(new, "pass", at=LATER)
    assert changes(service) == [("T-1", "fail", "pass", "scope")]
    assert Finding.objects.filter(service=service, repository=repository).count() == 0


def test_a_service_that_is_moved_where_nothing_was_scanned_has_no_verdict(
    repository: Repository, service: Service
) -> None:
    scan_of(repository, "pass")
    change(service, repository=make_repository("acme/new"))
    follow([standard()], LATER)
    assert verdict(service) is None
    row = ComplianceDay.objects.get(service=service, day=LATER.date())
    assert (row.services, row.unscanned, row.judged) == (0, 1, 0)


def test_a_repository_that_nobody_claimed_is_scanned_again(repository: Repository, service: Service) -> None:
    scan_of(repository, "fail")
    change(service, retired_on=DAY)
    follow([standard()], LATER)
    change(service, retired_on=None)
    assert follow([standard()], LATER) == 0
    scan = latest_scan(repository)
    assert scan is not None
    assert scan.key != conditions().key


# ---------------------------------------------------------------- two scans at once


def test_a_scan_that_was_overtaken_decides_nothing(repository: Repository, service: Service) -> None:
    newest = scan_of(repository, "pass", commit="b" * 40, at=LATER)
    late = scan_of(repository, "fail", commit="a" * 40, at=NOON)
    assert verdict(service) == "pass"
    assert latest_scan(repository) == newest
    newest.refresh_from_db()
    assert newest.receipt is not None
    assert late.receipt is None


def test_a_commit_that_is_scanned_again_is_the_latest(repository: Repository, service: Service) -> None:
    first = scan_of(repository, "fail", commit="a" * 40)
    scan_of(repository, "pass", commit="b" * 40)
    scan_of(repository, "fail", commit="a" * 40)
    assert latest_scan(repository) == first
    assert verdict(service) == "fail"


def test_after_a_refused_scan_the_cause_is_told_from_the_one_before(repository: Repository, service: Service) -> None:
    scan_of(repository, "fail")
    scan_of(repository, commit="b" * 40, refused="Too large.", at=LATER)
    scan_of(repository, "pass", commit="b" * 40, at=LATER)
    assert changes(service) == [("T-1", "fail", "pass", "repository")]
    assert Scan.objects.count() == 2


# ---------------------------------------------------------------- sums


def test_a_day_that_ends_as_it_began_is_summed_up_again(repository: Repository, service: Service) -> None:
    scan_of(repository, "pass")
    sum_up([standard()], DAY)
    scan_of(repository, "fail", commit="b" * 40, at=LATER)
    sum_up([standard()], LATER.date())
    scan_of(repository, "pass", commit="c" * 40, at=LATER)
    assert sums_are_behind([standard()], LATER.date())
    sum_up([standard()], LATER.date())
    row = ComplianceDay.objects.get(team=None, service=None, day=LATER.date())
    assert (row.met, row.judged) == (1, 1)


def test_a_team_without_services_has_no_score_any_more(
    repository: Repository, service: Service, pay: Team, olga: User
) -> None:
    scan_of(repository, "pass")
    sum_up([standard()], DAY)
    change(service, retired_on=LATER.date())
    sum_up([standard()], LATER.date())
    found = standing("T", LATER.date(), team=pay)
    assert found is not None
    assert (found.services, found.proven, found.score.proven, found.phase) == (0, None, None, "")
