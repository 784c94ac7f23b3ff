"""No file, whatever it holds, makes a check of Terraform fail or hang."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scorecards.checks.judging import judge

CHECKS = (
    "terraform-version-bounded",
    "terraform-providers-declared-and-bounded",
    "terraform-lock-file-committed",
    "terraform-modules-free-of-backends",
    "terraform-module-sources-pinned",
    "terraform-state-is-remote",
    "terraform-state-is-encrypted",
    "terraform-state-is-locked",
    "terraform-state-isolated-per-environment",
    "terraform-state-not-in-git",
    "terraform-variables-typed-and-described",
    "terraform-inputs-validated",
    "terraform-secrets-marked-sensitive",
    "terraform-module-layout-is-standard",
    "terraform-modules-tested",
    "infrastructure-tests-assert-and-destroy",
)
WORDS = [
    "terraform", "backend", '"s3"', "cloud", "required_providers", "required_version", "provider", '"aws"', "resource",
    '"aws_s3_bucket"', '"x"', "{", "}", "[", "]", "(", ")", "=", "\n", "variable", "output", "module", "source",
    "version", "type", "default", "validation", "condition", "sensitive", "true", "null", '"${var.x}"',
    '"${local.x}"', "var.x",
    "locals", "x", "<<EOF\n", "EOF\n", "#", "generate", "contents", "include", "path", "remote_state", "config",
    "unit",
    "workspaces", "tags", ".", ",", "1", "run", "assert", "hashes", '"h1:"', "find_in_parent_folders()", "any", "for",
]  # fmt: skip
GO = [
    "func", "TestA", "(", ")", "{", "}", "t", "defer", "terraform", ".", "Destroy", "InitAndApply", "assert", "Equal",
    ":=", "TerraformDir", ":", '"../a"', "fmt", "Sprintf", '"%s"', ",", "+", "x", "`", "'", '"', "//", "/*", "\n",
    "Cleanup", "suite", "Run", "interface", "[", "]", "CopyTerraformFolderToTemp", "import",
    '"github.com/gruntwork-io/terratest/modules/terraform"',
]  # fmt: skip
PLACES = ("main.tf", "modules/a/main.tf", "live/terragrunt.hcl", "root.hcl", "prod.tfbackend", "terraform.tfvars",
          ".terraform.lock.hcl", "tests/a.tftest.hcl", "live/terragrunt.stack.hcl")  # fmt: skip


def run_all(files: dict[str, str]) -> None:
    for check in CHECKS:
        for finding in judge(check, files, name="acme/terraform-aws-thing"):
            assert finding.unit
            assert 0 < len(finding.message) <= 260


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(WORDS), max_size=60), st.integers(0, 2**32))
def test_it_survives_any_order_of_words(words: list[str], seed: int) -> None:
    shuffled = random.Random(seed)
    files = {}
    for place in PLACES:
        shuffled.shuffle(words)
        files[place] = " ".join(words)
    run_all(files)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(GO), max_size=80))
def test_it_survives_any_go(words: list[str]) -> None:
    text = 'import "github.com/gruntwork-io/terratest/modules/terraform"\n' + " ".join(words)
    run_all({"test/a_test.go": text, "modules/a/main.tf": "", "test/test_a.py": "import tftest\n" + " ".join(words)})


TEXTS = st.sampled_from(["", "x", "${var.x}", "%{ if }", "${", "END_OF_TEXT${a}"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(
        ["terraform", "backend", "s3", "cloud", "required_providers", "aws", "source", "version", "variable", "output",
         "module", "resource", "aws_s3_bucket", "x", "validation", "condition", "lifecycle", "locals", "provider", "//"]
    ), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON)
def test_it_survives_any_json(value: object) -> None:
    text = json.dumps(value)
    run_all({"main.tf.json": text, "modules/a/main.tf.json": text, "terraform.tfvars.json": text, "old.json": text})


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000,
        "a {" * 3000,
        '"' * 20000,
        'x = "' + "${" * 5000,
        'module "a" {\n  source = "' + "a/" * 5000 + '"\n}\n',
        "\0\0\0",
        'variable "' + "token_" * 5000 + '" {}\n',
        'variable "a" {\n  description = "' + " of" * 20000 + '"\n}\n',
    ],
)
def test_it_survives_files_that_are_deep_or_long(text: str) -> None:
    run_all(dict.fromkeys(PLACES, text) | {"modules/b/variables.tf": text})


@pytest.mark.parametrize(
    "piece", ["defer ", "TerraformDir: (", '\\"', "/*", "`", "func (", "defer f(", "a := a + ", "'"]
)
def test_it_survives_go_that_repeats_itself(piece: str) -> None:
    library = 'import "github.com/gruntwork-io/terratest/modules/terraform"\n'
    head = library + "func TestA(t *testing.T) {\nterraform.Apply(t, o)\n"
    run_all({"test/a_test.go": head + piece * 20_000, "modules/a/main.tf": ""})


@pytest.mark.parametrize(
    "script", ["sudo", "env", "poetry run", "cd", "terraform", "terraform -chdir=", "cd $X && terraform apply"]
)
def test_it_survives_pipelines_with_half_a_command(script: str) -> None:
    workflow = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: {script}\n"
    run_all({"main.tf": 'provider "aws" {\n  region = "r"\n}\n', ".github/workflows/a.yml": workflow})
