"""What a repository tells the fleet."""

from collections.abc import Mapping
from datetime import date

import orjson
import pytest

from ingest.repository.memory import tree_of
from scorecards.reading import inventory as module
from scorecards.reading.inventory import inventory
from scorecards.reading.subject import Subject
from tests.shared import SHARED, samples

DAY = date(2026, 11, 23)


def told(files: Mapping[str, str | bytes]) -> dict:
    return inventory(Subject(tree_of(files), DAY, name="acme/pay"))


def test_it_is_empty_for_an_empty_repository():
    assert not any(value for name, value in told({}).items())


def test_it_names_entities_services_and_workloads():
    found = told(
        {
            "catalog-info.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: Pay}\n"
            "spec: {type: service, lifecycle: production, owner: team-pay}\n",
            "k8s/pay.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: pay, namespace: shop}\n---\n"
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay, namespace: shop}\n"
            "spec: {template: {spec: {containers: [{name: pay, image: pay:1}]}}}\n",
        }
    )
    assert found["entities"] == ["component:default/pay"]
    assert found["services"] == ["pay.shop"]
    assert found["workloads"] == ["shop/pay"]


def test_it_leaves_out_objects_without_a_namespace():
    found = told({"k8s/pay.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: pay}\n"})
    assert found["services"] == []


def test_it_tells_projects_with_what_they_leave_open_and_what_is_reconciled():
    project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: Shop}\n"
    application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: pay}\n"
    found = told(
        {
            "argo/project.yaml": project + "spec: {sourceRepos: ['*'], destinations: []}\n",
            "argo/pay.yaml": application + "spec: {source: {repoURL: 'https://git.example/Acme/Pay.git', path: k8s}}\n",
        }
    )
    assert found["projects"] == {"shop": ["sources"]}
    assert found["reconciled"] == ["acme/pay"]


def test_it_knows_metrics_of_source_code_and_rules():
    found = told(
        {
            "app/metrics.py": 'paid = Counter("payments_done", "Payments")\n',
            "main.go": 'prometheus.CounterOpts{Namespace: "pay", Subsystem: "db", Name: "calls", Help: ""}\n',
            "rules.yaml": "groups:\n- name: a\n  rules:\n  - record: job:pay:rate5m\n    expr: sum(up)\n",
        }
    )
    assert {"payments_done_total", "pay_db_calls", "job:pay:rate5m"} <= set(found["metrics"])


def test_it_lists_pages_and_folders_with_a_front_page():
    assert told({"docs/runbooks/README.md": "# Runbooks\n"})["runbooks"] == ["docs/runbooks", "docs/runbooks/README.md"]


@pytest.mark.parametrize(
    "text", ["[]", "kind: []", "- 1\n- {kind: {a: b}}", "\0", "apiVersion: 1\nkind: AppProject\nspec: 3"]
)
def test_it_survives_odd_files(text):
    found = told({"a.yaml": text, "catalog-info.yaml": text, ".github/workflows/a.yaml": text, "b.json": text})
    assert "left_out" not in found
    orjson.dumps(found)


def test_it_names_a_part_that_could_not_be_read(monkeypatch, caplog):
    def broken(subject: Subject) -> list[str]:
        raise ValueError("odd")

    monkeypatch.setitem(module.PARTS, "tools", broken)
    found = told({})
    assert found["left_out"] == ["tools"]
    assert "tools" not in found
    assert "tools" in caplog.text


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the larger data is not beside the checkout")
def test_it_reads_the_samples_of_the_standard():
    found = inventory(Subject(samples(), DAY, name="company/platform"))
    assert found["reconciled"] == ["company/payment-service"]
    assert found["slo_services"] == {"payment-service": ["availability", "latency"]}
    assert "vault" in found["tools"]
    assert "left_out" not in found
