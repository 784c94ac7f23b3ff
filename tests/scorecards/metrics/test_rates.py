"""Deployment frequency, coverage, stages and the switches of the definitions."""

from datetime import date

from ingest.window import Window
from scorecards.metrics import change_failure_rate, deployment_frequency, lead_time, rework_rate
from scorecards.metrics.records import Definitions, DeliveredChange, DeliveredPullRequest
from tests.scorecards.metrics.facts import at, change, deployment, judged

WEEK = Window(date(2026, 3, 2), date(2026, 3, 9))
DEFAULT = Definitions()


def test_it_divides_by_the_days_that_have_begun():
    assert deployment_frequency.per_day(4, WEEK, date(2026, 3, 3)) == 2
    assert deployment_frequency.per_day(4, WEEK, date(2026, 3, 1)) is None
    assert deployment_frequency.deployment_frequency(4, 2, WEEK, date(2026, 3, 3)) == 1
    assert deployment_frequency.deployment_frequency(0, 0, WEEK, date(2026, 3, 3)) is None


def test_it_leaves_out_a_deployment_at_the_end_of_the_window():
    assert deployment_frequency.count([at(0), at(7)], WEEK) == 1


def test_it_is_active_for_90_days():
    assert deployment_frequency.is_active([at(-90)], WEEK)
    assert not deployment_frequency.is_active([at(-90, minutes=-1), at(7)], WEEK)


def test_it_counts_redeploys_only_by_the_switch():
    service = judged([deployment(1, at(0), version="1"), deployment(2, at(1), version="1")])
    assert len(list(deployment_frequency.deployments(service, DEFAULT))) == 1
    assert len(list(deployment_frequency.deployments(service, Definitions(count_redeploys=True)))) == 2


def test_it_has_no_rate_without_deployments():
    service = judged([])
    assert (
        change_failure_rate.change_failure_rate(change_failure_rate.finished_deployments(service, DEFAULT), WEEK)
        is None
    )
    assert rework_rate.rework_rate(rework_rate.reworked_deployments(service, DEFAULT), WEEK) is None


def test_it_covers_what_should_bring_changes():
    deployments = [
        deployment(1, at(0), version="1", shas=("a",)),
        deployment(2, at(1), version="2", shas=("b",)),
        deployment(3, at(2), version="3"),
        deployment(4, at(3), version="4", shas=()),
        deployment(5, at(4), version="4"),
        deployment(6, at(5), version="1"),
    ]
    service = judged(deployments, (), [change(1, "a"), change(2, "b")])
    mapped = list(lead_time.mapped_deployments(service, DEFAULT))
    assert [(m.deployment_id, m.mapped) for m in mapped] == [(2, True), (3, False)]
    assert lead_time.coverage(mapped, WEEK) == 0.5


def test_it_leaves_out_negative_spans_and_bots():
    delivered = [
        DeliveredChange(1, 1, at(1), 60),
        DeliveredChange(2, 1, at(1), 120, bot=True),
        DeliveredChange(3, 1, at(1), -5),
    ]
    whole, people = lead_time.lead_time(delivered, WEEK), lead_time.lead_time(delivered, WEEK, bots=False)
    assert whole and people and (whole.mean, people.mean) == (90, 60)
    assert lead_time.negative_count(delivered, WEEK) == 1


def test_it_means_stages_over_pull_requests_with_all_four():
    delivered = [
        DeliveredPullRequest(1, 1, at(1), 1, 2, 3, 4),
        DeliveredPullRequest(2, 1, at(1), 3, 4, 5, 6),
        DeliveredPullRequest(3, 1, at(1), 100, None, 100, 100),
    ]
    assert lead_time.stages(delivered, WEEK) == lead_time.StageMeans(2, 3, 4, 5, 2)
    assert lead_time.stages(delivered[2:], WEEK) is None
