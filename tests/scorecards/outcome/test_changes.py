"""``scorecards.outcome.changes``: which changes count."""

from datetime import date, timedelta

from scorecards.outcome.changes import Turn, certain

TODAY = date(2026, 12, 1)
LONG_AGO = date(2025, 1, 1)


def ago(days):
    return TODAY - timedelta(days=days)


def up(days, service=1, before=False):
    return Turn(service, ago(days), before, True)


def down(days, service=1, after=False):
    return Turn(service, ago(days), True, after)


def chosen(*turns, began=LONG_AGO):
    return certain(turns, {} if began is None else {turn.service_id: began for turn in turns}, TODAY)


def test_it_takes_a_change_whose_90_days_on_both_sides_are_over():
    assert chosen(up(91)).days == {1: ago(91)}
    assert chosen(up(91)).left == {}


def test_it_leaves_out_a_change_whose_90_days_after_are_not_over():
    assert chosen(up(90)).left == {"too_recent": 1}


def test_it_leaves_out_a_change_from_a_side_that_nobody_knows():
    assert chosen(up(200, before=None)).left == {"uncertain": 1}


def test_it_leaves_out_a_change_that_another_is_within_90_days_of():
    assert chosen(up(300), down(210)).left == {"changed_again": 1}
    assert chosen(down(390), up(300)).left == {"changed_again": 1}
    assert chosen(up(300), down(209)).days == {1: ago(300)}
    assert chosen(up(300), down(220, after=None)).left == {"changed_again": 1}


def test_it_leaves_out_a_service_that_was_not_deployed_for_90_days_before():
    assert chosen(up(100), began=ago(189)).left == {"too_new": 1}
    assert chosen(up(100), began=ago(190)).days == {1: ago(100)}
    assert chosen(up(100), began=None).left == {"too_new": 1}


def test_it_takes_the_newest_change_that_counts():
    assert chosen(up(600), down(450), up(300)).days == {1: ago(300)}
    assert chosen(up(600), down(450), up(30)).days == {1: ago(600)}


def test_it_takes_no_change_within_a_side_for_one():
    partly = Turn(1, ago(310), False, False)
    assert chosen(partly, up(300)).days == {1: ago(300)}


def test_it_tells_nothing_of_a_service_that_never_came_to_it():
    found = chosen(down(300))
    assert (found.days, found.left) == ({}, {})


def test_it_counts_each_service_once_by_its_newest_change():
    found = chosen(up(600, before=None), up(30, before=None), up(40, service=2), up(200, service=3))
    assert found.days == {3: ago(200)}
    assert found.left == {"too_recent": 1, "uncertain": 1}
