"""(pure) What exposes services by host names: Ingress objects and the ingress blocks of values, told alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import NamedTuple

import yaml

from ingest.repository.node import Node, Place
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN

NGINX = "nginx.ingress.kubernetes.io/"
NGINX_COMPANY = ("nginx.org/", "nginx.com/")  # annotations of the other controller with nginx in its name
OLD_CLASS = "kubernetes.io/ingress.class"
MAX_HOSTS = 1_000
# Annotations by which load balancers of clouds and other controllers terminate TLS, without an entry of their own.
_TLS_BY_ANNOTATION = (
    "alb.ingress.kubernetes.io/certificate-arn",
    "networking.gke.io/managed-certificates",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "traefik.ingress.kubernetes.io/router.tls",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
)


class Host(NamedTuple):
    """A host name that is served; empty for every host. ``known`` is false where only rendering tells it."""

    name: str
    place: Place
    known: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Ingress:
    """``tls`` are the host names with TLS; an empty one among them stands for every host.

    ``tls_known`` is false where more may come by rendering. ``enabled`` is false where values turn it off.
    """

    unit: str
    place: Place
    hosts: tuple[Host, ...]
    tls: tuple[str, ...]
    tls_known: bool
    class_name: str
    class_place: Place
    annotations: Mapping[str, Place] = field(default_factory=dict)
    by_old_annotation: bool = False
    enabled: bool = True

    def bare(self) -> list[Host]:
        """The hosts that are certainly served without TLS."""
        return [] if not self.tls_known else [host for host in self.hosts if host.known and not self._covers(host.name)]

    @property
    def is_told(self) -> bool:
        return self.tls_known and all(host.known for host in self.hosts)

    def _covers(self, host: str) -> bool:
        if "" in self.tls or any(name in self.annotations for name in _TLS_BY_ANNOTATION):
            return True
        wildcard = "*." + host.partition(".")[2]
        return bool(self.tls) if not host else host in self.tls or wildcard in self.tls


@cache
def nginx_annotations() -> frozenset[str]:
    """What ingress-nginx understands behind its prefix."""
    text = resources.files("scorecards.reading").joinpath("schemas/ingress-nginx.yaml").read_text(encoding="utf-8")
    return frozenset(yaml.safe_load(text)["annotations"])


def of_manifest(manifest: Manifest) -> Ingress:
    """An Ingress object."""
    spec = manifest.get("spec")
    annotations = manifest.get("metadata", "annotations")
    class_node = manifest.get("spec", "ingressClassName")
    old = annotations.get(OLD_CLASS) if annotations is not None else None
    tls = manifest.get("spec", "tls")
    return Ingress(
        unit=manifest.unit,
        place=manifest.place,
        hosts=tuple(_rule_hosts(manifest)),
        tls=tuple(_tls_hosts(tls)),
        tls_known=_is_known(spec) and _is_known(tls) and all(map(_is_known, tls.items() if tls is not None else [])),
        class_name=(class_node or old).text if class_node or old else "",  # type: ignore[union-attr]
        class_place=(class_node or old or manifest.root).place,
        annotations=_annotations(annotations),
        by_old_annotation=class_node is None and old is not None,
    )


def _is_known(node: Node | None) -> bool:
    return node is None or node.tag not in (OPEN, OPAQUE)


def _annotations(node: Node | None) -> dict[str, Place]:
    return {name: key.place for name, key, _ in node.members()} if node is not None else {}


def _rule_hosts(manifest: Manifest) -> Iterator[Host]:
    rules = manifest.items_at("spec", "rules")
    if not rules and manifest.get("spec", "defaultBackend") is not None:
        yield Host("", manifest.place_of("spec", "defaultBackend"))
    for rule in rules[:MAX_HOSTS]:
        host = rule.get("host")
        if host is None:
            yield Host("", rule.place, _is_known(rule))
        else:
            yield Host(host.text.lower(), host.place, host.tag != OPAQUE)


def _tls_hosts(tls: Node | None) -> Iterator[str]:
    """The hosts of the tls entries; empty for an entry that names none."""
    for entry in tls.items()[:MAX_HOSTS] if tls is not None else []:
        if entry.is_mapping:
            hosts = [host for host in entry.texts_at("hosts") if host]
            yield from (host.lower() for host in hosts)
            if not hosts:
                yield ""


def of_values(unit: str, block: Node) -> Ingress:
    """The ingress block of a values file, in the layouts that are usual: hosts or hostname, tls as list or switch."""
    annotations, tls, enabled = block.get("annotations"), block.get("tls"), block.get("enabled")
    names = ("className", "ingressClassName", "class")
    class_node = next((node for name in names if (node := block.get(name)) is not None and node.text), None)
    old = annotations.get(OLD_CLASS) if annotations is not None else None
    return Ingress(
        unit=unit,
        place=block.place,
        hosts=tuple(_value_hosts(block)),
        tls=(*_tls_hosts(tls), *_tls_hosts(block.get("extraTls")), *_own_tls(block), *_switched_tls(block, tls)),
        tls_known=tls is None or "{{" not in tls.text,
        class_name=class_node.text if class_node is not None else old.text if old is not None else "",
        class_place=(class_node or old or block).place,
        annotations=_annotations(annotations),
        by_old_annotation=class_node is None and old is not None,
        enabled=enabled is None or not enabled.is_false,
    )


def _value_hosts(block: Node) -> Iterator[Host]:
    for name in ("host", "hostname"):
        node = block.get(name)
        if node is not None and node.text:
            yield Host(node.text.lower(), node.place, "{{" not in node.text)
    for name in ("hosts", "extraHosts"):
        for item in block.items_at(name)[:MAX_HOSTS]:
            node = item if item.is_scalar else item.get("host") or item.get("name")
            if node is not None and node.text:
                yield Host(node.text.lower(), node.place, "{{" not in node.text)


def _own_tls(block: Node) -> Iterator[str]:
    """Hosts whose own entry says that they have TLS."""
    for item in block.items_at("hosts")[:MAX_HOSTS]:
        switch = item.get("tls")
        if item.is_mapping and (
            item.text_at("tlsSecret") or item.text_at("secretName") or (switch is not None and switch.is_true)
        ):
            yield (item.text_at("host") or item.text_at("name")).lower()


def _switched_tls(block: Node, tls: Node | None) -> Iterator[str]:
    """Every host, where TLS is a switch or one secret for all."""
    if tls is not None and (tls.is_true or (tls.is_mapping and tls.has("secretName") and not tls.has("hosts"))):
        enabled = tls.get("enabled")
        if enabled is None or not enabled.is_false:
            yield ""
    if tls is not None and tls.is_mapping and (enabled := tls.get("enabled")) is not None and enabled.is_true:
        yield ""
    if block.text_at("tlsSecret") or block.text_at("tlsSecretName"):
        yield ""
