"""(pure) Actions, runners, images, runtimes, engines and tools that pipelines, builds and infrastructure refer to."""

import re
from collections.abc import Iterator

from ingest.repository.documents.hcl import Block
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.commands import deeds
from scorecards.reading.ends.images import of_image
from scorecards.reading.ends.used import Used
from scorecards.reading.lifecycle import Category, table
from scorecards.reading.pipelines import actions, pipelines
from scorecards.reading.pipelines.expressions import expansions
from scorecards.reading.pipelines.references import Reference, references

_SETUPS = {
    "actions/setup-node": ("node", "node-version"),
    "actions/setup-python": ("python", "python-version"),
    "actions/setup-go": ("golang", "go-version"),
    "actions/setup-dotnet": ("dotnet", "dotnet-version"),
    "ruby/setup-ruby": ("ruby", "ruby-version"),
    "shivammathur/setup-php": ("php", "php-version"),
}
_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,3})(?:\.[x*])?\Z")
# Resource types with the attributes that name engine and version.
_ENGINES = {"aws_db_instance": "rds-", "aws_rds_cluster": "", "aws_rds_cluster_instance": ""}
_CLUSTERS = {
    "aws_eks_cluster": ("eks", "version"),
    "aws_eks_node_group": ("eks", "version"),
    "google_container_cluster": ("gke", "min_master_version"),
    "azurerm_kubernetes_cluster": ("aks", "kubernetes_version"),
}
_PARAMETER = re.compile(r"(?i)(?:engine|database|db)?_?version\Z")
_PRODUCTS = {"postgres": "postgres", "mysql": "mysql", "mariadb": "mariadb", "redis": "redis", "mongo": "mongo"}


def of_code(tree: RepositoryTree) -> Iterator[Used]:
    """What pipelines, builds, compose files, scenarios and infrastructure refer to."""
    for reference in references(tree):
        yield from _reference(reference)
    yield from _setups(tree)
    yield from _builds(tree)
    known = {name for category, name in table() if category == "tool"}
    for deed in deeds(tree):
        if not known.isdisjoint(deed.words) and deed.tool in known:
            yield Used("tool", deed.tool, "", f"the command {deed.tool}", deed.place)
    yield from _infrastructure(tree)
    yield from _offers(tree)


# ---------------------------------------------------------------- pipelines


def _reference(reference: Reference) -> Iterator[Used]:
    match reference.kind:
        case "image":
            yield from of_image(reference.text, reference.place)
        case "runner":
            yield Used("runner", reference.name, "", f"the runner {reference.name[:60]}", reference.place)
        case "action":
            version = reference.told if reference.firmness == "hash" else reference.version
            number = version if version.lstrip("vV")[:1].isdigit() else ""
            name = "/".join(reference.name.split("/")[:2])
            shown = f"{name}@{version}"[:80] if version else name
            yield Used("action", name, number, shown, reference.place)


def _setups(tree: RepositoryTree) -> Iterator[Used]:
    """The versions of runtimes that steps ask for."""
    for pipeline in [*pipelines(tree), *actions(tree)]:
        for job in pipeline.jobs:
            for step in job.steps:
                runtime, name = _SETUPS.get(step.action, ("", ""))
                given = step.with_.get(name) if name else None
                for text in expansions(given.text, job.matrix) if given is not None else ():
                    yield from _runtime(runtime, text, Place(step.path, given.line if given is not None else step.line))


def _runtime(runtime: str, text: str, place: Place) -> Iterator[Used]:
    for line in text.split("\n")[:20]:
        number = _VERSION.match(line.strip()[:40])
        if number is not None:
            yield Used("image", runtime, number[1], f"{runtime} {number[1]}", place)


# ---------------------------------------------------------------- builds


def _builds(tree: RepositoryTree) -> Iterator[Used]:
    for one in kinds.found(tree, "docker"):
        parsed = tree.dockerfile(one.path)
        for stage in parsed.stages if parsed is not None else ():
            if stage.is_resolved and parsed is not None and parsed.base_of(stage) is None:
                yield from of_image(stage.image, Place(one.path, stage.line))
    for one in kinds.found(tree, "compose"):
        services = one.root.get("services") if one.root is not None else None
        for _, _, service in services.members() if services is not None else ():
            yield from of_image(service.text_at("image"), service.place_of("image"))


# ---------------------------------------------------------------- infrastructure


def _infrastructure(tree: RepositoryTree) -> Iterator[Used]:
    for one in kinds.found(tree, "tf"):
        parsed = tree.hcl(one.path) if not one.path.endswith(".json") else None
        for block in parsed.body.blocks_of("resource") if parsed is not None else ():
            yield from _resource(one.path, block)


def _resource(path: str, block: Block) -> Iterator[Used]:
    kind, body = block.label, block.body
    if kind in _ENGINES:
        engine, version = body.text("engine"), body.text("engine_version")
        name = f"{_ENGINES[kind]}{engine}"
        yield from _engine("engine", name, version, f"{engine} {version}", Place(path, body.line_of("engine_version")))
    elif kind in _CLUSTERS:
        name, attribute = _CLUSTERS[kind]
        version = body.text(attribute)
        yield from _engine("engine", name, version, f"Kubernetes {version}", Place(path, body.line_of(attribute)))
    elif kind == "aws_lambda_function":
        runtime = body.text("runtime")
        yield from _engine("engine", "lambda", runtime, f"the runtime {runtime}", Place(path, body.line_of("runtime")))


def _engine(category: Category, name: str, version: str, text: str, place: Place) -> Iterator[Used]:
    if name and version:
        yield Used(category, name[:60], version[:40], text[:80], place)


def _offers(tree: RepositoryTree) -> Iterator[Used]:
    """The versions of engines that a self-service template lets its users choose."""
    for one in kinds.found(tree, "platform-doc"):
        root = one.root
        if root is None:
            continue
        about = f"{root.text_at('metadata', 'name')} {root.text_at('metadata', 'description')}".lower()[:500]
        for parameter in root.items_at("spec", "parameters"):
            told = f"{parameter.text_at('description')} {about}".lower()[:1000]
            product = next((name for word, name in _PRODUCTS.items() if word in told), "")
            if product and _PARAMETER.match(parameter.text_at("name")[:60]):
                for item in [*parameter.items_at("enum"), *parameter.items_at("default")]:
                    yield Used("image", product, item.text[:20], f"{product} {item.text[:20]}", item.place)
