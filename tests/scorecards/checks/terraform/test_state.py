"""State that is kept remotely, encrypted and locked."""

import pytest

from ingest.repository.node import Place
from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict

REMOTE = "terraform-state-is-remote"
ENCRYPTED = "terraform-state-is-encrypted"
LOCKED = "terraform-state-is-locked"
PROVIDER = 'provider "aws" {\n  region = "eu-west-1"\n}\n'


def backend(kind: str, settings: str = "", version: str = "~> 1.10") -> dict[str, str]:
    text = f'terraform {{\n  required_version = "{version}"\n  backend "{kind}" {{\n{settings}\n  }}\n}}\n'
    return {"infra/main.tf": text}


S3 = '    bucket = "b"\n    key = "k"\n'


# ---------------------------------------------------------------- remote


@pytest.mark.parametrize("kind", ["s3", "azurerm", "gcs", "http", "pg", "consul", "kubernetes", "oss", "cos", "remote"])
def test_it_passes_every_remote_backend(kind: str) -> None:
    (finding,) = judge(REMOTE, backend(kind))
    assert finding.outcome == Outcome.PASS
    assert finding.places == (Place("infra/main.tf", 3),)


def test_it_passes_a_cloud_block() -> None:
    assert (
        verdict(judge(REMOTE, {"main.tf": 'terraform {\n  cloud {\n    organization = "a"\n  }\n}\n'})) == Outcome.PASS
    )


def test_it_fails_a_root_without_a_backend_or_with_a_local_one() -> None:
    assert verdict(judge(REMOTE, {"main.tf": PROVIDER})) == Outcome.FAIL
    assert verdict(judge(REMOTE, backend("local"))) == Outcome.FAIL


def test_it_calls_a_commented_backend_partial() -> None:
    files = {"main.tf": PROVIDER + '# terraform {\n#   backend "s3" {\n#   }\n# }\n'}
    (finding,) = judge(REMOTE, files)
    assert finding.outcome == Outcome.PARTIAL
    assert finding.places == (Place("main.tf", 5),)


def test_it_calls_a_root_partial_whose_stack_is_remote_elsewhere() -> None:
    files = {
        "live/a/main.tf": 'terraform {\n  backend "s3" {}\n}\n' + PROVIDER,
        "live/b/main.tf": PROVIDER,
        "live/c/main.tf": 'provider "google" {\n  project = "p"\n}\n',
    }
    outcomes = {finding.unit: finding.outcome for finding in judge(REMOTE, files)}
    assert outcomes == {"live/a": Outcome.PASS, "live/b": Outcome.PARTIAL, "live/c": Outcome.FAIL}


def test_it_does_not_know_a_backend_that_is_injected() -> None:
    options = Options(state_backend_injected=True)
    assert verdict(judge(REMOTE, {"main.tf": PROVIDER}, options=options)) == Outcome.UNKNOWN


def test_it_asks_nothing_of_examples_and_of_roots_for_tests() -> None:
    assert judge(REMOTE, {"examples/a/main.tf": PROVIDER}) == []
    assert verdict(judge(REMOTE, {"tests/setup/main.tf": PROVIDER})) == Outcome.NOT_APPLICABLE


def test_it_takes_the_state_of_terragrunt_from_an_included_file() -> None:
    files = {
        "root.hcl": 'remote_state {\n  backend = "s3"\n  config = {\n    bucket = "b"\n    encrypt = true\n  }\n}\n',
        "live/a/terragrunt.hcl": 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n',
    }
    (finding,) = judge(REMOTE, files)
    assert (finding.unit, finding.outcome) == ("live/a", Outcome.PASS)
    assert finding.places == (Place("root.hcl", 1),)
    assert verdict(judge(ENCRYPTED, files)) == Outcome.PASS


