"""docs/metrics-endpoint.md and the rules beside it: what Prometheus makes of them."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboard.exposed import LATE, SHOWS_ZERO
from dashboard.exposition import families_of
from dashboard.models import ApiToken
from tests.factories import NOON, make_token
from tests.prometheus import require_program

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "metrics-endpoint.md").read_text()
RULES = ROOT / "docs" / "examples" / "plumbline.rules.yaml"

SERIES = {
    'up{job="plumbline"}': "0x30",
    'plumbline_deliveries{status="quarantined"}': "3x20 4x10",
    'plumbline_deliveries{status="pending"}': "5x30",
    "plumbline_last_processed_timestamp_seconds": "0x30",
    'plumbline_error_budget_left_ratio{service="pay", slo="availability"}': "-0.5x30",
    'plumbline_error_budget_left_ratio{service="search", slo="availability"}': "0.5x30",
    'plumbline_slo_burn_rate{service="pay", slo="availability", window="1h"}': "20x30",
    'plumbline_slo_burn_rate{service="pay", slo="availability", window="6h"}': "99x30",
    'deployments_total{job="plumbline", service="pay", status="success"}': "0+3x30",
    'deployments_total{job="plumbline", service="pay", status="failed"}': "0+1x30",
    'deployments_total{job="plumbline", service="quiet", status="success"}': "0x30",
    'deployments_total{job="plumbline", service="quiet", status="failed"}': "0x30",
}
PAY = {"service": "pay", "slo": "availability"}
FIRES: dict[str, tuple[dict[str, str], str] | None] = {
    "PlumblineDoesNotAnswer": ({"job": "plumbline", "severity": "ticket"}, "Plumbline does not answer scrapes"),
    "PlumblineFallsBehind": None,
    "PlumblineHearsNothing": None,
    "PlumblineCanNotReadEvents": (
        {"status": "quarantined", "severity": "ticket"},
        "Events can't be read; see the page Data",
    ),
    "ErrorBudgetSpent": (PAY | {"severity": "ticket"}, "pay has spent the error budget of availability"),
    "ErrorBudgetBurnsFast": (
        PAY | {"window": "1h", "severity": "page"},
        "pay spends the budget of availability 20 times too fast",
    ),
}


def trial() -> dict[str, Any]:
    """What promtool is to try: half an hour in which some alerts fire and others don't."""
    alerts = [
        {
            "eval_time": "30m",
            "alertname": name,
            "exp_alerts": [{"exp_labels": fires[0], "exp_annotations": {"summary": fires[1]}}] if fires else [],
        }
        for name, fires in FIRES.items()
    ]
    share = "service:deployments_failed:ratio28d"
    samples = [{"labels": f'{share}{{service="pay"}}', "value": 0.25}]
    series = [{"series": name, "values": values} for name, values in SERIES.items()]
    asked = {"expr": share, "eval_time": "30m", "exp_samples": samples}
    tests = [{"interval": "1m", "input_series": series, "alert_rule_test": alerts, "promql_expr_test": [asked]}]
    return {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}


def promtool(*arguments: str) -> None:
    require_program("promtool")
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_pass_promtool():
    promtool("check", "rules", str(RULES))


def test_the_rules_fire_when_they_should_and_not_otherwise(tmp_path):
    path = tmp_path / "trial.yaml"
    path.write_text(yaml.safe_dump(trial()))
    promtool("test", "rules", str(path))


def test_each_alert_is_tried():
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    assert {rule["alert"] for rule in rules if "alert" in rule} == FIRES.keys()


def test_the_scrape_configuration_is_one(tmp_path):
    block = re.search(r"^    scrape_configs:\n(?:    .+\n)+", TEXT, re.MULTILINE)
    assert block is not None
    config = tmp_path / "prometheus.yml"
    config.write_text(re.sub(r"^    ", "", block[0], flags=re.MULTILINE))
    promtool("check", "config", "--syntax-only", str(config))


@pytest.mark.django_db
def test_it_describes_every_series_and_no_other():
    token: ApiToken = make_token()[0]
    suffixes = {"counter": "_total", "info": "_info"}
    exposed = {family.name + suffixes.get(family.type, "") for family in families_of(token, NOON)}
    assert set(re.findall(r"^\| `([a-z_]+)(?:\{[a-z,]+\})?`", TEXT, re.MULTILINE)) == exposed


def test_it_tells_the_times_as_they_are():
    assert (LATE.days, SHOWS_ZERO.total_seconds()) == (7, 300)
    assert "up to seven days after it finished" in TEXT
    assert "shows 0 for five minutes" in TEXT
