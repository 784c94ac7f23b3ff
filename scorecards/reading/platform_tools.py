"""(pure) Which tools a repository deploys or uses, by the names that people give them."""

from collections.abc import Iterator
from functools import cache

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.kubernetes import manifests
from scorecards.reading.pipelines import pipelines

# Every name of a tool, the usual one first.
_ALIASES = (
    ("opa", "gatekeeper", "open-policy-agent", "opa-gatekeeper"),
    ("argocd", "argo-cd", "argo cd", "argo"),
    ("flux", "fluxcd", "flux2"),
    ("github", "github-actions", "github actions", "gha", "actions"),
    ("gitlab", "gitlab-ci", "gitlab ci"),
    ("azure", "azure-pipelines", "azure devops", "azure-devops"),
    ("prometheus", "kube-prometheus-stack", "prometheus-operator", "kube-prometheus"),
    ("loki", "loki-stack", "loki-distributed"),
    ("tempo", "tempo-distributed"),
    ("grafana", "grafana-operator"),
    ("vault", "hashicorp-vault", "hashicorp vault", "vault-secrets-operator"),
    ("trivy", "trivy-operator", "aquasecurity-trivy"),
    ("external-secrets", "external-secrets-operator", "eso"),
    ("crossplane", "upbound", "universal-crossplane"),
    ("terraform", "opentofu", "tofu"),
    ("tekton", "tekton-pipelines", "tekton-pipeline"),
    ("istio", "istiod", "istio-base"),
    ("jenkins", "jenkins-x"),
)
_GROUPS = {
    "crossplane.io": "crossplane", "kyverno.io": "kyverno", "gatekeeper.sh": "opa", "tekton.dev": "tekton",
    "argoproj.io": "argocd", "fluxcd.io": "flux", "istio.io": "istio", "linkerd.io": "linkerd",
    "coreos.com": "prometheus",
    "cert-manager.io": "cert-manager", "external-secrets.io": "external-secrets", "hashicorp.com": "vault",
    "bitnami.com": "sealed-secrets", "flagger.app": "flagger", "chaos-mesh.org": "chaos-mesh", "velero.io": "velero",
    "integreatly.org": "grafana", "jaegertracing.io": "jaeger", "opentelemetry.io": "opentelemetry",
    "aquasecurity.github.io": "trivy", "backstage.io": "backstage", "keda.sh": "keda", "kargo.akuity.io": "kargo",
}  # fmt: skip
_ACTIONS = {"aquasecurity/trivy-action": "trivy", "hashicorp/vault-action": "vault", "snyk/actions": "snyk",
            "github/codeql-action": "codeql", "sonarsource/sonarqube-scan-action": "sonarqube"}  # fmt: skip


def tool_name(written: str) -> str:
    """The usual name of a tool, lower case."""
    name = written.strip().lower()
    return _by_name().get(name, name.replace(" ", "-").replace("_", "-"))


@cache
def _by_name() -> dict[str, str]:
    return {alias: names[0] for names in _ALIASES for alias in names}


def tools_used(tree: RepositoryTree) -> frozenset[str]:
    """The usual names of the tools that are deployed or used here."""
    return tree.derive(_tools_used)


def _tools_used(tree: RepositoryTree) -> frozenset[str]:
    return frozenset(tool_name(name) for name in (*_deployed(tree), *_objects(tree), *_pipelines(tree), *_code(tree)))


def _deployed(tree: RepositoryTree) -> Iterator[str]:
    """What Argo CD and Flux install: the names of charts and releases."""
    for one in manifests(tree, "Application", "ApplicationSet", "HelmRelease"):
        for way, node in one.root.walk(lambda node: node.is_scalar):
            if way and way[-1] == "chart" and node.text:
                yield node.text.rpartition("/")[2][:100]
        if one.text_at("spec", "source", "chart") or one.kind == "HelmRelease":
            yield one.name


def _objects(tree: RepositoryTree) -> Iterator[str]:
    for group in {one.group for one in manifests(tree)}:
        yield from (name for ending, name in _GROUPS.items() if group == ending or group.endswith("." + ending))


def _pipelines(tree: RepositoryTree) -> Iterator[str]:
    for pipeline in pipelines(tree):
        yield pipeline.system
        for step in pipeline.steps:
            yield from (name for action, name in _ACTIONS.items() if step.action.startswith(action))


def _code(tree: RepositoryTree) -> Iterator[str]:
    if kinds.has(tree, "tf"):
        yield "terraform"
    for found in kinds.found(tree, "tf"):
        text = tree.text(found.path) or ""
        if "helm_release" not in text:
            continue
        file = tree.hcl(found.path)
        for block in file.body.blocks_of("resource", "helm_release") if file is not None else ():
            yield block.body.text("chart").rpartition("/")[2][:100]
