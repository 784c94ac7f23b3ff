"""(pure) What a definition makes of each choice: numbers that are texts, broken quantities, unknown fields."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import NamedTuple

from ingest.repository.node import Key, Node, Place
from scorecards.reading.quantities import quantity
from scorecards.reading.schema import departures, shapes
from scorecards.reading.self_service.definitions import Definition
from scorecards.reading.templates.gotemplate import Unsupported, fields, render

MAX_CHOICES = 64
MAX_SCALARS = 2_000
# Fields that every operator and provider has as whole numbers.
_NUMBERS = frozenset(
    {"instances", "replicas", "minReplicas", "maxReplicas", "port", "containerPort", "allocatedStorage", "nodeCount",
     "desiredCapacity", "backupRetentionPeriod", "numberOfInstances", "shards", "storageGB", "iops", "numCacheNodes",
     "replicaCount", "minSize", "maxSize", "partitions"}
)  # fmt: skip
_QUANTITIES = frozenset({"size", "storage", "memory", "cpu", "storageSize", "volumeSize"})
_KRO = re.compile(r"\$\{schema\.spec\.([A-Za-z_][\w.]{0,200})")
_SCHEMAS = {("postgresql.cnpg.io/v1", "Cluster"): "cnpg-cluster"}


class Outcome(NamedTuple):
    """``faults`` are (what is wrong, where); ``unrendered`` where something is beyond what is rendered here."""

    faults: tuple[tuple[str, Place], ...]
    unrendered: tuple[Place, ...]
    checked: int


def rendered(definition: Definition) -> Outcome:
    """What comes of all choices of a definition, up to 64 for each expression."""
    found = _Found([], [])
    parameters = {one.name: one.choices for one in definition.parameters}
    for resource in definition.resources:
        for way, node in islice(_templated(resource), MAX_SCALARS):
            found.checked += 1
            _scalar(found, definition, parameters, way, node)
        found.faults += _unknown_fields(resource)
    if definition.form == "xrd":
        _patches(found, definition)
    faults = tuple(dict.fromkeys(found.faults))
    return Outcome(faults, tuple(dict.fromkeys(found.unrendered)), found.checked + len(definition.resources))


class _Found:
    def __init__(self, faults: list[tuple[str, Place]], unrendered: list[Place]) -> None:
        self.faults = faults
        self.unrendered = unrendered
        self.checked = 0


def _templated(resource: Node) -> Iterator[tuple[tuple[Key, ...], Node]]:
    yield from resource.walk(lambda node: node.is_scalar and ("{{" in node.raw or "${" in node.raw))


def _scalar(
    found: _Found, definition: Definition, parameters: Mapping[str, tuple[str, ...]], way: tuple[Key, ...], node: Node
) -> None:
    name = str(way[-1]) if way else ""
    if "{{" not in node.raw:
        if definition.form == "kro":
            _references(found, definition, parameters, node)
        return
    try:
        asked = fields(node.raw)
        for choice in _choices(asked, parameters):
            output = render(node.raw, choice)
            if output.unknown and definition.closed:
                field = min(output.unknown)
                found.faults.append((f"it asks for {field[:60]}, which is no parameter", node.place))
                return
            if fault := _fault(name, node, output.text):
                found.faults.append((fault, node.place))
                return
    except Unsupported:
        found.unrendered.append(node.place)


def _choices(asked: frozenset[str], parameters: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    known = [name for name in sorted(asked) if name in parameters]
    each = [parameters[name] or ("sample",) for name in known]
    for chosen in islice(product(*each), MAX_CHOICES):
        yield dict(zip(known, chosen, strict=True))


def _fault(name: str, node: Node, text: str) -> str:
    """What is wrong with one rendering; empty where nothing is. A sample stands for a text that may be anything."""
    if "sample" in text:
        return ""
    shown = text.strip()[:30]
    if node.style in ("literal", "folded") and text.endswith("\n") and "\n" not in text.strip():
        return f"{name[:40]} renders as “{shown}” with a line break behind it: write it on one line"
    if name in _NUMBERS and node.style != "plain" and re.fullmatch(r"\d{1,20}", shown):
        return f"{name} renders as the text “{shown}”, but is a number: leave the quotes out"
    if name in _NUMBERS and not re.fullmatch(r"-?\d{1,20}", shown):
        return f"{name} renders as “{shown}”, which is no number"
    if name in _QUANTITIES and quantity(shown) is None and not re.fullmatch(r"[A-Za-z_ -]*", shown):
        return f"{name} renders as “{shown}”, which is no quantity"
    return f"{name[:40]} renders as nothing for a choice" if name in _QUANTITIES and not shown else ""


def _references(found: _Found, definition: Definition, parameters: Mapping[str, tuple[str, ...]], node: Node) -> None:
    """Fields of kro's schema that an expression asks for."""
    for match in _KRO.finditer(node.raw[:10_000]):
        field = match[1].rstrip(".")
        if not _is_known(field, parameters):
            found.faults.append((f"it asks for {field[:60]}, which the schema does not have", node.place))


def _is_known(field: str, parameters: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a way names a parameter, an object of parameters, or something inside of one."""
    return any(field == name or name.startswith(f"{field}.") or field.startswith(f"{name}.") for name in parameters)


def _unknown_fields(resource: Node) -> Iterator[tuple[str, Place]]:
    """Fields that the operator does not know, where its schema is bundled."""
    entry = _SCHEMAS.get((resource.text_at("apiVersion"), resource.text_at("kind")))
    if entry is None or entry not in shapes("resources"):
        return
    for one in departures(resource, "resources", entry):
        if one.kind == "unknown":
            yield f"{one.way[:80]} is no field of {resource.text_at('kind')}, so it does nothing", one.place


# ---------------------------------------------------------------- Crossplane


def _patches(found: _Found, definition: Definition) -> None:
    parameters: dict[str, tuple[str, ...]] = {one.name: one.choices for one in definition.parameters}
    for composition in definition.compositions:
        for way, node in composition.walk(lambda node: node.is_scalar):
            if way and way[-1] == "fromFieldPath" and _is_from_claim(composition, way):
                found.checked += 1
                _patch(found, definition, parameters, node)


def _is_from_claim(composition: Node, way: Sequence[Key]) -> bool:
    """Whether a patch reads the order: of its kind, and not one that reads the environment or the object made."""
    patch = composition.get(*way[:-1])
    kind = patch.text_at("type") if patch is not None else ""
    return kind in ("", "FromCompositeFieldPath", "CombineFromComposite")


def _patch(found: _Found, definition: Definition, parameters: Mapping[str, tuple[str, ...]], node: Node) -> None:
    field = node.text.removeprefix("spec.")
    if not node.text.startswith("spec.") or field.startswith(_GIVEN) or "[" in field:
        return
    if parameters and definition.closed and not _is_known(field, parameters):
        found.faults.append((f"it reads {node.text[:80]}, which the schema does not have", node.place))


# Fields that Crossplane itself adds to every order.
_GIVEN = (
    "claimRef", "compositionRef", "compositionSelector", "compositionRevisionRef", "compositionUpdatePolicy",
    "resourceRef", "resourceRefs", "writeConnectionSecretToRef", "publishConnectionDetailsTo", "crossplane",
    "managementPolicies", "environmentConfigRefs",
)  # fmt: skip
