"""(pure) Ingresses, Gateways and routes with TLS, under a controller that is maintained. Definition: DOP-3.2-07."""

from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.charts.pods import Installed, blocks, installed
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import lifecycle
from scorecards.reading.ingresses import (
    NGINX,
    NGINX_COMPANY,
    Ingress,
    nginx_annotations,
    of_manifest,
    of_values,
)
from scorecards.reading.kinds import is_ingress_block
from scorecards.reading.kubernetes import Manifest, manifests

_CONTROLLER = "k8s.io/ingress-nginx"
_SNIPPET = "-snippet"
MAX_WAY = 6


@check("ingress-has-tls")
def ingress_has_tls(subject: Subject) -> Iterator[Finding]:
    """Every host has TLS, annotations are ones that the controller knows, and the controller gets fixes."""
    controllers = _controllers(subject.tree)
    for ingress in _ingresses(subject.tree):
        yield _judged(subject, ingress, controllers)
    yield from _gateway_findings(subject.tree)


def _controllers(tree: RepositoryTree) -> dict[str, str]:
    """The controllers of ingress classes that the repository declares."""
    return {one.name: one.text_at("spec", "controller") for one in manifests(tree, "IngressClass")}


def _ingresses(tree: RepositoryTree) -> Iterator[Ingress]:
    with_block: set[str] = set()
    for one in installed(tree):
        for ingress in _of_values(one):
            with_block.add(one.chart.folder)
            yield ingress
    for manifest in manifests(tree, "Ingress"):
        if manifest.chart is None or manifest.chart not in with_block:
            yield of_manifest(manifest)


def _of_values(one: Installed) -> Iterator[Ingress]:
    """The ingress blocks that a values file holds itself, laid over the defaults."""
    for way, _ in blocks(one.values.root, "ingress"):
        block = one.told.get(*way)
        if block is not None and is_ingress_block(block):
            yield of_values(f"{one.unit} {'.'.join(way[:MAX_WAY])}", block)


def _judged(subject: Subject, ingress: Ingress, controllers: dict[str, str]) -> Finding:
    unit, off = ingress.unit, () if ingress.enabled else ("It is off by default.",)
    value = f"{ingress.class_name[:40]} {len(ingress.hosts)} hosts"
    snippets = [place for name, place in ingress.annotations.items() if _is_snippet(name)]
    if snippets:
        message = "Snippet annotations put raw configuration into the controller: remove them."
        return failed(unit, message, *snippets, value=value, notes=off)
    bare = ingress.bare()
    if bare:
        who = f"{bare[0].name[:80]} is" if bare[0].name else "Every host is"
        message = f"{who} served without TLS: add it to a tls entry."
        return failed(unit, message, *(host.place for host in bare), value=value, notes=off)
    if not ingress.is_told:
        message = "Which hosts have TLS is only known when the template is rendered."
        return unknown(unit, message, ingress.place, value=value, notes=off)
    wrong = list(_wrong(subject, ingress, controllers))
    if wrong:
        said = "; ".join(what for what, _ in wrong)
        return partial(unit, f"{said[0].upper()}{said[1:]}.", *(place for _, place in wrong), value=value, notes=off)
    if not ingress.hosts:
        return not_applicable(unit, "It names no host.", ingress.place)
    return passed(unit, "Every host has TLS.", *(host.place for host in ingress.hosts), value=value, notes=off)


def _is_snippet(name: str) -> bool:
    return name.startswith(NGINX) and name.endswith(_SNIPPET)


def _wrong(subject: Subject, ingress: Ingress, controllers: dict[str, str]) -> Iterator[tuple[str, Place]]:
    unknown_names = [
        (name, place)
        for name, place in ingress.annotations.items()
        if name.startswith(NGINX) and name.removeprefix(NGINX) not in nginx_annotations()
    ]
    for name, place in unknown_names[:2]:
        yield f"the controller knows no annotation {name.removeprefix(NGINX)[:60]} and ignores it", place
    if ingress.by_old_annotation:
        yield "the class is set by an annotation that is no longer read: use ingressClassName", ingress.class_place
    end = lifecycle.ended("controller", "ingress-nginx", "", subject.as_of)
    if end is not None and _is_ingress_nginx(ingress, controllers):
        yield (
            f"its controller, ingress-nginx, gets no fixes since {end.on:%B %Y}: plan the move to {end.successor}",
            ingress.class_place,
        )


