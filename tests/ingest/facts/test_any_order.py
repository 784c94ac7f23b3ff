"""Any order, repetition and splitting of the same events gives the same facts, judgements and rollups."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.inbox.process import process_pending
from ingest.inbox.receive import Line, receive_lines
from ingest.inbox.sources import native
from ingest.models import ChangedService, Source
from scorecards.models import ChangedDay
from scorecards.rollups.build import build_rollups, drop_rollups, mark_all
from tests.ingest.facts.snapshot import Snapshot, deliveries_by_status, everything
from tests.ingest.facts.stories import retold, stories
from tests.native_events import RECEIVED_AT, ingest, load_lines

pytestmark = pytest.mark.django_db

EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@contextmanager
def scratch() -> Iterator[None]:
    """A database that forgets at the end."""
    with transaction.atomic():
        point = transaction.savepoint()
        yield
        transaction.savepoint_rollback(point)


def calm(lines: list[bytes]) -> Snapshot:
    with scratch():
        ingest(lines)
        return everything()


def differences(one: Snapshot, other: Snapshot) -> dict[str, object]:
    return {name: (one[name], other[name]) for name in one if one[name] != other[name]}


@EXAMPLES
@given(st.data())
def test_it_tells_the_same_in_any_order_and_any_chunks(data):
    lines = data.draw(stories())
    chunks = data.draw(retold(lines))
    wanted = calm(lines)
    with scratch():
        for chunk in chunks:
            load_lines(chunk)
        build_rollups()
        assert differences(everything(), wanted) == {}


@EXAMPLES
@given(st.data())
def test_it_keeps_its_rollups_equal_to_a_recomputation(data):
    lines = data.draw(stories())
    with scratch():
        for chunk in data.draw(retold(lines)):
            ingest(chunk)
        found = everything()
        assert not ChangedService.objects.exists()
        assert not ChangedDay.objects.exists()
        drop_rollups(None)
        mark_all()
        build_rollups()
        assert differences(found, everything()) == {}


@EXAMPLES
@given(st.data())
def test_it_accounts_for_every_line(data):
    lines = data.draw(stories(max_size=10))
    bad = data.draw(
        st.lists(st.sampled_from((b"{", b"[]", b'{"type": "no"}', lines[0][:-1] + b',"x":1}')), unique=True)
    )
    chunks = data.draw(retold(lines + bad))
    with scratch():
        sent = sum(len(chunk) for chunk in chunks)
        rejected = 0
        for chunk in chunks:
            numbered = [Line(number, line) for number, line in enumerate(chunk, 1)]
            rejected += len(receive_lines(native(), numbered, RECEIVED_AT, "a test").rejected)
        pending = deliveries_by_status()
        while process_pending():
            pass
        counted = deliveries_by_status()
        assert sum(counted.values()) == sum(pending.values())
        assert counted.get("pending", 0) == 0
        assert pending["pending"] == counted["processed"] == len(set(lines))
        assert sent == counted["processed"] + rejected + Source.objects.get().duplicate_count
