"""(pure) What tools need of a component in production: links and annotations by their purpose, and what spoils them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from scorecards.reading.catalogue.entities import Entity
from scorecards.reading.secret_names import is_literal_secret, is_placeholder

WANTED = ("source", "documentation", "dashboard", "on-call")
_ANNOTATIONS = {
    "source": re.compile(
        r"(?i)(?:backstage\.io/(?:source-location|view-url|edit-url)|(?:github|gitlab)\.\S{0,60}/project-(?:slug|id)"
        r"|bitbucket\.\S{0,60}/|dev\.azure\.com/(?:project|build|repo)|gerrit\S{0,40}/|gitea\S{0,40}/)"
    ),
    "documentation": re.compile(r"(?i)backstage\.io/(?:techdocs-(?:ref|entity)|adr-location)"),
    "dashboard": re.compile(
        r"(?i)(?:grafana/(?:dashboard|overview|tag)|datadoghq\.com/|newrelic\.com/|dynatrace\.com/|honeycomb|splunk\S{0,30}/"
        r"dashboard|lightstep|sentry\.io/|prometheus\.io/dashboard|\S{0,60}dashboard)"
    ),
    "on-call": re.compile(
        r"(?i)(?:pagerduty\.com/|opsgenie\.com/|victorops\.com/|splunk\.com/on-call|incident\.io/|rootly\.com/"
        r"|firehydrant\.com/|squadcast\.com/|ilert\.com/|grafana\S{0,20}/oncall|\S{0,60}on-?call)"
    ),
}  # fmt: skip
_LINKS = {
    "source": re.compile(r"(?i)\b(?:source|repository|repo|code)\b"),
    "documentation": re.compile(r"(?i)\b(?:docs?|documentation|wiki|handbook|readme|runbooks?|confluence|techdocs)\b"),
    "dashboard": re.compile(r"(?i)\b(?:dashboards?|monitoring|grafana|metrics|datadog|observability|kibana)\b"),
    "on-call": re.compile(r"(?i)\b(?:on-?call|pagerduty|opsgenie|escalation|pager)\b"),
}
_DEAD = re.compile(r"\$\{(?!\{)[A-Za-z_][A-Za-z0-9_.]{0,100}(?::[^{}]{0,100})?\}")
_CREDENTIALS = re.compile(r"(?i)(?:integration|routing|service|api|access)-?_?key\Z")
_SUBSTITUTED = ("$text", "$json", "$yaml")
MAX_TEXT = 2_000


class Links(NamedTuple):
    """``kinds`` maps a purpose to where it is served; ``spoiled`` are (what is wrong, where)."""

    kinds: dict[str, Place]
    spoiled: tuple[tuple[str, Place], ...]


def links_of(entity: Entity) -> Links:
    """The purposes that an entity's links and annotations serve."""
    found: dict[str, Place] = {}
    for purpose, place in (*_annotated(entity.root), *_linked(entity.root)):
        found.setdefault(purpose, place)
    return Links(found, tuple(_spoiled(entity.root)))


def _annotations(root: Node) -> Iterator[tuple[str, Node]]:
    node = root.get("metadata", "annotations")
    for name, _, value in node.members() if node is not None else ():
        if value.is_scalar and len(name) <= 300:
            yield name, value


def _annotated(root: Node) -> Iterator[tuple[str, Place]]:
    for name, value in _annotations(root):
        if value.text.strip():
            yield from ((purpose, value.place) for purpose, named in _ANNOTATIONS.items() if named.match(name))


def _linked(root: Node) -> Iterator[tuple[str, Place]]:
    for link in root.items_at("metadata", "links")[:200]:
        words = " ".join(link.text_at(key)[:MAX_TEXT] for key in ("title", "type", "icon", "url"))
        if link.text_at("url"):
            yield from ((purpose, link.place) for purpose, named in _LINKS.items() if named.search(words))


def _spoiled(root: Node) -> Iterator[tuple[str, Place]]:
    """Placeholders that nothing fills in, and credentials; values are never told."""
    for name, value in _annotations(root):
        if (_CREDENTIALS.search(name) and not _DEAD.search(value.text[:MAX_TEXT]) and _is_given(value)) or (
            is_literal_secret(name.rpartition("/")[2], value.text[:MAX_TEXT])
        ):
            yield f"{name[:80]} holds a credential: name the service's id instead", value.place
    for way, node in root.walk(lambda node: node.is_scalar):
        if not _is_definition(way) and _DEAD.search(node.text[:MAX_TEXT]):
            told = next((part for part in reversed(way) if isinstance(part, str)), "?")
            yield (
                f"{told[:80]} holds a ${{NAME}} that the catalogue never fills in: write the value or an id",
                node.place,
            )


def _is_definition(way: tuple[str | int, ...]) -> bool:
    return way[:2] == ("spec", "definition") or (bool(way) and way[-1] in _SUBSTITUTED)


def _is_given(value: Node) -> bool:
    text = value.text.strip()
    return len(text) >= 8 and not is_placeholder(text) and "{{" not in text
