"""Claim, lease, attempts: what becomes of pending deliveries, whoever dies."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from ingest.inbox import process
from ingest.inbox.process import MAX_ATTEMPTS, claim, process_one, process_pending, replay
from ingest.inbox.receive import Line, receive_lines
from ingest.inbox.sources import native
from ingest.models import Delivery, Deployment, Team
from tests.ingest.facts.snapshot import deliveries_by_status
from tests.native_events import RECEIVED_AT, event, worked_example

pytestmark = pytest.mark.django_db

AT = "2026-03-02T10:00:00Z"


def receive(*lines: bytes) -> list[Delivery]:
    """Each line as a delivery of its own."""
    found = []
    for line in lines:
        receipt = receive_lines(native(), [Line(1, line)], RECEIVED_AT, "a test")
        assert receipt.delivery is not None
        found.append(receipt.delivery)
    return found


def teams(*names: str) -> list[Delivery]:
    return receive(*(event(name, "team.declared", AT, team=name) for name in names))


def pending() -> object:
    return Delivery.objects.filter(status="pending")


def let_leases_run_out() -> None:
    Delivery.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_it_records_what_is_pending_in_the_order_of_arrival():
    receive(*worked_example())
    assert process_pending() == 12
    assert deliveries_by_status() == {"processed": 12}
    assert Deployment.objects.count() == 5
    assert process_pending() == 0


def test_it_counts_the_attempt_and_leases_before_the_work():
    (delivery,) = teams("a")
    (claimed,) = claim(pending(), 10)
    delivery.refresh_from_db()
    assert claimed.pk == delivery.pk
    assert (delivery.status, delivery.attempts) == ("pending", 1)
    assert delivery.lease_until > timezone.now()


def test_nobody_else_takes_what_is_leased():
    (delivery,) = teams("a")
    claim(pending(), 10)
    assert claim(pending(), 10) == []
    assert process_pending() == 0
    assert process_one(delivery.pk) is False


def test_what_a_dead_worker_held_is_taken_up_alone_after_its_lease():
    teams("a", "b")
    assert len(claim(pending(), 10)) == 2
    let_leases_run_out()
    teams("c", "d")
    assert [len(claim(pending(), 10)) for _ in range(4)] == [2, 1, 1, 0]


def test_a_delivery_that_killed_its_worker_three_times_is_quarantined_and_its_neighbours_are_not():
    poison, *others = teams("poison", "b", "c")
    for _ in range(MAX_ATTEMPTS):
        while claimed := claim(pending(), 10):
            if poison.pk not in [delivery.pk for delivery in claimed]:
                process._process(claimed)  # the worker dies of the poison alone
        let_leases_run_out()
    while process_pending():
        pass
    poison.refresh_from_db()
    assert (poison.status, poison.error_code) == ("quarantined", "worker_died")
    assert all(Delivery.objects.get(pk=other.pk).status == "processed" for other in others)


def test_it_goes_on_behind_what_it_gave_up():
    first, second = teams("a", "b")
    Delivery.objects.filter(pk=first.pk).update(attempts=MAX_ATTEMPTS)
    Delivery.objects.filter(pk=second.pk).update(attempts=1)
    assert process_pending() == 1
    assert deliveries_by_status() == {"quarantined": 1, "processed": 1}


def test_a_replay_starts_to_count_anew():
    (delivery,) = teams("a")
    Delivery.objects.filter(pk=delivery.pk).update(attempts=MAX_ATTEMPTS)
    assert process_pending() == 0
    assert replay(Delivery.objects.all()) == 1
    assert process_pending() == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.error, delivery.lease_until) == ("processed", 1, "", None)


def test_what_was_processed_is_not_replayed():
    teams("a")
    process_pending()
    assert replay(Delivery.objects.all()) == 0


def test_one_that_cannot_be_recorded_takes_no_neighbour_along(monkeypatch):
    bad = teams("a", "bad", "c")[1]
    whole = process.record

    def fails(source, observations):
        if any(seen.team == "bad" for seen in observations):
            raise ValueError("it can't be recorded")
        whole(source, observations)

    monkeypatch.setattr(process, "record", fails)
    process_pending()
    bad.refresh_from_db()
    assert (bad.status, bad.error_code, bad.error) == (
        "quarantined", "internal_error", "ValueError: it can't be recorded",
    )  # fmt: skip
    assert sorted(Team.objects.values_list("slug", flat=True)) == ["a", "c"]
    assert deliveries_by_status() == {"processed": 2, "quarantined": 1}


def test_a_database_that_is_away_is_no_fault_of_the_delivery(monkeypatch):
    (delivery,) = teams("a")

    def away(source, observations):
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(process, "record", away)
        with pytest.raises(OperationalError):
            process_pending()
    delivery.refresh_from_db()
    assert delivery.status == "pending"
    let_leases_run_out()
    assert process_pending() == 1
    assert deliveries_by_status() == {"processed": 1}
