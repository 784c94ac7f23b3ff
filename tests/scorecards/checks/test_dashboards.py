"""Checks of dashboards of the delivery metrics."""

import json
from typing import Any

import pytest

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Fleet
from tests.scorecards.checks.judging import judge, verdict

FAIL, PARTIAL, UNKNOWN, PASS, NOT_APPLICABLE = Outcome

SOUND = {
    "Deployment frequency": "sum by (service) (increase(deployments_total[1d]))",
    "Lead time for changes": "avg by (service) (lead_time_seconds)",
    "Change failure rate": (
        'sum by (service) (increase(deployments_total{status=~"failed|rolled_back"}[30d]))'
        " / (sum by (service) (increase(deployments_total[30d])) > 0)"
    ),
    "Time to restore": "avg by (service) (incident_duration_seconds)",
}
DEPLOYS = {
    "app.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {project: default}\n"
}


def board(queries: dict[str, str], **panel: Any) -> dict[str, Any]:
    shared = {"type": "timeseries", "datasource": {"type": "prometheus", "uid": "x"}, **panel}
    panels = [{"title": title, "targets": [{"refId": "A", "expr": expr}], **shared} for title, expr in queries.items()]
    return {"title": "Delivery", "panels": panels}


def shown(*boards: Any, prefix: str = "", **about: Any) -> Outcome:
    files = {f"dashboards/{index}.json": prefix + json.dumps(each, indent=1) for index, each in enumerate(boards)}
    return verdict(judge("delivery-dashboard-as-code", {**DEPLOYS, **files}, **about))


def test_four_metrics_by_service_pass() -> None:
    assert shown(board(SOUND)) is PASS
    assert shown({"dashboard": board(SOUND)}) is PASS


def test_metrics_may_stand_on_several_dashboards_and_in_rows() -> None:
    first, second = dict(list(SOUND.items())[:2]), dict(list(SOUND.items())[2:])
    rows = {"title": "Delivery", "rows": [{"panels": board(second)["panels"]}]}
    assert shown(board(first), rows) is PASS


def test_two_or_three_metrics_are_partial() -> None:
    assert shown(board(dict(list(SOUND.items())[:3]))) is PARTIAL


def test_one_metric_fails() -> None:
    assert shown(board(dict(list(SOUND.items())[:1]))) is FAIL


@pytest.mark.parametrize("panel", [{"type": None}, {"datasource": None}])
def test_a_panel_without_type_or_source_is_partial(panel: dict[str, Any]) -> None:
    assert shown(board(SOUND, **panel)) is PARTIAL


def test_a_file_with_a_comment_is_partial() -> None:
    assert shown(board(SOUND), prefix="# dashboards/0.json\n") is PARTIAL


def test_a_global_sum_is_partial() -> None:
    assert shown(board({**SOUND, "Time to restore": "avg(incident_duration_seconds)"})) is PARTIAL
    assert shown(board({**SOUND, "Time to restore": 'avg(incident_seconds{service="$service"})'})) is PASS


def test_no_dashboard_fails_only_once_all_repositories_are_known() -> None:
    assert shown() is UNKNOWN
    assert shown(fleet=Fleet()) is FAIL
    assert shown(fleet=Fleet(metric_dashboard=True)) is PASS
    assert shown(ships_events=True) is PASS


def test_dashboards_that_programs_make_are_unknown() -> None:
    files = {**DEPLOYS, "grafana.tf": 'resource "grafana_dashboard" "x" { config_json = local.x }\n'}
    assert verdict(judge("delivery-dashboard-as-code", files, fleet=Fleet())) is UNKNOWN
    files = {**DEPLOYS, "dashboards/delivery.jsonnet": "{}\n"}
    assert verdict(judge("delivery-dashboard-as-code", files, fleet=Fleet())) is UNKNOWN


def test_a_repository_that_does_not_deploy_is_not_asked() -> None:
    assert judge("delivery-dashboard-as-code", {"README.md": "x"}) == []


def test_a_dashboard_in_a_config_map_counts() -> None:
    text = json.dumps(board(SOUND), indent=1).replace("\n", "\n    ")
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: d}}\ndata:\n  d.json: |\n    {text}\n"
    findings = judge("delivery-dashboard-as-code", {**DEPLOYS, "cm.yaml": config})
    assert verdict(findings) is PASS
    assert "Deployment frequency" in "".join(config.splitlines()[place.line] for place in findings[0].places)


# ---------------------------------------------------------------- DOP-8.3-02


def computed(**changed: str) -> Outcome:
    names = {"frequency": "Deployment frequency", "failures": "Change failure rate", "recovery": "Time to restore"}
    queries = {**SOUND, **{names[key]: expr for key, expr in changed.items()}}
    return verdict(judge("delivery-queries-sound", {"d.json": json.dumps(board(queries))}))


def test_sound_queries_pass() -> None:
    assert computed() is PASS


@pytest.mark.parametrize(
    "changed",
    [
        {"frequency": "sum by (service) (rate(deployments_total[1d]))"},
        {"frequency": "sum by (service) (increase(deployments_total[1h]))"},
        {"failures": 'sum(increase(d_total{s="rollback"}[30d])) / (sum by (service) (increase(d_total[30d])) > 0)'},
        {"failures": 'sum(increase(d_total{s="rollback"}[30d])) / sum(increase(d_total[30d]))'},
        {"failures": 'sum(increase(d_total{s="failed"}[30d])) / (sum(increase(d_total[30d])) > 0)'},
        {"recovery": "avg by (service) (rollback_duration_seconds)"},
    ],
)
def test_one_unsound_query_is_partial(changed: dict[str, str]) -> None:
    assert computed(**changed) is PARTIAL


def test_two_unsound_queries_fail() -> None:
    assert computed(frequency="rate(deployments_total[1h])", recovery="avg(rollback_duration_seconds)") is FAIL


def test_a_rate_scaled_to_a_day_is_a_frequency() -> None:
    assert computed(frequency="sum by (service) (rate(deployments_total[7d])) * 86400") is PASS


def test_what_can_not_be_read_is_unknown() -> None:
    assert computed(recovery="avg(") is UNKNOWN


def test_queries_are_not_asked_where_the_dashboard_is_none() -> None:
    text = json.dumps(board({"Deployment frequency": "rate(x_total[1h])"}))
    assert judge("delivery-queries-sound", {"d.json": text}) == []


@pytest.mark.parametrize(
    "odd", ["[]", '{"title": 1, "panels": 3}', '{"title": {}, "panels": [1, [2], {"targets": 1}]}']
)
def test_odd_dashboards_are_no_error(odd: str) -> None:
    assert verdict(judge("delivery-dashboard-as-code", {**DEPLOYS, "d.json": odd})) is UNKNOWN
    assert judge("delivery-queries-sound", {"d.json": odd}) == []
