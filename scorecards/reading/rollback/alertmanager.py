"""(pure) Receivers of Alertmanager that start a rollback."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.embedded import roots_in
from scorecards.reading.kubernetes import manifests

_ROLLBACK = re.compile(r"(?i)roll[-_ ]?back")
_NAMED = ("**/*alertmanager*.yaml", "**/*alertmanager*.yml", "**/alertmanager/**/*.yaml", "**/alertmanager/**/*.yml")


@dataclass(frozen=True, slots=True, eq=False)
class Receiver:
    """A receiver that calls what rolls back. ``secured``: the call proves who it is, or is encrypted."""

    name: str
    url: str
    secured: bool
    place: Place


def receivers(tree: RepositoryTree) -> list[Receiver]:
    """The receivers of the tree's Alertmanager configurations whose name or address says rollback."""
    return tree.derive(_receivers)


def _receivers(tree: RepositoryTree) -> list[Receiver]:
    found = []
    for root in _configurations(tree):
        for receiver in root.items_at("receivers"):
            for hook in (*receiver.items_at("webhook_configs"), *receiver.items_at("webhookConfigs")):
                name, url = receiver.text_at("name"), hook.text_at("url")
                if _ROLLBACK.search(f"{name} {url}"):
                    auth = hook.get("http_config") or hook.get("httpConfig")
                    secured = url.startswith("https://") or (auth is not None and len(auth) > 0)
                    found.append(Receiver(name, url, secured, hook.place))
    return found


def _configurations(tree: RepositoryTree) -> Iterator[Node]:
    """Configuration files, those in ConfigMaps and Secrets, and AlertmanagerConfig objects."""
    for path in tree.files(*_NAMED):
        yield from (document.root for document in tree.yaml(path) if document.root.has("receivers"))
    for manifest in manifests(tree, "AlertmanagerConfig"):
        if (spec := manifest.get("spec")) is not None:
            yield spec
    for manifest in manifests(tree, "ConfigMap", "Secret"):
        for way in ("data", "stringData"):
            data = manifest.get(way)
            for _, _, text in data.members() if data is not None else ():
                if text.is_scalar and "receivers:" in text.raw:
                    yield from (root for root in roots_in(text) if root.has("receivers"))
