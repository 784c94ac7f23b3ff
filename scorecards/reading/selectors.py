"""(pure) Which pods and objects a selector means, told in three values: yes, no, and only rendering tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.repository.node import Node
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN, Manifest, Workload

_FOUND_BY = ("In", "NotIn", "Exists", "DoesNotExist")


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels as far as they can be seen. ``open``: there may be more. ``opaque``: keys whose value is a stand-in.

    The same call of a template's helper has the same stand-in, so equal stand-ins are equal values.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    open: bool = False
    opaque: frozenset[str] = frozenset()

    def equals(self, key: str, value: str, opaque: bool = False) -> bool | None:
        """Whether a label has a value; ``None`` where that can't be told."""
        if key not in self.texts:
            return None if self.open else False
        if self.texts[key] == value:
            return True
        return None if opaque or key in self.opaque else False

    def has(self, key: str) -> bool | None:
        return True if key in self.texts else (None if self.open else False)


@dataclass(frozen=True, slots=True)
class Expression:
    """One of a selector's ``matchExpressions``."""

    key: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """What is asked of labels. Without a question it selects everything; ``open``: there may be more questions."""

    labels: Labels = Labels()
    expressions: tuple[Expression, ...] = ()

    @property
    def asks_nothing(self) -> bool:
        return not self.labels.texts and not self.expressions and not self.labels.open

    @property
    def keys(self) -> list[str]:
        return [*self.labels.texts, *(expression.key for expression in self.expressions)]

    def matches(self, labels: Labels) -> bool | None:
        """Whether it selects what has these labels; ``None`` where that can't be told."""
        answers = [labels.equals(key, value, key in self.labels.opaque) for key, value in self.labels.texts.items()] + [
            _holds(expression, labels) for expression in self.expressions
        ]
        if self.labels.open:
            answers.append(None)
        return all_of(answers)


def all_of(answers: list[bool | None]) -> bool | None:
    """No where one says no, else unknown where one does not know, else yes."""
    if False in answers:
        return False
    return None if None in answers else True


def _holds(expression: Expression, labels: Labels) -> bool | None:
    has = labels.has(expression.key)
    if expression.operator == "Exists":
        return has
    if expression.operator == "DoesNotExist":
        return None if has is None else not has
    if expression.operator not in _FOUND_BY:
        return None
    among = _among(expression, labels, has)
    return among if expression.operator == "In" or among is None else not among


def _among(expression: Expression, labels: Labels, has: bool | None) -> bool | None:
    if not has:
        return has
    if labels.texts[expression.key] in expression.values:
        return True
    return None if expression.key in labels.opaque else False


def labels_of(node: Node | None) -> Labels:
    """The labels of a mapping."""
    if node is None or not node.is_mapping:
        return Labels(open=node is not None and node.tag in (OPEN, OPAQUE))
    members = [(name, value) for name, _, value in node.members() if value.is_scalar]
    opaque = frozenset(name for name, value in members if value.tag == OPAQUE)
    return Labels({name: value.raw for name, value in members}, node.tag == OPEN, opaque)


def labels_below(node: Node | None, *keys: str) -> Labels:
    """The labels at a way, open where the way itself may still be filled."""
    is_open = False
    for key in keys:
        if node is None:
            break
        is_open = is_open or node.tag in (OPEN, OPAQUE)
        node = node.get(key)
    return labels_of(node) if node is not None else Labels(open=is_open)


def selector(node: Node | None) -> Selector:
    """A label selector: ``matchLabels`` and ``matchExpressions``. Nothing there asks nothing."""
    if node is None or not node.is_mapping:
        return Selector(labels_of(node))
    labels = labels_below(node, "matchLabels")
    expressions = tuple(
        Expression(item.text_at("key"), item.text_at("operator"), tuple(item.texts_at("values")))
        for item in node.items_at("matchExpressions")
        if item.is_mapping
    )
    return Selector(labels, expressions)


def pod_labels(workload: Workload) -> Labels:
    """The labels of a workload's pods."""
    return labels_below(workload.pod_metadata, "labels")


def own_labels(manifest: Manifest) -> Labels:
    """The labels of an object itself."""
    return labels_below(manifest.root, "metadata", "labels")


def service_selector(service: Manifest) -> Selector:
    """A Service's selector, a mapping of labels alone."""
    return Selector(labels_below(service.root, "spec", "selector"))


def service_selects(service: Manifest, workload: Workload) -> bool | None:
    """Whether a Service sends traffic to a workload's pods; one without a selector to none."""
    asked = service_selector(service)
    return False if asked.asks_nothing else asked.matches(pod_labels(workload))
