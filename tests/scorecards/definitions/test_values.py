"""Values of definitions: what makes sense, and what the metrics take."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.definitions.values import READERS, checked, definitions_of, laid_over, standard
from scorecards.errors import DefinitionRefused
from scorecards.metrics.records import Definitions

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def test_it_takes_the_standard_for_what_is_not_said():
    assert definitions_of({}) == Definitions()
    assert definitions_of(checked(standard())) == Definitions()


def test_it_takes_each_value():
    found = definitions_of(
        checked(
            {
                "rule_hotfix": True,
                "rule_status_failed": False,
                "linked_within_hours": 48,
                "limit_sev4": 240,
                "limit_sev1": "none",
                "sources": [3, 1, 3],
                "environments": [[" eu-* ", "production"]],
                "holidays": ["2026-12-25", "2026-01-01", "2026-12-25"],
                "lead_time_from": "pull_request_opened",
            }
        )
    )
    assert found.rules == {"rolled_back", "fixed", "incident", "hotfix"}
    assert found.linked_within == timedelta(hours=48)
    assert (found.limits.sev1, found.limits.sev4) == (None, timedelta(hours=4))
    assert found.sources == {1, 3}
    assert found.environments == (("eu-*", "production"),)
    assert found.holidays == {date(2026, 1, 1), date(2026, 12, 25)}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rule_hotfix": 1}, "true or false"),
        ({"unheard_of": True}, "No definition"),
        ({"linked_within_hours": 0}, "1 to 720"),
        ({"linked_within_hours": True}, "1 to 720"),
        ({"limit_sev1": 1.5}, "minutes"),
        ({"lead_time_from": "birth"}, "authored"),
        ({"sources": []}, "at least one"),
        ({"environments": [["prod[", "production"]]}, "no name"),
        ({"environments": [["prod", "live"]]}, "no class"),
        ({"environments": ["prod"]}, "eu-live = production"),
        ({"holidays": ["20261225"]}, "2026-12-25"),
        ({"holidays": "2026-12-25"}, "a list"),
        ([], "object"),
    ],
)
def test_it_refuses_with_a_sentence(values, said):
    with pytest.raises(DefinitionRefused, match=said):
        checked(values)


@given(st.dictionaries(st.sampled_from([*READERS, "other"]), json_values, max_size=4) | json_values)
def test_it_refuses_or_takes_whatever_it_gets(values):
    try:
        found = checked(values)
    except DefinitionRefused as refused:
        assert refused.problems
    else:
        assert checked(found) == found
        definitions_of(laid_over({}, found))


def test_a_null_takes_back_what_was_said():
    assert laid_over({"rule_hotfix": True}, checked({"rule_hotfix": None})) == {}
