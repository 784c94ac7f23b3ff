"""HCL: blocks, attributes and expressions with their lines; broken statements cost themselves only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.repository.documents.hcl import Body, Expr, HclFile, read_hcl
from ingest.repository.node import Problem


def read(text: str) -> HclFile:
    file, problems = read_hcl("main.tf", text)
    assert problems == []
    return file


def value(source: str) -> Expr:
    """The expression of an attribute with this source."""
    found = read(f"x = {source}\n").body.get("x")
    assert found is not None
    return found


def codes(problems: list[Problem]) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in problems]


ROOT = """\
terraform {
  required_version = ">= 1.6, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }

  # backend "gcs" {}
  backend "s3" {
    bucket  = "state"
    encrypt = true
  }
}

resource "aws_instance" "web" {
  count = 2
}
"""


def test_it_reads_blocks_with_labels_and_lines():
    body = read(ROOT).body
    terraform, web = body.blocks
    assert (terraform.type, terraform.labels, terraform.line, terraform.end_line) == ("terraform", (), 1, 16)
    assert (web.type, web.labels, web.line, web.end_line) == ("resource", ("aws_instance", "web"), 18, 20)
    assert body.blocks_of("resource", "aws_instance") == [web]
    assert body.blocks_of("resource", "aws_vpc") == []


def test_it_tells_the_line_of_an_attribute_or_block_or_of_the_body():
    terraform = read(ROOT).body.blocks[0].body
    assert terraform.text("required_version") == ">= 1.6, < 2.0"
    assert terraform.line_of("required_version") == 2
    assert terraform.line_of("backend") == 12
    assert terraform.line_of("cloud") == 1
    assert terraform.text("backend") == ""


def test_it_reads_the_members_of_an_object():
    providers = read(ROOT).body.blocks[0].body.block("required_providers")
    aws = providers.body.get("aws")
    assert aws.kind == "object"
    assert aws.get("source").text == "hashicorp/aws"
    assert aws.get("version").line == 7
    assert aws.get("version", "none") is None


def test_it_walks_all_blocks_in_the_order_of_the_file():
    found = [block.type for block in read(ROOT).body.walk()]
    assert found == ["terraform", "required_providers", "backend", "resource"]


def test_it_keeps_comments_for_what_is_only_commented_out():
    text = '// one\nx = 1 # two\n/* backend "s3" {\n * }\n */\n'
    assert [tuple(comment) for comment in read(text).comments] == [
        (1, "one"),
        (2, "two"),
        (3, 'backend "s3" {'),
        (4, "}"),
        (5, ""),
    ]


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ('"a"', "a"),
        ('""', ""),
        ("true", True),
        ("false", False),
        ("null", None),
        ("7", 7),
        ("-1.5", -1.5),
        ("1e3", 1e3),
        (r'"a\n\"\\\u0041"', 'a\n"\\A'),
        ('"$${x} %%{y}"', "${x} %{y}"),
        ("(3)", 3),
        ('"10$"', "10$"),
    ],
)
def test_it_reads_literals(source, meant):
    expr = value(source)
    assert expr.is_literal
    assert expr.value == meant
    assert type(expr.value) is type(meant)


def test_it_takes_true_as_text_for_true():
    assert value("true").is_true
    assert value('"true"').is_true
    assert value('"false"').is_false
    assert not value("var.x").is_true


def test_it_keeps_a_number_of_any_length_as_written():
    assert value("9" * 5_000).kind == "other"
    assert value("1e999").kind == "other"


def test_a_template_has_its_literal_parts_and_its_references():
    expr = value('"a-${var.environment}-b${local.x["k"].id}"')
    assert (expr.kind, expr.parts) == ("template", ("a-", "-b"))
    assert expr.references == ("var.environment", "local.x.id")
    assert expr.text == ""
    assert not expr.is_literal


def test_a_quote_within_an_interpolation_ends_no_text():
    expr = value('"${lookup(var.m, "a}")}"')
    assert (expr.kind, expr.references) == ("template", ("var.m",))


def test_it_reads_lists_over_several_lines():
    expr = value('[\n  "a", # first\n  var.b,\n  [1],\n]')
    assert [item.kind for item in expr.items] == ["literal", "reference", "list"]
    assert [item.line for item in expr.items] == [2, 3, 4]
    assert expr.texts() == ["a"]


def test_it_reads_objects_with_any_key_and_separator():
    expr = value('{ a = 1, "b" : 2, (var.c) = 3\n d = x ? 1 : 2 }')
    assert list(expr.members) == ["a", "b", "var.c", "d"]
    assert expr.references == ("var.c", "x")


def test_it_reads_calls_with_their_arguments():
    expr = value("merge(local.tags, each.value...)")
    assert (expr.kind, expr.function) == ("call", "merge")
    assert [argument.raw for argument in expr.arguments] == ["local.tags", "each.value"]
    assert value("provider::aws::arn_parse(1)").function == "provider::aws::arn_parse"


def test_a_reference_is_told_without_indices():
    expr = value('module.a["x"].b[0].c[*].d')
    assert (expr.kind, expr.references) == ("reference", ("module.a.b.c.d",))


@pytest.mark.parametrize(
    "source",
    ["a ? b : c", "!a && b", "a.b + -1", "[for k, v in m : k if v]", "{ for k, v in m : k => v... }", "f(1)[0].x"],
)
def test_any_other_expression_is_kept_as_written(source):
    expr = value(source)
    assert (expr.kind, expr.raw) == ("other", source)


def test_a_heredoc_is_a_text_with_the_line_of_its_first_line():
    body = read("x = <<-EOT\n    a {\n      b\n    EOT\ny = <<E\n${var.a}\nE\nz = 1\n").body
    first, second = body.get("x"), body.get("y")
    assert (first.value, first.line, first.text_line) == ("a {\n  b\n", 1, 2)
    assert (second.kind, second.references, second.text_line) == ("template", ("var.a",), 6)
    assert body.line_of("z") == 8


def test_a_broken_statement_is_one_problem_and_hides_nothing_else():
    file, problems = read_hcl("x.tf", "a = 1\nthis is\nnot hcl\nb = = 2\nc = 3\nd =\n\nblock {\n  e = 5\n}\n")
    assert codes(problems) == [(2, "broken"), (6, "broken")]
    assert {"a", "c"} <= set(file.body.attributes)
    assert file.body.block("block").body.get("e").value == 5


def test_an_open_block_ends_where_the_next_one_begins_a_line():
    file, problems = read_hcl("x.tf", 'a "b" {\n  x = [1,\n\nresource "c" "d" {\n  y = 2\n}\n')
    assert codes(problems) == [(1, "broken"), (2, "broken")]
    assert [block.type for block in file.body.blocks] == ["a", "resource"]


def test_an_open_quote_ends_with_its_line():
    file, problems = read_hcl("x.tf", 'a = "b\nc = 1\n')
    assert codes(problems) == [(1, "broken")]
    assert file.body.get("c").value == 1


def test_a_heredoc_without_an_end_costs_its_attribute():
    file, problems = read_hcl("x.tf", "a = <<EOT\nb = 1\n")
    assert codes(problems) == [(1, "broken")]
    assert file.body.get("b").value == 1


def test_an_attribute_told_twice_is_reported_and_the_last_one_counts():
    file, problems = read_hcl("x.tf", "a = 1\na = 2\n")
    assert codes(problems) == [(2, "duplicate_key")]
    assert file.body.get("a").value == 2


def test_it_reads_over_a_byte_order_mark_and_carriage_returns():
    body = read('\ufeffa {\r\n  b = "c"\r\n  d = <<E\r\nx\r\nE\r\n}\r\n').body
    assert body.block("a").body.text("b") == "c"
    assert body.block("a").end_line == 6


def test_it_reads_nothing_of_an_empty_file():
    assert read("").body == Body(1)
    assert read("# only this").body.blocks == []


def test_what_is_nested_too_deep_is_left_out_and_the_rest_is_read():
    file, problems = read_hcl("x.tf", "a = " + "[" * 5_000 + '\n\nb "c" {\n}\n')
    assert "too_deep" in [problem.code for problem in problems]
    assert [block.type for block in file.body.blocks] == ["b"]


def test_a_file_that_is_too_large_is_not_read():
    file, problems = read_hcl("x.tf", "a = 1\n" * 1_000_000)
    assert codes(problems) == [(0, "too_large")]
    assert file.body.attributes == {}


HOSTILE = [
    "{",
    "a {\n",
    "a={",
    "a=[",
    "a=(",
    'a="${',
    '"',
    "<<A\n",
    "a=<<A\n${\n",
    "\0",
    "}",
    "a=<<A\n${b}\nA\n",
    '"a" ',
    "a=b[",
    "a.b,",
    "[for ",
    "a?a:",
    "/*",
    "%{if a}",
    "\\",
    "é😀",
    "=",
    "a = \n",
    "a=1 ",
    'a="x${"\n',
    "a=f(",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_it_reads_hostile_texts_to_an_end(piece):
    text = piece * (60_000 // len(piece))
    _, problems = read_hcl("x.tf", text)
    assert all(0 <= problem.line <= text.count("\n") + 1 for problem in problems)


PIECES = st.sampled_from(
    [*'{}[]()"$%<>=,.:?\n #', "${", "%{", "<<E\n", "E\n", "a", " b", "1", "for ", "\\", "/*", "\r\n"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_it_reads_any_text_and_stays_within_its_lines(text):
    file, problems = read_hcl("x.tf", text)
    last = text.count("\n") + 1
    assert all(1 <= problem.line <= last for problem in problems)
    assert all(1 <= block.line <= block.end_line <= last for block in file.body.walk())
    assert all(1 <= expr.line <= last for top in file.body.expressions() for expr in top.walk())
    assert all(1 <= comment.line <= last for comment in file.comments)
