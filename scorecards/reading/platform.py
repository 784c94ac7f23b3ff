"""(pure) The description of a platform: its capability areas, and the tools that it names for each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.catalogue import Entity, entities
from scorecards.reading.kubernetes import manifests
from scorecards.reading.subject import Subject
from scorecards.reading.templates.skeletons import in_skeleton

AREAS = ("portal", "pipelines", "provisioning", "observability", "security", "self-service")
_KEYS = {
    "portal": "portal developer_portal developerportal idp catalog catalogue service_catalog",
    "pipelines": "ci_cd cicd ci cd pipelines pipeline delivery continuous_integration "
    "continuous_delivery deployment gitops",
    "provisioning": "infrastructure provisioning iac infra infrastructure_as_code cloud",
    "observability": "observability monitoring metrics logs logging traces tracing dashboards",
    "security": "security policy policies secrets scanning secret_management policy_engine",
    "self-service": "self_service selfservice templates golden_paths scaffolding",
}  # fmt: skip
_AREA_OF = {key: area for area, keys in _KEYS.items() for key in keys.split()}
_WORDS = {
    "portal": r"portal|backstage|catalog",
    "pipelines": r"pipelines?|ci|cd|ci-?cd|tekton|jenkins|argo-?cd|argo|gitops|flux|delivery",
    "provisioning": r"provisioning|infrastructure|crossplane|terraform|iac|pulumi",
    "observability": r"observability|monitoring|metrics|logging|tracing|prometheus|grafana|loki|tempo|jaeger",
    "security": r"security|policy|policies|secrets?|scanning|vault|trivy|opa|kyverno|gatekeeper",
    "self-service": r"self-?service|templates?|scaffolder|golden-?paths?",
}
_AREA_WORDS = {area: re.compile(rf"(?i)(?:^|[^a-z])(?:{words})(?:$|[^a-z])") for area, words in _WORDS.items()}
# Members that describe a tool and name none.
_NO_TOOLS = frozenset(
    {"version", "name", "url", "owner", "description", "enabled", "namespace", "features", "integrations", "providers",
     "status", "team", "link", "docs", "replicas", "region", "chart", "notes", "retention"}
)  # fmt: skip
_TOOL_KEYS = ("tool", "type", "name", "engine", "product")
_PACKAGES = ("meta.pkg.crossplane.io", "meta.dev.upbound.io")
MAX_TOOLS = 200


class Tool(NamedTuple):
    """A tool, lower case, and the member of the description that names it."""

    name: str
    area: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """``areas`` maps each that names something to where; ``missing_at`` is where the others would stand."""

    unit: str
    place: Place
    areas: dict[str, Place] = field(default_factory=dict)
    tools: tuple[Tool, ...] = ()
    has_version: bool = True


def describes_platform(subject: Subject) -> bool:
    """Whether this is the repository that the organisation's platform is kept in."""
    if subject.name and subject.name.lower() in (name.lower() for name in subject.options.platform_repositories):
        return True
    return subject.tree.derive(_holds_platform)


def _holds_platform(tree: RepositoryTree) -> bool:
    return (
        any(not in_skeleton(tree, found.path) for found in kinds.found(tree, "platform-doc"))
        or _has_portal(tree)
        or any(one.group in _PACKAGES for one in manifests(tree, "Configuration", "Provider", "Function", "Project"))
        or _has_app_of_apps(tree)
    )


def _has_portal(tree: RepositoryTree) -> bool:
    """A configuration of Backstage's own, that of the portal and not of a plugin or skeleton."""
    return any(
        document.root.has("backend") and document.root.has("app")
        for path in tree.files("app-config.yaml", "*/app-config.yaml", "*/*/app-config.yaml")
        if not in_skeleton(tree, path)
        for document in tree.yaml(path)
    )


