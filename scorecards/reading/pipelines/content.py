"""(pure) What a repository holds, as far as it says what its pipelines must do."""

from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds

_SOURCES = (
    "**/*.rs", "**/*.rb", "**/*.php", "**/*.c", "**/*.cc", "**/*.cpp", "**/*.swift", "**/*.scala", "**/*.ex",
    "**/*.jsx", "**/*.tsx", "**/*.vue", "**/*.mjs", "**/*.dart", "**/*.clj", "**/*.hs", "**/*.erl", "**/*.pl",
)  # fmt: skip
_HOLDS = ("app-src", "tf", "k8s", "docker", "helm-chart", "ans-play", "ans-tasks", "helm-tpl", "kustomization")
_SHIPS = ("docker", "helm-chart", "argocd", "flux")
_PACKAGES = ("pyproject.toml", "setup.py", "package.json", "pom.xml", "Cargo.toml", "go.mod", "build.gradle",
             "build.gradle.kts", "*.gemspec", "composer.json", "*.csproj")  # fmt: skip


def holds_code(tree: RepositoryTree) -> bool:
    """Whether there is source code, infrastructure code or a manifest: more than documents."""
    return any(kinds.has(tree, kind) for kind in _HOLDS) or bool(tree.files(*_SOURCES))


def ships(tree: RepositoryTree) -> bool:
    """Whether the repository makes something that is deployed: an image, a chart, workloads, reconciled objects."""
    return any(kinds.has(tree, kind) for kind in _SHIPS) or _has_workload(tree)


def builds(tree: RepositoryTree) -> bool:
    """Whether there is something to build: a package, an image, a chart. Plain configuration is used as it is."""
    return kinds.has(tree, "docker") or kinds.has(tree, "helm-chart") or bool(tree.files(*_PACKAGES, "**/pom.xml"))


def reconciled(tree: RepositoryTree) -> bool:
    """Whether objects here let a reconciler deploy, so that no pipeline has to."""
    return kinds.has(tree, "argocd") or kinds.has(tree, "flux")


def _has_workload(tree: RepositoryTree) -> bool:
    named = ("Deployment", "StatefulSet", "DaemonSet", "Rollout", "CronJob")
    return any(found.root is not None and found.root.text_at("kind") in named for found in kinds.found(tree, "k8s"))


def releases(tree: RepositoryTree) -> bool:
    """Whether the repository makes something with a version: also a package, a library or a module."""
    return ships(tree) or bool(tree.files(*_PACKAGES)) or bool(tree.files("main.tf", "galaxy.yml", "meta/main.yml"))
