"""TOML: lines of keys, tables and list items, values of the standard library, limits."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.documents.toml import MAX_SIZE, read_toml
from ingest.repository.node import CODES, Node

CLIFF = """\
# changelog
[changelog]
header = '''
All changes

'''
trim = true

[git]
commit_parsers = [
  { message = "^feat", group = "Features" }, # new
  { message = "^fix" },
]
"a.b" = 1
c.d.e = 2.50

[[jobs]]
name = "one"
[[jobs]]
name = "two"
[jobs.env]
day = 2020-01-31
"""


def root_of(text: str) -> Node:
    root, problems = read_toml("f.toml", text)
    assert root is not None
    assert not problems
    return root


def problems_of(text: str) -> list[tuple[int, str]]:
    root, problems = read_toml("f.toml", text)
    assert root is None
    return [(problem.line, problem.code) for problem in problems]


class TestPlaces:
    @pytest.mark.parametrize(
        ("way", "line"),
        [
            (("changelog",), 2),
            (("changelog", "header"), 3),
            (("changelog", "trim"), 7),
            (("git", "commit_parsers"), 10),
            (("git", "commit_parsers", 0), 11),
            (("git", "commit_parsers", 1), 12),
            (("git", "commit_parsers", 1, "message"), 12),
            (("git", "a.b"), 14),
            (("git", "c", "d", "e"), 15),
            (("jobs", 0), 17),
            (("jobs", 1, "name"), 20),
            (("jobs", 1, "env", "day"), 22),
        ],
    )
    def test_it_tells_the_line_of_every_key(self, way, line):
        root = root_of(CLIFF)
        assert (root.line_of(*way), root.get(*way).line) == (line, line)

    def test_it_tells_columns(self):
        key = root_of("[a]\n  b = 1\n").get("a").key("b")
        assert (key.line, key.column) == (2, 3)

    def test_what_looks_like_a_table_within_a_text_is_none(self):
        root = root_of('a = """\n[b]\nc = 1\n"""\n[b]\nc = 2\n')
        assert (root.line_of("b"), root.line_of("b", "c")) == (5, 6)

    def test_what_looks_like_a_table_within_a_list_is_none(self):
        assert root_of("a = [\n[1],\n[2],\n]\n[b]\n").line_of("a", 1) == 3

    def test_a_table_may_stand_before_what_holds_it(self):
        root = root_of("[a.b]\nc = 1\n[a]\nd = 2\n")
        assert (root.line_of("a", "b", "c"), root.line_of("a", "d")) == (2, 4)


class TestValues:
    def test_it_reads_the_same_as_the_standard_library(self):
        expected = tomllib.loads(CLIFF)
        expected["jobs"][1]["env"]["day"] = "2020-01-31"
        assert root_of(CLIFF).plain() == expected

    def test_dates_and_what_is_no_finite_number_are_texts(self):
        root = root_of("a = 1979-05-27T07:32:00Z\nb = 07:32:00\nc = inf\nd = -nan\n")
        assert root.plain() == {"a": "1979-05-27T07:32:00+00:00", "b": "07:32:00", "c": "inf", "d": "nan"}

    def test_a_text_is_never_typed(self):
        node = root_of('a = "true"').get("a")
        assert (node.value, node.style, node.is_true) == ("true", "double", False)

    def test_it_tells_true_and_numbers(self):
        root = root_of("a = true\nb = 1_000\n")
        assert (root.get("a").is_true, root.get("a").raw, root.get("b").number) == (True, "true", 1000)

    def test_it_reads_quoted_keys(self):
        root = root_of("\"\\u0041 b\" = 1\n'c.d'.e = 2\n")
        assert root.plain() == {"A b": 1, "c.d": {"e": 2}}
        assert root.line_of("c.d", "e") == 2

    @pytest.mark.parametrize("text", ["", "\n", "# nothing", "\ufeff"])
    def test_an_empty_file_is_an_empty_mapping(self, text):
        assert root_of(text).plain() == {}


class TestBroken:
    @pytest.mark.parametrize(
        ("text", "line"),
        [("a = 1\na = 2\n", 2), ("a = \n", 1), ("a = 1\n\nb", 3), ('x = 1\na = "b', 2), ("[a\n", 1), ("[a]\n[a]\n", 2)]
        + [("a = [1\nb = 2\n", 2), ("\0", 1), ("a = 2020-99-99", 1), ("=", 1), ("a = '''\n", 1), ("a b = 1", 1)],
    )
    def test_it_tells_the_line(self, text, line):
        assert problems_of(text) == [(line, "broken")]

    def test_a_number_beyond_all_measure_is_broken(self):
        assert problems_of("a = " + "1" * 5000) == [(1, "broken")]


class TestHostile:
    @pytest.mark.parametrize(
        "text",
        ["a = " + "[" * 5_000, "a = " + "{a = " * 5_000, "a." * 50_000 + "b = 1", "[" + "a." * 50_000 + "b]"]
        + ["a = {" + "a." * 50_000 + "b = 1}", '"a"."b".' * 5_000 + "c = 1", "[[" + "a . " * 200 + "b]]"],
    )
    def test_it_says_too_deep(self, text):
        assert problems_of(text) == [(1, "too_deep")]

    def test_it_says_too_large(self):
        assert problems_of("#" * (MAX_SIZE + 1)) == [(1, "too_large")]

    @pytest.mark.parametrize("text", ['"' * 100_001, "a = " + '"\\' * 100_000, "'''a" * 50_001, "[[a]]\n" * 40_000])
    def test_it_ends(self, text):
        root, problems = read_toml("f", text)
        assert root is not None or problems


PIECES = ["[a]", "[[a]]", "[a.b]", "a = ", "b.c = ", '"""', "'''", '"x"', "1", "inf", "07:32:00", "{", "}", "[", "]"]


@given(st.lists(st.sampled_from([*PIECES, ",", "\n", " ", "#", "\\", "\0", "\r\n", "é"])).map("".join) | st.text())
def test_any_text_is_read_or_told_with_lines_of_the_file(text):
    root, problems = read_toml("f", text)
    assert root is not None or problems
    lines = [node.line for _, node in root.walk()] if root else []
    assert all(1 <= line <= text.count("\n") + 1 for line in [*lines, *(problem.line for problem in problems)])
    assert {problem.code for problem in problems} <= set(CODES)
