"""An incremental reader ends with the same rows as a full read, whatever happens meanwhile."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.datasets import incremental
from ingest.catalogue import owners
from scorecards.rollups.build import build_rollups
from scorecards.scans import controls
from tests.dashboard.datasets import acts
from tests.dashboard.datasets.reader import Reader, differences
from tests.factories import make_team, make_token
from tests.scorecards.scans.scanning import conditions

NUMBER = st.integers(1, 12)
STEPS = st.lists(st.tuples(st.sampled_from(acts.EVERY), NUMBER, NUMBER, st.booleans()), min_size=1, max_size=20)


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


@pytest.mark.django_db
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(STEPS)
def test_it_ends_with_the_same_rows_as_a_full_read(exact, small_standard, steps):
    with transaction.atomic():
        acts.begin()
        teams = (None, make_team("pay"), make_team("shop"))
        readers = [Reader(make_token(team=team)[0]) for team in teams]
        for reader in readers:
            reader.poll()
            assert differences(reader) == {}
        for act, a, b, polls in steps:
            act(a, b)
            if polls:
                for reader in readers:
                    reader.poll()
        build_rollups()
        owners.settle()
        for reader in readers:
            reader.poll()
            assert differences(reader) == {}
        transaction.set_rollback(True)
