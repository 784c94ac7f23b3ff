"""What changed most, in sentences."""

from dataclasses import replace

from dashboard.pages.movers import Compared, movers
from scorecards.metrics.spread import Spread
from scorecards.rollups.summary import Stages
from tests.dashboard.api.test_metrics import WORKED_EXAMPLE


def spread(hours: float, count: int = 40) -> Spread:
    return Spread(median=hours * 3600, mean=hours * 3600, p75=hours * 3600, p90=hours * 3600, count=count)


def compared(name="Payments", now=None, before=None):
    quiet = {"deployments": 4, "finished_deployments": 5, "restored_count": 1, "stages": None}
    return Compared(
        name,
        "/teams/payments/",
        replace(WORKED_EXAMPLE, **(quiet | (now or {}))),
        replace(WORKED_EXAMPLE, **(quiet | (before or {}))),
    )


def test_it_says_from_what_to_what_and_which_stage():
    now = {"lead_time": spread(9.8), "stages": Stages(3600, 3600, 20000, 3600, 40)}
    before = {"lead_time": spread(3.1), "stages": Stages(3600, 3600, 3600, 3600, 40)}
    found = movers([compared(now=now, before=before)])
    text = found[0].text.replace("\u00a0", " ")
    assert text == "lead time changed from 3.1 h to 9.8 h; review waits 4.6 h longer"


def test_it_says_nothing_of_small_moves_or_of_few_values():
    assert movers([compared(now={"lead_time": spread(3.2)}, before={"lead_time": spread(3.1)})]) == []
    assert movers([compared(now={"lead_time": spread(9.8, 4)}, before={"lead_time": spread(3.1)})]) == []
    assert movers([compared(now={"lead_time": None}, before={"lead_time": spread(3.1)})]) == []


def test_it_tells_the_largest_first_and_each_name_once():
    one = compared(
        "A",
        {"lead_time": spread(2), "mttr": 9000.0, "restored_count": 5},
        {"lead_time": spread(1), "restored_count": 5},
    )
    two = compared("B", {"lead_time": spread(9)}, {"lead_time": spread(1)})
    assert [move.name for move in movers([one, two])] == ["B", "A"]


def test_it_keeps_to_five_sentences():
    many = [compared(str(number), {"lead_time": spread(9)}, {"lead_time": spread(1)}) for number in range(9)]
    assert len(movers(many)) == 5


def test_it_does_not_let_a_move_from_nothing_outweigh_all():
    steady = {"finished_deployments": 100}
    move = movers([compared(now=steady | {"change_failure_rate": 0.03}, before=steady | {"change_failure_rate": 0.0})])
    assert move[0].size < 1
