"""(pure) Defaults that a template of something stateful should set, known by their keys as written."""

import re
from collections.abc import Callable, Iterator, Sequence

from ingest.repository.node import Key, Node, Place
from scorecards.reading.secret_names import is_literal_secret

MARKS = ("backup with retention", "encryption", "monitoring", "credentials by reference", "owner labels")
Way = tuple[Key, ...]

_RETENTION = re.compile(r"(?i)retention|pointintimerecovery|lifecyclerules?\Z|snapshotretention")
_ENCRYPTION = re.compile(r"(?i)encrypt|kmskey|kms_key|\bsse|serverside|tde\b")
_MONITORING = re.compile(r"(?i)monitor|metrics|performanceinsights|cloudwatch|exporter|alarms?\Z|observability")
_REFERENCE = re.compile(
    r"(?i)(?:secret|password|credentials?|masteruser\w*|connection\w*)(?:key)?(?:ref|name|selector|toref)s?\Z"
    r"|existingsecret|writeconnectionsecret|managemasteruserpassword|autogeneratepassword"
)
_OWNER = re.compile(r"(?i)(?:^|[/._-])(?:owner|team|cost-?center|cost|squad|business-?unit|managed-for)\Z")
_LABELS = ("labels", "tags", "annotations", "commonLabels", "inheritedMetadata")


def marks_of(resources: Sequence[Node]) -> dict[str, Place]:
    """Which of ``MARKS`` the resources set, each with the first place."""
    found: dict[str, Place] = {}
    for resource in resources:
        for way, node in resource.walk():
            for mark in _served(way, node):
                found.setdefault(mark, _place(resource, way))
    return found


def _served(way: Way, node: Node) -> Iterator[str]:
    if not way or node.is_false or node.is_null:
        return
    name = str(way[-1])
    if len(name) > 200:
        return
    for mark, holds in _TESTS.items():
        if holds(name, way, node):
            yield mark


def _has_encryption(name: str, way: Way, node: Node) -> bool:
    return bool(_ENCRYPTION.search(name)) and not _is_off(node)


def _has_monitoring(name: str, way: Way, node: Node) -> bool:
    return bool(_MONITORING.search(name)) and not _is_off(node)


def _is_off(node: Node) -> bool:
    enabled = node.get("enabled")
    return enabled is not None and enabled.is_false


def _has_reference(name: str, way: Way, node: Node) -> bool:
    if name == "secret" and node.is_mapping:
        return node.has("name")
    return bool(_REFERENCE.search(name))


def _has_owner(name: str, way: Way, node: Node) -> bool:
    if any(part in _LABELS for part in way[:-1]):
        return bool(_OWNER.search(name)) or (name == "key" and bool(_OWNER.search(node.text[:200])))
    return False


_TESTS: dict[str, Callable[[str, Way, Node], bool]] = {
    MARKS[0]: lambda name, way, node: bool(_RETENTION.search(name)) and node.text != "0",
    MARKS[1]: _has_encryption,
    MARKS[2]: _has_monitoring,
    MARKS[3]: _has_reference,
    MARKS[4]: _has_owner,
}


def _place(resource: Node, way: Way) -> Place:
    return resource.place_of(*way)


def literal_credentials(resources: Sequence[Node]) -> list[tuple[str, Place]]:
    """(key, where) of secrets in plain text; what they are is not told."""
    return [
        (str(way[-1])[:80], _place(resource, way))
        for resource in resources
        for way, node in resource.walk(lambda node: node.is_scalar)
        if way and isinstance(way[-1], str) and is_literal_secret(way[-1][:200], node.text[:500])
    ]
