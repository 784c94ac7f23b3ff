"""Configuration outside of images, and ConfigMaps. Definition: DOP-7.1-01, -02."""

from typing import Any

import pytest

from scorecards.checks.finding import Finding, Outcome
from tests.scorecards.checks.judging import judge, verdict
from tests.scorecards.checks.kubernetes_objects import container, obj, text, workload

FAIL, PARTIAL, PASS, NOT = Outcome.FAIL, Outcome.PARTIAL, Outcome.PASS, Outcome.NOT_APPLICABLE
READING = {"envFrom": [{"configMapRef": {"name": "settings"}}]}

# ---------------------------------------------------------------- DOP-7.1-01


def external(files: dict[str, str]) -> list[Finding]:
    return judge("configuration-external-per-environment", files)


APP = text(workload(containers=[container(**READING)]))
DOCKERFILE = "FROM python:3.11\nCOPY . /app\n"


def test_a_set_for_each_environment_passes() -> None:
    overlay = "resources: [../../base]\n"
    files = {
        "base/app.yaml": APP,
        "base/kustomization.yaml": "resources: [app.yaml]\n",
        "overlays/staging/kustomization.yaml": overlay,
        "overlays/production/kustomization.yaml": overlay,
    }
    assert [one.outcome for one in external(files)] == [PASS, PASS]
    assert verdict(external({"k8s/dev/app.yaml": APP, "k8s/prod/app.yaml": APP})) is PASS


def test_one_set_for_all_is_partial() -> None:
    assert verdict(external({"app.yaml": APP})) is PARTIAL
    literal = text(workload(containers=[container(env=[{"name": "MODE", "value": "fast"}])]))
    assert verdict(external({"app.yaml": literal})) is PARTIAL


def test_a_workload_without_settings_is_not_asked() -> None:
    assert verdict(external({"app.yaml": text(workload())})) is NOT


@pytest.mark.parametrize(
    "line",
    [
        "COPY config.prod.json /app/config.json",
        "ADD .env.production /app/.env",
        "COPY .env /app/",
        "ENV DATABASE_HOST=db.acme.internal",
        "ENV SPRING_PROFILES_ACTIVE production",
    ],
)
def test_an_environment_in_the_image_fails(line: str) -> None:
    found = external({"app/Dockerfile": f"{DOCKERFILE}{line}\n", "app.yaml": APP})
    assert [(one.unit, one.outcome) for one in found] == [("Deployment app", FAIL)]
    assert found[0].places[0] == ("app/Dockerfile", 3)


@pytest.mark.parametrize(
    "line",
    [
        "ENV NODE_ENV=production",
        "ENV DATABASE_HOST=$HOST",
        "ENV DATABASE_HOST=localhost",
        "ENV PIP_INDEX_URL=https://pypi.acme.example/simple",
        "COPY .env.example /app/",
        "COPY --from=build /app/config.prod.json /app/",
    ],
)
def test_what_names_no_environment_does_not_fail(line: str) -> None:
    assert verdict(external({"app/Dockerfile": f"{DOCKERFILE}{line}\n", "app.yaml": APP})) is PARTIAL


def test_a_production_url_in_the_source_of_settings_fails() -> None:
    files = {"app/Dockerfile": DOCKERFILE, "app/config.py": 'API = "https://api.prod.acme.com"\n', "app.yaml": APP}
    assert verdict(external(files)) is FAIL


def test_an_image_that_nothing_runs_is_judged_by_what_is_baked_in() -> None:
    assert verdict(external({"Dockerfile": DOCKERFILE})) is NOT
    assert verdict(external({"Dockerfile": DOCKERFILE + "COPY .env /app/\n"})) is FAIL


def test_compose_is_looked_at_where_there_is_no_workload() -> None:
    compose = "services:\n  web:\n    build: .\n    environment: {MODE: fast}\n"
    assert verdict(external({"compose.yml": compose})) is PARTIAL
    assert verdict(external({"compose.yml": compose, "compose.prod.yml": compose})) is PASS


# ---------------------------------------------------------------- DOP-7.1-02


def maps(*objects: dict[str, Any]) -> list[Finding]:
    return judge("configmaps-valid-and-referenced", {"app.yaml": text(*objects)})


def config(name: str = "settings", **more: Any) -> dict[str, Any]:
    return obj("ConfigMap", name, **{"data": {"MODE": "fast"}, **more})


def reader(annotations: Any = None, **told: Any) -> dict[str, Any]:
    return workload(containers=[container(**(told or READING))], annotations=annotations)


ROLLING = {"checksum/config": "abc"}


def test_a_map_that_is_read_valid_and_rolled_out_passes() -> None:
    assert verdict(maps(config(), reader(ROLLING))) is PASS
    assert verdict(maps(config(immutable=True), reader())) is PASS


