"""Globs over paths."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.globs import _Stepwise, glob_pattern

PATHS = ["", "a", "b", "a/b", "a/b/c", "aa/b", "a.b", "b/a", "a/", "/a", "a//b", "ab/ba/ab"]


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("**/" * 12 + "x", "a/" * 60 + "b"),
        ("*a" * 12 + "b", "a" * 200),
        ("**a" * 10 + "b", "a" * 200),
        ("{*,*}" * 8 + "b", "a" * 60),
        ("*" * 200 + "b", "a" * 200),
        ("{" * 200 + "a" + "}" * 200 + "*a" * 9, "a" * 200),
    ],
)
def test_a_glob_made_to_take_for_ever_does_not(glob: str, path: str) -> None:
    assert not glob_pattern((glob,)).match(path)


@given(st.lists(st.sampled_from(["a", "b", "/", ".", "*", "**", "**/", "?", "{a,b*}", "{", "}"]), max_size=6))
def test_both_ways_of_matching_answer_alike(parts: list[str]) -> None:
    glob = "".join(parts)
    quick, steps = glob_pattern((glob,)), _Stepwise((glob,))
    for path in PATHS:
        assert bool(quick.match(path)) == steps.match(path), path


def test_many_wildcards_still_find_what_they_mean() -> None:
    pattern = glob_pattern(("**/*a*b*c*d*/**/{x,y}*.{yml,yaml}",))
    assert isinstance(pattern, _Stepwise)
    for folder, name, end in product(("1a2b3c4d5/", "k/abcd/e/"), ("x", "y1"), ("yml", "yaml")):
        assert pattern.match(f"{folder}{name}.{end}")
    assert not pattern.match("abc/x.yml")
