"""Charts, their values, and who installs them."""

from textwrap import dedent

import pytest

from ingest.repository.memory import tree_of
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.charts import Chart, chart_at, charts
from scorecards.reading.charts.dependencies import dependencies
from scorecards.reading.charts.given_values import given_values
from scorecards.reading.charts.templates import faults, secret_values
from scorecards.reading.charts.values_schema import misfits

CHART = "apiVersion: v2\nname: web\nversion: 1.2.3\n"


def tree(files: dict[str, str]) -> RepositoryTree:
    return tree_of({path: dedent(text).lstrip("\n") for path, text in files.items()})


def values_of(files: dict[str, str]) -> list[str]:
    (chart,) = charts(tree({"charts/web/Chart.yaml": CHART, "charts/web/values.yaml": "a: 1\n"} | files))
    return [values.path for values in chart.values]


def test_it_gathers_the_files_of_a_chart() -> None:
    found = tree(
        {
            "web/Chart.yaml": CHART,
            "web/Chart.lock": "dependencies: []\n",
            "web/values.yaml": "a: 1\n",
            "web/values.schema.json": "{}",
            "web/templates/_helpers.tpl": "",
            "web/templates/deep/a.yaml": "x: 1\n",
            "web/templates/NOTES.txt": "hi",
            "web/charts/db/Chart.yaml": CHART,
            "web/charts/db/values.yaml": "b: 1\n",
        }
    )
    outer, inner = charts(found)
    assert (outer.folder, outer.default.path if outer.default else "") == ("web", "web/values.yaml")
    assert outer.templates == ("web/templates/deep/a.yaml",)
    assert outer.helpers == ("web/templates/_helpers.tpl",)
    assert outer.schema == "web/values.schema.json"
    assert outer.lock is not None
    assert outer.subcharts == ("web/charts/db",)
    assert (inner.folder, inner.parent) == ("web/charts/db", "web")
    assert chart_at(found, "nowhere") is None


def test_it_finds_a_chart_at_the_top() -> None:
    (chart,) = charts(tree({"Chart.yaml": CHART, "values.yaml": "a: 1\n", "templates/x.yaml": "a: 1\n"}))
    assert (chart.folder, chart.unit, chart.templates) == ("", "chart .", ("templates/x.yaml",))


def test_it_takes_values_beside_the_chart_for_environments() -> None:
    files = {
        "charts/web/values-prod.yaml": "a: 2\n",
        "charts/web/prod-values.yml": "a: 2\n",
        "charts/web/x.yaml": "a: 2\n",
    }
    assert values_of(files) == [
        "charts/web/values.yaml",
        "charts/web/prod-values.yml",
        "charts/web/values-prod.yaml",
    ]


def test_it_takes_values_that_an_application_names_or_holds() -> None:
    application = """
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {name: web}
    spec:
      sources:
        - path: charts/web
          helm:
            valueFiles: [../../env/prod.yaml, $repo/env/eu.yaml, missing.yaml, '{{ x }}.yaml']
            values: |
              a: 3
    """
    files = {"argo/web.yaml": application, "env/prod.yaml": "a: 2\n", "env/eu.yaml": "a: 4\n"}
    assert values_of(files) == ["charts/web/values.yaml", "env/prod.yaml", "env/eu.yaml", "argo/web.yaml"]


def test_it_takes_values_that_a_release_names_or_holds() -> None:
    release = """
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {name: web}
    spec:
      chart: {spec: {chart: ./charts/web, valuesFiles: [charts/web/values.yaml, ./env/prod.yaml]}}
      values: {a: 3}
    """
    files = {"flux/web.yaml": release, "env/prod.yaml": "a: 2\n"}
    assert values_of(files) == ["charts/web/values.yaml", "env/prod.yaml", "flux/web.yaml"]