def test_it_does_not_know_what_a_lost_include_holds() -> None:
    files = {"live/a/terragrunt.hcl": 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n'}
    assert verdict(judge(REMOTE, files)) == Outcome.UNKNOWN


# ---------------------------------------------------------------- encryption


def test_it_passes_explicit_encryption() -> None:
    (finding,) = judge(ENCRYPTED, backend("s3", S3 + "    encrypt = true"))
    assert finding.outcome == Outcome.PASS
    assert finding.places == (Place("infra/main.tf", 6),)


@pytest.mark.parametrize("kind", ["gcs", "azurerm", "remote", "cos"])
def test_it_passes_backends_that_always_encrypt(kind: str) -> None:
    assert verdict(judge(ENCRYPTED, backend(kind))) == Outcome.PASS


@pytest.mark.parametrize("kind", ["http", "pg", "consul", "kubernetes"])
def test_it_cannot_judge_backends_that_do_not_say(kind: str) -> None:
    assert verdict(judge(ENCRYPTED, backend(kind))) == Outcome.UNKNOWN


def test_it_fails_s3_without_encryption() -> None:
    assert verdict(judge(ENCRYPTED, backend("s3", S3))) == Outcome.FAIL
    assert verdict(judge(ENCRYPTED, backend("s3", S3 + "    encrypt = false"))) == Outcome.FAIL
    assert verdict(judge(ENCRYPTED, backend("s3", S3 + '    kms_key_id = "k"'))) == Outcome.FAIL


def test_it_calls_the_rule_of_the_bucket_alone_partial() -> None:
    files = backend("s3", S3) | {
        "bootstrap/main.tf": 'resource "aws_s3_bucket" "state" {\n  bucket = "b"\n}\n'
        'resource "aws_s3_bucket_server_side_encryption_configuration" "state" {\n'
        "  bucket = aws_s3_bucket.state.id\n}\n"
    }
    (finding,) = judge(ENCRYPTED, files)
    assert finding.outcome == Outcome.PARTIAL
    assert finding.places[1] == Place("bootstrap/main.tf", 1)


def test_it_completes_a_backend_with_its_files() -> None:
    files = backend("s3") | {"infra/prod.s3.tfbackend": 'bucket = "b"\nkey = "k"\nencrypt = true\n'}
    assert verdict(judge(ENCRYPTED, files)) == Outcome.PASS
    files["infra/dev.s3.tfbackend"] = 'bucket = "c"\nkey = "k"\n'
    assert verdict(judge(ENCRYPTED, files)) == Outcome.FAIL


def test_it_does_not_know_a_backend_that_is_completed_elsewhere() -> None:
    assert verdict(judge(ENCRYPTED, backend("s3"))) == Outcome.UNKNOWN
    assert verdict(judge(ENCRYPTED, backend("s3", S3 + "    encrypt = var.encrypt"))) == Outcome.UNKNOWN


def test_it_asks_no_encryption_of_local_state() -> None:
    assert verdict(judge(ENCRYPTED, {"main.tf": PROVIDER})) == Outcome.NOT_APPLICABLE


def test_it_passes_the_encryption_of_opentofu() -> None:
    text = 'terraform {\n  backend "s3" {\n    bucket = "b"\n    key = "k"\n  }\n  encryption {}\n}\n'
    assert verdict(judge(ENCRYPTED, {"main.tofu": text})) == Outcome.PASS


# ---------------------------------------------------------------- locking


def test_it_passes_a_lock_file_with_a_version_that_knows_it() -> None:
    assert verdict(judge(LOCKED, backend("s3", S3 + "    use_lockfile = true"))) == Outcome.PASS


def test_it_calls_a_lock_file_partial_where_older_versions_are_allowed() -> None:
    found = judge(LOCKED, backend("s3", S3 + "    use_lockfile = true", version=">= 1.5"))
    assert verdict(found) == Outcome.PARTIAL


def test_it_calls_the_table_alone_partial() -> None:
    (finding,) = judge(LOCKED, backend("s3", S3 + '    dynamodb_table = "t"'))
    assert finding.outcome == Outcome.PARTIAL
    assert finding.places == (Place("infra/main.tf", 6),)


def test_it_fails_s3_without_a_lock() -> None:
    assert verdict(judge(LOCKED, backend("s3", S3))) == Outcome.FAIL


@pytest.mark.parametrize("kind", ["azurerm", "gcs", "pg", "consul", "kubernetes", "remote"])
def test_it_passes_backends_that_lock_by_themselves(kind: str) -> None:
    assert verdict(judge(LOCKED, backend(kind))) == Outcome.PASS


def test_it_asks_both_addresses_of_http() -> None:
    address = '    address = "https://state"\n    lock_address = "https://lock"\n'
    assert verdict(judge(LOCKED, backend("http", address))) == Outcome.FAIL
    assert verdict(judge(LOCKED, backend("http", address + '    unlock_address = "https://lock"'))) == Outcome.PASS


def test_it_fails_where_a_script_switches_the_lock_off() -> None:
    files = backend("gcs", '    bucket = "b"') | {"run.sh": "#!/bin/sh\nterraform apply -lock=false\n"}
    (finding,) = judge(LOCKED, files)
    assert finding.outcome == Outcome.FAIL
    assert finding.places[0] == Place("run.sh", 2)


def test_it_fails_only_the_root_in_whose_folder_the_lock_is_off() -> None:
    text = 'terraform {\n  backend "gcs" {\n    bucket = "b"\n  }\n}\n'
    workflow = (
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: terraform plan -lock=false\n"
        "        working-directory: live/a\n"
    )
    files = {"live/a/main.tf": text, "live/b/main.tf": text, ".github/workflows/ci.yml": workflow}
    outcomes = {finding.unit: finding.outcome for finding in judge(LOCKED, files)}
    assert outcomes == {"live/a": Outcome.FAIL, "live/b": Outcome.PASS}


def test_it_fails_where_the_environment_switches_the_lock_off() -> None:
    workflow = (
        "on: push\nenv:\n  TF_CLI_ARGS_plan: -lock=false\njobs:\n  a:\n    runs-on: x\n    steps:\n"
        "      - run: terraform plan\n"
    )
    files = backend("gcs", '    bucket = "b"') | {".github/workflows/ci.yml": workflow}
    assert verdict(judge(LOCKED, files)) == Outcome.FAIL


def test_it_fails_where_a_makefile_or_terragrunt_switches_the_lock_off() -> None:
    root = backend("gcs", '    bucket = "b"')
    make = "TF = terraform\napply:\n\tcd infra && $(TF) apply -lock=false\n"
    assert verdict(judge(LOCKED, root | {"Makefile": make})) == Outcome.FAIL
    assert verdict(judge(LOCKED, root | {"run.sh": "export TF_CLI_ARGS='-lock=false'\n"})) == Outcome.FAIL
    unit = 'terraform {\n  extra_arguments "x" {\n    arguments = ["-lock=false"]\n  }\n}\n'
    (finding,) = judge(LOCKED, root | {"infra/terragrunt.hcl": unit})
    assert finding.outcome == Outcome.FAIL
    assert finding.places[0] == Place("infra/terragrunt.hcl", 2)


def test_it_asks_no_lock_of_local_state() -> None:
    assert verdict(judge(LOCKED, {"main.tf": PROVIDER})) == Outcome.NOT_APPLICABLE
