"""(pure) Mutual TLS, authorisation and API versions of a mesh. Definition: DOP-3.3-04."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.kubernetes.marks import is_set
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.mesh import NETWORKING, SECURITY, of_kind
from scorecards.reading.neighbours import MAX_ALIKE

ROOT_NAMESPACE = "istio-system"
LINKERD = "policy.linkerd.io"
GROUPS = (NETWORKING, SECURITY, LINKERD)
STRICT, PERMISSIVE, DISABLE = "STRICT", "PERMISSIVE", "DISABLE"
# Kinds that Istio serves as v1.
_STABLE = frozenset(
    {"VirtualService", "DestinationRule", "Gateway", "ServiceEntry", "Sidecar", "WorkloadEntry", "WorkloadGroup",
     "PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication"}
)  # fmt: skip


class Area(NamedTuple):
    """A namespace as one set fills it, and the mesh's objects there."""

    rendered: str
    namespace: str
    members: list[Manifest]

    @property
    def unit(self) -> str:
        name = f"mesh in namespace {self.namespace}" if self.namespace else "mesh without a namespace"
        return f"{name} in {self.rendered}" if self.rendered else name


class Protection(NamedTuple):
    """The mode of mutual TLS that counts for an area, and whether access is authorised. ``None``: not known."""

    mode: str | None
    authorised: bool | None
    places: tuple[Place, ...]


@check("mesh-mutual-tls-enforced")
def mesh_mutual_tls_enforced(subject: Subject) -> Iterator[Finding]:
    """Where a mesh is used, mutual TLS is STRICT, access is authorised, and objects use an API that is served."""
    for area in _areas(subject.tree):
        protection = _protection(subject.tree, area, subject.options.mesh_mtls_elsewhere)
        yield _judged(area, protection)


def _areas(tree: RepositoryTree) -> list[Area]:
    areas: dict[tuple[str, str], Area] = {}
    for manifest in manifests(tree):
        if manifest.group in GROUPS:
            key = (manifest.rendered, manifest.namespace)
            areas.setdefault(key, Area(*key, [])).members.append(manifest)
    return list(areas.values())


def _judged(area: Area, protection: Protection) -> Finding:
    old = [manifest for manifest in area.members if _is_alpha(manifest)]
    where = (*protection.places, *(manifest.place_of("apiVersion") for manifest in old))
    where = where or (area.members[0].place,)
    notes, value = tuple(_notes(area)), protection.mode or ""
    if protection.mode == DISABLE:
        return failed(area.unit, "Mutual TLS is switched off.", *where, value=value, notes=notes)
    if protection.mode is None or protection.authorised is None:
        message = "Mutual TLS or authorisation is only known when the template is rendered."
        return unknown(area.unit, message, *where, value=value, notes=notes)
    if not protection.mode and not protection.authorised:
        message = "Neither mutual TLS nor authorisation is asked for: add a STRICT PeerAuthentication and a policy."
        return failed(area.unit, message, *where, value=value, notes=notes)
    if lack := _lack(protection, old):
        return partial(area.unit, f"{lack}.", *where, value=value, notes=notes)
    return passed(area.unit, "Mutual TLS is STRICT, and access is authorised.", *where, value=value, notes=notes)


def _lack(protection: Protection, old: list[Manifest]) -> str:
    if protection.mode != STRICT:
        return "Plain text is still taken: set mutual TLS to STRICT"
    if not protection.authorised:
        return "Mutual TLS is STRICT, but no policy says who may call whom"
    return f"{old[0].api_version} is an alpha API: move to v1" if old else ""


def _is_alpha(manifest: Manifest) -> bool:
    return manifest.group != LINKERD and "alpha" in manifest.version and manifest.kind in _STABLE


def _notes(area: Area) -> Iterator[str]:
    dated = sorted({one.api_version for one in area.members if "beta" in one.version and one.kind in _STABLE})
    return (f"{version} still works; v1 is served." for version in dated)


# ---------------------------------------------------------------- what protects


