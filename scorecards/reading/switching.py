"""(pure) How users are switched from one colour to the other: by a script or a step of a pipeline, behind a gate."""

import re
from dataclasses import dataclass

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.commands import Deed, deeds, deeds_of

_COLOUR = re.compile(r"(?i)blue|green|colou?r|slot|\$\{?[A-Z_]*(?:NEW|NEXT|TARGET|IDLE|ACTIVE|VERSION)")


@dataclass(frozen=True, slots=True)
class Switching:
    """``gated``: it waits until the new colour is ready. ``kept``: the old one stays for a while."""

    place: Place
    gated: bool
    kept: bool


def switching(tree: RepositoryTree) -> Switching | None:
    """What switches between colours; ``None`` where nothing in the repository does."""
    return tree.derive(_switching)


def _switching(tree: RepositoryTree) -> Switching | None:
    for deed in deeds(tree):
        if _switches(deed):
            unit = deeds_of(tree, deed.unit)
            earlier = unit[: next(at for at, other in enumerate(unit) if other is deed)]
            return Switching(deed.place, any(map(_waits, earlier)), not _drops_at_once(unit))
    return None


def _switches(deed: Deed) -> bool:
    """A change of a Service's selector that names a colour."""
    if deed.tool not in ("kubectl", "oc") or not _COLOUR.search(deed.text):
        return False
    words = deed.words
    if "patch" in words:
        return any(word in ("service", "svc", "services") or word.startswith(("service/", "svc/")) for word in words)
    return "set" in words and "selector" in words


def _waits(deed: Deed) -> bool:
    words = deed.words
    if deed.tool in ("kubectl", "oc"):
        return ("rollout" in words and "status" in words) or "wait" in words
    return deed.tool == "curl" and any(word in ("-f", "--fail", "-sf", "-fsS", "-sSf", "-fs") for word in words)


def _drops_at_once(unit: list[Deed]) -> bool:
    """Whether the unit deletes or empties a deployment without a wait between."""
    for at, deed in enumerate(unit):
        deleted = "delete" in deed.words and "deploy" in deed.text
        gone = deed.tool == "kubectl" and ("--replicas=0" in deed.words or deleted)
        if gone and not any(other.tool == "sleep" for other in unit[:at]):
            return True
    return False
