"""The dashboards in docs/examples: Grafana's shape, queries that Prometheus reads, series and fields that there are."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import promql_parser
import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from dashboard.api.document import document
from scorecards.reliability.burn import SHOWN
from tests.factories import (
    bearer,
    make_delivery,
    make_deployment,
    make_service,
    make_slo,
    make_standing,
    make_team,
    make_token,
)

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "examples"
ON_PROMETHEUS, ON_API = "grafana-plumbline.json", "grafana-plumbline-api.json"
MACROS = {"$__range": "30d", "$service": ".*"}
MOMENTS = {"from": "2026-03-02", "to": "2026-03-09"}


def read(name: str) -> dict:
    return json.loads((FOLDER / name).read_text())


def panels(name: str) -> list[dict]:
    return [one for one in read(name)["panels"] if one["type"] != "row"]


def targets(name: str) -> list[dict]:
    return [target for panel in panels(name) for target in panel["targets"]]


@pytest.mark.parametrize("name", [ON_PROMETHEUS, ON_API])
def test_it_has_the_shape_that_grafana_imports(name):
    told = read(name)
    assert told["schemaVersion"] >= 39 and told["uid"] and told["title"]
    ids = [panel["id"] for panel in told["panels"]]
    assert len(ids) == len(set(ids))
    for panel in told["panels"]:
        assert {"x", "y", "w", "h"} == panel["gridPos"].keys()
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    places = [(one["gridPos"]["x"], one["gridPos"]["y"]) for one in told["panels"]]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("name", [ON_PROMETHEUS, ON_API])
def test_it_asks_for_its_data_source_and_names_none_of_ours(name):
    variables = {one["name"]: one for one in read(name)["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    for panel in panels(name):
        for one in (panel, *panel["targets"]):
            assert one["datasource"] == {"type": variables["datasource"]["query"], "uid": "${datasource}"}


@pytest.mark.parametrize("name", [ON_PROMETHEUS, ON_API])
def test_what_is_not_known_is_said_and_is_a_gap(name):
    for panel in panels(name):
        assert panel["fieldConfig"]["defaults"]["noValue"] == "no data"
        if panel["type"] == "timeseries":
            assert panel["fieldConfig"]["defaults"]["custom"]["spanNulls"] is False


# ---------------------------------------------------------------- on Prometheus


def selectors() -> list[tuple[str, dict[str, str]]]:
    """Each series that is asked for, with its matchers."""
    found = []
    for target in targets(ON_PROMETHEUS):
        query = target["expr"]
        for macro, value in MACROS.items():
            query = query.replace(macro, value)
        promql_parser.parse(query)
        for name, matchers in re.findall(r"\b([a-z_]+)\{([^}]*)\}", query) + [
            (name, "") for name in re.findall(r"\bplumbline_[a-z_]+\b(?!\{)", query)
        ]:
            found.append((name, dict(re.findall(r'(\w+)=~?"([^"]*)"', matchers))))
    return found


def test_prometheus_reads_every_query():
    assert len(selectors()) >= 10


@pytest.mark.django_db
def test_every_series_and_label_is_exposed(client):
    service = make_service("pay-api", make_team("payments"))
    make_standing(make_slo(service), 0.4, timezone.now(), burn_rates=dict.fromkeys(SHOWN, 1.0))
    make_deployment(service, timezone.now())
    make_delivery(status="processed", processed_at=timezone.now())
    headers = bearer(make_token()[1])
    client.get("/metrics", headers=headers)
    text = client.get("/metrics", headers=headers).content.decode()
    exposed: dict[str, dict[str, set[str]]] = {}
    families = set()
    for family in text_string_to_metric_families(text):
        families.add(family.name)
        for sample in family.samples:
            labels = exposed.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    for name, matchers in selectors():
        assert name in exposed or name in families, name
        for label, value in matchers.items():
            if name in exposed:
                assert label in exposed[name], (name, label)
                wanted = {value} if re.fullmatch(r"[\w.]+", value) else set()
                assert wanted <= exposed[name][label], (name, label, value)


# ---------------------------------------------------------------- on the API


def operation(url: str) -> dict:
    """What the document says of the address of a query."""
    path = urlsplit(url.removeprefix("${plumbline}")).path
    return document()["paths"][path]["get"]


def asked() -> list[dict]:
    [teams] = [one["query"]["infinityQuery"] for one in read(ON_API)["templating"]["list"] if one["name"] == "team"]
    return [*targets(ON_API), teams]


def test_every_address_and_parameter_is_of_the_api():
    for target in asked():
        known = {one["name"] for one in operation(target["url"])["parameters"]}
        assert set(re.findall(r"[?&](\w+)=", target["url"])) <= known, target["url"]


def test_every_column_is_a_field_of_the_answer():
    for target in asked():
        schema = next(iter(operation(target["url"])["responses"]["200"]["content"].values()))["schema"]
        rows = resolved(inside(schema, target["root_selector"]))["items"]
        for column in target["columns"]:
            assert inside(rows, column["selector"]), (target["url"], column)


def inside(schema: dict, path: str) -> dict:
    for name in path.split("."):
        schema = resolved(schema)
        schema = resolved(schema["anyOf"][0]) if "anyOf" in schema else schema
        schema = schema["properties"][name]
    return schema


def resolved(schema: dict) -> dict:
    return document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


@pytest.mark.django_db
def test_every_query_answers(client):
    make_service("pay-api", make_team("payments"))
    headers = bearer(make_token()[1])
    for target in asked():
        url = target["url"].removeprefix("${plumbline}").replace("${team:percentencode}", "payments")
        for name, day in MOMENTS.items():
            url = url.replace(f"${{__{name}:date:YYYY-MM-DD}}", day)
        assert "$" not in url
        answer = client.get(url, headers=headers)
        assert (answer.status_code, type(answer.json()["results"])) == (200, list), url
