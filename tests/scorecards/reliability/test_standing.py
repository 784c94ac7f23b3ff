"""How objectives stand, budgets of services, and steps of the policy."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.models import Slo, SloDay
from ingest.prometheus.slots import Slots, pack, slot_end, spans
from scorecards.models import BudgetStep, ServiceBudget, SloStanding
from scorecards.reliability import standing
from tests.factories import make_service
from tests.ingest.prometheus.requests import availability
from tests.ingest.prometheus.world import server_at

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 31, 12, 4, 30, tzinfo=UTC)
END = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
MONTH = timedelta(days=30)
LATER = timedelta(minutes=1)


def fill(slo, count, end=END, days=30.0):
    """Slots up to ``end``: ``count(i)`` tells bad and total of the i-th before it; ``None``: no data."""
    number = 0
    for day, first, last in reversed(list(spans(end - timedelta(days=days), end))):
        slots = Slots()
        for index in range(last - 1, first - 1, -1):
            if (pair := count(number)) is not None:
                slots.put(index, *pair)
            number += 1
        sums = slots.sums()
        SloDay.objects.update_or_create(
            slo=slo,
            day=day,
            defaults={"slots": pack(slots), "bad": sums.bad, "total": sums.total, "measured": sums.measured},
        )


def spend(slo, share, **options):
    """A steady use of a share of the budget of 99.9 %."""
    fill(slo, lambda _: (share, 1000.0), **options)


@pytest.fixture
def pay():
    return make_service("pay")


@pytest.fixture
def slo(pay):
    return availability("pay", service=pay)


def stood(slo, now=NOW):
    standing.compute(now)
    return SloStanding.objects.get(slo=slo)


def steps():
    return list(BudgetStep.objects.order_by("pk").values_list("before", "after"))


# ---------------------------------------------------------------- figures


def test_it_tells_attainment_budget_and_burn_rates(slo, pay):
    spend(slo, 0.3)
    found = stood(slo)
    assert (found.state, found.reason, found.service, found.step) == ("measured", "", pay, "75")
    assert found.attainment == pytest.approx(0.9997)
    assert found.budget_left == pytest.approx(0.7)
    assert found.coverage == 1
    assert (found.bad, found.total) == (pytest.approx(0.3 * 8640), 8_640_000)
    assert found.burn_rates == pytest.approx({"1h": 0.3, "6h": 0.3, "3d": 0.3, "30d": 0.3})
    assert (found.data_until, found.computed_at) == (END, NOW)
    assert [one["state"] for one in found.alerts] == ["quiet"] * 3


def test_what_lies_before_the_window_no_longer_counts(slo):
    fill(slo, lambda n: (1000.0, 1000.0) if n >= 8640 else (0.0, 1000.0), days=31)
    assert stood(slo).budget_left == 1


def test_an_outage_now_makes_the_alerts_fire(slo):
    fill(slo, lambda n: (1000.0, 1000.0) if n < 12 else (0.0, 1000.0))
    found = stood(slo)
    assert [(one["severity"], one["long"], one["state"]) for one in found.alerts] == [
        ("page", "1h", "firing"),
        ("page", "6h", "firing"),
        ("ticket", "3d", "firing"),
    ]
    assert found.budget_left == pytest.approx(1 - 1000 / 720)
    assert found.step == "0"


def test_coverage_is_the_share_of_slots_with_data(slo):
    fill(slo, lambda n: None if n % 4 == 1 else (0.0, 10.0))
    assert stood(slo).coverage == pytest.approx(0.75)


def test_a_short_window_is_its_own(pay):
    slo = availability("pay", service=pay, window_seconds=7 * 86_400)
    fill(slo, lambda n: (10.0, 1000.0) if n >= 7 * 288 else (0.5, 1000.0))
    assert stood(slo).budget_left == pytest.approx(0.5)


# ---------------------------------------------------------------- no data


def test_without_a_server_it_says_so(slo):
    found = stood(slo)
    assert (found.state, found.reason) == ("no_data", "No Prometheus is connected that could be asked.")
    assert found.budget_left is None
    assert found.burn_rates == {"1h": None, "6h": None, "3d": None, "30d": None}
    assert found.alerts == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "It was not read yet."),
        ({"read_to": END}, "Prometheus has no data for it, up to 2026-03-31 12:00 UTC."),
        (
            {"error": "bad_data: parse error", "failing_since": NOW, "read_to": END},
            "Its query fails since 2026-03-31 12:04 UTC: bad_data: parse error",
        ),
    ],
)
def test_no_data_has_a_reason(slo, values, reason):
    server_at("http://127.0.0.1:9")
    Slo.objects.filter(pk=slo.pk).update(**values)
    assert (stood(slo).state, stood(slo).reason) == ("no_data", reason)


def test_a_server_that_fails_is_the_reason_since_when(slo):
    server_at("http://127.0.0.1:9", failing_since=NOW - timedelta(hours=2), error="The server answered 500.")
    assert stood(slo).reason == "main gives no answer since 2026-03-31 10:04 UTC: The server answered 500."


def test_a_paused_server_is_the_reason(slo):
    server = server_at("http://127.0.0.1:9")
    server.source.paused_at = NOW
    server.source.save()
    Slo.objects.filter(pk=slo.pk).update(server=server)
    assert stood(slo).reason == "main is paused since 2026-03-31 12:04 UTC."


def test_no_event_is_not_a_perfect_record(slo):
    fill(slo, lambda _: (0.0, 0.0))
    found = stood(slo)
    assert (found.state, found.attainment, found.budget_left) == ("no_data", None, None)
    assert found.reason == "No event was counted within its window."
    assert ServiceBudget.objects.get().left is None
    assert ServiceBudget.objects.get().unknown == 1


def test_one_that_measures_the_wrong_thing_is_invalid(slo):
    spend(slo, 0.5)
    Slo.objects.filter(pk=slo.pk).update(problem_code="wrong_measure", problem="It counts the good events. " * 20)
    found = stood(slo)
    assert found.state == "invalid"
    assert found.reason.startswith("It counts the good events.")
    assert len(found.reason) == 300
    assert (found.budget_left, ServiceBudget.objects.get().unknown) == (None, 1)


def test_all_good_leaves_no_budget_and_is_measured(pay):
    slo = availability("pay", service=pay, objective=1)
    fill(slo, lambda _: (0.0, 10.0))
    found = stood(slo)
    assert (found.state, found.attainment, found.budget_left) == ("measured", 1, None)
    assert found.reason == "An objective of 100 % leaves no error budget."
    assert (ServiceBudget.objects.get().left, ServiceBudget.objects.get().unknown) == (None, 0)


# ---------------------------------------------------------------- stale


def test_figures_stay_as_of_when_there_was_data(slo):
    server_at("http://127.0.0.1:9", failing_since=NOW, error="The server answered 503.")
    spend(slo, 0.6)
    before = stood(slo)
    found = stood(slo, NOW + timedelta(minutes=11))
    assert (found.state, found.reason) == (
        "stale",
        "No data since 2026-03-31 12:00 UTC. main gives no answer since 2026-03-31 12:04 UTC: The server answered 503.",
    )
    for name in ("attainment", "budget_left", "bad", "total", "coverage", "burn_rates", "step", "data_until"):
        assert getattr(found, name) == getattr(before, name)
    assert {one["state"] for one in found.alerts} == {"no_data"}
    assert stood(slo, NOW + timedelta(days=60)).budget_left == before.budget_left


def test_fresh_for_a_quarter_of_an_hour(slo):
    spend(slo, 0.6)
    assert stood(slo, END + timedelta(minutes=15)).state == "measured"
    assert stood(slo, END + timedelta(minutes=15, seconds=1)).state == "stale"


def test_stale_figures_are_the_same_when_worked_out_late(slo):
    spend(slo, 0.6)
    found = stood(slo, NOW + timedelta(days=50))
    assert (found.state, found.data_until) == ("stale", END)
    assert found.budget_left == pytest.approx(0.4)
    assert (found.bad, found.coverage) == (pytest.approx(0.6 * 8640), 1)


def test_a_stale_standing_moves_no_step(slo, settings, tmp_path):
    spend(slo, 0.6)
    standing.compute(NOW)
    assert steps() == [("", "50")]
    path = tmp_path / "p.yaml"
    path.write_text("error_budget_policy: {pay: {thresholds: [{remaining_budget: 90, actions: [freeze]}]}}")
    settings.PROMETHEUS_CONFIG = str(path)
    standing.compute(NOW + timedelta(days=1))
    assert steps() == [("", "50")]
    budget = ServiceBudget.objects.get()
    assert (budget.step, budget.unknown, budget.left) == ("50", 1, pytest.approx(0.4))


def test_data_that_comes_again_is_as_if_it_had_never_stopped(slo):
    spend(slo, 0.6)
    standing.compute(NOW)
    standing.compute(NOW + timedelta(hours=5))
    spend(slo, 0.6, end=END + timedelta(hours=6), days=30.25)
    found = stood(slo, NOW + timedelta(hours=6))
    assert (found.state, found.reason, found.data_until) == ("measured", "", END + timedelta(hours=6))
    assert found.budget_left == pytest.approx(0.4)
    assert [one["state"] for one in found.alerts] == ["quiet"] * 3


# ---------------------------------------------------------------- services


def test_the_least_left_is_the_services_budget(slo, pay):
    other = availability("pay", service=pay, name="latency")
    availability("pay", service=pay, name="never measured")
    spend(slo, 0.3)
    spend(other, 0.9)
    standing.compute(NOW)
    budget = ServiceBudget.objects.get()
    assert (budget.service, budget.slo, budget.step, budget.since) == (pay, other, "25", NOW)
    assert budget.left == pytest.approx(0.1)
    assert budget.unknown == 1


def test_each_step_is_noted_with_what_the_policy_asks(slo, pay):
    for number, share in enumerate((0.1, 0.3, 0.3, 0.8, 1.2, 0.1)):
        spend(slo, share)
        Slo.objects.filter(pk=slo.pk).update(updated_at=NOW + number * LATER)
        standing.compute(NOW + number * LATER)
    assert steps() == [("", "75"), ("75", "25"), ("25", "0"), ("0", "")]
    first, second, third, last = BudgetStep.objects.order_by("pk")
    assert (second.service, second.slo, second.slo_name, second.at) == (pay, slo, "availability", NOW + 3 * LATER)
    assert second.left == pytest.approx(0.2)
    assert [action["type"] for action in second.actions] == ["freeze", "incident_review"]
    assert second.actions[0]["text"] == "Feature freeze - only critical fixes"
    assert [action["type"] for action in third.actions] == ["halt_deployments", "dedicated_response"]
    assert (first.mailed_at, last.actions) == (None, [])
    assert ServiceBudget.objects.get().since == NOW + 5 * LATER


def test_nothing_new_writes_nothing_but_the_time(slo):
    spend(slo, 0.3)
    assert standing.compute(NOW) == 1
    before = SloStanding.objects.get().updated_at
    assert standing.compute(NOW + LATER) == 0
    found = SloStanding.objects.get()
    assert (found.computed_at, found.updated_at) == (NOW + LATER, before)
    assert ServiceBudget.objects.get().computed_at == NOW + LATER
    assert len(steps()) == 1


def test_unknown_is_neither_good_nor_another_step(slo):
    spend(slo, 0.8)
    standing.compute(NOW)
    SloDay.objects.all().delete()
    standing.compute(NOW + LATER)
    budget = ServiceBudget.objects.get()
    assert (budget.left, budget.step, budget.unknown) == (None, "25", 1)
    assert steps() == [("", "25")]


def test_an_objective_that_ended_is_out_of_it(slo, pay):
    spend(slo, 0.8)
    standing.compute(NOW)
    Slo.objects.filter(pk=slo.pk).update(ended_at=NOW)
    standing.compute(NOW + LATER)
    assert not SloStanding.objects.exists()
    assert not ServiceBudget.objects.exists()


@pytest.mark.parametrize(("share", "told"), [(0.8, []), (0.1, [("25", "")])])
def test_an_objective_that_comes_back_goes_on_at_the_step_that_was_told(slo, share, told):
    """One step is told once, and what was reached ends when it is left, whatever was declared in between."""
    spend(slo, 0.8)
    standing.compute(NOW)
    Slo.objects.filter(pk=slo.pk).update(ended_at=NOW)
    standing.compute(NOW + LATER)
    spend(slo, share)
    Slo.objects.filter(pk=slo.pk).update(ended_at=None, updated_at=NOW + LATER)
    standing.compute(NOW + 2 * LATER)
    assert steps() == [("", "25"), *told]
    assert ServiceBudget.objects.get().since == (NOW + 2 * LATER if told else NOW)


def test_one_without_a_service_stands_alone():
    slo = availability("unheard")
    spend(slo, 0.3)
    found = stood(slo)
    assert (found.service, found.state, found.step) == (None, "measured", "")
    assert found.budget_left == pytest.approx(0.7)
    assert not ServiceBudget.objects.exists()


def test_a_changed_objective_is_worked_out_anew(slo):
    spend(slo, 0.3)
    standing.compute(NOW)
    slo.objective = 0.9997
    slo.save()
    Slo.objects.filter(pk=slo.pk).update(updated_at=NOW + LATER / 2)
    assert stood(slo, NOW + LATER).budget_left == pytest.approx(0, abs=1e-9)


def test_many_objectives_take_few_queries(pay, django_assert_max_num_queries):
    for number in range(30):
        spend(availability("pay", service=make_service(f"s{number}"), name=f"n{number}"), 0.3, days=3)
    with django_assert_max_num_queries(45):
        standing.compute(NOW)
    with django_assert_max_num_queries(14):
        standing.compute(NOW + LATER)


def test_the_end_of_a_day_is_its_last_slot(slo):
    midnight = datetime(2026, 3, 31, tzinfo=UTC)
    spend(slo, 0.3, end=midnight)
    assert (
        stood(slo, midnight + timedelta(minutes=5)).data_until
        == midnight
        == slot_end(midnight.date() - timedelta(1), 287)
    )
