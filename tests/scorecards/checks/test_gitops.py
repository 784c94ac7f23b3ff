"""DOP-6.1-01 to DOP-6.1-03: Argo CD deploys by itself, within bounds, from revisions that stand still."""

import pytest

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Fleet
from tests.scorecards.checks.delivery import APPLICATION, DEPLOYMENT, KUSTOMIZATION, PROJECT, SOURCE, changed
from tests.scorecards.checks.judging import judge, verdict

RECONCILED, SCOPE, REVISION = (
    "production-reconciled-with-self-heal", "reconciler-scope-restricted", "reconciler-revision-immutable",
)  # fmt: skip
WORKFLOW = """\
name: release
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-24.04
    environment: production
    steps:
      - run: kubectl set image deployment/pay app=pay:2
"""
SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shops}
spec:
  generators: [{list: {elements: [{cluster: a}]}}]
  template:
    metadata: {name: "{{ cluster }}-shop"}
    spec:
      project: "{{ project }}"
      source: {repoURL: https://github.com/acme/pay, targetRevision: "{{ revision }}", path: deploy}
      destination: {name: "{{ cluster }}"}
      syncPolicy: {automated: {prune: true, selfHeal: true}}
"""


# ---------------------------------------------------------------- DOP-6.1-01


def reconciled(*pairs: tuple[str, str], **more: str) -> Outcome:
    files = {"app.yaml": changed(APPLICATION, *pairs)}
    return verdict(judge(RECONCILED, {**files, **{name.replace("__", "/"): text for name, text in more.items()}}))


def test_it_says_nothing_of_a_repository_that_deploys_nothing() -> None:
    assert judge(RECONCILED, {"main.py": "print()"}) == []


def test_it_passes_what_prunes_and_heals_itself() -> None:
    assert reconciled() == Outcome.PASS
    assert verdict(judge(RECONCILED, {"a.yaml": KUSTOMIZATION, "b.yaml": SOURCE})) == Outcome.PASS
    assert verdict(judge(RECONCILED, {"a.yaml": SET})) == Outcome.PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("selfHeal: true", "selfHeal: false"),
        ("{prune: true, selfHeal: true}", "{selfHeal: true}"),
        ("    automated: {prune: true, selfHeal: true}\n", ""),
        ("{prune: true, selfHeal: true}", "{enabled: false, prune: true, selfHeal: true}"),
        ("limit: 5", "limit: -1"),
    ],
)
def test_it_is_partial_where_synchronisation_is_cut_short(old: str, new: str) -> None:
    assert reconciled((old, new)) == Outcome.PARTIAL


def test_it_is_partial_where_something_deploys_past_the_reconciler() -> None:
    files = {"app.yaml": APPLICATION, ".github/workflows/release.yml": WORKFLOW}
    (finding,) = judge(RECONCILED, files)
    assert finding.outcome == Outcome.PARTIAL
    assert [(place.path, place.line) for place in finding.places] == [
        ("app.yaml", 1),
        (".github/workflows/release.yml", 8),
    ]


def test_it_fails_a_helm_upgrade_of_what_the_reconciler_owns() -> None:
    text = WORKFLOW.replace("kubectl set image deployment/pay app=pay:2", "helm upgrade --install pay-prod charts/pay")
    assert verdict(judge(RECONCILED, {"app.yaml": APPLICATION, ".github/workflows/x.yml": text})) == Outcome.FAIL


def test_it_fails_production_that_is_deployed_by_a_pipeline_alone() -> None:
    files = {".github/workflows/release.yml": WORKFLOW, "deployment.yaml": DEPLOYMENT}
    assert verdict(judge(RECONCILED, files)) == Outcome.FAIL
    fleet = Fleet(reconciled=frozenset({"acme/pay"}))
    assert verdict(judge(RECONCILED, files, name="acme/pay", fleet=fleet)) == Outcome.PARTIAL


@pytest.mark.parametrize(
    "text",
    [
        WORKFLOW.replace("environment: production", "environment: staging"),
        WORKFLOW.replace("- run", "- uses: helm/kind-action@v1\n      - run"),
        WORKFLOW.replace("kubectl set image deployment/pay app=pay:2", "kubectl apply --dry-run=server -f x.yaml"),
        WORKFLOW.replace("kubectl set image deployment/pay app=pay:2", "kubectl get pods"),
    ],
)
def test_it_leaves_other_environments_and_throw_away_clusters_alone(text: str) -> None:
    assert judge(RECONCILED, {".github/workflows/release.yml": text}) == []


def test_it_does_not_know_who_deploys_objects_that_nothing_here_deploys() -> None:
    files = {"deployment.yaml": DEPLOYMENT}
    assert verdict(judge(RECONCILED, files)) == Outcome.UNKNOWN
    fleet = Fleet(reconciled=frozenset({"acme/pay"}))
    assert verdict(judge(RECONCILED, files, name="acme/pay", fleet=fleet)) == Outcome.PASS


def test_it_does_not_ask_for_production_of_an_application_for_staging() -> None:
    text = changed(APPLICATION, ("pay-prod", "pay-staging"), ("selfHeal: true", "selfHeal: false"))
    assert judge(RECONCILED, {"app.yaml": text}) == []


# ---------------------------------------------------------------- DOP-6.1-02


def scope(*pairs: tuple[str, str], project: str = PROJECT, fleet: Fleet | None = None) -> Outcome:
    return verdict(judge(SCOPE, {"app.yaml": changed(APPLICATION, *pairs), "project.yaml": project}, fleet=fleet))


def test_it_says_nothing_without_an_application() -> None:
    assert judge(SCOPE, {"project.yaml": PROJECT}) == []
    assert judge(REVISION, {"project.yaml": PROJECT}) == []


def test_it_passes_a_project_that_names_sources_and_destinations() -> None:
    assert scope() == Outcome.PASS


def test_it_is_partial_where_the_project_is_unknown_or_partly_open() -> None:
    assert scope(project="") == Outcome.PARTIAL
    assert scope(project=changed(PROJECT, ('["https://github.com/acme/pay"]', '["*"]'))) == Outcome.PARTIAL
    assert scope(project=changed(PROJECT, ("  roles: [{name: deployers}]\n", ""))) == Outcome.PARTIAL


def test_it_fails_the_default_project_and_one_that_is_open_to_all() -> None:
    assert scope(("project: shop", "project: default")) == Outcome.FAIL
    assert scope(("  project: shop\n", "")) == Outcome.FAIL
    anywhere = "[{server: '*', namespace: '*'}]"
    opened = changed(PROJECT, ('["https://github.com/acme/pay"]', '["*"]'),
                     ("[{server: https://kubernetes.default.svc, namespace: pay}]", anywhere))  # fmt: skip
    assert scope(project=opened) == Outcome.FAIL


def test_it_asks_the_fleet_for_a_project_of_another_repository() -> None:
    assert scope(project="", fleet=Fleet(projects={"shop": ()})) == Outcome.PASS
    assert scope(project="", fleet=Fleet(projects={"shop": ("sources",)})) == Outcome.PARTIAL


def test_it_does_not_know_the_project_that_a_generator_names() -> None:
    assert verdict(judge(SCOPE, {"set.yaml": SET})) == Outcome.UNKNOWN


# ---------------------------------------------------------------- DOP-6.1-03


def revision(*pairs: tuple[str, str], name: str = "") -> Outcome:
    return verdict(judge(REVISION, {"apps/app.yaml": changed(APPLICATION, *pairs)}, name=name))


@pytest.mark.parametrize(
    "told", ["v1.4.2", "refs/tags/x", "8f3c2ab9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f", "release-1.4", "production"]
)
def test_it_passes_a_tag_a_commit_and_a_release_branch(told: str) -> None:
    assert revision(("v1.4.2", told)) == Outcome.PASS


@pytest.mark.parametrize("told", ["main", "develop", "v1.*", "feature/x"])
def test_it_is_partial_for_a_branch_that_moves_and_for_a_range(told: str) -> None:
    assert revision(("v1.4.2", told)) == Outcome.PARTIAL


def test_it_fails_head_and_no_revision_at_all() -> None:
    assert revision(("v1.4.2", "HEAD")) == Outcome.FAIL
    assert revision(("    targetRevision: v1.4.2\n", "")) == Outcome.FAIL


@pytest.mark.parametrize(
    ("version", "expected"), [("1.2.3", Outcome.PASS), ("1.x", Outcome.PARTIAL), ("'*'", Outcome.PARTIAL)]
)
def test_it_reads_the_version_of_a_chart(version: str, expected: Outcome) -> None:
    assert revision(("v1.4.2", version), ("path: deploy/production", "chart: pay")) == expected


def test_it_looks_for_the_path_where_the_source_is_this_repository() -> None:
    assert revision() == Outcome.PASS
    assert revision(name="acme/pay") == Outcome.FAIL
    files = {"apps/app.yaml": APPLICATION, "deploy/production/x.yaml": DEPLOYMENT}
    assert verdict(judge(REVISION, files, name="acme/pay")) == Outcome.PASS


def test_it_looks_for_values_files_of_an_own_source() -> None:
    helm = changed(APPLICATION, ("path: deploy/production", "path: chart\n    helm: {valueFiles: [prod.yaml]}"))
    files = {"apps/app.yaml": helm, "chart/Chart.yaml": "name: pay\nversion: 1.0.0\n"}
    assert verdict(judge(REVISION, files, name="acme/pay")) == Outcome.FAIL
    assert verdict(judge(REVISION, {**files, "chart/prod.yaml": "a: 1"}, name="acme/pay")) == Outcome.PASS


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/spec/replicas", Outcome.PASS),
        ("/webhooks/0/clientConfig/caBundle", Outcome.PASS),
        ("/spec/minReplicas", Outcome.PARTIAL),
        ("/spec/template/spec/containers/0/image", Outcome.PARTIAL),
        (".spec.template.spec.containers[].env", Outcome.PARTIAL),
        ("/spec", Outcome.PARTIAL),
    ],
)
def test_it_is_partial_where_an_exception_hides_drift(pointer: str, expected: Outcome) -> None:
    way = "jqPathExpressions" if pointer.startswith(".") else "jsonPointers"
    rule = f"  ignoreDifferences: [{{group: apps, kind: Deployment, {way}: ['{pointer}']}}]\n  syncPolicy:"
    assert revision(("  syncPolicy:", rule)) == expected


def test_it_lets_an_application_for_staging_follow_a_branch() -> None:
    assert revision(("pay-prod", "pay-staging"), ("v1.4.2", "main")) == Outcome.PASS


def test_it_does_not_know_the_revision_that_a_generator_names() -> None:
    assert verdict(judge(REVISION, {"set.yaml": SET})) == Outcome.UNKNOWN
