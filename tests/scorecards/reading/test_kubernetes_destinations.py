"""Namespaces that deployers give."""

from ingest.repository.memory import tree_of
from scorecards.reading.kubernetes import destinations, manifests

JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\n"
APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  source: {{repoURL: https://example.org/x.git, path: {path}}}
  destination: {{namespace: {namespace}}}
"""


def application(path: str, namespace: str, name: str = "a") -> str:
    return APPLICATION.format(path=path, namespace=namespace, name=name)


def job_of(files: dict[str, str]) -> tuple[str, bool]:
    (job,) = manifests(tree_of(files), "Job")
    return job.namespace, job.namespace_known


def test_it_gives_an_application_s_namespace_to_objects_without_one() -> None:
    assert job_of({"apps/x/job.yaml": JOB, "argo/a.yaml": application("apps/x", "pay")}) == ("pay", True)


def test_it_leaves_the_namespace_that_an_object_names() -> None:
    named = JOB.replace("{name: once}", "{name: once, namespace: own}")
    assert job_of({"apps/x/job.yaml": named, "argo/a.yaml": application("apps/x", "pay")}) == ("own", True)


def test_it_does_not_know_where_two_deployers_disagree() -> None:
    files = {
        "apps/x/job.yaml": JOB,
        "argo/a.yaml": application("apps/x", "pay"),
        "argo/b.yaml": application("apps/x/", "shop", "b"),
    }
    assert job_of(files) == ("", False)


def test_it_does_not_look_into_folders_below_unless_told() -> None:
    files = {"apps/x/deep/job.yaml": JOB, "argo/a.yaml": application("apps/x", "pay")}
    assert job_of(files) == ("", True)
    recursive = files["argo/a.yaml"].replace("path: apps/x", "path: apps/x, directory: {recurse: true}")
    assert job_of(files | {"argo/a.yaml": recursive}) == ("pay", True)


def test_it_moves_what_flux_moves() -> None:
    flux = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, targetNamespace: prod}
"""
    named = JOB.replace("{name: once}", "{name: once, namespace: own}")
    assert job_of({"apps/x/job.yaml": named, "clusters/apps.yaml": flux}) == ("prod", True)


def test_it_gives_charts_and_overlays_their_namespace() -> None:
    files = {
        "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        "charts/web/templates/job.yaml": JOB,
        "over/kustomization.yaml": "resources: [cron.yaml]",
        "over/cron.yaml": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\n",
        "argo/a.yaml": application("charts/web", "pay"),
        "argo/b.yaml": application("over", "shop", "b"),
    }
    found = manifests(tree_of(files), "Job", "CronJob")
    assert [(one.kind, one.namespace, one.namespace_known) for one in found] == [
        ("Job", "pay", True),
        ("CronJob", "shop", True),
    ]


def test_it_ignores_what_is_templated_or_not_here() -> None:
    files = {
        "apps/x/job.yaml": JOB,
        "argo/a.yaml": application("elsewhere", "pay"),
        "argo/b.yaml": application("'{{path}}'", "pay"),
        "argo/c.yaml": application(".", "pay"),
        "argo/d.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: [1]\n",
        "argo/e.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {template: 3}\n",
    }
    assert destinations(tree_of(files)) == {}
    assert job_of(files) == ("", True)
