"""Several sources that share names: any order, repetition and splitting gives the same facts and figures."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scorecards.rollups.build import build_rollups
from tests.ingest.facts.snapshot import everything
from tests.ingest.facts.test_any_order import differences, scratch
from tests.ingest.facts.told import KINDS, source, tell, tellings

pytestmark = pytest.mark.django_db

EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@EXAMPLES
@given(st.data())
def test_it_tells_the_same_in_any_order_and_any_batches(data):
    for kind in KINDS:
        source(kind)
    told = data.draw(tellings())
    order = data.draw(st.permutations(told)) + data.draw(st.lists(st.sampled_from(told), max_size=3))
    builds = data.draw(st.sets(st.integers(0, len(order) - 1), max_size=3))
    with scratch():
        tell(told)
        build_rollups()
        wanted = everything()
    with scratch():
        for place, one in enumerate(order):
            tell([one])
            if place in builds:
                build_rollups()
        build_rollups()
        assert differences(everything(), wanted) == {}
