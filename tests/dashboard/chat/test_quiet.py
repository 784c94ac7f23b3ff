"""Quiet periods: the first is told at once, what follows within one together at its end; all of it, and once."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.chat.quiet import Waiting, due

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
KEY = ("budget", "pay")


def one(number: int, kind: str = "budget", subject: str = "pay") -> Waiting:
    return Waiting(number, kind, subject)


def test_the_first_is_told_at_once():
    assert due([one(1)], {}, {"budget": HOUR}, NOON) == [one(1)]


def test_what_follows_waits_for_the_end_of_the_period_and_is_told_together():
    told = {KEY: NOON}
    waiting = [one(2), one(3)]
    assert due(waiting, told, {"budget": HOUR}, NOON + HOUR - MINUTE) == []
    assert due(waiting, told, {"budget": HOUR}, NOON + HOUR) == waiting


def test_another_subject_or_kind_does_not_wait():
    others = [one(2, subject="web"), one(3, "incident")]
    assert due([one(1), *others], {KEY: NOON}, {"budget": HOUR, "incident": HOUR}, NOON) == others


def test_a_kind_that_is_not_told_is_not_told():
    assert due([one(1)], {}, {"incident": HOUR}, NOON) == []


def test_without_a_period_each_is_told_at_once():
    assert due([one(1)], {KEY: NOON}, {"budget": timedelta(0)}, NOON) == [one(1)]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.sampled_from(["budget", "incident"]), st.sampled_from(["pay", "web"])),
        max_size=40,
    ),
    st.fixed_dictionaries({"budget": st.integers(0, 120), "incident": st.integers(0, 120)}),
)
def test_each_is_told_once_no_sooner_than_the_period_allows_and_no_later(happened, minutes):
    quiet = {kind: timedelta(minutes=count) for kind, count in minutes.items()}
    told_at: dict[tuple[str, str], datetime] = {}
    told: dict[int, datetime] = {}
    rounds: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for minute in range(300 + 121):  # a worker that looks each minute
        now = NOON + minute * MINUTE
        waiting = [
            Waiting(number, kind, subject)
            for number, (at, kind, subject) in enumerate(happened)
            if at <= minute and number not in told
        ]
        chosen = due(waiting, told_at, quiet, now)
        for found in chosen:
            assert found.id not in told
            told[found.id] = now
        for key in {(found.kind, found.subject) for found in chosen}:
            told_at[key] = now
            rounds[key].append(now)
    assert told.keys() == set(range(len(happened)))
    for (kind, _), moments in rounds.items():
        assert all(after - before >= quiet[kind] for before, after in zip(moments, moments[1:], strict=False))
    for number, (at, kind, subject) in enumerate(happened):
        happened_at = NOON + at * MINUTE
        before = [moment for moment in rounds[kind, subject] if moment < happened_at]
        assert told[number] == max(happened_at, before[-1] + quiet[kind] if before else happened_at)
