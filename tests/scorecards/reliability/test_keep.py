"""The pass of each minute: all of it, and trouble with one part stops no other."""

from datetime import UTC, datetime

import pytest

from ingest.models import Slo
from scorecards import reliability
from scorecards.models import SloStanding
from scorecards.reliability import found
from scorecards.tasks import keep_reliability

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = """
slos:
  - {service: pay, name: availability, objective: 99, error_ratio_query: "slo:errors:ratio_rate5m"}
  - {service: pay, name: broken, objective: 990, error_ratio_query: "slo:errors:ratio_rate5m"}
error_budget_policy: {pay: {}}
"""


@pytest.fixture
def config(settings, tmp_path):
    path = tmp_path / "prometheus.yaml"
    path.write_text(TEXT, encoding="utf-8")
    settings.PROMETHEUS_CONFIG = str(path)


def test_what_is_declared_stands_at_once(config):
    reliability.keep(NOW)
    assert SloStanding.objects.get(slo__name="availability").state == "no_data"


def test_the_task_does_it(config):
    keep_reliability()
    assert SloStanding.objects.count() == 1


def test_trouble_with_one_part_stops_no_other(config, monkeypatch, caplog):
    def fail():
        raise ValueError("odd")

    monkeypatch.setattr(found, "link", fail)
    reliability.keep(NOW)
    assert Slo.objects.count() == SloStanding.objects.count() == 1
    assert "odd" in caplog.text


def test_what_is_wrong_in_the_file_is_told_with_its_place(config):
    assert reliability.problems() == [
        "prometheus.yaml, line 4: “objective” is a percentage above 0 and up to 100, such as 99.9.",
        "prometheus.yaml, line 5: The policy of pay has no thresholds.",
    ]
