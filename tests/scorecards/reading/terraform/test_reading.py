"""Values, constraints, addresses, ignored paths, the JSON syntax, and which directories are what."""

import pytest

from ingest.repository.documents.hcl import read_hcl
from ingest.repository.memory import tree_of
from ingest.repository.node import Place
from scorecards.reading.terraform import directories, modules, roots
from scorecards.reading.terraform.addresses import address, fixed
from scorecards.reading.terraform.calls import with_called
from scorecards.reading.terraform.gitignore import hidden_by
from scorecards.reading.terraform.values import UNRESOLVED, names_of, resolved
from scorecards.reading.terraform.versions import constraint

# ---------------------------------------------------------------- constraints


@pytest.mark.parametrize(
    ("text", "lower", "upper", "floor"),
    [
        ("~> 1.9", True, True, (1, 9)),
        ("1.9.5", True, True, (1, 9, 5)),
        (">= 1.5, < 2.0.0", True, True, (1, 5)),
        ("> 1.5", True, False, (1, 5)),
        ("<= 2", False, True, None),
        ("!= 1.4", False, False, None),
        (">=1.5.0-beta1", True, False, (1, 5, 0)),
    ],
)
def test_it_knows_the_bounds_of_a_constraint(
    text: str, lower: bool, upper: bool, floor: tuple[int, ...] | None
) -> None:
    found = constraint(text)
    assert (found.valid, found.lower, found.upper, found.floor) == (True, lower, upper, floor)


@pytest.mark.parametrize("text", ["", "latest", "~> x", ">= 1.5,", "1.5 || 2", "9" * 500])
def test_it_refuses_what_is_no_constraint(text: str) -> None:
    found = constraint(text)
    assert (found.valid, found.lower, found.upper) == (False, False, False)


# ---------------------------------------------------------------- values


def value(text: str, wanted: str = "x") -> object:
    tree = tree_of({"main.tf": text})
    (own,) = directories(tree)
    return resolved(names_of(tree, own), own.blocks("output", wanted)[0].block.body.get("value"))


OUTPUT = 'output "x" {\n  value = %s\n}\n'


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"a"', "a"),
        ("3", 3),
        ("var.a", "one"),
        ("local.b", "one-2-true"),
        ('"${local.b}/x"', "one-2-true/x"),
        ("var.none", UNRESOLVED),
        ('"${var.none}"', UNRESOLVED),
        ('"${upper(var.a)}"', UNRESOLVED),
        ("null", None),
    ],
)
def test_it_resolves_defaults_and_locals(expression: str, expected: object) -> None:
    text = (
        'variable "a" {\n  default = "one"\n}\nvariable "c" {\n  default = true\n}\nvariable "none" {}\n'
        'locals {\n  n = 2\n  b = "${var.a}-${local.n}-${var.c}"\n}\n'
    )
    assert value(text + OUTPUT % expression) == expected


def test_it_takes_given_values_before_defaults() -> None:
    tree = tree_of({"main.tf": 'variable "a" {\n  default = 1\n}\n' + OUTPUT % "var.a", "terraform.tfvars": "a = 2\n"})
    (own,) = directories(tree)
    assert resolved(names_of(tree, own), own.blocks("output")[0].block.body.get("value")) == 2


