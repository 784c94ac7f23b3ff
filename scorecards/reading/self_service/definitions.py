"""(pure) Definitions of self-service resources in every form: an organisation's own, Crossplane, kro, Backstage."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.kubernetes.manifest import texts
from scorecards.reading.subject import Subject
from scorecards.reading.templates.golden import pages_of
from scorecards.reading.templates.parameters import Parameter, of_list, of_schema, of_simple
from scorecards.reading.templates.skeletons import in_skeleton

Form = Literal["own", "xrd", "kro", "backstage"]
_RESOURCE_TYPES = frozenset(
    {"resource", "infrastructure", "database", "bucket", "queue", "cache", "cluster", "storage"}
)
# Kinds of objects that keep data, of whatever operator or provider.
_STATEFUL = re.compile(
    r"(?i)(?:postgres|mysql|maria|mongo|redis|valkey|elasti|opensearch|kafka|rabbit|cassandra|cockroach|memcached|sql"
    r"|database|rds|dynamodb|dbinstance|dbcluster|bucket|volume|filesystem|statefulset|persistentvolumeclaim|queue|topic"
    r"|spanner|firestore|documentdb|neptune|cosmosdb|storageaccount|replicationgroup)"
)
# Kinds that mean something stateful in these groups alone.
_STATEFUL_KINDS = ("Cluster", "Instance", "Table", "ServerlessCache", "GlobalTable")
_STATEFUL_GROUPS = (
    "postgresql.cnpg.io",
    "acid.zalan.do",
    "rds.",
    "dynamodb.",
    "s3.",
    "elasticache.",
    "kafka.strimzi.io",
)


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """``resources`` are the objects that it makes; none where they are made by code or elsewhere.

    ``opaque``: functions in code make them. ``parameters_at`` is where its parameters stand.
    """

    form: Form
    unit: str
    name: str
    root: Node
    parameters: tuple[Parameter, ...]
    parameters_at: Place
    resources: tuple[Node, ...] = ()
    compositions: tuple[Node, ...] = ()
    opaque: bool = False
    closed: bool = True  # whether a parameter that is not declared can't be given

    @property
    def place(self) -> Place:
        return self.root.place

    @property
    def is_stateful(self) -> bool:
        """Whether it makes something that keeps data; where its resources are not seen, by its name."""
        if self.resources:
            return any(_is_stateful(one) for one in self.resources)
        return bool(_STATEFUL.search(self.name[:300]))

    def __hash__(self) -> int:
        return id(self)


def definitions(subject: Subject) -> list[Definition]:
    """The definitions of a repository, in the tree's order."""
    return subject.tree.derive(_definitions, subject.options.resource_kinds)


def _definitions(tree: RepositoryTree, own_kinds: tuple[str, ...]) -> list[Definition]:
    return [*_own(tree, own_kinds), *_crossplane(tree), *_kro(tree), *_backstage(tree)]


def _is_stateful(resource: Node) -> bool:
    version = resource.text_at("apiVersion")
    named = resource.text_at("kind")[:200]
    return bool(_STATEFUL.search(named)) or (named in _STATEFUL_KINDS and version.startswith(_STATEFUL_GROUPS))


def _documents(tree: RepositoryTree, kind: str) -> Iterator[Node]:
    for found in kinds.found(tree, kind):
        if found.root is not None and not in_skeleton(tree, found.path):
            yield found.root


def _title(root: Node) -> str:
    return root.text_at("metadata", "name")[:200] or "?"


# ---------------------------------------------------------------- an organisation's own kind


def _own(tree: RepositoryTree, own_kinds: tuple[str, ...]) -> Iterator[Definition]:
    for root in _documents(tree, "k8s"):
        if root.text_at("kind") in own_kinds:
            found = root.get("spec", "parameters")
            parameters = _of_own(found) if found is not None else []
            resources = tuple(node for node in root.items_at("spec", "resources")[:200] if node.is_mapping)
            where = root.place_of("spec", "parameters")
            name = _title(root)
            yield Definition("own", f"{root.text_at('kind')} {name}", name, root, tuple(parameters), where, resources)


