"""(pure) Who is called: annotations of the catalogue, Alertmanager's routes, and on-call resources of Terraform."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ingest.repository.documents.hcl import Block
from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.embedded import yaml_in
from scorecards.reading.incident_documents import incident_documents
from scorecards.reading.kubernetes import manifests
from scorecards.reading.kubernetes.manifest import texts
from scorecards.reading.rules import PAGING
from scorecards.reading.secret_names import is_expression, is_placeholder
from scorecards.reading.services import ServiceUnit, folded

_ANNOTATION = re.compile(
    r"^(?:pagerduty\.com/|opsgenie\.com/|goalert\.io/|incident\.io/|grafana\.com/oncall|firehydrant\.com/|rootly\.com/"
    r"|victorops\.com/|splunk\.com/on-call)|(?:^|/)on-?call(?:-|$)",
    re.I,
)
_PAGERS = ("pagerduty_configs", "opsgenie_configs", "victorops_configs", "pushover_configs", "pagerdutyConfigs",
           "opsgenieConfigs", "victoropsConfigs", "pushoverConfigs")  # fmt: skip
_HOOKS = ("webhook_configs", "webhookConfigs")
_PAGER_HOST = re.compile(
    r"pagerduty|opsgenie|oncall|on-call|incident\.io|goalert|victorops|rootly|firehydrant|squadcast", re.I
)
_POLICIES = (
    "pagerduty_escalation_policy", "opsgenie_escalation", "grafana_oncall_escalation", "incident_escalation_path",
    "rootly_escalation_policy",
)  # fmt: skip
_SERVICES = (
    "pagerduty_service", "opsgenie_service", "opsgenie_api_integration", "opsgenie_team_routing_rule",
    "grafana_oncall_integration", "grafana_oncall_route", "incident_alert_route",
)  # fmt: skip
_SCHEDULES = (
    "pagerduty_schedule", "opsgenie_schedule", "grafana_oncall_schedule", "incident_schedule", "pagerduty_team",
    "opsgenie_team", "rootly_schedule",
)  # fmt: skip
LEVELS = 2


class Routed(NamedTuple):
    """Where it stands. ``placeholder``: a value that only stands for one, or that something else must fill in."""

    place: Place
    placeholder: bool = False


def annotated(service: ServiceUnit) -> Routed | None:
    """The annotation of the catalogue's entity that names an on-call service."""
    annotations = service.component.get("metadata", "annotations") if service.component is not None else None
    for name, key, value in annotations.members() if annotations is not None else ():
        if _ANNOTATION.search(name) and value.is_scalar and value.text:
            return Routed(key.place, is_placeholder(value.text) or is_expression(value.text))
    return None


def routes(tree: RepositoryTree, service: ServiceUnit) -> Routed | None:
    """What leads a service's critical alerts to a pager: an Alertmanager's route, or a resource of the pager's."""
    for matchers, path, line in tree.settle(paging_routes):
        if _lets_through(matchers, service):
            return Routed(Place(path, line))
    for block, path in tree.derive(_resources):
        if block.label in _SERVICES and _is_about(block, service):
            return Routed(Place(path, block.line))
    return None


def escalates(tree: RepositoryTree) -> Routed | None:
    """An escalation of at least two levels."""
    steps: dict[str, list[Place]] = {}
    for block, path in tree.derive(_resources):
        place = Place(path, block.line)
        if block.label == "grafana_oncall_escalation":  # one resource is one step of a chain
            chain = block.body.get("escalation_chain_id")
            steps.setdefault(chain.raw if chain else "", []).append(place)
        elif block.label in _POLICIES and _levels(block) >= LEVELS:
            return Routed(place)
    return next((Routed(places[0]) for places in steps.values() if len(places) >= LEVELS), None)


def unmapped_roles(tree: RepositoryTree) -> list[str]:
    """Roles that the incident document escalates to and no schedule or group is called after."""
    names = {
        folded(name) for block, _ in tree.derive(_resources) if block.label in _SCHEDULES for name in _names(block)
    }
    told = (role for document in incident_documents(tree) for role in document.role_texts)
    roles = dict.fromkeys(role for role in told if re.search(r"on-?_?call", role, re.I))
    return [role for role in roles if not any(folded(role) in name or name in folded(role) for name in names)]


# ---------------------------------------------------------------- Terraform


def _resources(tree: RepositoryTree) -> list[tuple[Block, str]]:
    """(block, path) of resources of on-call tools; files that name none are not parsed."""
    found: list[tuple[Block, str]] = []
    for file in kinds.found(tree, "tf"):
        text = tree.text(file.path) or ""
        if not any(tool in text for tool in ("pagerduty_", "opsgenie_", "grafana_oncall_", "incident_", "rootly_")):
            continue
        parsed = tree.hcl(file.path) if not file.path.endswith(".json") else None
        found += [(block, file.path) for block in (parsed.body.blocks_of("resource") if parsed else [])]
    return found


