"""Quantities, durations, images and selectors as Kubernetes writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.node import Node
from scorecards.reading.images import image, is_full_version, is_moving
from scorecards.reading.kubernetes.manifest import OPAQUE, OPEN
from scorecards.reading.quantities import count_of, percent, quantity, seconds, whole
from scorecards.reading.selectors import Labels, labels_of, selector


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("250m", 0.25),
        ("1Gi", 2.0**30),
        ("1e3", 1000.0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1.5Gi", 1.5 * 2**30),
        ("3E", 3e18),
    ],
)
def test_it_reads_a_quantity(text: str, value: float) -> None:
    assert quantity(text) == value


@pytest.mark.parametrize("text", ["", "1K", "64MB", "one", "1 Gi", "0x10", "1e", "9" * 500])
def test_it_refuses_what_is_no_quantity(text: str) -> None:
    assert quantity(text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("30s", 30.0), ("1m30s", 90.0), ("500ms", 0.5), ("0", 0.0), ("2h", 7200.0)]
)
def test_it_reads_a_duration(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "10", "10 s", "s", "1d", "-1s"])
def test_it_refuses_what_is_no_duration(text: str) -> None:
    assert seconds(text) is None


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (quantity, seconds, percent, image):
        read(text)


def scalar(value: object) -> Node:
    return Node("scalar", "a.yaml", 1, raw="" if value is None else str(value), value=value)


def test_percentages_are_rounded_as_asked() -> None:
    assert count_of(scalar("25%"), 3, up=False) == 0
    assert count_of(scalar("25%"), 3, up=True) == 1
    assert count_of(scalar(2), 3, up=True) == 2
    assert count_of(scalar("two"), 3, up=True) is None


def test_a_whole_number_has_a_default_and_refuses_the_rest() -> None:
    assert (whole(None, 7), whole(scalar(None), 7), whole(scalar(2.0), 7)) == (7, 7, 2)
    assert whole(scalar(float("inf")), 7) is whole(scalar("2"), 7) is whole(scalar(2.5), 7) is None


def test_an_image_has_registry_repository_tag_and_digest() -> None:
    digest = "sha256:" + "a" * 64
    found = image(f"ghcr.io:443/acme/app:1.2.3@{digest}")
    assert found is not None
    assert (found.registry, found.repository, found.tag, found.digest) == ("ghcr.io:443", "acme/app", "1.2.3", digest)
    short = image("nginx")
    assert short is not None
    assert short.text == "docker.io/library/nginx"


@pytest.mark.parametrize(
    "text", ["", "IMAGE", "a b", "${IMAGE}", "app:{{ .Values.tag }}", "app@sha256:abc", "a//b", "a:"]
)
def test_what_must_be_filled_in_is_no_image(text: str) -> None:
    assert image(text) is None


@pytest.mark.parametrize(
    ("tag", "full", "moving"),
    [
        ("1.2.3", True, False),
        ("v1.2.3-rc.1", True, False),
        ("sha-0a1b2c3d", True, False),
        ("1.25", False, False),
        ("alpine3.19", False, False),
        ("latest", False, True),
        ("1.2-latest", False, True),
        ("main", False, True),
    ],
)
def test_a_tag_promises_a_version_or_moves(tag: str, full: bool, moving: bool) -> None:
    assert (is_full_version(tag), is_moving(tag)) == (full, moving)


def mapping(tag: str = "", **members: Node) -> Node:
    node = Node("mapping", "a.yaml", 1, tag=tag)
    node.entries = {name: (scalar(name), value) for name, value in members.items()}
    return node


def test_a_selector_answers_yes_no_or_unknown() -> None:
    asked = selector(mapping(matchLabels=mapping(app=scalar("web"))))
    assert asked.matches(Labels({"app": "web", "more": "x"})) is True
    assert asked.matches(Labels({"app": "db"})) is False
    assert asked.matches(Labels()) is False
    assert asked.matches(Labels(open=True)) is None


def test_stand_ins_are_equal_where_they_are_the_same_and_unknown_else() -> None:
    name = Node("scalar", "a.yaml", 1, raw="{{app.name}}", value="{{app.name}}", tag=OPAQUE)
    asked = selector(mapping(matchLabels=mapping(app=name)))
    assert asked.matches(labels_of(mapping(app=name))) is True
    assert asked.matches(Labels({"app": "web"})) is None


def test_nothing_asked_selects_everything_unless_more_may_come() -> None:
    assert selector(None).matches(Labels()) is True
    assert selector(mapping()).asks_nothing
    opened = selector(mapping(matchLabels=mapping(OPEN)))
    assert (opened.asks_nothing, opened.matches(Labels())) == (False, None)
