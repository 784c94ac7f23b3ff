"""Which policy holds for a service: the file's, its default, the standard's; a broken file changes nothing."""

import os

import pytest

from scorecards.reliability import policies
from scorecards.reliability.policy import standard
from tests.factories import make_service

FREEZES_EARLY = "error_budget_policy: {pay: {thresholds: [{remaining_budget: 90, actions: [freeze]}]}}"


@pytest.fixture
def config(settings, tmp_path):
    path = tmp_path / "prometheus.yaml"
    settings.PROMETHEUS_CONFIG = str(path)
    ticks = iter(range(1_800_000_000, 1_900_000_000))

    def write(text):
        path.write_text(text, encoding="utf-8")
        os.utime(path, (tick := next(ticks), tick))

    return write


def test_without_a_file_the_standards_policy_holds(settings):
    settings.PROMETHEUS_CONFIG = ""
    assert policies.of("pay") is standard()
    assert policies.problems() == []


def test_a_service_has_the_policy_of_the_file(config):
    config(FREEZES_EARLY)
    assert policies.of("pay").step(0.9).freezes
    assert policies.of("ship") is standard()


def test_a_changed_file_counts_at_once(config):
    config("servers: []")
    assert policies.of("pay") is standard()
    config(FREEZES_EARLY)
    assert policies.of("pay").step(0.9).freezes


def test_a_broken_file_leaves_what_held_before_and_says_so(config):
    config(FREEZES_EARLY)
    policies.of("pay")
    config("error_budget_policy: {pay: {}}")
    assert policies.of("pay").step(0.9).freezes
    assert policies.problems() == ["prometheus.yaml, line 1: The policy of pay has no thresholds."]
    config("error_budget_policy: {}")
    assert policies.of("pay") is standard()
    assert policies.problems() == []


def test_a_broken_file_is_read_once(config, monkeypatch):
    config("error_budget_policy: {pay: {}}")
    policies.of("pay")
    monkeypatch.setattr(policies, "_read_file", None)
    assert policies.of("pay") is standard()
    assert policies.problems() == ["prometheus.yaml, line 1: The policy of pay has no thresholds."]


def test_a_file_that_is_not_there_is_told(settings, tmp_path):
    settings.PROMETHEUS_CONFIG = str(tmp_path / "gone.yaml")
    assert policies.of("pay") is standard()
    assert policies.problems()[0].endswith("gone.yaml can't be read: No such file or directory.")


@pytest.mark.django_db
def test_a_service_is_named_by_its_slug_or_its_name(config):
    config(FREEZES_EARLY)
    assert policies.of(make_service("checkout", name="Pay")).step(0.9).freezes
