"""(pure) Versions of APIs, controllers and chart repositories that Kubernetes objects and charts refer to."""

from collections.abc import Iterator

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.charts import charts
from scorecards.reading.charts.dependencies import dependencies
from scorecards.reading.ends.images import of_image
from scorecards.reading.ends.used import Used
from scorecards.reading.ingresses import NGINX, NGINX_COMPANY, Ingress, of_manifest, of_values
from scorecards.reading.kinds import is_ingress_block
from scorecards.reading.kubernetes import Manifest, containers, manifests
from scorecards.reading.kubernetes.manifest import OPAQUE

_CONTROLLER = "k8s.io/ingress-nginx"
_CHOOSES = "Capabilities"
MAX_DEPTH = 3


def of_objects(tree: RepositoryTree) -> Iterator[Used]:
    """What the objects of a tree refer to."""
    for manifest in manifests(tree):
        yield from _api(tree, manifest)
        yield from _repositories(manifest)
    for container in containers(tree):
        look = container.look("image")
        if look.node is not None and not look.undecided:
            yield from of_image(look.node.text, look.node.place)
    yield from _controllers(tree)
    for chart in charts(tree):
        for one in dependencies(tree, chart):
            if one.repository and not one.is_local:
                yield _repository(one.repository, one.node.place_of("repository"))
            if one.name == "ingress-nginx":
                yield Used("controller", one.name, "", "the chart ingress-nginx", one.place)


def _api(tree: RepositoryTree, manifest: Manifest) -> Iterator[Used]:
    node = manifest.get("apiVersion")
    if node is None or not node.is_scalar or node.tag == OPAQUE or not node.text:
        return
    if manifest.origin == "chart" and _CHOOSES in (tree.text(node.path) or ""):
        return  # the template takes what the cluster serves
    text = f"{node.text[:80]} {manifest.kind[:60]}"
    yield Used("api", text, "", text, node.place)
    yield Used("api", node.text[:80], "", text, node.place)


# ---------------------------------------------------------------- repositories of charts


def _repositories(manifest: Manifest) -> Iterator[Used]:
    if manifest.kind == "HelmRepository":
        url = manifest.text_at("spec", "url")
        if url:
            yield _repository(url, manifest.place_of("spec", "url"))
    if manifest.kind == "HelmRelease" and manifest.text_at("spec", "chart", "spec", "chart") == "ingress-nginx":
        place = manifest.place_of("spec", "chart", "spec", "chart")
        yield Used("controller", "ingress-nginx", "", "the chart ingress-nginx", place)
    if manifest.kind == "Application":
        sources = [manifest.get("spec", "source"), *manifest.items_at("spec", "sources")]
        yield from (used for source in sources if source is not None for used in _source(source))


def _source(source: Node) -> Iterator[Used]:
    if source.text_at("chart") and source.text_at("repoURL"):
        yield _repository(source.text_at("repoURL"), source.place_of("repoURL"))
        if source.text_at("chart") == "ingress-nginx":
            yield Used("controller", "ingress-nginx", "", "the chart ingress-nginx", source.place_of("chart"))


def _repository(url: str, place: Place) -> Used:
    return Used("chart-repository", url.rstrip("/")[:200], "", url[:100], place)


# ---------------------------------------------------------------- controllers


def _controllers(tree: RepositoryTree) -> Iterator[Used]:
    declared = {one.name: one.text_at("spec", "controller") for one in manifests(tree, "IngressClass")}
    for ingress in _ingresses(tree):
        if _is_ingress_nginx(ingress, declared):
            yield Used("controller", "ingress-nginx", "", "the ingress class nginx", ingress.class_place)


def _ingresses(tree: RepositoryTree) -> Iterator[Ingress]:
    yield from map(of_manifest, manifests(tree, "Ingress"))
    for one in kinds.found(tree, "helm-values"):
        if one.root is not None:
            for block in _blocks(one.root):
                yield of_values(one.path, block)


def _blocks(root: Node) -> Iterator[Node]:
    """The ingress blocks near the top of a values file."""
    level = [root]
    for _ in range(MAX_DEPTH):
        for node in level:
            block = node.get("ingress")
            if block is not None and is_ingress_block(block):
                yield block
        level = [value for node in level for _, _, value in node.members() if value.is_mapping]


def _is_ingress_nginx(ingress: Ingress, declared: dict[str, str]) -> bool:
    if ingress.class_name in declared:
        return declared[ingress.class_name] == _CONTROLLER
    if any(name.startswith(NGINX_COMPANY) for name in ingress.annotations):
        return False
    return ingress.class_name.lower() == "nginx" or any(name.startswith(NGINX) for name in ingress.annotations)