def _protection(tree: RepositoryTree, area: Area, elsewhere: bool) -> Protection:
    if all(manifest.group == LINKERD for manifest in area.members):
        return _linkerd(area)
    peers = _effective(tree, area, "PeerAuthentication")
    policies = _effective(tree, area, "AuthorizationPolicy")
    mode = _mode(area, peers)
    if mode == "" and elsewhere:
        mode = STRICT
    answers = [_restricts(policy) for policy in policies]
    authorised = True if True in answers else (None if None in answers else False)
    return Protection(mode, authorised, tuple(manifest.place for manifest in (*peers, *policies)))


def _effective(tree: RepositoryTree, area: Area, kind: str) -> list[Manifest]:
    """The policies of the area, then those of the whole mesh; plain files reach the same cluster as a set."""
    namespaces = dict.fromkeys((area.namespace, ROOT_NAMESPACE))
    sets = dict.fromkeys((area.rendered, ""))
    by_area = tree.derive(_policies, kind)
    return [one for namespace in namespaces for rendered in sets for one in by_area.get((rendered, namespace), ())]


def _policies(tree: RepositoryTree, kind: str) -> dict[tuple[str, str], list[Manifest]]:
    """By set and namespace. Of the whole mesh only so many: each area looks at them."""
    found: dict[tuple[str, str], list[Manifest]] = {}
    for one in of_kind(tree, SECURITY, kind):
        alike = found.setdefault((one.rendered, one.namespace), [])
        if one.namespace != ROOT_NAMESPACE or len(alike) < MAX_ALIKE:
            alike.append(one)
    return found


def _mode(area: Area, peers: list[Manifest]) -> str | None:
    """The mode that counts, the area's own before the mesh's; one for some pods counts where it is weaker."""
    whole = [_own_mode(peer) for peer in peers if not _is_partial(peer)]
    some = [_own_mode(peer) for peer in peers if _is_partial(peer) and peer.namespace == area.namespace]
    ports = [mode for peer in peers for mode in _port_modes(peer)]
    if DISABLE in some:
        return DISABLE
    told = next((mode for mode in whole if mode != ""), "")
    if told in (DISABLE, None):
        return told
    weaker = [mode for mode in (*some, *ports) if mode in (PERMISSIVE, DISABLE)]
    if weaker:
        return PERMISSIVE
    return told or (PERMISSIVE if some else "")


def _is_partial(peer: Manifest) -> bool:
    """Whether it speaks of some pods only."""
    return is_set(peer.get("spec", "selector"))


def _own_mode(peer: Manifest) -> str | None:
    looked = peer.look("spec", "mtls", "mode")
    if looked.undecided:
        return None
    text = looked.node.text.upper() if looked.node is not None else ""
    return "" if text == "UNSET" else text


def _port_modes(peer: Manifest) -> list[str]:
    ports = peer.get("spec", "portLevelMtls")
    return [value.text_at("mode").upper() for _, _, value in ports.members()] if ports is not None else []


def _restricts(policy: Manifest) -> bool | None:
    """Whether a policy keeps somebody out: not one that only watches, nor one with a rule that asks nothing."""
    spec = policy.get("spec")
    if spec is not None and (spec.tag in (OPEN, OPAQUE) or policy.look("spec", "rules").undecided):
        return None
    action = policy.text_at("spec", "action").upper() or "ALLOW"
    rules = policy.items_at("spec", "rules")
    if action == "ALLOW":
        return not any(_asks_nothing(rule) for rule in rules)
    return action in ("DENY", "CUSTOM") and bool(rules)


def _asks_nothing(rule: Node) -> bool:
    return rule.tag not in (OPEN, OPAQUE) and not any(is_set(rule.get(name)) for name in ("from", "to", "when"))


def _linkerd(area: Area) -> Protection:
    """Linkerd encrypts by itself; its policies say whether a caller without mutual TLS is let in."""
    policies = [one for one in area.members if one.kind in ("AuthorizationPolicy", "ServerAuthorization")]
    by_identity = [one for one in area.members if one.kind == "MeshTLSAuthentication"]
    by_identity += [one for one in policies if one.root.has("spec", "client", "meshTLS")]
    by_identity += [
        one
        for one in policies
        if any(
            item.text_at("kind") in ("MeshTLSAuthentication", "ServiceAccount")
            for item in one.items_at("spec", "requiredAuthenticationRefs")
        )
    ]
    places = tuple(one.place for one in (*policies, *by_identity))
    return Protection(STRICT if by_identity else PERMISSIVE, bool(policies), places)
