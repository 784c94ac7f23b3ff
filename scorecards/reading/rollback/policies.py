"""(pure) Home-made rollback policies: triggers and procedures as a text in a ConfigMap or a file of their own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.canaries import kind_of
from scorecards.reading.embedded import roots_in
from scorecards.reading.kubernetes import Manifest, manifests

_WORD = "rollback_triggers"
_NAMED = ("**/*roll*back*.yaml", "**/*roll*back*.yml", "**/*roll*back*/*.yaml", "**/*roll*back*/*.yml")
_NOTIFY = re.compile(r"(?i)notif|alert|page|inform|announce|slack")
_INCIDENT = re.compile(r"(?i)incident|ticket|postmortem|pagerduty|opsgenie")
_GIT = re.compile(r"(?i)git|sync|reconcil|suspend|argo|flux")


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A policy. ``config`` is the ConfigMap that carries it; ``None`` for a file of its own."""

    root: Node
    config: Manifest | None

    @property
    def unit(self) -> str:
        return self.config.unit if self.config is not None else f"policy {self.root.path}"

    @property
    def path(self) -> str:
        return self.root.path

    @property
    def triggers(self) -> list[Node]:
        return [trigger for trigger in self.root.items_at(_WORD) if trigger.is_mapping]

    @property
    def place(self) -> Place:
        return self.root.place_of(_WORD)

    @property
    def kinds(self) -> frozenset[str]:
        """What the conditions watch."""
        return frozenset(
            kind_of(f"{trigger.text_at('name')} {trigger.text_at('condition')}".replace("_", " "), "")
            for trigger in self.triggers
        )

    @property
    def actions(self) -> dict[str, Place]:
        """The actions that triggers name, each where it is first named."""
        found: dict[str, Place] = {}
        for trigger in self.triggers:
            if action := trigger.text_at("action"):
                found.setdefault(action, trigger.place_of("action"))
        return found

    def procedure(self, action: str) -> Node | None:
        return self.root.get("rollback_procedures", action)

    def steps(self, action: str) -> str:
        """The steps of a procedure, as one text."""
        procedure = self.procedure(action)
        if procedure is None:
            return ""
        return " ".join(node.raw for _, node in procedure.walk(lambda part: part.is_scalar))[:20_000]


def notifies(steps: str) -> bool:
    return bool(_NOTIFY.search(steps))


def opens_incident(steps: str) -> bool:
    return bool(_INCIDENT.search(steps))


def minds_reconcilers(steps: str) -> bool:
    """Whether the steps change git or pause what would undo them."""
    return bool(_GIT.search(steps))


def policies(tree: RepositoryTree) -> list[Policy]:
    """The policies of a tree."""
    return tree.derive(_policies)


def _policies(tree: RepositoryTree) -> list[Policy]:
    return [*_carried(tree), *_alone(tree)]


def _carried(tree: RepositoryTree) -> Iterator[Policy]:
    for config in manifests(tree, "ConfigMap"):
        data = config.get("data")
        for _, _, text in data.members() if data is not None else ():
            if text.is_scalar and _WORD in text.raw:
                for root in roots_in(text):
                    if root.has(_WORD):
                        yield Policy(root, config)


def _alone(tree: RepositoryTree) -> Iterator[Policy]:
    for path in tree.files(*_NAMED):
        for document in tree.yaml(path):
            if document.root.has(_WORD) and not kinds.is_kubernetes(document.root):
                yield Policy(document.root, None)
