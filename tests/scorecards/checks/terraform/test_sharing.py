"""Modules without backends, and sources that do not move."""

import pytest

from ingest.repository.node import Place
from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import judge, verdict

FREE = "terraform-modules-free-of-backends"
PINNED = "terraform-module-sources-pinned"
HASH = "0123456789abcdef0123456789abcdef01234567"


def test_it_passes_a_module_that_leaves_both_to_its_callers() -> None:
    entry = "    aws = { configuration_aliases = [aws.a] }\n"
    text = f'terraform {{\n  required_providers {{\n{entry}  }}\n}}\nprovider "aws" {{}}\n'
    assert verdict(judge(FREE, {"modules/a/main.tf": text})) == Outcome.PASS


def test_it_fails_a_module_with_a_backend() -> None:
    for block in ('backend "s3" {}', "cloud {}"):
        (finding,) = judge(FREE, {"modules/a/main.tf": f"terraform {{\n  {block}\n}}\n"})
        assert finding.outcome == Outcome.FAIL
        assert finding.places == (Place("modules/a/main.tf", 2),)


def test_it_calls_a_module_that_configures_a_provider_partial() -> None:
    files = {"modules/a/main.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\n'}
    assert verdict(judge(FREE, files)) == Outcome.PARTIAL


def test_it_takes_a_called_folder_for_a_module() -> None:
    files = {
        "main.tf": 'module "a" {\n  source = "./parts/a"\n}\n',
        "parts/a/main.tf": 'terraform {\n  backend "s3" {}\n}\n',
    }
    (finding,) = judge(FREE, files)
    assert (finding.unit, finding.outcome) == ("parts/a", Outcome.FAIL)


def test_it_takes_the_top_of_a_published_module_for_one() -> None:
    files = {"main.tf": 'resource "aws_vpc" "a" {}\n'}
    assert verdict(judge(FREE, files, name="acme/terraform-aws-vpc")) == Outcome.PASS
    assert judge(FREE, files, name="acme/terraform-provider-thing") == []
    assert judge(FREE, files, name="acme/infrastructure") == []


def call(source: str, version: str = "") -> dict[str, str]:
    told = f'  version = "{version}"\n' if version else ""
    return {"main.tf": f'module "a" {{\n  source = "{source}"\n{told}}}\n'}


@pytest.mark.parametrize(
    ("source", "version", "expected"),
    [
        ("terraform-aws-modules/vpc/aws", "5.1.0", Outcome.PASS),
        ("terraform-aws-modules/vpc/aws", "~> 5.1", Outcome.PASS),
        ("terraform-aws-modules/vpc/aws//modules/x", ">= 5.0, < 6.0", Outcome.PASS),
        ("app.terraform.io/acme/vpc/aws", ">= 5.0", Outcome.PARTIAL),
        ("terraform-aws-modules/vpc/aws", "", Outcome.FAIL),
        (f"git::https://github.com/other/mods.git//vpc?ref={HASH}", "", Outcome.PASS),
        ("git::https://github.com/other/mods.git//vpc?ref=v1.2.0", "", Outcome.PARTIAL),
        ("github.com/other/mods?ref=abcdef1", "", Outcome.PARTIAL),
        ("git@github.com:other/mods.git?ref=main", "", Outcome.FAIL),
        ("git::ssh://git@github.com/other/mods.git?ref=release/1.2", "", Outcome.FAIL),
        ("github.com/other/mods", "", Outcome.FAIL),
        ("git::https://git.acme.example/mods.git?ref=v1.2.0", "", Outcome.PASS),
        ("git::https://github.com/acme/mods.git?ref=v1.2.0", "", Outcome.PASS),
        ("https://files.example/mods-1.2.0.zip", "", Outcome.PASS),
        ("https://github.com/other/mods/archive/refs/tags/v1.2.0.tar.gz", "", Outcome.PARTIAL),
        ("https://files.example/mods.zip", "", Outcome.FAIL),
        (f"s3::https://s3.amazonaws.com/acme/{HASH}.zip", "", Outcome.PASS),
    ],
)
def test_it_judges_a_source_by_what_fixes_it(source: str, version: str, expected: Outcome) -> None:
    assert verdict(judge(PINNED, call(source, version), name="acme/infra")) == expected


def test_it_says_nothing_of_local_sources() -> None:
    assert judge(PINNED, call("../network")) == []


def test_it_shows_the_lines_of_source_and_version() -> None:
    (finding,) = judge(PINNED, call("terraform-aws-modules/vpc/aws", "5.1.0"))
    assert finding.places == (Place("main.tf", 2), Place("main.tf", 3))
    assert finding.unit == ". module.a"


def test_it_resolves_a_variable_with_a_default() -> None:
    text = 'variable "v" {\n  default = "1.2.0"\n}\nmodule "a" {\n  source = "a/b/c"\n  version = var.v\n}\n'
    assert verdict(judge(PINNED, {"main.tf": text})) == Outcome.PASS
    assert verdict(judge(PINNED, {"main.tf": text.replace("default", "description")})) == Outcome.UNKNOWN


def test_it_judges_the_sources_of_terragrunt() -> None:
    unit = 'terraform {\n  source = "git::https://github.com/other/mods.git//a?ref=main"\n}\n'
    (finding,) = judge(PINNED, {"main.tf": "", "live/a/terragrunt.hcl": unit})
    assert (finding.unit, finding.outcome) == ("live/a terragrunt", Outcome.FAIL)
    pinned = unit.replace("ref=main", f"ref={HASH}")
    assert verdict(judge(PINNED, {"live/a/terragrunt.hcl": pinned})) == Outcome.PASS


def test_it_judges_the_sources_of_a_stack_file() -> None:
    stack = 'unit "db" {\n  source = "github.com/other/catalog//units/db"\n  path = "db"\n}\n'
    (finding,) = judge(PINNED, {"live/terragrunt.stack.hcl": stack})
    assert (finding.unit, finding.outcome) == ("live unit.db", Outcome.FAIL)
