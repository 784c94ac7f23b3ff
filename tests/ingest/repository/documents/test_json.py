"""JSON: lines and columns, what editors' files have, limits."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.documents.json import read_json
from ingest.repository.node import CODES, Node


def root_of(text: str) -> Node:
    file, problems = read_json("f.json", text)
    assert file.root is not None
    assert not problems
    return file.root


def problems_of(text: str) -> list[tuple[int, str]]:
    file, problems = read_json("f.json", text)
    assert file.root is None
    return [(problem.line, problem.code) for problem in problems]


class TestPlaces:
    def test_it_tells_the_line_and_column_of_keys_and_values(self):
        root = root_of('{\n  "a": 1,\n  "b": {"c": "x\\n"},\n  "d": [\n    true,\n    null\n  ]\n}\n')
        key, value = root.key("a"), root.get("a")
        assert (key.line, key.column, value.line, value.column) == (2, 3, 2, 8)
        assert (root.get("b", "c").line, root.get("b", "c").column) == (3, 14)
        assert [item.line for item in root.items_at("d")] == [5, 6]

    def test_it_tells_a_value_on_the_line_below_its_key(self):
        root = root_of('{"a":\n\n"b"}')
        assert (root.line_of("a"), root.get("a").line) == (1, 3)

    def test_it_counts_columns_behind_a_byte_order_mark_and_tabs(self):
        assert root_of('\ufeff\t{"a": 1}').key("a").column == 4

    def test_windows_line_ends_count_once(self):
        assert root_of('{\r\n"a": 1\r\n}').line_of("a") == 2


class TestValues:
    def test_it_reads_each_kind(self):
        text = '{"s": "x", "i": -7, "f": 1.50, "t": true, "n": null, "l": [], "m": {}}'
        assert root_of(text).plain() == json.loads(text)
        assert root_of(text).get("f").raw == "1.50"

    def test_a_text_is_quoted_and_never_typed(self):
        root = root_of('{"a": "true", "b": "1", "c": "~"}')
        assert root.plain() == {"a": "true", "b": "1", "c": "~"}
        assert not root.get("a").is_true
        assert root.get("a").style == "double"

    @pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000])
    def test_a_number_that_is_none_stays_text(self, text):
        assert root_of(f"[{text}]").plain() == [text]

    def test_it_reads_escapes_and_replaces_halves_of_pairs(self):
        assert root_of(r'["\u00e9\n\"\\", "\ud83d\ude00", "\ud800x"]').plain() == ['é\n"\\', "😀", "\ufffdx"]

    @pytest.mark.parametrize("text", ['"a"', "1", "null", "[]", " \n{}\n "])
    def test_any_value_may_be_the_whole_file(self, text):
        assert root_of(text).plain() == json.loads(text)


class TestComments:
    @pytest.mark.parametrize(
        "text",
        [
            '// head\n{"a": 1}',
            '/* a\n b */ {"a": 1} // end',
            '{"a" /**/ : /**/ 1 /**/ }',
            '{/**/"a": 1 /* , */ , // x\n}',
            '{"\\u0061" /* */ : 1}',
        ],
    )
    def test_it_reads_past_them_and_tells_that_there_are_some(self, text):
        file, problems = read_json("f", text)
        assert file.root.plain() == {"a": 1}
        assert file.commented
        assert not problems

    def test_what_looks_like_one_within_a_text_is_none(self):
        file, _ = read_json("f", '{"a": "// x /* y */"}')
        assert not file.commented

    def test_it_reads_a_comma_too_many(self):
        assert root_of('{"a": [1, 2,], }').plain() == {"a": [1, 2]}

    def test_lines_go_on_behind_a_comment(self):
        assert root_of('/*\n*/ {\n// x\n"a": 1}').line_of("a") == 4


class TestBroken:
    @pytest.mark.parametrize(
        ("text", "line"),
        [("", 1), ("\n\n", 3), ('{"a": 1\n', 2), ("[1 2]", 1), ("[1,\n,2]", 2), ('{"a"}', 1), ('{"a": }', 1)]
        + [("{a: 1}", 1), ("{1: 2}", 1), ("['a']", 1), ("[1}", 1), ("]", 1), ('{"a": 1]', 1), ("01", 1), ("+1", 1)]
        + [("True", 1), ('"a\nb"', 1), ('["a', 1), ('"\\u12"', 1), ('"\\x"', 1), ("/*", 1), ("/", 1), ("[1] x", 1)]
        + [("[,]", 1), ("{,}", 1), ("1,", 1), ('{"a":: 1}', 1), ('["a": 1]', 1), ("\x00", 1), ("[\x0c]", 1)],
    )
    def test_it_tells_the_line(self, text, line):
        assert problems_of(text) == [(line, "broken")]

    def test_a_value_a_line_is_not_json(self):
        assert problems_of('{"a": 1}\n{"a": 2}\n') == [(2, "broken")]

    def test_it_reports_a_duplicate_and_the_last_counts(self):
        file, problems = read_json("f", '{"a": 1,\n"b": {}, "b": [],\n"a": 3}')
        assert file.root.plain() == {"a": 3, "b": []}
        assert [(p.line, p.code) for p in problems] == [(2, "duplicate_key"), (3, "duplicate_key")]

    def test_it_reports_so_many_duplicates_and_no_more(self):
        _, problems = read_json("f", "{" + '"a": 1,' * 1000 + "}")
        assert len(problems) == 100


class TestHostile:
    @pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":', "[/**/"])
    def test_it_says_too_deep(self, opening):
        assert problems_of(opening * 100_000) == [(1, "too_deep")]

    def test_it_reads_what_is_just_not_too_deep(self):
        assert root_of("[" * 100 + "]" * 100)

    @pytest.mark.parametrize(
        "text", ["/*" * 100_000, '"' * 100_001, '"\\"' * 50_000 + '"', " " * 500_000, "/" * 100_000]
    )
    def test_it_ends(self, text):
        assert problems_of(text)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBERS = st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False, width=32)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 1, 4]), st.booleans())
def test_it_reads_the_same_as_the_standard_library(value: Any, indent, is_ascii):
    assert root_of(json.dumps(value, indent=indent, ensure_ascii=is_ascii)).plain() == value


@given(st.text(st.sampled_from('{}[]:,"\\/* \n\rtruefalsn019-.eE\ufeff\0ud8')) | st.text())
def test_any_text_is_read_or_told_with_lines_of_the_file(text):
    file, problems = read_json("f", text)
    assert file.root is not None or problems
    lines = [node.line for _, node in file.root.walk()] if file.root else []
    assert all(1 <= line <= text.count("\n") + 1 for line in [*lines, *(problem.line for problem in problems)])
    assert {problem.code for problem in problems} <= set(CODES)