@pytest.mark.parametrize(
    "command",
    [
        "helm upgrade --install web charts/web -f env/prod.yaml",
        "helm -n shop upgrade web ./charts/web --values=env/prod.yaml --wait",
        "helm upgrade web charts/web \\\n    -f env/prod.yaml",
        'helm template "charts/web" --values "env/prod.yaml"',
    ],
)
def test_it_takes_values_that_a_command_names(command: str) -> None:
    files = {"deploy.sh": f"#!/bin/sh\n{command}\n", "env/prod.yaml": "a: 2\n"}
    assert values_of(files) == ["charts/web/values.yaml", "env/prod.yaml"]


def test_it_takes_only_charts_and_values_for_their_kinds() -> None:
    found = tree({"web/Chart.yaml": CHART, "web/values.yaml": "ingress: {hosts: []}\n", "other/values.yaml": "a: 1\n",
                  "web/templates/x.yaml": "apiVersion: v1\nkind: {{ x }}\n"})  # fmt: skip
    assert [one.path for one in kinds.found(found, "helm-values")] == ["web/values.yaml"]
    assert [one.path for one in kinds.found(found, "ingress")] == ["web/values.yaml"]
    assert [one.path for one in kinds.found(found, "helm-tpl")] == ["web/templates/x.yaml"]
    assert kinds.found(found, "k8s") == []
    assert found.problems == []


def only(files: dict[str, str]) -> tuple[RepositoryTree, Chart]:
    found = tree(files)
    return found, charts(found)[0]


def test_it_tells_how_dependencies_are_pinned() -> None:
    chart = """
    apiVersion: v2
    name: web
    version: 1.0.0
    dependencies:
      - {name: a, version: 1.2.3}
      - {name: b, version: ~1.2}
      - {name: c, version: "*"}
      - {name: d, version: nope}
      - {name: e, version: 1.x, alias: f}
      - 3
    """
    lock = "dependencies:\n- {name: b, version: 1.2.9}\n- {name: e, version: 2.0.0}\n"
    found, one = only({"web/Chart.yaml": chart, "web/Chart.lock": lock})
    told = dependencies(found, one)
    assert [(dependency.key, dependency.pin, dependency.is_held) for dependency in told] == [
        ("a", "exact", False),
        ("b", "range", True),
        ("c", "open", False),
        ("d", "unclear", False),
        ("f", "range", False),
    ]


def test_it_finds_values_that_secrets_write() -> None:
    template = """
    apiVersion: v1
    kind: ConfigMap
    data:
      a: {{ .Values.plain }}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: {{ .Values.name }}}
    stringData:
      b: {{ .Values.auth.password }}
      {{- range $k, $v := .Values.secrets }}
      {{ $k }}: {{ $v }}
      {{- end }}
    """
    found, one = only({"web/Chart.yaml": CHART, "web/values.yaml": "a: 1\n", "web/templates/s.yaml": template})
    told = secret_values(found, one)
    assert told[("auth", "password")] == ("web/templates/s.yaml", 10)
    assert ("secrets",) in told
    assert ("plain",) not in told
    assert ("name",) not in told


def test_it_finds_no_fault_with_values_below_an_empty_mapping() -> None:
    files = {"web/Chart.yaml": CHART, "web/values.yaml": "a: {}\nb: null\nc: [1]\n"}
    found, one = only(files | {"web/templates/x.yaml": "x: {{ .Values.a.b }} {{ .Values.b.c }} {{ .Values.c.d }}\n"})
    assert faults(found, one).values == ()


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "{deep: " * 90 + "1" + "}" * 90,
        "a: &a {password: x, b: [*a]}",
        "? [1]\n: 2\n",
        "a: [{name: [1], value: {}}, {name: x, value: 1}]",
    ],
)
def test_it_takes_any_values(text: str) -> None:
    files = {
        "web/Chart.yaml": "name: [1]\nversion: {}\ndependencies: {a: 1}\nmaintainers: 3\n" + CHART,
        "web/values.yaml": text,
        "web/values.schema.json": '{"type": {"a": 1}, "properties": {"a": 3}, "required": 4, "enum": {}}',
        "web/templates/x.yaml": "x: {{ .Values.a.b }}\n",
    }
    found = tree(files)
    for chart in charts(found):
        faults(found, chart)
        dependencies(found, chart)
        misfits(found, "web/values.schema.json", chart.default.root if chart.default else None)
    given_values(found)