def _of_own(node: Node) -> list[Parameter]:
    if node.is_sequence:
        return of_list(node.items())
    if node.has("properties"):
        return of_schema(node)
    return of_schema(_wrapped(node))


def _wrapped(node: Node) -> Node:
    """A mapping of names to schemas as the properties of one."""
    whole = Node("mapping", node.path, node.line)
    whole.entries["properties"] = (node, node)
    return whole


# ---------------------------------------------------------------- Crossplane


def _crossplane(tree: RepositoryTree) -> Iterator[Definition]:
    documents = list(_documents(tree, "crossplane"))
    compositions: dict[str, list[Node]] = {}
    for root in documents:
        if root.text_at("kind") == "Composition":
            reference = root.get("spec", "compositeTypeRef")
            group = reference.text_at("apiVersion").partition("/")[0] if reference is not None else ""
            compositions.setdefault(f"{root.text_at('spec', 'compositeTypeRef', 'kind')}.{group}", []).append(root)
    for root in documents:
        if root.text_at("kind") == "CompositeResourceDefinition":
            key = f"{root.text_at('spec', 'names', 'kind')}.{root.text_at('spec', 'group')}"
            yield _xrd(root, compositions.get(key, []))


def _xrd(root: Node, compositions: list[Node]) -> Definition:
    versions = root.items_at("spec", "versions")
    served = next((one for one in versions if (flag := one.get("referenceable")) and flag.is_true), None)
    version = served or (versions[-1] if versions else None)
    schema = version.get("schema", "openAPIV3Schema", "properties", "spec") if version is not None else None
    parameters = of_schema(schema) if schema is not None else []
    resources = tuple(one for each in compositions for one in _composed(each))
    opaque = any(_runs_code(each) for each in compositions)
    place = schema.place if schema is not None else root.place_of("spec", "versions")
    name = _title(root)
    return Definition(
        "xrd", f"XRD {name}", name, root, tuple(parameters), place, resources, tuple(compositions), opaque,
        closed=not (schema is not None and schema.has("x-kubernetes-preserve-unknown-fields")),
    )  # fmt: skip


def _composed(composition: Node) -> Iterator[Node]:
    """The base objects of a composition, of either mode."""
    lists = [composition.items_at("spec", "resources")]
    lists += [step.items_at("input", "resources") for step in composition.items_at("spec", "pipeline")[:50]]
    for each in (one for items in lists for one in items[:200]):
        base = each.get("base")
        if base is not None and base.is_mapping:
            yield base


def _runs_code(composition: Node) -> bool:
    """Whether functions other than the ones that patch and mark ready make the objects."""
    names = [step.text_at("functionRef", "name") for step in composition.items_at("spec", "pipeline")[:50]]
    return any(not re.search(r"patch-and-transform|auto-ready|environment-configs|sequencer", name) for name in names)


# ---------------------------------------------------------------- kro and Backstage


def _kro(tree: RepositoryTree) -> Iterator[Definition]:
    for root in _documents(tree, "crossplane"):
        if root.text_at("kind") == "ResourceGraphDefinition":
            schema = root.get("spec", "schema", "spec")
            parameters = tuple(of_simple(schema)) if schema is not None else ()
            templates = (one.get("template") for one in root.items_at("spec", "resources")[:200])
            resources = tuple(one for one in templates if one is not None and one.is_mapping)
            name = _title(root)
            where = root.place_of("spec", "schema", "spec")
            yield Definition("kro", f"ResourceGraphDefinition {name}", name, root, parameters, where, resources)


def _backstage(tree: RepositoryTree) -> Iterator[Definition]:
    for root in _documents(tree, "scaffolder"):
        words = {root.text_at("spec", "type").lower(), *texts(root.get("metadata", "labels")).values()}
        if root.text_at("kind") == "Template" and not words.isdisjoint(_RESOURCE_TYPES):
            parameters = tuple(one for page in pages_of(root) for one in of_schema(page))
            name = _title(root)
            where = root.place_of("spec", "parameters")
            yield Definition("backstage", f"template {name}", name, root, parameters, where)
