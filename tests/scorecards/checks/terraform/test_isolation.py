"""State that environments and regions do not share."""

from ingest.repository.node import Place
from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Options
from tests.scorecards.checks.judging import judge, verdict

CHECK = "terraform-state-isolated-per-environment"
READS = 'resource "aws_vpc" "a" {\n  tags = { env = var.environment }\n}\n'


def s3(key: str, bucket: str = "b") -> str:
    return f'terraform {{\n  backend "s3" {{\n    bucket = "{bucket}"\n    key = "{key}"\n  }}\n}}\n'


def test_it_passes_a_state_for_each_environment() -> None:
    files = {"live/dev/main.tf": s3("dev/x"), "live/prod/main.tf": s3("prod/x")}
    assert verdict(judge(CHECK, files)) == Outcome.PASS


def test_it_fails_two_roots_that_share_one_state() -> None:
    files = {"live/dev/main.tf": s3("x"), "live/prod/main.tf": s3("x")}
    (finding,) = judge(CHECK, files)
    assert finding.outcome == Outcome.FAIL
    assert finding.places == (Place("live/dev/main.tf", 4), Place("live/prod/main.tf", 4))


def test_it_passes_one_key_in_a_bucket_for_each_environment() -> None:
    files = {"live/dev/main.tf": s3("x", "dev-b"), "live/prod/main.tf": s3("x", "prod-b")}
    assert verdict(judge(CHECK, files)) == Outcome.PASS


def test_it_fails_two_files_of_settings_with_one_place() -> None:
    files = {
        "main.tf": 'terraform {\n  backend "s3" {}\n}\n' + READS,
        "dev.tfbackend": 'bucket = "b"\nkey = "k"\n',
        "prod.tfbackend": 'bucket = "b"\nkey = "k"\n',
    }
    assert verdict(judge(CHECK, files)) == Outcome.FAIL
    files["prod.tfbackend"] = 'bucket = "b"\nkey = "prod/k"\n'
    assert verdict(judge(CHECK, files)) == Outcome.PASS


def test_it_calls_a_single_root_partial_whose_key_names_no_environment() -> None:
    (finding,) = judge(CHECK, {"infra/main.tf": s3("infra/x") + READS})
    assert finding.outcome == Outcome.PARTIAL
    assert finding.places == (Place("infra/main.tf", 4),)
    assert verdict(judge(CHECK, {"infra/main.tf": s3("prod/x") + READS})) == Outcome.PASS


def test_it_takes_a_variable_in_the_key_for_the_environment() -> None:
    assert verdict(judge(CHECK, {"main.tofu": s3("${var.environment}/x") + READS})) == Outcome.PASS


def test_it_calls_isolation_by_workspaces_partial() -> None:
    text = s3("x") + "locals {\n  env = terraform.workspace\n}\n"
    (finding,) = judge(CHECK, {"main.tf": text})
    assert finding.outcome == Outcome.PARTIAL
    assert finding.places == (Place("main.tf", 8),)


def test_it_calls_workspaces_of_the_cloud_partial_unless_each_is_named() -> None:
    cloud = 'terraform {{\n  cloud {{\n    organization = "o"\n    workspaces {{\n      {0}\n    }}\n  }}\n}}\n'
    assert verdict(judge(CHECK, {"main.tf": cloud.format('tags = ["a"]') + READS})) == Outcome.PARTIAL
    assert verdict(judge(CHECK, {"main.tf": cloud.format('name = "app-prod"') + READS})) == Outcome.PASS


def test_it_tells_states_apart_by_the_prefix_of_their_workspaces() -> None:
    text = s3("x").replace("    key", '    workspace_key_prefix = "{0}"\n    key')
    use = "locals {\n  env = terraform.workspace\n}\n"
    files = {"a/main.tf": text.replace("{0}", "a") + use, "b/main.tf": text.replace("{0}", "b") + use}
    assert verdict(judge(CHECK, files)) == Outcome.PARTIAL


def test_it_does_not_know_a_place_that_is_given_elsewhere() -> None:
    files = {"main.tf": 'terraform {\n  backend "s3" {}\n}\n' + READS}
    assert verdict(judge(CHECK, files)) == Outcome.UNKNOWN


def test_it_does_not_know_an_injected_backend() -> None:
    options = Options(state_backend_injected=True)
    assert verdict(judge(CHECK, {"main.tf": s3("x") + READS}, options=options)) == Outcome.UNKNOWN


def test_it_asks_nothing_where_one_environment_is_visible() -> None:
    assert verdict(judge(CHECK, {"infra/main.tf": s3("x")})) == Outcome.NOT_APPLICABLE
    assert judge(CHECK, {"README.md": "x"}) == []


def test_it_sees_environments_in_files_of_values_and_in_matrices() -> None:
    values = {"infra/main.tf": s3("x"), "infra/dev.tfvars": "a = 1\n", "infra/prod.tfvars": "a = 1\n"}
    assert verdict(judge(CHECK, values)) == Outcome.PARTIAL
    workflow = (
        "on: push\njobs:\n  a:\n    runs-on: x\n    strategy:\n      matrix:\n        env: [dev, prod]\n    steps:\n"
        "      - run: terraform apply\n        working-directory: infra\n"
    )
    files = {"infra/main.tf": s3("x"), ".github/workflows/ci.yml": workflow}
    assert verdict(judge(CHECK, files)) == Outcome.PARTIAL


def test_it_asks_for_the_region_where_several_are_visible() -> None:
    files = {
        "infra/main.tf": s3("prod/x") + READS,
        "infra/eu-west-1.tfvars": "a = 1\n",
        "infra/us-east-1.tfvars": "a = 1\n",
    }
    (finding,) = judge(CHECK, files)
    assert finding.outcome == Outcome.PARTIAL
    assert "region" in finding.message


def test_it_follows_the_folders_of_terragrunt() -> None:
    key = '    key = "${path_relative_to_include()}/terraform.tfstate"\n'
    files = {
        "root.hcl": f'remote_state {{\n  backend = "s3"\n  config = {{\n    bucket = "b"\n{key}  }}\n}}\n',
        "dev/a/terragrunt.hcl": 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n',
        "prod/a/terragrunt.hcl": 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n',
    }
    assert verdict(judge(CHECK, files)) == Outcome.PASS
    files["root.hcl"] = files["root.hcl"].replace("${path_relative_to_include()}", "all")
    assert verdict(judge(CHECK, files)) == Outcome.FAIL
