"""Scans by schedule: what is due is scanned once, with its cause, and what fails is put off with its reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.utils import timezone

from dashboard.embedded import Scans, Stop, work
from ingest.errors import IngestError
from ingest.models import Repository, Service
from ingest.repository.refused import CommitGone, RepositoryRefused, RepositoryUnavailable
from scorecards import tasks
from scorecards.models import ComplianceDay, ControlVerdict, Finding, Scan, ScanDue, VerdictChange, Waiver
from scorecards.scanning.request import Request
from scorecards.scanning.result import Scanned
from scorecards.scans import due, schedule
from scorecards.scans.due import Reason
from scorecards.scans.in_force import InForce
from scorecards.scans.sources import Brought, source_in_settings
from scorecards.scans.verdicts import judge_services
from tests.factories import make_repository, make_service, make_team
from tests.scorecards.scans.scanning import DAY, NOON, conditions, finding, scan_of, standard

A, B = "a" * 40, "b" * 40
pytestmark = pytest.mark.django_db


@dataclass
class Host:
    """A source of trees: the head that it tells, and the commits that it was asked for."""

    newest: str = A
    gone: tuple[str, ...] = ()
    failing: Exception | None = None
    malformed: str = ""
    looked: int = 0
    given: list[str] = field(default_factory=list)

    def head(self, name: str) -> str:
        self.looked += 1
        if self.failing:
            raise self.failing
        return self.newest

    @contextmanager
    def brought(self, name: str, commit: str) -> Iterator[Brought]:
        if commit in self.gone:
            raise CommitGone("It is gone.")
        self.given.append(commit)
        yield Brought("bare", "/nowhere", commit, self.malformed)


@dataclass
class Scanner:
    """Stands for the child process: what it is asked, and what it answers."""

    outcome: str = "pass"
    refused: str = ""
    asked: list[Request] = field(default_factory=list)

    def run(self, request: Request, progress: Any) -> Scanned:
        self.asked.append(request)
        progress("a check")
        if self.refused:
            return Scanned(refused=self.refused)
        findings = {"one": [finding(self.outcome)], "two": [finding("pass")], "three": [finding("pass")]}
        return Scanned(findings=findings, receipt={"from": request.commit})


@pytest.fixture
def repository() -> Repository:
    return make_repository("acme/checkout", make_service("checkout", make_team("pay")))


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch) -> Scanner:
    scanner = Scanner()
    monkeypatch.setattr(schedule, "run", scanner.run)
    return scanner


@pytest.fixture(autouse=True)
def in_force(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``in_force(conditions)``: what holds from here on."""

    def hold(found: InForce) -> None:
        monkeypatch.setattr(schedule, "in_force", lambda today: found)

    hold(conditions())
    return hold


def scan(host: Host, repository: Repository | None = None, reason: Reason = Reason.PUSH, **options: Any) -> bool:
    if repository:
        due.ask([repository.pk], reason, timezone.now())
    return schedule.scan_next(host, NOON + timedelta(minutes=host.looked), **options)


def state(repository: Repository) -> ScanDue:
    return ScanDue.objects.get(repository=repository)


def test_what_is_due_is_scanned_and_kept(repository: Repository, host: Host, scanner: Scanner) -> None:
    assert scan(host, repository)
    kept = Scan.objects.get()
    assert (kept.commit, kept.trigger, kept.state, kept.key) == (A, "push", "complete", conditions().key)
    assert ControlVerdict.objects.get(control="T-1").verdict == "pass"
    row = state(repository)
    assert (row.asked_at, row.lease_until, row.looked_at) == (None, None, NOON)
    assert not scan(host)


def test_an_unchanged_commit_costs_one_look(repository: Repository, host: Host, scanner: Scanner) -> None:
    scan(host, repository)
    scan(host, repository, Reason.SCHEDULE)
    assert (host.looked, host.given, len(scanner.asked)) == (2, [A], 1)


def test_a_new_commit_takes_over_what_no_change_touches(repository: Repository, host: Host, scanner: Scanner) -> None:
    scan(host, repository)
    host.newest = B
    scan(host, repository)
    assert [request.receipt for request in scanner.asked] == [None, {"from": A}]
    assert [request.commit for request in scanner.asked] == [A, B]