def _is_ingress_nginx(ingress: Ingress, controllers: dict[str, str]) -> bool:
    if ingress.class_name in controllers:
        return controllers[ingress.class_name] == _CONTROLLER
    if any(name.startswith(NGINX_COMPANY) for name in ingress.annotations):
        return False
    return "nginx" in ingress.class_name.lower() or any(name.startswith(NGINX) for name in ingress.annotations)


# ---------------------------------------------------------------- Gateway API


def _gateway_findings(tree: RepositoryTree) -> Iterator[Finding]:
    found = [one for one in manifests(tree, "Gateway", "HTTPRoute") if one.group == "gateway.networking.k8s.io"]
    gateways = [one for one in found if one.kind == "Gateway"]
    for manifest in found:
        if manifest.switched_off:
            continue
        yield _gateway(manifest) if manifest.kind == "Gateway" else _route(manifest, gateways)


def _gateway(manifest: Manifest) -> Finding:
    listeners = manifest.items_at("spec", "listeners")
    protocols = [listener.text_at("protocol").upper() for listener in listeners]
    places = [listener.place_of("protocol") for listener in listeners]
    if any(protocol in ("HTTPS", "TLS") for protocol in protocols):
        return passed(manifest.unit, "The Gateway has a listener with TLS.", *places, value=" ".join(protocols)[:100])
    if manifest.look("spec", "listeners", 0, "protocol").undecided or (not listeners and manifest.origin == "chart"):
        message = "Its listeners are only known when the template is rendered."
        return unknown(manifest.unit, message, manifest.place)
    if "HTTP" not in protocols:
        return not_applicable(manifest.unit, "It serves no HTTP.", manifest.place)
    message = "The Gateway serves HTTP alone: add an HTTPS listener with a certificate."
    return failed(manifest.unit, message, *places, value="HTTP")


def _route(manifest: Manifest, gateways: list[Manifest]) -> Finding:
    parents = manifest.items_at("spec", "parentRefs")
    if parents and all(parent.text_at("kind") == "Service" for parent in parents):
        return not_applicable(manifest.unit, "It routes within the mesh.", manifest.place)
    outer = [parent for parent in parents if parent.text_at("kind") != "Service"]
    answers = [
        _parent_has_tls(manifest, parent.text_at("name"), parent.text_at("sectionName"), gateways) for parent in outer
    ]
    if True in answers or _redirects(manifest):
        message = "Its Gateway has TLS, or it redirects to it."
        return passed(manifest.unit, message, manifest.place_of("spec", "parentRefs"))
    if None in answers or not answers:
        message = "Its Gateway is not in this repository, so its TLS can't be seen."
        return unknown(manifest.unit, message, manifest.place_of("spec", "parentRefs"))
    message = "It hangs on a listener without TLS: attach it to one with HTTPS."
    return failed(manifest.unit, message, manifest.place_of("spec", "parentRefs"))


def _parent_has_tls(route: Manifest, name: str, section: str, gateways: list[Manifest]) -> bool | None:
    """Whether a Gateway of this repository has TLS where the route hangs; ``None`` for one that is not here."""
    for gateway in gateways:
        if gateway.name == name and gateway.rendered in (route.rendered, ""):
            listeners = [one for one in gateway.items_at("spec", "listeners") if section in ("", one.text_at("name"))]
            return any(one.text_at("protocol").upper() in ("HTTPS", "TLS") for one in listeners)
    return None


def _redirects(manifest: Manifest) -> bool:
    """Whether every rule sends to https."""
    rules = manifest.items_at("spec", "rules")
    schemes = [
        any(one.text_at("requestRedirect", "scheme") == "https" for one in rule.items_at("filters")) for rule in rules
    ]
    return bool(schemes) and all(schemes)
