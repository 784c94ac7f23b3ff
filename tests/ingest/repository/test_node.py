"""A node answers what it is, and ``None`` or nothing for what it is not."""

import pytest

from ingest.repository.documents.yaml import read_yaml
from ingest.repository.node import MAX_PLAIN, Node

TEXT = """\
name: api
replicas: 3
enabled: yes
quoted: "yes"
nothing: ~
args: [a, 7, [b]]
env:
  - name: A
    value: "1"
run: |
  one
  two
"""


@pytest.fixture
def root() -> Node:
    return read_yaml("f.yaml", TEXT)[0][0].root


class TestWays:
    def test_it_follows_keys_and_indices(self, root):
        assert root.get("env", 0, "name").text == "A"
        assert root.get("args", -1, 0).text == "b"
        assert root.get() is root

    @pytest.mark.parametrize(
        "way", [("no",), ("name", "x"), ("name", 0), ("env", 7), ("env", "name"), ("env", 0, 0), (7,)]
    )
    def test_a_way_that_ends_leads_to_nothing(self, root, way):
        assert root.get(*way) is None
        assert not root.has(*way)
        assert root.text_at(*way) == ""
        assert root.items_at(*way) == []
        assert root.texts_at(*way) == []

    def test_a_line_is_told_as_far_as_the_way_goes(self, root):
        assert root.line_of("env", 0, "value") == 9
        assert root.line_of("env", 0, "missing", "deeper") == 8
        assert root.line_of("missing") == 1
        assert root.place_of("replicas") == ("f.yaml", 2)
        assert root.get("replicas").place == ("f.yaml", 2)

    def test_it_tells_texts(self, root):
        assert root.texts_at("args") == ["a", "7"]
        assert root.texts_at("name") == ["api"]
        assert root.texts_at("env", 0) == ["name", "value"]


class TestKinds:
    def test_only_a_plain_yes_is_true(self, root):
        assert root.get("enabled").is_true
        assert not root.get("quoted").is_true
        assert not root.get("enabled").is_false

    def test_null_has_no_text(self, root):
        assert root.get("nothing").is_null
        assert root.get("nothing").text == ""

    def test_a_bool_is_no_number(self):
        assert read_yaml("f", "[true, 1, 1.5, x]")[0][0].root.plain() == [True, 1, 1.5, "x"]
        assert [item.number for item in read_yaml("f", "[true, 1, 1.5, x]")[0][0].root.items()] == [None, 1, 1.5, None]

    def test_each_kind_answers_the_questions_of_others(self, root):
        for node in (root, root.get("args"), root.get("name")):
            assert [node.is_mapping, node.is_sequence, node.is_scalar].count(True) == 1
            assert isinstance(node.text, str)
            assert isinstance(node.keys(), list)
            assert isinstance(node.items(), list)
            assert list(node.members()) is not None
            assert node

    def test_the_lines_of_a_literal_block_can_be_told(self, root):
        assert root.get("run").line_at(1) == 12
        assert root.get("name").line_at(1) == 1


class TestWalks:
    def test_it_goes_in_the_files_order(self, root):
        ways = [way for way, _ in root.walk()]
        assert ways[:4] == [(), ("name",), ("replicas",), ("enabled",)]
        assert ("env", 0, "value") in ways

    def test_it_yields_what_is_wanted_and_walks_on(self, root):
        assert [node.text for _, node in root.walk(lambda node: node.number is not None)] == ["3", "7"]

    def test_a_shared_container_is_met_once(self):
        root = read_yaml("f", "a: &a {x: 1}\nb: *a\nc: *a\n")[0][0].root
        assert [way for way, _ in root.walk()] == [(), ("a",), ("a", "x")]

    def test_plain_values_end_where_sharing_has_no_end(self):
        laughs = "l0: &l0 [x, x]\n" + "".join(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}]\n" for n in range(1, 30))
        plain, count = [read_yaml("f", laughs)[0][0].root.plain()], 0
        while plain:
            value = plain.pop()
            count += 1
            plain += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        assert count < 3 * MAX_PLAIN

    @pytest.mark.parametrize(
        "text", ["&a [*a" + ", x" * 200_000 + "]", "&a {b: *a, c: &c [*a, *c]}", "&a [*a, *a, *a]"]
    )
    def test_plain_values_of_what_holds_itself_end(self, text):
        assert read_yaml("f", text)[0][0].root.plain()