def test_a_branch_that_moves_back_is_scanned_again(repository: Repository, host: Host, scanner: Scanner) -> None:
    for head in (A, B, A):
        host.newest = head
        scan(host, repository)
    assert host.given == [A, B, A]


@pytest.mark.parametrize(
    ("changed", "cause"),
    [(conditions(checks="2"), "scanner"), (conditions(version="2"), "control"), (conditions(options="x"), "scope")],
)
def test_other_conditions_judge_the_known_commit_first(
    repository: Repository, host: Host, scanner: Scanner, in_force: Any, changed: InForce, cause: str
) -> None:
    scan(host, repository)
    VerdictChange.objects.all().delete()
    in_force(changed)
    host.newest, scanner.outcome = B, "fail"
    assert due.ask_outdated(changed.key, NOON) == 1
    scan(host)
    assert host.given == [A, A, B]
    assert scanner.asked[1].receipt is None
    assert list(VerdictChange.objects.values_list("control", "cause", "commit")) == [("T-1", cause, A)]


def test_a_known_commit_that_is_gone_is_left_out(
    repository: Repository, host: Host, scanner: Scanner, in_force: Any
) -> None:
    scan(host, repository)
    in_force(conditions(checks="2"))
    host.newest, host.gone = B, (A,)
    scan(host, repository)
    assert host.given == [A, B]
    assert state(repository).asked_at is None


@pytest.mark.parametrize(
    ("error", "code", "hours"),
    [
        (RepositoryUnavailable("Later."), "unavailable", 0.02),
        (RepositoryRefused("host_not_allowed", "Name the host."), "host_not_allowed", 23.9),
        (IngestError("Something."), "access", 23.9),
        (ValueError("a defect"), "internal_error", 0.9),
    ],
)
def test_what_fails_is_put_off_with_its_reason(
    repository: Repository, host: Host, scanner: Scanner, error: Exception, code: str, hours: float
) -> None:
    host.failing = error
    assert scan(host, repository)
    row = state(repository)
    assert (row.code, row.lease_until) == (code, None)
    assert str(error) in row.error
    assert row.asked_at is not None
    assert row.not_before is not None
    assert row.not_before > timezone.now() + timedelta(hours=hours)
    assert not scan(host)
    host.failing = None
    ScanDue.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    scan(host)
    assert state(repository).code == ""
    assert host.given == [A]


def test_a_database_that_is_away_leaves_the_lease_to_run_out(
    repository: Repository, host: Host, scanner: Scanner
) -> None:
    host.failing = OperationalError("away")
    with pytest.raises(OperationalError):
        scan(host, repository)
    assert state(repository).lease_until is not None


def test_a_worker_that_is_asked_to_stop_gives_it_back(repository: Repository, host: Host, scanner: Scanner) -> None:
    def progress(check: str) -> None:
        raise schedule.Stopped

    with pytest.raises(schedule.Stopped):
        scan(host, repository, progress=progress)
    row = state(repository)
    assert (row.lease_until, row.attempts) == (None, 0)
    assert row.asked_at is not None
    assert not Scan.objects.exists()


def test_a_scan_that_goes_on_keeps_its_lease(
    repository: Repository, host: Host, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "RENEW_SECONDS", -1.0)
    seen: list[bool] = []

    def progress(check: str) -> None:
        ScanDue.objects.update(lease_until=timezone.now())

    run = scanner.run

    def watched(request: Request, told: Any) -> Scanned:
        result = run(request, told)
        lease = state(repository).lease_until
        seen.append(lease is not None and lease > timezone.now())
        return result

    monkeypatch.setattr(schedule, "run", watched)
    scan(host, repository, progress=progress)
    assert seen == [True]


def test_a_scan_that_was_given_up_is_kept_as_refused_and_not_tried_again(
    repository: Repository, host: Host, scanner: Scanner
) -> None:
    scanner.refused = "The scan was given up."
    scan(host, repository)
    scan(host, repository)
    assert [(one.state, one.commit) for one in Scan.objects.all()] == [("refused", A)]
    assert len(scanner.asked) == 1


def test_what_git_complains_of_is_told(repository: Repository, host: Host, scanner: Scanner) -> None:
    host.malformed = "zeroPaddedFilemode"
    scan(host, repository)
    assert Scan.objects.get().problems[0]["code"] == "malformed"


