"""(pure) Whom a canary alerts, and whether the provider that carries it works."""

from dataclasses import dataclass

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.canaries.flagger import Canary, alert_providers, canaries
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.references import find
from scorecards.reading.schemas import facts


@dataclass(frozen=True, slots=True, eq=False)
class Alert:
    """An alert of a canary. ``told`` is its provider's name as written; ``provider`` where it is found."""

    node: Node
    told: str
    provider: Manifest | None


def alerts_of(tree: RepositoryTree, canary: Canary) -> list[Alert]:
    """The alerts that Flagger reads: those of the analysis."""
    if canary.analysis is None:
        return []
    return [_alert(tree, canary.manifest, node) for node in canary.analysis.items_at("alerts") if node.is_mapping]


def _alert(tree: RepositoryTree, canary: Manifest, node: Node) -> Alert:
    name, namespace = node.text_at("providerRef", "name"), node.text_at("providerRef", "namespace")
    told = f"{namespace}/{name}" if namespace else name
    return Alert(node, told, find(tree, canary, "AlertProvider", name, namespace or None))


def severities(canary: Canary) -> set[str]:
    """The severities of the alerts; info is Flagger's default."""
    alerts = canary.analysis.items_at("alerts") if canary.analysis is not None else []
    return {alert.text_at("severity") or "info" for alert in alerts}


def misplaced(canary: Canary) -> Place | None:
    """Where alerts stand that the schema does not know."""
    return canary.place_of("alerts") if canary.manifest.get("spec", "alerts") is not None else None


def provider_fault(provider: Manifest) -> str:
    """Why a provider carries nothing; empty where it may, or where only rendering tells."""
    look = provider.look("spec", "type")
    kind = provider.text_at("spec", "type")
    if not look.undecided and kind not in facts("flagger")["alert_types"]:
        return f"AlertProvider {provider.name} has type {kind[:40] or 'none'}, which Flagger does not support."
    if provider.look("spec", "address").missing and provider.look("spec", "secretRef").missing:
        return f"AlertProvider {provider.name} has neither address nor secretRef."
    return ""


def orphans(tree: RepositoryTree) -> list[Manifest]:
    """The providers that no canary of the repository names."""
    used = {
        alert.provider for canary in canaries(tree) for alert in alerts_of(tree, canary) if alert.provider is not None
    }
    return [provider for provider in alert_providers(tree) if provider not in used]
