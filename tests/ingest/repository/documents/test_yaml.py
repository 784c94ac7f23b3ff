"""YAML: lines and columns, documents that do not hide each other, YAML 1.2's meanings, limits."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.documents.scalar import typed
from ingest.repository.documents.yaml import MAX_DEPTH, MAX_DOCUMENTS, read_yaml
from ingest.repository.node import CODES, Node


def root_of(text: str) -> Node:
    documents, problems = read_yaml("f.yaml", text)
    assert not problems
    return documents[0].root


def plain_of(text: str) -> list[Any]:
    return [document.root.plain() for document in read_yaml("f.yaml", text)[0]]


def problems_of(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in read_yaml("f.yaml", text)[1]]


class TestPlaces:
    def test_it_tells_the_line_and_column_of_keys_and_values(self):
        root = root_of('spec:\n  replicas: 3\n  image: "a:1"\n')
        key, value = root.get("spec").key("replicas"), root.get("spec", "replicas")
        assert (key.line, key.column, value.line, value.column) == (2, 3, 2, 13)
        assert root.place_of("spec", "image") == ("f.yaml", 3)

    def test_it_tells_the_line_of_each_list_item(self):
        root = root_of("args:\n- a\n\n- b\n")
        assert [(item.line, item.column) for item in root.items_at("args")] == [(2, 3), (4, 3)]

    def test_it_tells_the_lines_within_a_literal_block(self):
        script = root_of("run: |\n  set -e\n  make\n").get("run")
        assert (script.line, script.line_at(1), script.text) == (1, 3, "set -e\nmake\n")

    def test_it_tells_a_value_on_the_line_below_its_key(self):
        root = root_of("a:\n  b\n")
        assert (root.line_of("a"), root.get("a").line) == (1, 2)

    def test_it_counts_lines_over_documents(self):
        documents, _ = read_yaml("f", "# head\n---\na: 1\n---\n# c\nb: 2\n")
        assert [(d.index, d.root.line) for d in documents] == [(0, 3), (1, 6)]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_it_reads_any_line_end(self, end):
        root = root_of(end.join(["a: 1", "b: |", "  x", "  y", "c: 2"]))
        assert (root.plain(), root.line_of("c")) == ({"a": 1, "b": "x\ny\n", "c": 2}, 5)

    def test_it_takes_a_line_separator_for_a_part_of_a_line(self):
        root = root_of("a: one\u2028two\nb: x\x85y\nc: 3")
        assert root.line_of("c") == 3

    def test_it_reads_a_byte_order_mark(self):
        assert root_of("\ufeffa: 1\n---\nb: 2").plain() == {"a": 1}


class TestDocuments:
    def test_a_broken_document_hides_no_other(self):
        documents, problems = read_yaml("f", "a: 1\n---\nb: [\n---\nc: 3\n")
        assert [(d.index, d.root.plain()) for d in documents] == [(0, {"a": 1}), (2, {"c": 3})]
        assert [(p.line, p.code) for p in problems] == [(3, "broken")]

    def test_it_ends_a_document_at_three_dots(self):
        assert plain_of("a: 1\n... # end\nb: 2\n...\n") == [{"a": 1}, {"b": 2}]

    def test_a_marker_in_a_quoted_text_is_one_since_yaml_forbids_it_there(self):
        assert problems_of("a: 'x\n---\ny'\n") == [(1, "broken")]
        assert plain_of("a: 'x\n---\ny'\n") == ["y'"]

    def test_a_marker_that_is_indented_is_text(self):
        assert plain_of("a: |\n  x\n  ---\n  ...\n") == [{"a": "x\n---\n...\n"}]

    def test_a_marker_in_a_comment_is_none(self):
        assert plain_of("a: 1\n# ---\n#...\nb: 2") == [{"a": 1, "b": 2}]

    def test_dashes_that_go_on_are_no_marker(self):
        assert plain_of("---a: 1\n") == [{"---a": 1}]

    def test_it_keeps_directives_with_their_document(self):
        documents, problems = read_yaml("f", "%YAML 1.2\n---\na: 1\n...\n%TAG !e! tag:e.example,2000:\n---\n!e!x b\n")
        assert not problems
        assert documents[1].root.tag == "tag:e.example,2000:x"

    def test_an_empty_document_counts_but_is_not_told(self):
        documents, problems = read_yaml("f", "---\n---\na: 1\n---\n# nothing\n")
        assert [(d.index, d.root.plain()) for d in documents] == [(1, {"a": 1})]
        assert not problems

    @pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "...\n", "\ufeff"])
    def test_it_finds_nothing_in_nothing(self, text):
        assert read_yaml("f", text) == ([], [])

    def test_a_value_may_stand_on_the_marker_line(self):
        assert plain_of("--- one\n--- |\n two\n--- {a: 1}") == ["one", "two\n", {"a": 1}]

    def test_it_reads_so_many_documents_and_no_more(self):
        documents, problems = read_yaml("f", "--- a\n" * (MAX_DOCUMENTS + 5))
        assert len(documents) == MAX_DOCUMENTS
        assert [p.code for p in problems] == ["too_many"]


class TestMeaning:
    @pytest.mark.parametrize(
        "text",
        [
            "on",
            "yes",
            "No",
            "0755",
            "08",
            "22:22",
            "1_000",
            "2020-99-99",
            "2020-01-01",
            "1e999",
            "9" * 5000,
            "0x",
            "1.2.3",
        ]
        + ["+", ".", "..", "e1", "0b1", "1.20.0", "nan", "NULLS"],
    )
    def test_it_keeps_as_text(self, text):
        node = root_of(f"a: {text}").get("a")
        assert (node.value, node.raw) == (text, text)

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("true", True),
            ("False", False),
            ("~", None),
            ("null", None),
            ("7", 7),
            ("-7", -7),
            ("0o17", 15),
            ("0xff", 255),
        ]
        + [("1.20", 1.2), (".5", 0.5), ("1e3", 1000.0), ("", None)],
    )
    def test_it_reads_what_the_core_schema_types(self, text, value):
        node = root_of(f"a: {text}").get("a")
        assert node.value == value
        assert type(node.value) is type(value)
        assert node.raw == text

    @pytest.mark.parametrize("text", ['"1"', "'true'", "!!str 1", "! 1", '"~"'])
    def test_it_reads_a_quoted_or_tagged_one_as_text(self, text):
        assert isinstance(root_of(f"a: {text}").get("a").value, str)

    def test_on_is_a_key_and_true_in_the_old_way(self):
        root = root_of("on: push\nenabled: yes\nquoted: 'yes'\n")
        assert root.keys() == ["on", "enabled", "quoted"]
        assert (root.get("enabled").is_true, root.get("quoted").is_true) == (True, False)

    def test_it_keeps_tags_of_others_and_obeys_none(self):
        root = root_of("a: !vault |\n  x\nb: !Ref Bucket\nc: !!python/object/apply:os.system [id]\nd: !Sub [x]\n")
        assert [root.get(key).tag for key in "abd"] == ["!vault", "!Ref", "!Sub"]
        assert root.get("c").plain() == ["id"]

    def test_it_tells_how_a_text_is_written(self):
        root = root_of("[a, 'b', \"c\"]")
        assert [item.style for item in root.items()] == ["plain", "single", "double"]


class TestKeys:
    def test_it_reports_a_duplicate_and_the_last_counts(self):
        documents, problems = read_yaml("f", "a: 1\nb: 2\na: 3\n")
        assert documents[0].root.plain() == {"a": 3, "b": 2}
        assert [(p.line, p.code) for p in problems] == [(3, "duplicate_key")]

    def test_it_reports_so_many_duplicates_and_no_more(self):
        assert len(problems_of("a: 1\n" * 1000)) == 100

    def test_a_list_or_a_mapping_may_be_a_key(self):
        assert root_of("? [a]\n: 1\n? {b: c}\n: 2\n").plain() == {"[sequence at 1]": 1, "[mapping at 3]": 2}

    def test_merged_keys_stand_behind_a_mappings_own(self):
        root = root_of("base: &b {x: 1, y: 2}\nmore: &m {y: 5, z: 6}\nall:\n  <<: [*b, *m]\n  x: 0\n")
        assert root.get("all").plain() == {"x": 0, "y": 2, "z": 6}
        assert root.get("all").line_of("z") == 2

    def test_a_merge_reaches_through_a_merge(self):
        assert root_of("a: &a {x: 1}\nb: &b {<<: *a}\nc: {<<: *b}\n").get("c").plain() == {"x": 1}

    @pytest.mark.parametrize("text", ["<<: 1", "<<: [1, [2]]", "a: &a {<<: *a}", "'<<': {b: 1}", "[<<]"])
    def test_it_bears_an_odd_merge(self, text):
        assert len(plain_of(text)) == 1

    def test_it_ends_a_merge_of_far_too_many(self):
        big = "a: &a\n" + "".join(f"  k{n}: 1\n" for n in range(2_000)) + "b:\n" + "- <<: *a\n" * 30_000
        assert [code for _, code in problems_of(big)] == ["too_many"]


class TestAliases:
    def test_an_alias_shares_its_node(self):
        root = root_of("a: &x {b: 1}\nc: *x\n")
        assert root.get("c") is root.get("a")

    def test_a_billion_laughs_cost_nothing(self):
        levels = "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20))
        root = root_of("a: &a [lol]\n" + levels)
        assert len(list(root.walk())) < 100
        assert root.plain()["a"] == ["lol"]

    def test_a_node_within_itself_ends(self):
        root = root_of("a: &a [*a]")
        assert len(list(root.walk())) == 2
        assert root.plain()["a"][0]

    def test_a_long_chain_of_aliases_ends(self):
        root = root_of("- &a0 x\n" + "".join(f"- &a{n} [*a{n - 1}]\n" for n in range(1, 20_000)))
        assert len(list(root.items()[-1].walk())) < 500
        assert root.items()[-1].plain()

    def test_an_alias_of_nothing_is_told(self):
        assert problems_of("a: 1\nb: *c\n") == [(2, "broken")]


HOSTILE = {
    "dashes": "- " * 100_000,
    "brackets": "[" * 50_000,
    "braces": "{" * 1_000_000,
    "question marks": "? " * 20_000,
    "levels": "".join(" " * n + "a:\n" for n in range(1_000)),
    "keys of keys": "[? a," * 10_000,
    "colons": ": " * 100_000,
    "anchors": "&a " * 100_000,
    "directives": "%a\n" * 100_000,
    "unclosed": "'" + "\n" * 100_000,
    "long line": "a" * 1_000_001,
    "tab": "\ta: 1",
    "nul": "a: \0",
    "c1": "a: \x91",
    "half a pair": "a: \ud800",
}


class TestHostile:
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_it_ends_in_a_problem(self, text):
        documents, problems = read_yaml("f", text)
        assert not documents
        assert len(problems) == 1
        assert problems[0].code in CODES
        assert 1 <= problems[0].line <= text.count("\n") + 1

    @pytest.mark.parametrize("opening", ["- ", "[", "{a: ", "? "])
    def test_it_says_too_deep(self, opening):
        assert problems_of(opening * 50_000) == [(1, "too_deep")]

    def test_it_reads_what_is_just_not_too_deep(self):
        assert not problems_of("[" * MAX_DEPTH + "]" * MAX_DEPTH)

    def test_it_tells_the_line_of_a_control_character(self):
        assert problems_of("a: 1\nb: 2\nc: \x07\n") == [(3, "broken")]

    def test_a_broken_document_of_control_characters_hides_no_other(self):
        assert plain_of("a: \x91\n---\nb: 1\n") == [{"b": 1}]

    @pytest.mark.parametrize("text", ["---\n" * 100_000, "[\n---\n" * 100_000, "a\n...\n" * 100_000])
    def test_it_ends_on_very_many_documents(self, text):
        assert problems_of(text)[-1][1] == "too_many"


# Texts that YAML 1.1, by which they are dumped, takes for texts and YAML 1.2 for numbers are left out.
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029")
TEXTS = st.text(CHARACTERS, max_size=20).filter(lambda text: not isinstance(typed(text), int | float))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz_-.<", max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN, st.sampled_from([None, True, False]), st.booleans())
def test_it_reads_back_what_was_dumped(value, flow, is_wide):
    text = yaml.safe_dump({"value": value}, default_flow_style=flow, allow_unicode=is_wide, width=40, sort_keys=False)
    expected = yaml.safe_load(text)
    assert plain_of(text) == [expected]


MARKS = st.text(st.sampled_from("ab:-[]{}?,&*!|>'\"%@`#\n\r\t .0<~=\\/\0\x85\ufeff\u2028é1"), max_size=60)


@given(MARKS | st.text(max_size=60))
def test_any_text_is_read_or_told_with_lines_of_the_file(text):
    documents, problems = read_yaml("f", text)
    last = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    lines = [node.line for document in documents for _, node in document.root.walk()]
    assert all(1 <= line <= last for line in [*lines, *(problem.line for problem in problems)])
    assert {problem.code for problem in problems} <= set(CODES)


@given(st.text("+-.0123456789eExXo_: ", max_size=70))
def test_a_typed_text_is_a_finite_number_or_itself(text):
    value = typed(text)
    assert value is None or value == text or abs(value) < float("inf")
