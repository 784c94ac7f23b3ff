"""(pure) What produces the Secrets of a cluster: which name, which keys, where, and whether encrypted."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.neighbours import MAX_ALIKE, in_set
from scorecards.reading.secret_values import material

PRODUCING = ("SealedSecret", "ExternalSecret", "ClusterExternalSecret", "VaultStaticSecret", "VaultDynamicSecret",
             "VaultPKISecret", "SecretProviderClass", "Certificate", "Secret")  # fmt: skip
_COPIED = ("reflector.v1.k8s.emberstack.com", "replicator.v1.mittwald.de", "kubed.appscode.com")


class Producer(NamedTuple):
    """An object that makes a Secret. ``keys`` is ``None`` where they can't be told; ``anywhere``: in any namespace."""

    manifest: Manifest
    name: str
    namespace: str
    keys: frozenset[str] | None
    encrypted: bool = True
    anywhere: bool = False

    @property
    def place(self) -> Place:
        return self.manifest.place


def producers(tree: RepositoryTree, rendered: str, name: str) -> list[Producer]:
    """What makes a Secret of this name: in the set itself, or in plain files, which are applied as well."""
    return [made for one in dict.fromkeys((rendered, "")) for made in tree.derive(_by_name, one).get(name, ())]


def _by_name(tree: RepositoryTree, rendered: str) -> dict[str, list[Producer]]:
    found: dict[str, list[Producer]] = {}
    for manifest in in_set(tree, rendered, *PRODUCING):
        for made in _made(manifest):
            alike = found.setdefault(made.name, [])
            if len(alike) < MAX_ALIKE:
                alike.append(made)
    return found


def _made(manifest: Manifest) -> Iterator[Producer]:
    if manifest.kind == "SealedSecret":
        yield _sealed(manifest)
    elif manifest.kind == "ExternalSecret":
        yield _external(manifest, manifest.get("spec"), manifest.name)
    elif manifest.kind == "ClusterExternalSecret":
        made = _external(manifest, manifest.get("spec", "externalSecretSpec"), manifest.name)
        yield made._replace(name=manifest.text_at("spec", "externalSecretName") or made.name, anywhere=True)
    elif manifest.kind.startswith("Vault"):
        yield Producer(manifest, manifest.text_at("spec", "destination", "name"), manifest.namespace, None)
    elif manifest.kind == "SecretProviderClass":
        for item in manifest.items_at("spec", "secretObjects"):
            keys = frozenset(entry.text_at("key") for entry in item.items_at("data"))
            yield Producer(manifest, item.text_at("secretName"), manifest.namespace, keys)
    elif manifest.kind == "Certificate":
        yield Producer(manifest, manifest.text_at("spec", "secretName"), manifest.namespace, None)
    elif not manifest.group:
        yield _plain(manifest)


def _sealed(manifest: Manifest) -> Producer:
    name = manifest.text_at("spec", "template", "metadata", "name") or manifest.name
    namespace = manifest.text_at("spec", "template", "metadata", "namespace") or manifest.namespace
    known = _keys(manifest.get("spec", "encryptedData"))
    keys = None if known is None else known | (_keys(manifest.get("spec", "template", "data")) or frozenset())
    return Producer(manifest, name, namespace, keys, anywhere=_is_copied(manifest))


def _external(manifest: Manifest, spec: Node | None, name: str) -> Producer:
    if spec is None:
        return Producer(manifest, name, manifest.namespace, None)
    made = spec.text_at("target", "name") or name
    keys = {item.text_at("secretKey") for item in spec.items_at("data")}
    template = spec.get("target", "template")
    if spec.has("dataFrom") or (template is not None and template.has("templateFrom")):
        return Producer(manifest, made, manifest.namespace, None, anywhere=_is_copied(manifest))
    templated = template.get("data") if template is not None else None
    if template is not None and templated is not None:
        merged = template.text_at("mergePolicy") == "Merge"
        keys = (keys if merged else set()) | set(templated.keys())
    return Producer(manifest, made, manifest.namespace, frozenset(keys), anywhere=_is_copied(manifest))


def _plain(manifest: Manifest) -> Producer:
    """A Secret itself: encrypted by SOPS, filled in by references or a chart's values, or readable."""
    members = [
        (key, value, part == "data")
        for part in ("data", "stringData")
        if (node := manifest.get(part)) is not None
        for key, _, value in node.members()
    ]
    readable = [key for key, value, encoded in members if material(key, value, encoded=encoded) == "secret"]
    encrypted = manifest.origin == "chart" or manifest.root.has("sops") or not readable
    whole = manifest.origin != "chart" and bool(members)
    keys = frozenset(key for key, _, _ in members) if whole else None
    return Producer(manifest, manifest.name, manifest.namespace, keys, encrypted, _is_copied(manifest))


def _keys(node: Node | None) -> frozenset[str] | None:
    if node is None or not node.is_mapping or node.tag:
        return None
    return frozenset(node.keys())


def _is_copied(manifest: Manifest) -> bool:
    """Whether an annotation has a controller copy the Secret into other namespaces."""
    templates = [manifest.get("spec", "template", "metadata", "annotations"),
                 manifest.get("spec", "target", "template", "metadata", "annotations")]  # fmt: skip
    keys = [*manifest.annotations, *(key for node in templates if node is not None for key, _, _ in node.members())]
    return any(key.startswith(_COPIED) for key in keys)
