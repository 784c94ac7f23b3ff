"""(pure) What the rules of network policies let through. Definition: DOP-3.1-10."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.kubernetes.marks import is_set
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Looked, Manifest, look, manifests
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.network_policies import DNS, GROUPS, KINDS, Direction, Policy, policy_of
from scorecards.reading.selectors import selector

PEERS: dict[Direction, str] = {"ingress": "from", "egress": "to"}
STANDARD_LABEL = "kubernetes.io/metadata.name"
_EVERYWHERE = ("0.0.0.0/0", "::/0")


class Remark(NamedTuple):
    """What is wrong with, or unknown of, a rule."""

    message: str
    place: Place


@check("network-policy-peers-named")
def network_policy_peers_named(subject: Subject) -> Iterator[Finding]:
    """Every rule of a policy names its peers and ports; names can be asked for over UDP and TCP."""
    for manifest in _policies(subject.tree):
        policy = policy_of(manifest)
        if policy.vendor == "kubernetes":
            yield _judged(policy)
        else:
            yield unknown(
                manifest.unit, f"Rules of a {manifest.kind} of {manifest.group} are not read.", manifest.place
            )


def _policies(tree: RepositoryTree) -> list[Manifest]:
    return [manifest for manifest in manifests(tree, *KINDS) if manifest.group in GROUPS]


def _judged(policy: Policy) -> Finding:
    unit, place = policy.manifest.unit, policy.manifest.place
    rules = [(direction, rule) for direction in PEERS for rule in policy.rules(direction)]
    notes = tuple(note for direction, rule in rules for note in _notes(policy, direction, rule))
    if wide := [remark for direction, rule in rules for remark in _wide(direction, rule)]:
        return failed(unit, f"{wide[0].message}.", *_places(wide), value="wide open", notes=notes)
    if _is_open(policy) or any(_undecided(direction, rule) for direction, rule in rules):
        return unknown(unit, "Peers or ports are only known when the template is rendered.", place, notes=notes)
    narrow = [*_names_half(policy), *(remark for direction, rule in rules for remark in _hand_made(direction, rule))]
    if narrow:
        return partial(unit, f"{narrow[0].message}.", *_places(narrow), value="narrow", notes=notes)
    message = "Every rule names its peers and ports." if rules else "It lets nothing through."
    return passed(unit, message, place, value=f"{len(rules)} rules", notes=notes)


def _places(remarks: list[Remark]) -> list[Place]:
    return list(dict.fromkeys(remark.place for remark in remarks))


def _is_open(policy: Policy) -> bool:
    return any(_may_hold_more(policy.manifest.look("spec", direction)) for direction in PEERS)


def _may_hold_more(looked: Looked) -> bool:
    return looked.undecided or (looked.node is not None and looked.node.tag in (OPEN, OPAQUE))


def _undecided(direction: Direction, rule: Node) -> bool:
    ways = (look(rule, PEERS[direction]), look(rule, "ports"))
    return any(_may_hold_more(way) for way in ways) or any(
        node.tag in (OPEN, OPAQUE) for looked in ways if looked.node is not None for _, node in looked.node.walk()
    )


# ---------------------------------------------------------------- too wide


def _wide(direction: Direction, rule: Node) -> Iterator[Remark]:
    """The ways in which a rule lets everything through."""
    word = "anyone" if direction == "ingress" else "anywhere"
    peers, ports = look(rule, PEERS[direction]), look(rule, "ports")
    if not is_set(peers.node) and not _may_hold_more(peers):
        yield Remark(
            f"An {direction} rule without {PEERS[direction]} allows {word}: name the peers", _at(rule, "ports")
        )
    for peer in rule.items_at(PEERS[direction]):
        if reason := _wide_peer(peer):
            yield Remark(f"An {direction} rule allows {reason}: name the peers", peer.place)
    if not is_set(ports.node) and not _may_hold_more(ports):
        yield Remark(f"An {direction} rule names no ports, so all are open", _at(rule, PEERS[direction]))
    for port in rule.items_at("ports"):
        if not is_set(port.get("port")) and port.tag not in (OPEN, OPAQUE):
            yield Remark(f"An {direction} rule opens all ports of a protocol", port.place)


def _at(rule: Node, name: str) -> Place:
    return rule.place_of(name) if rule.has(name) else rule.place


def _wide_peer(peer: Node) -> str:
    if peer.text_at("ipBlock", "cidr") in _EVERYWHERE:
        return "every address, but for exceptions" if is_set(peer.get("ipBlock", "except")) else "every address"
    if not peer.has("namespaceSelector"):
        return "" if len(peer) or peer.tag in (OPEN, OPAQUE) else "everything"
    anywhere = selector(peer.get("namespaceSelector")).asks_nothing
    if anywhere and selector(peer.get("podSelector")).asks_nothing:
        return "every pod of every namespace"
    return ""


# ---------------------------------------------------------------- narrow, with a flaw


def _names_half(policy: Policy) -> Iterator[Remark]:
    """Questions to the name server that are allowed over one protocol only: long answers need TCP."""
    ports = [port for rule in policy.rules("egress") for port in rule.items_at("ports") if port.text_at("port") in DNS]
    protocols = {(port.text_at("protocol") or "TCP").upper() for port in ports}
    if ports and not {"UDP", "TCP"} <= protocols:
        lacking = "TCP" if "TCP" not in protocols else "UDP"
        yield Remark(f"Name lookups are allowed over {', '.join(sorted(protocols))} only: add {lacking} 53",
                     ports[0].place_of("port"))  # fmt: skip


def _hand_made(direction: Direction, rule: Node) -> Iterator[Remark]:
    for peer in rule.items_at(PEERS[direction]):
        keys = [key for key in selector(peer.get("namespaceSelector")).keys if key != STANDARD_LABEL]
        if keys:
            message = f"It relies on the hand-made namespace label {keys[0][:60]!r}: use {STANDARD_LABEL}"
            yield Remark(message, peer.place_of("namespaceSelector"))


# ---------------------------------------------------------------- remarks


def _notes(policy: Policy, direction: Direction, rule: Node) -> Iterator[str]:
    if policy.applies_to(direction) is False:
        yield f"The policy has {direction} rules, but its types leave {direction} out, so they do nothing."
    peers = rule.items_at(PEERS[direction])
    for one, other in pairwise(peers):
        if one.keys() == ["namespaceSelector"] and other.keys() == ["podSelector"]:
            yield (
                "A namespaceSelector and a podSelector as two items allow either; "
                "as one item they would allow only such pods of such namespaces."
            )
