"""Targets, and DORA's levels by edition."""

import pytest

from scorecards.metrics.levels import EDITIONS, editions, frequency_verdict, level, target_verdict

HOUR, DAY = 3600.0, 86400.0


def test_it_meets_a_target_only_below_it():
    assert (target_verdict("lead_time", 3599), target_verdict("lead_time", 3600)) == ("met", "missed")
    assert (target_verdict("change_failure_rate", 0.049), target_verdict("change_failure_rate", 0.05)) == (
        "met",
        "missed",
    )
    assert (target_verdict("mttr", 1799), target_verdict("mttr", None), target_verdict("rework_rate", 0.1)) == (
        "met",
        None,
        None,
    )


def test_it_asks_for_a_deployment_each_working_day():
    assert (frequency_verdict(5, 5), frequency_verdict(4, 5), frequency_verdict(4, 0)) == ("met", "missed", None)


@pytest.mark.parametrize(
    ("edition", "metric", "value", "expected"),
    [
        ("2018", "deployment_frequency", 3, "elite"),
        ("2018", "deployment_frequency", 1, "high"),
        ("2018", "deployment_frequency", 0.5, "between high and medium"),
        ("2018", "deployment_frequency", 0.1, "medium or low"),
        ("2018", "change_failure_rate", 0.1, "elite, high or medium"),
        ("2018", "change_failure_rate", 0.3, "between medium and low"),
        ("2018", "change_failure_rate", 0.7, "worse than low"),
        ("2019", "lead_time", HOUR, "elite"),
        ("2019", "mttr", 2 * HOUR, "high or medium"),
        ("2021", "lead_time", 2 * HOUR, "between elite and high"),
        ("2021", "deployment_frequency", 0, "low"),
        ("2021", "change_failure_rate", 0.2, "high, medium or low"),
        ("2021", "mttr", 30 * DAY, "between medium and low"),
        ("2023", "failed_deployment_recovery_time", 10 * DAY, "between medium and low"),
        ("2023", "change_failure_rate", 0.05, None),
        ("2024", "change_failure_rate", 0.2, None),
        ("2024", "mttr", HOUR, None),
        ("2024", "lead_time", 20 * DAY, "medium"),
        ("2024", "lead_time", None, None),
        ("2025", "lead_time", 2 * DAY, "6.0 of 10"),
        ("2025", "deployment_frequency", 1.5, "10.0 of 10"),
        ("2025", "deployment_frequency", 0.5, "6.0 of 10"),
        ("2025", "change_failure_rate", 0.05, "9.5 of 10"),
        ("2025", "rework_rate", 0.25, "7.5 of 10"),
    ],
)
def test_it_names_the_level(edition, metric, value, expected):
    assert level(edition, metric, value) == expected


def test_it_knows_the_year_and_title_of_each_edition():
    assert tuple(editions()) == EDITIONS
    assert all(str(edition.year) == name and edition.title for name, edition in editions().items())


def test_it_refuses_the_edition_that_could_not_be_verified():
    with pytest.raises(KeyError):
        level("2022", "lead_time", HOUR)