def test_it_gives_up_on_names_that_go_round_or_grow() -> None:
    assert value("locals {\n  a = local.b\n  b = local.a\n}\n" + OUTPUT % "local.a") is UNRESOLVED
    steps = "".join(f'  l{n} = "' + f"${{local.l{n + 1}}}" * 100 + '"\n' for n in range(15))
    assert value(f'locals {{\n{steps}  l15 = ""\n}}\n' + OUTPUT % "local.l0") is UNRESOLVED


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("text", "kind", "host", "owner"),
    [
        ("./a", "local", "", ""),
        ("..", "local", "", ""),
        ("hashicorp/consul/aws", "registry", "", "hashicorp"),
        ("app.terraform.io/acme/vpc/aws", "registry", "app.terraform.io", "acme"),
        ("tfr:///a/b/c?version=1.2.3", "registry", "", ""),
        ("github.com/Acme/mods//vpc", "git", "github.com", "acme"),
        ("git@github.com:acme/mods.git?ref=v1", "git", "github.com", "acme"),
        ("git::ssh://git@host.example:22/acme/mods.git", "git", "host.example", "acme"),
        ("git::https://github.com/acme/mods.git//x?ref=v1&depth=1", "git", "github.com", "acme"),
        ("https://host.example/acme/mods.git?ref=v1", "git", "host.example", "acme"),
        ("https://host.example/m.zip", "archive", "host.example", "m.zip"),
        ("s3::https://s3.amazonaws.com/b/m.zip", "archive", "s3.amazonaws.com", "b"),
        ("/absolute", "other", "", ""),
        ("", "other", "", ""),
    ],
)
def test_it_knows_the_forms_of_a_source(text: str, kind: str, host: str, owner: str) -> None:
    found = address(text)
    assert (found.kind, found.host, found.owner) == (kind, host, owner)


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("0" * 40, "hash"), ("a1" * 32, "hash"), ("abc1234", "short"), ("v1.2.3", "tag"), ("1.2", "tag"), ("v1", "tag"),
        ("mod/v1.2.3", "tag"), ("mod-1.2.3-rc.1", "tag"), ("refs/tags/v1.2.3", "tag"), ("main", "moving"),
        ("HEAD", "moving"), ("release/1.2", "moving"), ("refs/heads/main", "moving"), ("develop-2", "moving"), ("", ""),
    ],
)  # fmt: skip
def test_it_knows_what_a_ref_is(ref: str, expected: str) -> None:
    assert fixed(ref) == expected


# ---------------------------------------------------------------- ignored paths


@pytest.mark.parametrize(
    ("lines", "hidden"),
    [
        (".terraform.lock.hcl", 1),
        ("# x\n*.lock.hcl", 2),
        ("**/.terraform.lock.hcl", 1),
        (".terraform*", 1),
        ("/a/*.hcl", 1),
        ("a/", 1),
        (".terraform*\n!.terraform.lock.hcl", 0),
        (".terraform", 0),
        ("**/.terraform/*", 0),
        ("/.terraform.lock.hcl", 0),
        ("b/", 0),
    ],
)
def test_it_finds_the_line_that_ignores_a_path(lines: str, hidden: int) -> None:
    found = hidden_by(tree_of({".gitignore": lines}), "a/.terraform.lock.hcl")
    assert found == (Place(".gitignore", hidden) if hidden else None)


def test_it_reads_nearer_files_after_farther_ones() -> None:
    tree = tree_of({".gitignore": "*.hcl\n", "a/.gitignore": "!.terraform.lock.hcl\n"})
    assert hidden_by(tree, "a/.terraform.lock.hcl") is None
    assert hidden_by(tree, "b/.terraform.lock.hcl") == Place(".gitignore", 1)


# ---------------------------------------------------------------- the JSON syntax


def test_it_reads_json_as_the_blocks_of_the_native_syntax() -> None:
    text = """{
      "//": "a comment",
      "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}, "backend": {"s3": {"key": "k"}}},
      "variable": {"size": {"type": "string", "validation": [{"condition": "${var.size != \\"\\"}"}]}},
      "resource": {"aws_s3_bucket": {"b": {"bucket": "${var.size}-x", "versioning": [{"enabled": true}]}}},
      "module": {"a": {"source": "./a"}}
    }"""
    (own,) = directories(tree_of({"main.tf.json": text}))
    assert own.settings("backend")[0].block.labels == ("s3",)
    assert own.settings("required_providers")[0].block.body.get("aws").get("source").text == "hashicorp/aws"
    rule = own.blocks("variable")[0].block.body.block("validation")
    assert rule.body.get("condition").references == ("var.size",)
    bucket = own.resources("aws_s3_bucket")[0]
    assert bucket.place == Place("main.tf.json", 5)
    assert bucket.block.body.get("bucket").references == ("var.size",)
    assert bucket.block.body.block("versioning").body.get("enabled").is_true


