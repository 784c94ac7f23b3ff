"""(pure) Differences that an Application is told not to see."""

import re
from collections.abc import Iterator

from ingest.repository.node import Node, Place
from scorecards.reading.reconcilers.argocd import Application

_SPLIT = re.compile(r"[^A-Za-z0-9_*-]+")
_HIDING = frozenset({"image", "images", "env", "envFrom", "minReplicas", "maxReplicas"})
# Fields whose whole content is hidden where a pointer ends on them.
_WHOLE = frozenset({"spec", "template", "containers", "initContainers", "data", "stringData", "rules", "metadata"})


def wide_exceptions(application: Application) -> list[tuple[str, Place]]:
    """(what is hidden, place) of each exception that hides what somebody may have changed by hand."""
    return list(_wide(application.spec))


def _wide(spec: Node) -> Iterator[tuple[str, Place]]:
    for rule in spec.items_at("ignoreDifferences"):
        for way in ("jsonPointers", "jqPathExpressions"):
            for pointer in rule.items_at(way):
                if hidden := hides(pointer.text):
                    yield f"{rule.text_at('kind') or 'every kind'} {hidden}", pointer.place
        for manager in rule.items_at("managedFieldsManagers"):
            if manager.text == "*":
                yield "every field of any manager", manager.place


def hides(pointer: str) -> str:
    """What a pointer hides that matters: images, environment, bounds of an autoscaler, or a whole part; else empty."""
    words = [word for word in _SPLIT.split(pointer[:500]) if word]
    if not words:
        return "everything" if pointer.strip() in ("/", ".", "") else ""
    telling = [word for word in words if word in _HIDING]
    if telling:
        return telling[0]
    last = next((word for word in reversed(words) if not word.isdigit() and word != "*"), "")
    return last if last in _WHOLE else ""
