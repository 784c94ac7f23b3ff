"""Which repositories are due: asked once, taken by one, lost by none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.utils import timezone

from ingest.inbox.process import process_pending
from ingest.models import Delivery, Repository
from scorecards.models import ScanDue
from scorecards.scans import due
from scorecards.scans.due import Reason
from tests.factories import make_delivery, make_repository, make_service, make_source
from tests.ingest.parsers.test_github import fixture
from tests.scorecards.scans.scanning import NOON, conditions, scan_of

BERLIN = ZoneInfo("Europe/Berlin")
pytestmark = pytest.mark.django_db


@pytest.fixture
def repository() -> Repository:
    return make_repository("acme/checkout", make_service("checkout"))


def asked() -> dict[str, str]:
    return dict(ScanDue.objects.filter(asked_at__isnull=False).values_list("repository__name", "reason"))


def lease_runs_out() -> None:
    ScanDue.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def deliver_push(ref: str) -> None:
    payload = fixture("push") | {"ref": ref}
    make_delivery(
        source=make_source("github"),
        kind="push",
        headers={"x-github-event": "push"},
        body=orjson.dumps(payload),
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    assert process_pending() == 1
    assert Delivery.objects.get().status == "processed"


def test_a_push_to_the_default_branch_asks() -> None:
    name = fixture("push")["repository"]["full_name"]
    make_repository(name, make_service("pushed"))
    deliver_push("refs/heads/master")
    assert asked() == {name: "push"}


def test_a_push_to_another_branch_asks_nothing() -> None:
    make_repository(fixture("push")["repository"]["full_name"], make_service("pushed"))
    deliver_push("refs/heads/aside")
    assert asked() == {}


def test_a_push_to_a_repository_without_a_service_asks_nothing() -> None:
    deliver_push("refs/heads/master")
    assert asked() == {}


def test_the_night_asks_once(repository: Repository) -> None:
    assert due.ask_nightly(NOON, BERLIN) == 1
    assert due.ask_nightly(NOON, BERLIN) == 0
    row = due.take(1)
    assert row is not None
    due.done(row, NOON)
    assert due.ask_nightly(NOON + timedelta(hours=3), BERLIN) == 0
    assert due.ask_nightly(NOON + timedelta(hours=24), BERLIN) == 1
    assert asked() == {"acme/checkout": "schedule"}


def test_the_night_leaves_out_what_holds_no_active_service(repository: Repository) -> None:
    make_repository("acme/retired", make_service("old", retired_on=NOON.date()))
    make_repository("~named", make_service("named"), placeholder=True)
    make_repository("acme/gone", make_service("gone"), deleted_at=NOON)
    make_repository("acme/alone")
    due.ask_nightly(NOON, BERLIN)
    assert asked() == {"acme/checkout": "schedule"}


@pytest.mark.parametrize(
    ("at", "begun"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=BERLIN), datetime(2026, 11, 23, 2, tzinfo=BERLIN)),
        (datetime(2026, 11, 23, 1, 59, tzinfo=BERLIN), datetime(2026, 11, 22, 2, tzinfo=BERLIN)),
        (datetime(2026, 11, 23, 2, tzinfo=BERLIN), datetime(2026, 11, 23, 2, tzinfo=BERLIN)),
    ],
)
def test_the_night_begins_two_hours_after_midnight(at: datetime, begun: datetime) -> None:
    assert due.night_before(at, BERLIN) == begun


def test_other_conditions_ask_for_what_was_scanned_under_the_old_ones(repository: Repository) -> None:
    scan_of(repository)
    make_repository("acme/never", make_service("never"))
    assert due.ask_outdated(conditions().key, NOON) == 0
    assert due.ask_outdated(conditions(checks="2").key, NOON) == 1
    assert due.ask_outdated(conditions(checks="2").key, NOON) == 0
    assert asked() == {"acme/checkout": "conditions"}


def test_pushes_come_first(repository: Repository) -> None:
    pushed = make_repository("acme/pushed", make_service("pushed"))
    due.ask([repository.pk], Reason.SCHEDULE, NOON)
    due.ask([pushed.pk], Reason.PUSH, NOON + timedelta(hours=1))
    rows = [due.take(5), due.take(5), due.take(5)]
    assert [row and row.repository.name for row in rows] == ["acme/pushed", "acme/checkout", None]


def test_no_more_are_taken_at_once_than_may_be(repository: Repository) -> None:
    other = make_repository("acme/other", make_service("other"))
    due.ask([repository.pk, other.pk], Reason.PUSH, NOON)
    assert due.take(1) is not None
    assert due.take(1) is None
    assert due.take(2) is not None


def test_a_worker_that_died_loses_nothing(repository: Repository) -> None:
    due.ask([repository.pk], Reason.PUSH, NOON)
    assert due.take(1) is not None
    assert due.take(5) is None
    lease_runs_out()
    again = due.take(1)
    assert again is not None
    assert again.attempts == 2


def test_what_kills_its_workers_waits_a_day_and_holds_nothing_up(repository: Repository) -> None:
    other = make_repository("acme/other", make_service("other"))
    due.ask([repository.pk], Reason.PUSH, NOON)
    for _ in range(3):
        assert due.take(1) is not None
        lease_runs_out()
    due.ask([other.pk], Reason.PUSH, NOON + timedelta(hours=1))
    taken = due.take(1)
    assert taken is not None
    assert taken.repository == other
    row = ScanDue.objects.get(repository=repository)
    assert (row.code, row.asked_at) == ("worker_died", NOON)
    assert row.not_before is not None
    assert row.not_before > timezone.now() + timedelta(hours=23)


def test_a_push_during_a_scan_is_not_taken_for_done(repository: Repository) -> None:
    due.ask([repository.pk], Reason.PUSH, NOON)
    row = due.take(1)
    assert row is not None
    due.ask([repository.pk], Reason.PUSH, NOON + timedelta(minutes=1))
    assert due.take(5) is None, "one scan of a repository at a time"
    due.done(row, NOON)
    again = due.take(1)
    assert again is not None
    assert again.attempts == 1


def test_what_is_put_off_waits_until_it_is_asked_again(repository: Repository) -> None:
    due.ask([repository.pk], Reason.SCHEDULE, NOON)
    row = due.take(1)
    assert row is not None
    due.put_off(row, "access", "Check the token.", timedelta(days=1))
    assert due.take(1) is None
    due.ask([repository.pk], Reason.PUSH, NOON + timedelta(minutes=1))
    again = due.take(1)
    assert again is not None
    assert (again.code, again.error, again.attempts) == ("", "", 1)


def test_what_is_given_back_costs_no_attempt(repository: Repository) -> None:
    due.ask([repository.pk], Reason.PUSH, NOON)
    for _ in range(5):
        row = due.take(1)
        assert row is not None
        assert row.attempts == 1
        due.give_back(row)
