"""Members that tools serve."""

import pytest

from ingest.repository.documents.yaml import read_yaml
from scorecards.reading.schema import departures, shapes


def found(text: str, entry: str = "pyrra") -> list[tuple[str, str]]:
    documents, _ = read_yaml("x.yaml", text)
    return [(each.kind, each.way) for each in departures(documents[0].root, "objectives", entry)]


GOOD = "target: '99'\nwindow: 4w\nindicator: {bool_gauge: {metric: up, grouping: [a]}}\n"


def test_nothing_departs_from_a_good_document() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("text", "departure"),
    [
        (GOOD + "goal: 3\n", ("unknown", "goal")),
        (GOOD.replace("window: 4w\n", ""), ("missing", "window")),
        (GOOD.replace("{metric: up", "{metrics: up"), ("unknown", "indicator.bool_gauge.metrics")),
        (GOOD.replace("[a]", "{a: b}"), ("value", "indicator.bool_gauge.grouping")),
        (GOOD.replace("window: 4w", "window: [4w]"), ("value", "window")),
        ("[1]\n", ("value", "")),
    ],
)
def test_it_tells_where_a_document_departs(text: str, departure: tuple[str, str]) -> None:
    assert departure in found(text)


@pytest.mark.parametrize("name", ["objectives", "chaos-mesh", "litmus"])
def test_every_reference_of_a_shape_leads_somewhere(name: str) -> None:
    known = shapes(name)
    waiting = list(known.values())
    while waiting:
        shape = waiting.pop()
        if isinstance(shape, dict):
            waiting += shape.values()
        elif isinstance(shape, list):
            assert len(shape) == 1
            waiting += shape
        else:
            assert isinstance(shape, str)
            assert not shape.startswith("$") or shape[1:] in known
