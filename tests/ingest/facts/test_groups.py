"""Reports of one thing: who stands for whom, whatever the order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from ingest.facts.groups import OPEN, Report, ended, standing_for

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def report(pk: int, *names: str, opened: int | None = 0, resolved: int | None = None) -> Report:
    """A report whose times are minutes after ten."""
    starts_at = None if opened is None else TEN + timedelta(minutes=opened)
    ends_at = OPEN if resolved is None else TEN + timedelta(minutes=resolved)
    return Report(pk, f"e{pk}", 1, frozenset(names), starts_at, ends_at)


def incidents(*reports: Report, **said: object) -> dict[int, int]:
    return standing_for(reports, overlapping=True, **said)


def test_reports_under_one_name_that_overlap_are_one():
    assert incidents(report(1, "a", opened=0), report(2, "a", opened=5)) == {1: 1, 2: 1}


def test_reports_that_touch_are_one():
    assert incidents(report(1, "a", opened=0, resolved=5), report(2, "a", opened=5)) == {1: 1, 2: 1}


def test_a_name_that_comes_back_after_its_resolution_is_another_incident():
    assert incidents(report(1, "a", opened=0, resolved=5), report(2, "a", opened=6)) == {1: 1, 2: 2}


def test_it_looks_past_a_short_one_inside_a_long_one():
    assert incidents(report(1, "a", resolved=60), report(2, "a", opened=5, resolved=6), report(3, "a", opened=30)) == {
        1: 1, 2: 1, 3: 1,
    }  # fmt: skip


def test_it_goes_through_others():
    assert incidents(report(1, "a"), report(2, "a", "b", opened=1), report(3, "b", opened=2)) == {1: 1, 2: 1, 3: 1}


def test_an_alert_that_began_anew_without_an_end_ends_with_its_next_report():
    began, anew, again = (
        report(1, "alert/x"),
        report(2, "alert/x", opened=5, resolved=9),
        report(3, "alert/x", opened=20),
    )
    assert incidents(began, anew, again) == {1: 1, 2: 1, 3: 3}
    assert [one.ends_at for one in ended([began, anew, again])] == [anew.ends_at, anew.ends_at, OPEN]


def test_an_alert_that_another_server_saw_earlier_ends_in_both_reports():
    late, early = report(1, "alert/x", opened=5), report(2, "alert/x", opened=0, resolved=9)
    assert {one.id: one.ends_at for one in ended([late, early])} == {1: early.ends_at, 2: early.ends_at}


def test_an_end_closes_no_other_alert_of_its_group_and_none_that_began_later():
    first, other = report(1, "alert/x", "g", resolved=9), report(2, "alert/y", "g", opened=5)
    later = report(3, "alert/x", opened=10)
    assert [one.ends_at for one in ended([first, other, later])] == [first.ends_at, OPEN, OPEN]


def test_deployments_under_one_name_are_one_whenever_they_started():
    reports = [report(1, "a", opened=50), report(2, "a"), report(3, "b")]
    assert standing_for(reports, overlapping=False) == {1: 2, 2: 2, 3: 3}


def test_a_person_joins_what_shares_no_name():
    assert incidents(report(1, "a"), report(2, "b", opened=1), together=[(2, 1)]) == {1: 1, 2: 1}


def test_a_person_keeps_apart_what_shares_a_name():
    assert incidents(report(1, "a"), report(2, "a", opened=1), apart=frozenset({2})) == {1: 1, 2: 2}


def test_one_without_a_time_is_nobodys_by_name():
    assert incidents(report(1, "a", opened=None), report(2, "a")) == {1: 1, 2: 2}


names = st.frozensets(st.sampled_from("abcd"), max_size=3)
made = st.lists(
    st.tuples(names, st.integers(0, 20), st.one_of(st.none(), st.integers(0, 20))), min_size=1, max_size=7
).map(
    lambda rows: [
        report(pk, *sorted(own), opened=opened, resolved=None if length is None else opened + length)
        for pk, (own, opened, length) in enumerate(rows)
    ]
)


@given(made, st.randoms(use_true_random=False), st.booleans())
def test_any_order_gives_the_same(reports, random, overlapping):
    wanted = standing_for(reports, overlapping=overlapping)
    shuffled = random.sample(reports, len(reports))
    assert standing_for(shuffled, overlapping=overlapping) == wanted


@given(made)
def test_it_equals_joining_every_pair_that_overlaps(reports):
    def same(one: Report, other: Report) -> bool:
        return bool(one.names & other.names) and one.starts_at <= other.ends_at and other.starts_at <= one.ends_at

    group = {one.id: {one.id} for one in reports}
    for one, other in permutations(reports, 2):
        if same(one, other):
            merged = group[one.id] | group[other.id]
            for pk in merged:
                group[pk] = merged
    found = standing_for(reports, overlapping=True)
    assert {pk: {other for other in found if found[other] == found[pk]} for pk in found} == group
    assert all(found[first] == first for first in found.values())