def _levels(block: Block) -> int:
    inner = [each for each in block.body.walk() if each.type in ("rule", "rules", "path", "level")]
    dynamic = [each for each in block.body.walk() if each.type == "dynamic"]
    return len(inner) if inner else LEVELS * len(dynamic)


def _names(block: Block) -> list[str]:
    return [*block.labels[1:], *([name] if (name := block.body.text("name")) else [])]


def _is_about(block: Block, service: ServiceUnit) -> bool:
    """Whether a resource is called after the service, or covers all that it is given."""
    names = [folded(name) for name in _names(block)]
    computed = (name := block.body.get("name")) is not None and not name.is_literal
    return computed or any(folded(service.name) in name or name in folded(service.name) for name in names)


# ---------------------------------------------------------------- Alertmanager


def paging_routes(tree: RepositoryTree) -> list[list[Any]]:
    """[matchers, path, line] of every route of Alertmanager that leads to a pager."""
    found: list[list[Any]] = []
    for root in _alertmanagers(tree):
        pagers = {name for name, place in _receivers(root) if place is not None}
        found += [[told, place.path, place.line] for told, receiver, place in _routes(root) if receiver in pagers]
    return found


def _alertmanagers(tree: RepositoryTree) -> list[Node]:
    """Configurations: files, charts' values, AlertmanagerConfig objects, texts in Secrets and ConfigMaps."""
    found: list[Node] = []
    for path in tree.files("**/*alertmanager*.y*ml", "**/*alertmanager*/**.y*ml"):
        for document in tree.yaml(path):
            root = document.root.get("alertmanager", "config") or document.root.get("config") or document.root
            if root.has("route") and root.has("receivers"):
                found.append(root)
    for manifest in manifests(tree, "AlertmanagerConfig"):
        if (spec := manifest.get("spec")) is not None:
            found.append(spec)
    for manifest in manifests(tree, "Secret", "ConfigMap"):
        for way in ("stringData", "data"):
            text = manifest.get(way, "alertmanager.yaml") or manifest.get(way, "alertmanager.yml")
            if text is not None and "receivers" in text.text:
                found += [root for root in yaml_in(text) if root.has("route")]
    return found


def _receivers(root: Node) -> Iterator[tuple[str, Place | None]]:
    """(name, place of its pager); ``None`` where it reaches no pager."""
    for node in root.items_at("receivers"):
        pager = next((key for key in _PAGERS if node.items_at(key)), "")
        hooks = [each for key in _HOOKS for each in node.items_at(key)]
        by_hook = any(_PAGER_HOST.search(each.text_at("url")[:500]) for each in hooks)
        named = bool(hooks) and bool(_PAGER_HOST.search(node.text_at("name")[:200]))
        yield node.text_at("name"), node.place if pager or by_hook or named else None


def _routes(root: Node) -> Iterator[tuple[dict[str, str], str, Place]]:
    """(matchers of the way, receiver, place) of every route; a route without a receiver has the one above."""
    waiting: list[tuple[Node, dict[str, str], str]] = [
        (node, {}, "") for node in [root.get("route")] if node is not None
    ]
    for _ in range(1_000):
        if not waiting:
            return
        node, above, receiver = waiting.pop()
        own = above | _matchers(node)
        receiver = node.text_at("receiver") or receiver
        yield own, receiver, node.place
        waiting += [(below, own, receiver) for below in node.items_at("routes") if below.is_mapping]


def _matchers(node: Node) -> dict[str, str]:
    found = {**texts(node.get("match")), **texts(node.get("match_re"))}
    for item in node.items_at("matchers"):
        if item.is_mapping:
            found[item.text_at("name")] = item.text_at("value")
        elif "=" in item.text:
            name, _, value = item.text.partition("=")
            found[name.strip(" {!")] = value.strip(" ~\"'}")
    return found


def _lets_through(matchers: dict[str, str], service: ServiceUnit) -> bool:
    """Whether critical alerts of a service pass; a matcher on a team or service must name it."""
    for name, value in matchers.items():
        words = {folded(word) for word in re.split(r"[|()^$\s]+", value[:500]) if word}
        if name == "severity" and not words & PAGING:
            return False
        if name in ("service", "app", "job") and folded(service.name) not in words:
            return False
        if name in ("team", "owner") and service.owner and not any(word in folded(service.owner) for word in words):
            return False
    return True
