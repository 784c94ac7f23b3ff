"""(pure) Secrets are kept encrypted, or referred to. Definition: DOP-7.1-04."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.kubernetes.manifest import OPEN
from scorecards.reading.secret_names import is_literal_secret, is_secret_name
from scorecards.reading.secret_values import Material, material, sealed

REFERRING = ("ExternalSecret", "ClusterExternalSecret", "SecretProviderClass", "VaultStaticSecret",
             "VaultDynamicSecret", "VaultPKISecret", "PushSecret")  # fmt: skip
FILLED_BY_CLUSTER = ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")
_ARGO_TYPE = "argocd.argoproj.io/secret-type"
_ARGO_PLAIN = frozenset(
    {"url", "type", "name", "project", "server", "enableoci", "insecure", "enablelfs", "forcehttpbasicauth",
     "githubappid", "githubappinstallationid", "namespaces", "clusterresources"}
)  # fmt: skip


class Entry(NamedTuple):
    """A key of a Secret, and what stands under it."""

    key: str
    material: Material
    place: Place


@check("cluster-secrets-encrypted")
def cluster_secrets_encrypted(subject: Subject) -> Iterator[Finding]:
    """No Secret, sealed or not, holds material that can be recovered."""
    for manifest in manifests(subject.tree, "Secret", "SealedSecret", *REFERRING):
        if manifest.kind == "SealedSecret":
            yield _sealed(manifest)
        elif manifest.kind in REFERRING:
            yield _referring(manifest)
        elif not manifest.group:
            yield _plain(manifest)
    yield from _encrypted_files(subject.tree)


# ---------------------------------------------------------------- Secrets


def _plain(manifest: Manifest) -> Finding:
    entries = list(_entries(manifest))
    if manifest.origin == "chart":
        return _of_chart(manifest, entries)
    if any(entry.material == "encrypted" for entry in entries) or manifest.root.has("sops"):
        return _by_sops(manifest, entries)
    if manifest.generated and not entries:
        return passed(manifest.unit, "It is generated from files that are not committed.", manifest.place)
    if manifest.text_at("type") in FILLED_BY_CLUSTER and not entries:
        return passed(manifest.unit, "The cluster fills it in.", manifest.place)
    return _told(manifest, entries, "Nothing in it is secret material.")


def _entries(manifest: Manifest) -> Iterator[Entry]:
    is_argo = _ARGO_TYPE in manifest.labels
    for part in ("data", "stringData"):
        node = manifest.get(part)
        for key, key_node, value in node.members() if node is not None else ():
            if is_argo and key.lower() in _ARGO_PLAIN:
                continue
            place = value.place if manifest.generated else Place(key_node.path, key_node.line)
            yield Entry(key, material(key, value, encoded=part == "data"), place)


def _told(manifest: Manifest, entries: list[Entry], otherwise: str) -> Finding:
    if readable := [entry for entry in entries if entry.material == "secret"]:
        return _readable(manifest, readable)
    waiting = [entry for entry in entries if entry.material == "placeholder"]
    if waiting or not entries:
        what = f"{_keys(waiting)} is only a placeholder" if waiting else "It is empty"
        message = f"{what}, to be filled in by hand: seal it, or refer to a store."
        return partial(manifest.unit, message, *_places(manifest, waiting), value=_keys(waiting))
    return passed(manifest.unit, otherwise, *_places(manifest, entries), value=_keys(entries))


def _readable(manifest: Manifest, entries: list[Entry]) -> Finding:
    message = f"{_keys(entries)} can be read by anyone: seal it, or refer to a store, and replace the value."
    return failed(manifest.unit, message, *_places(manifest, entries), value=_keys(entries))


def _keys(entries: list[Entry]) -> str:
    names = ", ".join(entry.key[:40] for entry in entries[:3])
    return f"{names} and {len(entries) - 3} more" if len(entries) > 3 else names


def _places(manifest: Manifest, entries: list[Entry]) -> list[Place]:
    return [entry.place for entry in entries] or [manifest.place]


def _of_chart(manifest: Manifest, entries: list[Entry]) -> Finding:
    """Only what the template itself spells out; what values bring is judged with the chart's values."""
    own = [entry for entry in entries if entry.material == "secret" and entry.place.path == manifest.path]
    spelled = [entry for entry in own if _is_spelled(manifest, entry.key)]
    if spelled:
        return _readable(manifest, spelled)
    return not_applicable(manifest.unit, "Its values are judged with those of the chart.", manifest.place)


