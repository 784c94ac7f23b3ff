"""(pure) The ways from a trigger to a rollback, and where they end too early."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.canaries.alerts import provider_fault
from scorecards.reading.canaries.flagger import alert_providers
from scorecards.reading.config_maps import readers
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.reconcilers import applications, kustomizations
from scorecards.reading.references import named, same_namespace
from scorecards.reading.rollback.alertmanager import Receiver, receivers
from scorecards.reading.rollback.policies import Policy, minds_reconcilers, notifies, opens_incident, policies
from scorecards.reading.rollback.triggers import triggers
from scorecards.reading.schemas import facts
from scorecards.reading.subject import Subject

_ROLLBACK = re.compile(r"(?i)roll[-_ ]?back")
_OWN_CONTROLLERS = ("Canary ", "Rollout ", "HelmRelease ", "helm in ")

Gap = tuple[str, Place]


@dataclass(frozen=True, slots=True)
class Path:
    """A way. ``faults`` break it, ``gaps`` are what can't be seen from here; ``told`` is what holds without either."""

    unit: str
    place: Place
    told: str = ""
    faults: list[Gap] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def paths(subject: Subject) -> Iterator[Path]:
    """The rollback paths of a repository."""
    tree = subject.tree
    for trigger in triggers(tree):
        if trigger.evaluated and trigger.told.startswith(_OWN_CONTROLLERS):
            yield Path(trigger.told, trigger.place, "What evaluates the trigger also takes the release back.")
    for provider in alert_providers(tree):
        if _ROLLBACK.search(f"{provider.name} {provider.text_at('spec', 'address')}"):
            yield _provider_path(subject, provider)
    for receiver in receivers(tree):
        yield _receiver_path(subject, receiver)
    for policy in policies(tree):
        yield _policy_path(tree, policy)


def _provider_path(subject: Subject, provider: Manifest) -> Path:
    place = provider.place_of("spec", "type")
    path = Path(provider.unit, place, "Its provider is supported, and its address resolves.")
    if why := provider_fault(provider):
        path.faults.append((why.rstrip("."), place))
    spec = provider.get("spec")
    for name in spec.keys() if spec is not None else ():
        if name not in facts("flagger")["alert_provider_keys"]:
            path.faults.append((f"AlertProvider knows no spec.{name[:40]}", provider.place_of("spec", name)))
    address = provider.text_at("spec", "address")
    if address:
        _address(subject, path, address, provider.place_of("spec", "address"), secured=False)
    return path


def _receiver_path(subject: Subject, receiver: Receiver) -> Path:
    path = Path(f"receiver {receiver.name}", receiver.place, "Its address resolves, and it is called securely.")
    if receiver.url:
        _address(subject, path, receiver.url, receiver.place, secured=receiver.secured)
    return path


def _address(subject: Subject, path: Path, url: str, place: Place, *, secured: bool) -> None:
    if "$" in url or "{{" in url:
        path.gaps.append(("its address is only known when it is filled in", place))
        return
    if url.startswith("http://") and not secured and not _meshed(subject):
        path.faults.append(("its address is plain http without authentication", place))
    if not _resolves(subject, url):
        path.gaps.append(("its address leads to no Service that is known", place))


def _meshed(subject: Subject) -> bool:
    """Whether the mesh proves who calls: strict mutual TLS."""
    strict = any(
        one.text_at("spec", "mtls", "mode") == "STRICT" for one in manifests(subject.tree, "PeerAuthentication")
    )
    return strict or subject.options.mesh_mtls_elsewhere


def _resolves(subject: Subject, url: str) -> bool:
    try:
        name, _, rest = (urlsplit(url).hostname or "").partition(".")
    except ValueError:
        return False
    namespace = rest.partition(".")[0]
    if any(same_namespace(service.namespace, namespace) for service in named(subject.tree, "Service", name)):
        return True
    return subject.fleet is not None and f"{name}.{namespace}" in subject.fleet.services


# ---------------------------------------------------------------- policies


def _policy_path(tree: RepositoryTree, policy: Policy) -> Path:
    path = Path(policy.unit, policy.place, "Each action has a procedure, and something reads the policy.")
    managed = bool(applications(tree) or kustomizations(tree))
    for action, place in policy.actions.items():
        if policy.procedure(action) is None:
            path.faults.append((f"action {action[:40]} has no procedure", place))
        else:
            path.gaps.extend((gap, place) for gap in _procedure_gaps(policy, action, managed))
    if not _is_read(tree, policy):
        path.gaps.append(("nothing that is known reads the policy", policy.place))
    return path


def _procedure_gaps(policy: Policy, action: str, managed: bool) -> Iterator[str]:
    steps = policy.steps(action)
    if not notifies(steps):
        yield f"procedure {action[:40]} tells nobody"
    if not opens_incident(steps):
        yield f"procedure {action[:40]} opens no incident"
    if managed and not minds_reconcilers(steps):
        yield f"procedure {action[:40]} leaves the reconciler to undo it"


def _is_read(tree: RepositoryTree, policy: Policy) -> bool:
    return policy.config is not None and bool(readers(tree, policy.config))
