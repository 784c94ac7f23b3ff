"""What is still maintained. Definition: DOP-9.2-02."""

from collections.abc import Mapping
from datetime import date

import pytest

from scorecards.checks.finding import Finding, Outcome
from tests.scorecards.checks.judging import judge

CHECK = "tools-still-maintained"
FAIL, PARTIAL, PASS = Outcome.FAIL, Outcome.PARTIAL, Outcome.PASS


def one(files: Mapping[str, str], as_of: date = date(2026, 11, 23)) -> Finding:
    found = judge(CHECK, files, as_of=as_of)
    assert len(found) == 1
    return found[0]


def workflow(*steps: str, runner: str = "ubuntu-24.04") -> dict[str, str]:
    text = f"on: push\njobs:\n  a:\n    runs-on: {runner}\n    steps:\n" + "".join(
        f"      - {step}\n" for step in steps
    )
    return {".github/workflows/a.yml": text}


def pod(image: str) -> dict[str, str]:
    return {"a.yaml": f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n    - image: {image}\n"}


def obj(api: str, kind: str, spec: str = "{}") -> dict[str, str]:
    return {"a.yaml": f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n"}


ENDED = [
    (workflow("uses: actions/upload-artifact@v3"), "actions/upload-artifact@v3"),
    (workflow("uses: actions/upload-artifact@" + "0a" * 20 + " # v3.1.2"), "actions/upload-artifact"),
    (workflow("uses: actions/create-release@v1"), "actions/create-release"),
    (workflow("run: make", runner="ubuntu-20.04"), "ubuntu-20.04"),
    (workflow("uses: actions/setup-node@v4\n        with: {node-version: 16}"), "node 16"),
    (workflow("run: tslint ."), "tslint"),
    (pod("node:16-alpine"), "node:16-alpine"),
    (pod("docker.io/library/postgres:12.4"), "postgres:12.4"),
    (pod("python:3.12-slim-buster"), "python:3.12-slim-buster"),
    (pod("ghcr.io/acme/shop:1.2-alpine3.15"), "alpine3.15"),
    (pod("ubuntu:18.04"), "ubuntu:18.04"),
    (pod("mcr.microsoft.com/dotnet/aspnet:6.0"), "dotnet"),
    (pod("k8s.gcr.io/pause:3.9"), "k8s.gcr.io"),
    (pod("bitnami/redis:7.2.1"), "bitnami/redis"),
    ({"Dockerfile": "ARG V=14\nFROM node:${V}\n"}, "node:14"),
    ({"docker-compose.yml": "services:\n  db:\n    image: mysql:5.7\n"}, "mysql:5.7"),
    ({"molecule/default/molecule.yml": "platforms:\n  - image: 'acme/${D:-centos7}:1'\n"}, "centos7"),
    (obj("policy/v1beta1", "PodDisruptionBudget"), "policy/v1beta1 PodDisruptionBudget"),
    (obj("extensions/v1beta1", "Ingress"), "extensions/v1beta1 Ingress"),
    (obj("source.toolkit.fluxcd.io/v1beta2", "GitRepository"), "source.toolkit.fluxcd.io/v1beta2"),
    (obj("source.toolkit.fluxcd.io/v1", "HelmRepository", "{url: 'https://charts.helm.sh/stable/'}"), "charts.helm.sh"),
    (obj("networking.k8s.io/v1", "Ingress", "{ingressClassName: nginx}"), "ingress class nginx"),
    (
        {
            "c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
            "c/values.yaml": "ingress:\n  className: nginx\n  hosts: [{host: a.b}]\n",
        },
        "ingress class nginx",
    ),
    (
        {
            "c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n  - name: redis\n"
            "    version: 1.0.0\n    repository: https://charts.bitnami.com/bitnami\n"
        },
        "charts.bitnami.com",
    ),
    (
        {"a.tf": 'resource "aws_db_instance" "a" {\n  engine = "postgres"\n  engine_version = "12.9"\n}\n'},
        "postgres 12.9",
    ),
    ({"a.tf": 'resource "aws_lambda_function" "a" {\n  runtime = "python3.8"\n}\n'}, "python3.8"),
    ({"a.tf": 'resource "aws_eks_cluster" "a" {\n  version = "1.27"\n}\n'}, "Kubernetes 1.27"),
    (
        {
            "platform/a.yaml": "kind: ResourceTemplate\napiVersion: a/v1\nmetadata: {name: postgres}\nspec:\n"
            "  parameters:\n    - name: version\n      enum: ['12', '18']\n"
        },
        "postgres 12",
    ),
]


@pytest.mark.parametrize(("files", "told"), ENDED, ids=[told for _, told in ENDED])
def test_what_has_ended_fails_with_its_day_and_successor(files: Mapping[str, str], told: str) -> None:
    found = one(files)
    assert found.outcome is FAIL
    assert told in found.message
    assert any(" ended on 20" in note and ": use " in note for note in found.notes)
    assert found.places[0].line


@pytest.mark.parametrize(
    "files",
    [
        {},
        workflow("uses: actions/upload-artifact@v4", "uses: acme/unknown@v1", "uses: actions/upload-artifact@main"),
        workflow("uses: actions/upload-artifact@" + "0a" * 20),
        pod("node:24-alpine"),
        pod("node"),
        pod("python:3"),
        pod("ghcr.io/acme/node:16"),
        pod("$IMAGE:16"),
        pod("bitnami/sealed-secrets-controller:0.30.0"),
        obj("policy/v1", "PodDisruptionBudget"),
        obj("networking.k8s.io/v1", "Ingress", "{ingressClassName: traefik}"),
        {"a.tf": 'resource "aws_db_instance" "a" {\n  engine = var.e\n  engine_version = "12"\n}\n'},
        {"vendor/a/Dockerfile": "FROM node:14\n"},
        {"Dockerfile": "FROM node:24 AS base\nFROM base\n"},
    ],
)
def test_what_lives_or_is_not_known_passes(files: Mapping[str, str]) -> None:
    assert one(files).outcome is PASS


def test_what_ends_within_180_days_is_partial() -> None:
    found = one(pod("node:18"), date(2025, 1, 1))
    assert found.outcome is PARTIAL
    assert "ends on 2025-04-30: use node 24" in found.notes[0]
    assert one(pod("node:18"), date(2024, 10, 1)).outcome is PASS
    assert one(pod("node:18"), date(2025, 4, 30)).outcome is FAIL


def test_an_ingress_of_another_controller_with_nginx_in_its_name_passes() -> None:
    text = (
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\n"
        "spec: {controller: nginx.org/ingress-controller}\n---\n"
    )
    files = {"a.yaml": text + obj("networking.k8s.io/v1", "Ingress", "{ingressClassName: nginx}")["a.yaml"]}
    assert one(files).outcome is PASS


def test_a_template_that_asks_the_cluster_may_hold_old_versions() -> None:
    files = {
        "c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        "c/templates/a.yaml": "{{- if .Capabilities.APIVersions.Has `policy/v1` }}\napiVersion: policy/v1\n"
        "{{- else }}\napiVersion: policy/v1beta1\n{{- end }}\nkind: PodDisruptionBudget\nmetadata:\n  name: a\n",
    }
    assert one(files).outcome is PASS


def test_it_tells_the_longest_ended_first_and_each_place_once() -> None:
    files = {"Dockerfile": "FROM node:14\nFROM node:14\nFROM python:2.7\n"}
    found = one(files)
    assert [place.line for place in found.places] == [3, 1, 2]
    assert len(found.notes) == 2