def _is_spelled(manifest: Manifest, key: str) -> bool:
    nodes = [manifest.get(part, key) for part in ("data", "stringData")]
    return any(node is not None and node.path == manifest.path for node in nodes)


def _by_sops(manifest: Manifest, entries: list[Entry]) -> Finding:
    if readable := [entry for entry in entries if entry.material == "secret"]:
        message = f"{_keys(readable)} is not encrypted, beside values that are."
        return failed(manifest.unit, message, *_places(manifest, readable), value=_keys(readable))
    if not manifest.generated and not manifest.root.has("sops", "mac"):
        message = "It is encrypted, but without a sops block with a mac nobody can tell whether it was changed."
        return partial(manifest.unit, message, manifest.place)
    return passed(manifest.unit, "All values are encrypted.", manifest.place, value=_keys(entries))


# ---------------------------------------------------------------- sealed and referred


def _sealed(manifest: Manifest) -> Finding:
    values = manifest.look("spec", "encryptedData")
    if values.undecided or (values.node is not None and values.node.tag == OPEN and not len(values.node)):
        return unknown(manifest.unit, "Its values are only known when the template is rendered.", manifest.place)
    members = values.node.members() if values.node is not None else ()
    entries = [Entry(key, sealed(value), Place(node.path, node.line)) for key, node, value in members]
    single = manifest.get("spec", "data")
    if single is not None and single.is_scalar:
        entries.append(Entry("data", sealed(single), single.place))
    if spelled := list(_template(manifest, "spec", "template")):
        return _readable(manifest, spelled)
    return _told(manifest, entries, "All values are sealed.")


def _template(manifest: Manifest, *way: str) -> Iterator[Entry]:
    """Secrets that a template spells out beside what it is filled with."""
    for part in ("data", "stringData"):
        node = manifest.get(*way, part)
        for key, key_node, value in node.members() if node is not None else ():
            if is_literal_secret(key, value.text):
                yield Entry(key, "secret", Place(key_node.path, key_node.line))


def _referring(manifest: Manifest) -> Finding:
    if spelled := list(_template(manifest, "spec", "target", "template")):
        return _readable(manifest, spelled)
    return passed(manifest.unit, "It refers to a store.", manifest.place)


# ---------------------------------------------------------------- other files of SOPS


def _encrypted_files(tree: RepositoryTree) -> Iterator[Finding]:
    """Files that SOPS encrypts and that are no Kubernetes object."""
    for found in kinds.found(tree, "sops"):
        root = found.root
        if root is None or kinds.is_kubernetes(root) or not root.has("sops", "mac"):
            continue
        unit = f"SOPS file {found.path}"
        if left := list(_left_plain(root)):
            keys = ", ".join(key[:40] for key, _ in left[:3])
            yield failed(unit, f"{keys} is not encrypted.", *(place for _, place in left), value=keys)
        else:
            yield passed(unit, "Every secret in it is encrypted.", Place(found.path))


def _left_plain(root: Node) -> Iterator[tuple[str, Place]]:
    for way, node in root.walk(lambda node: node.is_scalar):
        name = next((part for part in reversed(way) if isinstance(part, str)), "")
        if way[:1] == ("sops",) or len(name) > 500 or "ENC[" in node.text or isinstance(node.value, bool):
            continue
        if is_secret_name(name) and is_literal_secret(name, node.text):
            yield name, node.place
