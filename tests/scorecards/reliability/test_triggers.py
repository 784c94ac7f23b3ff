"""Triggers of the standard's rollback policy: how they are read, and when they have fired."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.prometheus.series import Sample
from scorecards.reliability.triggers import (
    FEWEST,
    UNKNOWN,
    InvalidTriggers,
    baseline,
    decide,
    read_triggers,
    standard,
    worst,
)

END = 1_772_452_800.0  # 2026-03-02 12:00 UTC
FIVE_MINUTES = 300


def minutes(*values: float | None) -> list[Sample]:
    """A value each minute, the last at the end; ``None`` is a gap."""
    last = len(values) - 1
    return [Sample(END - 60 * (last - place), value) for place, value in enumerate(values) if value is not None]


def fired(*values: float | None, limit: float | None = 0.05, seconds: int = FIVE_MINUTES) -> bool:
    return decide(minutes(*values), limit, seconds, END).fired


def test_the_standards_own_are_these_four():
    found = {trigger.name: trigger for trigger in standard().triggers}
    assert {name: (one.kind, one.seconds, one.action) for name, one in found.items()} == {
        "high_error_rate": ("error_rate", 300, "immediate"),
        "latency_degradation": ("p99_latency", 600, "immediate"),
        "memory_leak": ("memory_growth", 1_800, "scheduled"),
        "crash_loop": ("restarts", 900, "immediate"),
    }
    assert found["high_error_rate"].limit(None) == pytest.approx(0.05)
    assert found["latency_degradation"].limit(0.2) == pytest.approx(0.4)
    assert found["latency_degradation"].limit(None) is None
    assert found["memory_leak"].limit(None) == pytest.approx(10_000_000 / 60)
    assert found["crash_loop"].limit(None) == 5


def test_procedures_ask_for_what_the_standard_lists():
    assert standard().procedures == {
        "immediate": ("pause_deployments", "revert_to_previous", "notify_oncall", "create_incident"),
        "scheduled": ("notify_team", "schedule_rollback", "monitor_metrics", "prepare_hotfix"),
    }


def test_it_fires_when_the_condition_has_held_for_as_long_as_it_says():
    assert fired(0.06, 0.07, 0.06, 0.06, 0.06, 0.06)
    assert not fired(0.06, 0.07, 0.06, 0.06, 0.06)  # four minutes
    assert not fired(0.06, 0.07, 0.05, 0.06, 0.06, 0.06, 0.06)  # the limit itself is not over it


def test_a_gap_proves_nothing():
    assert not fired(0.06, 0.06, 0.06, None, 0.06, 0.06, 0.06)
    assert decide(minutes(0.06, 0.06, 0.06, 0.06, 0.06, 0.06, None), 0.05, FIVE_MINUTES, END) == UNKNOWN
    assert decide((), 0.05, FIVE_MINUTES, END) == UNKNOWN


def test_without_a_limit_nothing_is_known():
    assert decide(minutes(9, 9, 9, 9, 9, 9), None, FIVE_MINUTES, END) == UNKNOWN


def test_it_tells_since_when_and_how_bad_it_is():
    found = decide(minutes(0.01, 0.09, 0.06, 0.07), 0.05, FIVE_MINUTES, END)
    assert (found.value, found.since, found.peak, found.fired) == (0.07, END - 120, 0.09, False)
    assert decide(minutes(0.09, 0.01), 0.05, FIVE_MINUTES, END) == (0.01, None, False, None)


rates = st.lists(st.none() | st.sampled_from([0.01, 0.05, 0.06, 0.5]), max_size=12)


@given(rates)
def test_it_fires_just_when_each_minute_of_its_duration_is_known_and_over(values):
    needed = values[-6:]
    assert fired(*values) == (len(needed) == 6 and all(value is not None and value > 0.05 for value in needed))


@given(rates, st.integers(0, 11))
def test_what_is_taken_away_never_fires_it(values, place):
    fewer = [None if number == place else value for number, value in enumerate(values)]
    assert fired(*fewer) <= fired(*values)


def test_of_several_series_the_worst_counts():
    assert worst([minutes(1, 5, None), minutes(2, 3, 4)]) == minutes(2, 5, 4)


def test_the_baseline_is_the_median_of_enough_values():
    assert baseline([0.1] * 100 + [9.0] * 20) == 0.1
    assert baseline([0.1] * (FEWEST - 1)) is None
    assert baseline([0.0] * 288) is None


def test_a_file_without_triggers_has_none():
    assert read_triggers("p.yaml", "servers: []\n") is None


def test_it_reads_the_standards_own_document():
    text = """
rollback_triggers:
  - name: high_error_rate
    condition: "error_rate > 2.5%"
    duration: 1m30s
    action: page
rollback_procedures:
  page:
    - notify_oncall
"""
    found = read_triggers("p.yaml", text)
    (trigger,) = found.triggers
    assert (trigger.number, trigger.seconds, trigger.action) == (pytest.approx(0.025), 90, "page")
    assert found.procedures == {"page": ("notify_oncall",)}
    assert found.source == "p.yaml:3"


ENTRY = (
    "rollback_triggers:\n  - name: {name}\n    condition: {condition}\n    duration: {duration}\n    action: {action}\n"
)
GOOD = {"name": "crash_loop", "condition": "restart_count > 0", "duration": "15m", "action": "immediate"}


@pytest.mark.parametrize(
    ("said", "line", "sentence"),
    [
        ({"condition": "error_rate > 5"}, 3, "must be like error_rate > 5%, p99_latency > 2 * baseline"),
        ({"condition": "error_rate >= 5%"}, 3, "must be like"),
        ({"condition": "up == 0"}, 3, "must be like"),
        ({"condition": "error_rate > 5% or vector(1)"}, 3, "must be like"),
        ({"duration": "soon"}, 4, "must be from 1m to 1d"),
        ({"duration": "10s"}, 4, "must be from 1m to 1d"),
        ({"action": "panic"}, 5, "must be immediate or scheduled"),
        ({"name": "Crash Loop"}, 2, "needs a name"),
    ],
)
def test_it_refuses_other_forms_by_line_with_a_sentence(said, line, sentence):
    with pytest.raises(InvalidTriggers) as refused:
        read_triggers("p.yaml", ENTRY.format(**GOOD | said))
    assert f"p.yaml:{line}: " in str(refused.value)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "text", ["rollback_triggers: []", "rollback_triggers: x", "rollback_triggers: {a: 1}", "a: [1"]
)
def test_it_refuses_what_is_no_list(text):
    with pytest.raises(InvalidTriggers):
        read_triggers("p.yaml", text)


def test_it_refuses_two_of_one_name():
    text = ENTRY.format(**GOOD)
    with pytest.raises(InvalidTriggers, match="Two triggers are called crash_loop"):
        read_triggers("p.yaml", text + text.partition("\n")[2])


def test_a_limit_of_nothing_is_a_limit():
    (trigger,) = read_triggers("p.yaml", ENTRY.format(**GOOD)).triggers
    assert trigger.limit(None) == 0
