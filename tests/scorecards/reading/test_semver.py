"""Versions and ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.reading.semver import is_any, is_exact, is_strict, satisfies, version


@pytest.mark.parametrize(
    ("text", "wanted", "inside"),
    [
        ("12.0.4", "~12.0.0", True),
        ("12.1.0", "~12.0.0", False),
        ("1.9.0", "^1.2", True),
        ("2.0.0", "^1.2", False),
        ("0.3.0", "^0.2.1", False),
        ("0.2.9", "^0.2.1", True),
        ("0.0.4", "^0.0.3", False),
        ("1.2.3", "1.2.3", True),
        ("1.2.4", "=1.2.3", False),
        ("1.2.9", "1.2.x", True),
        ("1.3.0", "1.2.x", False),
        ("1.3.0", "1", True),
        ("9.9.9", "*", True),
        ("2.5.0", ">=1.0.0 <3.0.0", True),
        ("3.0.0", ">=1.0.0, <3.0.0", False),
        ("3.1.0", "1.x || >=3.0.0 <4", True),
        ("1.5.0", "1.2 - 1.6", True),
        ("1.33.0", ">=1.19-0", True),
        ("1.13.0", "<1.14-0", True),
        ("1.0.0-rc.1", "~1.0.0", False),
        ("1.0.0-rc.2", ">=1.0.0-rc.1", True),
        ("1.2.3", "!=1.2.3", False),
        ("1.3.0", ">1.2", True),
    ],
)
def test_it_tells_whether_a_version_lies_in_a_range(text: str, wanted: str, inside: bool) -> None:
    found = version(text)
    assert found is not None
    assert satisfies(found, wanted) is inside


def test_it_says_nothing_of_what_is_no_range() -> None:
    found = version("1.0.0")
    assert found is not None
    assert satisfies(found, "latest") is None
    assert version("1.0") is None


def test_it_knows_exact_and_open_ranges() -> None:
    assert is_exact("1.2.3")
    assert not is_exact("1.2")
    assert not is_exact("~1.2.3")
    assert is_any("*")
    assert is_any(">=1.0.0")
    assert is_any("")
    assert not is_any("^1.0.0")
    assert not is_any(">=1 <2")
    assert not is_any("latest")


def test_it_asks_for_a_version_as_the_specification_writes_it() -> None:
    assert is_strict("1.0.0-rc.1+build.5")
    assert not is_strict("v1.0.0")
    assert not is_strict("1.0")
    assert not is_strict("01.0.0")


def test_it_orders_prereleases() -> None:
    told = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"]
    orders = [found.order for text in told if (found := version(text)) is not None]
    assert orders == sorted(orders)
    assert len(orders) == len(told)


def test_it_takes_long_texts() -> None:
    for text in (" " * 300_000 + "x", "1 " * 200_000, "1" * 300_000, "-" * 300_000, "1.2.3," * 100_000):
        assert not is_exact(text)
        is_any(text)
        assert version(text) is None


@given(st.text(max_size=400))
def test_it_takes_any_text(text: str) -> None:
    version(text)
    is_exact(text)
    is_any(text)
    found = version("1.2.3")
    assert found is not None
    satisfies(found, text)
