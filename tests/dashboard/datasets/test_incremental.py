"""An incremental reader ends with the same rows as a full read, whatever happens meanwhile."""

from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.datasets import incremental
from dashboard.datasets.every import DATASETS
from ingest.catalogue import owners
from scorecards.rollups.build import build_rollups
from scorecards.scans import controls
from tests.dashboard.datasets import acts
from tests.dashboard.datasets.reader import FileReader, Reader, differences
from tests.factories import make_team, make_token
from tests.scorecards.scans.scanning import conditions

NUMBER = st.integers(1, 12)
POLLED = st.none() | st.tuples(st.integers(0, 2), st.sets(st.sampled_from(sorted(DATASETS)), min_size=1, max_size=5))
STEPS = st.lists(st.tuples(st.sampled_from(acts.EVERY), NUMBER, NUMBER, POLLED), min_size=10, max_size=30)


@pytest.fixture
def exact(monkeypatch):
    """One writer, whose transactions are over when we look: what is told reaches up to now."""
    monkeypatch.setattr(incremental, "CLOCKS_APART", timedelta(milliseconds=2))
    for name in ("_begun_on_sqlite", "_begun_on_postgresql"):
        monkeypatch.setattr(incremental, name, timezone.now)


@pytest.fixture
def small_standard(monkeypatch):
    """A standard of four controls is in force, by which acts scan."""
    monkeypatch.setattr(controls, "in_force", lambda today: conditions())


@pytest.fixture
def readers(db, exact, small_standard):
    """Makes one of the organisation, one of files of a team, and one of what nobody owns, which read what there is."""
    acts.begin()
    team, nobody = make_team("pay"), make_team("unassigned")
    found = [Reader(make_token()[0]), FileReader(make_token(team=team)[0]), Reader(make_token(team=nobody)[0])]
    for reader in found:
        reader.poll()
        assert differences(reader) == {}
    return lambda: deepcopy(found)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(STEPS)
def test_it_ends_with_the_same_rows_as_a_full_read(readers, steps):
    with transaction.atomic():
        copies = readers()
        for act, a, b, polled in steps:
            act(a, b)
            if polled is not None:
                which, names = polled
                copies[which].poll(*sorted(names))
        build_rollups()
        owners.settle()
        for reader in copies:
            reader.poll()
            assert differences(reader) == {}
        transaction.set_rollback(True)
