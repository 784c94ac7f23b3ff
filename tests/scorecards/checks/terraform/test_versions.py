"""Bounds of the tool's version, of providers, and the lock file."""

from ingest.repository.node import Place
from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import judge, verdict

VERSION = "terraform-version-bounded"
PROVIDERS = "terraform-providers-declared-and-bounded"
LOCK = "terraform-lock-file-committed"

BACKEND = 'terraform {\n  backend "s3" {}\n}\n'


def root(terraform: str = "", rest: str = "") -> str:
    return f'terraform {{\n  backend "s3" {{}}\n{terraform}\n}}\n{rest}\n'


AWS = '  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n      version = "~> 5.0"\n    }\n  }'
LOCKED = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.1.0"\n  hashes = [\n    "h1:abc=",\n  ]\n}\n'


# ---------------------------------------------------------------- the tool


def test_it_passes_a_version_with_both_bounds() -> None:
    for version in ("~> 1.9", ">= 1.9, < 2.0", "1.9.5", "= 1.9"):
        found = judge(VERSION, {"infra/main.tf": root(f'  required_version = "{version}"')})
        assert verdict(found) == Outcome.PASS, version


def test_it_calls_one_bound_partial_and_shows_its_line() -> None:
    for version in (">= 1.9", "< 2.0", ">= 1.9, != 1.9.3"):
        (finding,) = judge(VERSION, {"infra/main.tf": root(f'  required_version = "{version}"')})
        assert finding.outcome == Outcome.PARTIAL, version
        assert finding.places == (Place("infra/main.tf", 3),)


def test_it_fails_a_root_without_a_version() -> None:
    (finding,) = judge(VERSION, {"infra/main.tf": BACKEND})
    assert finding.outcome == Outcome.FAIL
    assert finding.unit == "infra"
    assert finding.places == (Place("infra/main.tf", 1),)


def test_it_takes_the_terraform_blocks_of_all_files_together() -> None:
    files = {
        "main.tf": root('  required_version = ">= 1.9"'),
        "versions.tf": 'terraform {\n  required_version = "< 2.0.0"\n}\n',
    }
    assert verdict(judge(VERSION, files)) == Outcome.PASS


def test_it_reads_the_json_syntax() -> None:
    text = '{"terraform": [{"required_version": "~> 1.9", "backend": {"gcs": {"bucket": "b"}}}]}'
    assert verdict(judge(VERSION, {"main.tf.json": text})) == Outcome.PASS


def test_it_fails_what_is_no_constraint() -> None:
    assert verdict(judge(VERSION, {"main.tf": root('  required_version = "latest"')})) == Outcome.FAIL


def test_it_does_not_know_a_computed_version() -> None:
    assert verdict(judge(VERSION, {"main.tf": root("  required_version = var.version")})) == Outcome.UNKNOWN


def test_it_does_not_ask_modules_and_examples() -> None:
    module = {"modules/a/main.tf": 'resource "aws_vpc" "a" {}\n', "examples/b/main.tf": BACKEND}
    assert judge(VERSION, module) == []


def test_it_takes_a_version_that_terragrunt_generates() -> None:
    unit = (
        'generate "versions" {\n  path     = "versions.tf"\n  contents = <<EOF\n'
        'terraform {\n  required_version = "~> 1.9"\n}\nEOF\n}\n'
    )
    files = {"live/main.tf": 'resource "aws_vpc" "a" {}\n', "live/terragrunt.hcl": unit}
    (finding,) = judge(VERSION, files)
    assert finding.outcome == Outcome.PASS
    assert finding.places == (Place("live/terragrunt.hcl", 5),)


# ---------------------------------------------------------------- providers


def test_it_passes_a_provider_with_source_and_bounded_version() -> None:
    files = {"main.tf": root(AWS, 'resource "aws_vpc" "a" {}')}
    assert verdict(judge(PROVIDERS, files)) == Outcome.PASS


def test_it_fails_an_undeclared_provider_at_its_first_use() -> None:
    files = {"main.tf": root(AWS, 'resource "aws_vpc" "a" {}\nresource "random_pet" "b" {}')}
    (finding,) = judge(PROVIDERS, files)
    assert finding.outcome == Outcome.FAIL
    assert finding.places == (Place("main.tf", 11),)