def test_a_repository_whose_services_are_retired_is_done(repository: Repository, host: Host, scanner: Scanner) -> None:
    due.ask([repository.pk], Reason.PUSH, NOON)
    Service.objects.update(retired_on=DAY)
    assert scan(host)
    assert (host.looked, state(repository).asked_at) == (0, None)


# ---------------------------------------------------------------- what time alone changes


def test_a_waiver_that_ended_is_judged_anew(repository: Repository, alice: User) -> None:
    scan_of(repository, "fail")
    service = repository.services.get()
    Waiver.objects.create(
        service=service, control="T-1", reason="planned", text="Next month.", state=Waiver.State.APPROVED,
        requested_by=alice, requested_at=NOON, expires_on=DAY,
    )  # fmt: skip
    judge_services([service], [standard()], cause="waiver", at=NOON)
    assert ControlVerdict.objects.get(control="T-1").verdict == "waived"
    schedule.keep(NOON)
    assert ControlVerdict.objects.get(control="T-1").verdict == "waived"
    schedule.keep(NOON + timedelta(days=1))
    assert ControlVerdict.objects.get(control="T-1").verdict == "fail"
    newest = VerdictChange.objects.order_by("-pk")[0]
    assert (newest.before, newest.after, newest.cause) == ("waived", "fail", "waiver")
    assert not Finding.objects.filter(waiver__isnull=False).exists()


def test_sums_follow_scans_and_days(repository: Repository, host: Host, scanner: Scanner) -> None:
    def of_organisation() -> list[tuple[Any, int]]:
        rows = ComplianceDay.objects.filter(service=None, team=None).order_by("day")
        return list(rows.values_list("day", "met"))

    scan(host, repository)
    schedule.keep(NOON)
    assert of_organisation() == [(DAY, 1)]
    assert not schedule.sums_are_behind([standard()], DAY)
    host.newest, scanner.outcome = B, "fail"
    scan(host, repository)
    assert schedule.sums_are_behind([standard()], DAY)
    schedule.keep(NOON)
    schedule.keep(NOON + timedelta(days=1))
    assert of_organisation() == [(DAY, 0), (DAY + timedelta(days=1), 0)]


def test_keeping_asks_by_night_and_by_conditions(repository: Repository, in_force: Any) -> None:
    scan_of(repository)
    make_repository("acme/new", make_service("new"))
    ScanDue.objects.create(repository=repository, looked_at=NOON)
    in_force(replace(conditions(), checks="2"))
    schedule.keep(NOON)
    assert dict(ScanDue.objects.values_list("repository__name", "reason")) == {
        "acme/checkout": "conditions",
        "acme/new": "schedule",
    }


# ---------------------------------------------------------------- where it runs


def test_without_a_source_what_is_due_waits(repository: Repository, settings: Any) -> None:
    settings.SCAN_FROM = ""
    due.ask([repository.pk], Reason.PUSH, NOON)
    tasks.scan_next()
    work(Stop(), once=True)
    assert source_in_settings() is None
    assert (state(repository).attempts, state(repository).asked_at) == (0, NOON)


def test_the_task_scans_one_and_asks_for_the_next(
    repository: Repository, host: Host, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks, "source_in_settings", lambda: host)
    monkeypatch.setattr(tasks.scan_next, "apply_async", lambda **options: asked.append(options))
    due.ask([repository.pk], Reason.PUSH, NOON)
    tasks.keep_scans()
    tasks.scan_next()
    tasks.scan_next()
    assert (host.given, len(asked)) == ([A], 1)


def test_the_embedded_worker_scans_until_none_is_left(
    repository: Repository, host: Host, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.embedded.source_in_settings", lambda: host)
    work(Stop(), once=True)
    assert host.given == [A]


def test_the_thread_ends_when_it_is_asked_to(
    repository: Repository, host: Host, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop()
    monkeypatch.setattr("dashboard.embedded.source_in_settings", lambda: host)
    monkeypatch.setattr(host, "head", lambda name: setattr(stop, "asked", True) or A)
    Scans(stop, once=True).run()
    row = state(repository)
    assert (row.lease_until, row.attempts, row.asked_at is None) == (None, 0, False)
    assert not Scan.objects.exists()


def test_a_fault_of_one_turn_ends_no_thread(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(now: Any) -> None:
        raise ValueError("a defect")

    monkeypatch.setattr(schedule, "keep", fail)
    Scans(Stop(), once=True).run()
    assert "tries again" in caplog.text
