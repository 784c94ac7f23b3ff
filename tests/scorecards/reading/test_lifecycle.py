"""The table of what ends."""

from datetime import date

import pytest

from scorecards.reading import lifecycle
from scorecards.reading.ends.images import distributions, ended_distribution

DAY = date(2026, 11, 23)


def test_every_row_has_a_day_a_source_and_a_successor() -> None:
    for (category, name), ends in lifecycle.table().items():
        for end in ends:
            assert end.source.startswith("https://"), (category, name)
            assert end.successor, (category, name)
            assert date(2015, 1, 1) < end.on < date(2035, 1, 1), (category, name)


@pytest.mark.parametrize(
    ("category", "name", "version", "ended"),
    [
        ("image", "node", "16", True),
        ("image", "node", "16.20.2", True),
        ("image", "node", "160", False),
        ("image", "node", "24", False),
        ("image", "node", "", False),
        ("image", "Node", "16", True),
        ("action", "actions/cache", "v3.3.1", True),
        ("action", "actions/cache", "4", False),
        ("runner", "ubuntu-18.04", "", True),
        ("tool", "nobody-knows-it", "1", False),
    ],
)
def test_it_tells_what_has_ended(category: lifecycle.Category, name: str, version: str, ended: bool) -> None:
    assert (lifecycle.ended(category, name, version, DAY) is not None) is ended


def test_the_first_end_counts_where_several_cover_a_version() -> None:
    end = lifecycle.ended("image", "mongo", "4.2.1", DAY)
    assert end is not None
    assert end.on == date(2023, 4, 30)


def test_its_state_differs_only_when_a_row_passes_its_day() -> None:
    assert lifecycle.state(date(2026, 11, 23)) == lifecycle.state(date(2026, 11, 24))
    assert lifecycle.state(date(2025, 4, 29)) != lifecycle.state(date(2025, 4, 30))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("library/ubuntu:20.04", [("ubuntu", "20.04")]),
        ("geerlingguy/docker-ubuntu2004-ansible:latest", [("ubuntu", "20.04")]),
        ("acme/docker-debian12-ansible:1", [("debian", "12")]),
        ("library/node:16-bullseye-slim", [("debian", "11")]),
        ("library/golang:1.25-alpine3.23", [("alpine", "3.23")]),
        ("library/centos:7", [("centos", "7")]),
        ("library/alpine:latest", []),
        ("library/node:16", []),
    ],
)
def test_it_reads_distributions_from_names_and_tags(text: str, found: list[tuple[str, str]]) -> None:
    assert list(distributions(text)) == found


def test_it_tells_an_ended_distribution() -> None:
    end = ended_distribution("geerlingguy/docker-ubuntu2004-ansible", DAY)
    assert end is not None
    assert end.name == "ubuntu"
    assert ended_distribution("ubuntu:24.04", DAY) is None
    assert ended_distribution("", DAY) is None