def test_it_fails_a_provider_without_a_version() -> None:
    files = {"main.tf": 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'}
    assert verdict(judge(PROVIDERS, files)) == Outcome.FAIL


def test_it_calls_the_old_short_form_partial() -> None:
    files = {"main.tf": 'terraform {\n  required_providers {\n    aws = "~> 5.0"\n  }\n}\n'}
    assert verdict(judge(PROVIDERS, files)) == Outcome.PARTIAL


def test_it_takes_a_version_in_the_provider_block_as_one_without_a_source() -> None:
    assert verdict(judge(PROVIDERS, {"main.tf": 'provider "aws" {\n  version = "~> 2.0"\n}\n'})) == Outcome.PARTIAL


def test_it_lets_a_module_leave_the_ceiling_open_but_not_a_root() -> None:
    entry = '    aws = {\n      source = "a/b"\n      version = ">= 5"\n    }\n'
    text = f"terraform {{\n  required_providers {{\n{entry}  }}\n}}\n"
    assert verdict(judge(PROVIDERS, {"modules/a/main.tf": text})) == Outcome.PASS
    as_root = text + 'terraform {\n  backend "s3" {}\n}\n'
    assert verdict(judge(PROVIDERS, {"live/main.tf": as_root})) == Outcome.PARTIAL


def test_it_takes_the_provider_from_the_meta_argument() -> None:
    files = {"main.tf": 'resource "aws_vpc" "a" {\n  provider = special.west\n}\n'}
    (finding,) = judge(PROVIDERS, files)
    assert "special" in finding.message


def test_it_asks_nothing_of_a_directory_without_providers() -> None:
    files = {"main.tf": 'resource "terraform_data" "a" {}\noutput "b" {\n  value = aws_vpc.x.id\n}\n'}
    assert verdict(judge(PROVIDERS, files)) == Outcome.NOT_APPLICABLE


# ---------------------------------------------------------------- the lock file


def test_it_passes_a_lock_file_that_holds_the_providers_in_use() -> None:
    assert verdict(judge(LOCK, {"a/main.tf": root(AWS), "a/.terraform.lock.hcl": LOCKED})) == Outcome.PASS


def test_it_calls_a_stale_lock_file_partial() -> None:
    files = {"main.tf": root(AWS, 'resource "random_pet" "b" {}'), ".terraform.lock.hcl": LOCKED}
    (finding,) = judge(LOCK, files)
    assert finding.outcome == Outcome.PARTIAL
    assert finding.value == "hashicorp/random"


def test_it_asks_for_the_providers_of_local_modules_too() -> None:
    files = {
        "main.tf": root(AWS, 'module "a" {\n  source = "./modules/a"\n}'),
        "modules/a/main.tf": 'resource "random_pet" "b" {}\n',
        ".terraform.lock.hcl": LOCKED,
    }
    assert [finding.outcome for finding in judge(LOCK, files)] == [Outcome.PARTIAL, Outcome.NOT_APPLICABLE]


def test_it_calls_a_lock_file_without_hashes_partial() -> None:
    bare = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.1.0"\n}\n'
    assert verdict(judge(LOCK, {"main.tf": root(AWS), ".terraform.lock.hcl": bare})) == Outcome.PARTIAL


def test_it_fails_a_root_without_a_lock_file() -> None:
    assert verdict(judge(LOCK, {"main.tf": root(AWS)})) == Outcome.FAIL


def test_it_shows_the_line_that_hides_the_lock_file() -> None:
    files = {"infra/main.tf": root(AWS), ".gitignore": "*.log\n.terraform*\n"}
    (finding,) = judge(LOCK, files)
    assert finding.outcome == Outcome.FAIL
    assert finding.places[0] == Place(".gitignore", 2)


def test_it_asks_no_lock_file_of_a_root_without_providers() -> None:
    files = {"main.tf": root(rest='resource "terraform_data" "a" {}')}
    assert verdict(judge(LOCK, files)) == Outcome.NOT_APPLICABLE


def test_it_does_not_know_the_providers_of_modules_from_elsewhere() -> None:
    files = {"main.tf": root(rest='module "a" {\n  source = "terraform-aws-modules/vpc/aws"\n}')}
    assert verdict(judge(LOCK, files)) == Outcome.UNKNOWN


def test_it_finds_the_lock_file_beside_terragrunt_hcl() -> None:
    files = {
        "modules/a/main.tf": 'resource "aws_vpc" "a" {}\n',
        "live/terragrunt.hcl": 'terraform {\n  source = "../modules/a"\n}\n',
        "live/.terraform.lock.hcl": LOCKED,
    }
    (finding,) = judge(LOCK, files)
    assert (finding.unit, finding.outcome) == ("live", Outcome.PASS)