def test_a_map_that_a_generator_names_by_its_content_passes() -> None:
    files = {
        "app.yaml": text(reader()),
        "kustomization.yaml": "resources: [app.yaml]\nconfigMapGenerator: [{name: settings, literals: [MODE=fast]}]\n",
    }
    assert verdict(judge("configmaps-valid-and-referenced", files)) is PASS
    files["kustomization.yaml"] += "generatorOptions: {disableNameSuffixHash: true}\n"
    assert verdict(judge("configmaps-valid-and-referenced", files)) is PARTIAL


def test_no_rollout_or_no_reader_is_partial() -> None:
    assert maps(config(), reader())[0].value == "no rollout"
    assert maps(config())[0].value == "unreferenced"


@pytest.mark.parametrize(
    "told",
    [
        READING,
        {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "MODE"}}}]},
    ],
)
def test_a_reference_to_a_missing_map_fails(told: dict[str, Any]) -> None:
    found = maps(config("other"), reader(**told))
    assert [one.outcome for one in found] == [PARTIAL, FAIL]
    assert found[1].unit == "Deployment app reads ConfigMap settings"


def test_an_optional_or_provided_map_may_be_missing() -> None:
    optional = {"envFrom": [{"configMapRef": {"name": "gone", "optional": True}}]}
    assert [one.outcome for one in maps(config("other"), reader(**optional))] == [PARTIAL]
    provided = {"envFrom": [{"configMapRef": {"name": "kube-root-ca.crt"}}]}
    assert [one.outcome for one in maps(config("other"), reader(**provided))] == [PARTIAL]


def test_an_unparseable_document_fails_with_the_line_of_the_file() -> None:
    raw = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  app.yaml: |\n    a: 1\n    b: [\n"
    found = judge("configmaps-valid-and-referenced", {"a.yaml": raw})
    assert verdict(found) is FAIL
    assert found[0].places[0].line in (7, 8)


def test_a_document_that_a_template_fills_in_may_not_parse_yet() -> None:
    assert verdict(maps(config(data={"app.yaml": "a: {{ if x }}\n- b"}))) is PARTIAL


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("app.yaml", "db:\n  password: s3cr3t-value\n", 7),
        ("app.json", '{\n "apiKey": "s3cr3t-value"}\n', 7),
        ("app.properties", "a=1\ndb.password=s3cr3t-value\n", 7),
    ],
)
def test_a_secret_in_a_document_fails_and_is_not_shown(key: str, value: str, line: int) -> None:
    block = "".join(f"    {part}\n" for part in value.splitlines())
    raw = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  {key}: |\n{block}"
    found = judge("configmaps-valid-and-referenced", {"a.yaml": raw})
    assert (verdict(found), found[0].places[0].line) == (FAIL, line)
    assert "s3cr3t" not in repr(found)


@pytest.mark.parametrize(
    "value", ["${DB_PASSWORD}", "{DB_PASSWORD}", "changeme", "!env DB_PASSWORD", "/run/secrets/db"]
)
def test_a_reference_in_a_document_is_no_secret(value: str) -> None:
    assert verdict(maps(config(data={"app.yaml": f"password: {value}\n"}))) is PARTIAL


def test_a_value_that_is_no_text_fails() -> None:
    assert verdict(maps(config(data={"PORT": 8080}))) is FAIL
    assert verdict(maps(config(binaryData={"a": "%%%"}))) is FAIL


def test_a_map_that_a_side_car_or_a_release_reads_is_referenced() -> None:
    labelled = config(metadata={"labels": {"grafana_dashboard": "1"}})
    assert verdict(maps(labelled)) is PASS
    reference = {"valuesFrom": [{"kind": "ConfigMap", "name": "settings"}]}
    release = obj("HelmRelease", "app", reference, "helm.toolkit.fluxcd.io/v2")
    assert verdict(maps(config(), release)) is PASS


# ---------------------------------------------------------------- all


@pytest.mark.parametrize("check", ["configuration-external-per-environment", "configmaps-valid-and-referenced"])
def test_odd_shapes_raise_nothing(check: str) -> None:
    odd = """
{apiVersion: v1, kind: ConfigMap, metadata: {name: [x]}, data: [1], binaryData: text}
---
{apiVersion: v1, kind: ConfigMap, data: {a.yaml: [1], b.json: {a: 1}, c.toml: "[[[", d: null, e.properties: "=\\n= ="}}
---
apiVersion: v1
kind: Pod
metadata: {annotations: [1]}
spec:
  volumes: [1, {configMap: text}, {projected: {sources: [1, {configMap: [1]}]}}, {configMap: {name: [1], items: 1}}]
  containers: [{envFrom: [1, {configMapRef: 1}], env: [1, {valueFrom: [1]}], args: {a: 1}, image: [1]}]
"""
    files = {
        "odd.yaml": odd,
        "compose.yml": "services: {a: 1, b: {build: [1]}}\n",
        "Dockerfile": "ENV\nCOPY\nFROM x\nENV\n",
    }
    assert all(one.message for one in judge(check, files))
