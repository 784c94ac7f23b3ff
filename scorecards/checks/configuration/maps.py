"""(pure) ConfigMaps: valid, referenced, free of secrets, and rolled out when they change. Definition: DOP-7.1-02."""

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.config_maps import PROVIDED, found_by, is_read_otherwise, readers, rolls
from scorecards.reading.embedded_data import breaks, literal_secrets
from scorecards.reading.kubernetes import Manifest, Workload, manifests
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.pod_sources import Source, sources
from scorecards.reading.running import workloads


class Flaw(NamedTuple):
    """What is wrong in a map."""

    message: str
    place: Place
    value: str = ""


@check("configmaps-valid-and-referenced")
def configmaps_valid_and_referenced(subject: Subject) -> Iterator[Finding]:
    """Every map is read, valid, free of secrets and rolled out, and every reference finds its map."""
    maps = [manifest for manifest in manifests(subject.tree, "ConfigMap") if not manifest.group]
    for config in maps:
        yield _judged(subject.tree, config)
    if maps:
        for workload in workloads(subject.tree):
            yield from _dangling(subject.tree, workload)


# ---------------------------------------------------------------- references


def _dangling(tree: RepositoryTree, workload: Workload) -> Iterator[Finding]:
    seen = set()
    for source in sources(tree, workload):
        if source.kind != "ConfigMap" or source.optional or source.name in seen or source.name in PROVIDED:
            continue
        seen.add(source.name)
        if not found_by(tree, workload, source):
            yield _missing(workload, source)


def _missing(workload: Workload, source: Source) -> Finding:
    name = "(rendered)" if source.opaque else source.name[:100]
    unit = f"{workload.unit} reads ConfigMap {name}"
    if source.opaque or source.given or not workload.manifest.set_complete:
        return unknown(unit, "The map is not seen here; it may come with values or other sources.", source.place)
    message = f"The ConfigMap {name} does not exist, so the pods can't start."
    return failed(unit, message, source.place, workload.place, value=name)


# ---------------------------------------------------------------- maps


def _judged(tree: RepositoryTree, config: Manifest) -> Finding:
    if flaw := next(_flaws(config), None):
        return failed(config.unit, f"{flaw.message}.", flaw.place, value=flaw.value)
    found = readers(tree, config)
    if not found and not is_read_otherwise(tree, config):
        return _unread(tree, config)
    answers = [rolls(tree, config, reader) for reader in found]
    if False in answers:
        reader = found[answers.index(False)]
        message = f"A change does not roll the pods of {reader.name[:60]}: add a checksum, a generator or a reloader."
        return partial(config.unit, message, config.place, reader.place, value="no rollout")
    if None in answers:
        message = "Whether a change rolls the pods is only known when the template is rendered."
        return unknown(config.unit, message, config.place)
    return passed(config.unit, "It is read, valid, and a change reaches its readers.", config.place)


def _unread(tree: RepositoryTree, config: Manifest) -> Finding:
    name = config.get("metadata", "name")
    if (name is not None and name.tag == OPAQUE) or not config.set_complete:
        return unknown(config.unit, "Who reads it can't be seen here.", config.place)
    return partial(config.unit, "No workload reads it.", config.place, value="unreferenced")


def _flaws(config: Manifest) -> Iterator[Flaw]:
    data = config.get("data")
    for key, key_node, value in data.members() if data is not None else ():
        if value.tag == OPAQUE:
            continue
        if not _is_text(config, value):
            yield Flaw(f"The value of {key[:60]} is no text, so it is refused: quote it", key_node.place, key)
        if (place := breaks(key, value)) is not None:
            yield Flaw(f"The document {key[:60]} does not follow its format", place, key)
        for literal in literal_secrets(key, value):
            yield Flaw(f"{literal.key[:60]} holds a secret as plain text: move it to a Secret", literal.place, key)
    binary = config.get("binaryData")
    for key, key_node, value in binary.members() if binary is not None else ():
        if value.is_scalar and value.tag != OPAQUE and not _is_base64(value.text):
            yield Flaw(f"The value of {key[:60]} is no base64", key_node.place, key)


def _is_text(config: Manifest, value: Node) -> bool:
    """Whether the API takes the value. Templates quote what they render, and generators make texts."""
    if config.origin == "chart" or config.generated or value.is_null:
        return True
    return value.is_scalar and (value.style != "plain" or isinstance(value.value, str))


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