def _has_app_of_apps(tree: RepositoryTree) -> bool:
    """An Argo CD Application whose path holds others."""
    found = [one for one in manifests(tree, "Application", "ApplicationSet") if one.group == "argoproj.io"]
    folders = {one.path.rpartition("/")[0] for one in found} | {one.chart for one in found if one.chart}
    for one in found:
        written = one.text_at("spec", "source", "path").strip("./")
        own = one.chart or one.path.rpartition("/")[0]
        if written and any(folder != own and f"{folder}/".startswith(f"{written}/") for folder in folders if folder):
            return True
    return False


def descriptions(tree: RepositoryTree) -> list[Description]:
    """The descriptor documents, else what entities of one System tell."""
    documents = [
        _of_document(found.root)
        for found in kinds.found(tree, "platform-doc")
        if found.root is not None and found.root.has("platform") and not in_skeleton(tree, found.path)
    ]
    return documents or _of_systems(tree)


# ---------------------------------------------------------------- a document


def _of_document(root: Node) -> Description:
    platform = root.get("platform") or root
    areas: dict[str, Place] = {}
    tools: dict[tuple[str, str], Tool] = {}
    for area, key, node in _areas(platform):
        named = list(_tools(node))[:MAX_TOOLS]
        if named or _lists(node):
            areas.setdefault(area, key.place)
        for name, place in named if area != "self-service" else ():
            tools.setdefault((area, name), Tool(name, area, place))
    has_version = any(node.has("version") for node in (platform, root))
    return Description(f"description {root.path}", root.place, areas, tuple(tools.values())[:MAX_TOOLS], has_version)


def _areas(platform: Node) -> Iterator[tuple[str, Node, Node]]:
    """(area, key, value) of every member that is called like an area, also one inside another's."""
    seen: set[int] = set()
    waiting = [(platform, 0)]
    while waiting:
        node, depth = waiting.pop(0)
        if id(node) in seen or depth > 4:
            continue
        seen.add(id(node))
        for name, key, value in node.members():
            area = _AREA_OF.get(name.lower().replace("-", "_"))
            if area is not None:
                yield area, key, value
            else:
                waiting.append((value, depth + 1))


def _tools(node: Node) -> Iterator[tuple[str, Place]]:
    """The tools that stand below an area's key."""
    if node.is_scalar:
        yield from _named(node)
    for item in node.items():
        chosen = item if item.is_scalar else next((item.get(key) for key in _TOOL_KEYS if item.has(key)), None)
        if chosen is not None:
            yield from _named(chosen)
    for name, _, value in node.members():
        if name.lower() in _NO_TOOLS:
            continue
        inner = value if value.is_scalar else next((value.get(key) for key in _TOOL_KEYS if value.has(key)), None)
        if inner is not None:
            yield from _named(inner)
        for item in value.items():
            yield from _named(item)


def _named(node: Node) -> Iterator[tuple[str, Place]]:
    text = node.text.strip().lower()
    if text and len(text) <= 60 and isinstance(node.value, str) and "://" not in text:
        yield text, node.place


def _lists(node: Node) -> bool:
    """Whether templates or resources are listed."""
    return bool(node.items()) or any(bool(value.items()) for _, _, value in node.members())


# ---------------------------------------------------------------- entities


def _of_systems(tree: RepositoryTree) -> list[Description]:
    by_system: dict[str, list[Entity]] = {}
    for entity in entities(tree, "component", "resource", "template"):
        system = entity.text("system")
        if system and (entity.text("type").lower() == "platform" or "platform" in system.lower()):
            by_system.setdefault(system, []).append(entity)
    return [_of_entities(system, members) for system, members in by_system.items()]


def _of_entities(system: str, members: list[Entity]) -> Description:
    areas: dict[str, Place] = {}
    tools: list[Tool] = []
    for entity in members:
        words = " ".join((entity.name, entity.text("type"), *entity.root.texts_at("metadata", "tags")))[:2_000]
        for area, pattern in _AREA_WORDS.items():
            if pattern.search(words):
                areas.setdefault(area, entity.place)
                tools.append(Tool(entity.name.lower(), area, entity.place))
    return Description(f"system {system[:100]}", members[0].place, areas, tuple(tools)[:MAX_TOOLS])