def test_it_reads_a_file_for_both_tools_once() -> None:
    (own,) = directories(tree_of({"main.tf": 'variable "a" {}\n', "main.tofu": 'variable "a" {}\n'}))
    assert len(own.blocks("variable")) == 1


# ---------------------------------------------------------------- roots and modules


def paths(files: dict[str, str], name: str = "") -> tuple[list[str], list[str]]:
    tree = tree_of(files)
    return [root.path for root in roots(tree)], [module.path for module in modules(tree, name)]


@pytest.mark.parametrize(
    "sign",
    [
        {"a/x.tf": 'terraform {\n  backend "s3" {}\n}\n'},
        {"a/x.tf": "terraform {\n  cloud {}\n}\n"},
        {"a/x.tf": 'provider "aws" {\n  region = "r"\n}\n'},
        {"a/.terraform.lock.hcl": ""},
        {"a/prod.tfvars": "b = 1\n"},
        {"a/vars/prod.tfvars": "b = 1\n"},
        {"atlantis.yaml": "version: 3\nprojects:\n  - dir: a\n"},
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  b:\n    runs-on: x\n    steps:\n"
            "      - run: terraform -chdir=a apply\n"
        },
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  b:\n    runs-on: x\n    steps:\n"
            "      - run: |\n          cd a\n          terraform plan\n"
        },
        {"a/terragrunt.hcl": "inputs = {}\n"},
        {"live/terragrunt.hcl": 'terraform {\n  source = "../a"\n}\n'},
    ],
)
def test_it_knows_a_root_by_its_signs(sign: dict[str, str]) -> None:
    found, _ = paths({"a/main.tf": 'resource "aws_vpc" "a" {}\n', **sign})
    assert found == ["a"]


@pytest.mark.parametrize(
    "files",
    [
        {"a/main.tf": 'resource "aws_vpc" "a" {}\n'},
        {"a/main.tf": 'provider "aws" {\n  alias = "b"\n}\n'},
        {"a/main.tf": 'variable "a" {}\n', "a/x.tfvars": "a = 1\n"},
        {"examples/a/main.tf": 'terraform {\n  backend "s3" {}\n}\n'},
        {
            "a/main.tf": 'resource "aws_vpc" "a" {}\n',
            ".github/workflows/a.yml": "on: push\njobs:\n  b:\n    runs-on: x\n    steps:\n"
            "      - run: terraform -chdir=a validate\n",
        },
    ],
)
def test_it_takes_nothing_else_for_a_root(files: dict[str, str]) -> None:
    assert paths(files)[0] == []


def test_it_judges_a_module_with_a_sign_of_a_root_as_both() -> None:
    files = {"infra/modules/a/main.tf": 'terraform {\n  backend "s3" {}\n}\n'}
    assert paths(files) == (["infra/modules/a"], ["infra/modules/a"])


def test_it_takes_calls_of_examples_for_a_sign_of_a_module() -> None:
    files = {"main.tf": 'resource "aws_vpc" "a" {}\n', "examples/x/main.tf": 'module "a" {\n  source = "../.."\n}\n'}
    assert paths(files) == ([], [""])


def test_it_follows_calls_that_go_round() -> None:
    tree = tree_of({"a/x.tf": 'module "b" {\n  source = "../b"\n}\n', "b/x.tf": 'module "a" {\n  source = "../a"\n}\n'})
    first, _ = directories(tree)
    assert [one.path for one in with_called(tree, first)] == ["a", "b"]


def test_it_reads_the_expressions_of_the_reader_it_builds_on() -> None:
    file, problems = read_hcl("a.tf", 'a = "${var.x}"\n')
    assert not problems
    assert file.body.get("a").references == ("var.x",)
