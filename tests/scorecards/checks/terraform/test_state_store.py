"""State and plans kept out of git, and the bucket that holds the state."""

import pytest

from ingest.repository.node import Place
from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import judge, verdict

CHECK = "terraform-state-not-in-git"
MAIN = 'terraform {\n  backend "s3" {\n    bucket = "acme-state"\n    key = "k"\n  }\n}\n'
BUCKET = 'resource "aws_s3_bucket" "state" {\n  bucket = "acme-state"\n}\n'
VERSIONED = (
    'resource "aws_s3_bucket_versioning" "state" {\n  bucket = aws_s3_bucket.state.id\n'
    '  versioning_configuration {\n    status = "Enabled"\n  }\n}\n'
)
PRIVATE = (
    'resource "aws_s3_bucket_public_access_block" "state" {\n  bucket = aws_s3_bucket.state.id\n'
    "  block_public_acls = true\n  block_public_policy = true\n"
    "  ignore_public_acls = true\n  restrict_public_buckets = true\n}\n"
)
LOGGED = 'resource "aws_s3_bucket_logging" "state" {\n  bucket = "acme-state"\n  target_bucket = "logs"\n}\n'


def test_it_passes_a_repository_that_tracks_none() -> None:
    (finding,) = judge(CHECK, {"main.tf": MAIN})
    assert (finding.unit, finding.outcome) == ("repository", Outcome.PASS)


@pytest.mark.parametrize(
    "path",
    [
        "terraform.tfstate", "a/b.tfstate.backup", "out.tfplan", "a/tfplan", "crash.log", "a/.terraform/x.json",
        "terraform.tfstate.d/dev/terraform.tfstate",
    ],
)  # fmt: skip
def test_it_fails_what_terraform_leaves_behind(path: str) -> None:
    (finding,) = judge(CHECK, {"main.tf": MAIN, path: "{}"})
    assert finding.outcome == Outcome.FAIL
    assert finding.places == (Place(path),)


def test_it_finds_a_renamed_state_or_plan_by_its_content() -> None:
    state = '{"version": 4, "serial": 3, "lineage": "a", "resources": []}'
    assert verdict(judge(CHECK, {"main.tf": MAIN, "backup/old.json": state})) == Outcome.FAIL
    plan = '{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {}}'
    assert verdict(judge(CHECK, {"main.tf": MAIN, "plan.json": plan})) == Outcome.FAIL


def test_it_leaves_alone_what_only_looks_like_state() -> None:
    files = {
        "main.tf": MAIN,
        "backend.tfstate.tf": "",
        "test/fixtures/terraform.tfstate": "{}",
        "a.json": '{"lineage": "x"}',
        "docs/state.md": "A state has a lineage and a serial.",
    }
    assert verdict(judge(CHECK, files)) == Outcome.PASS


def test_it_passes_a_bucket_that_is_versioned_private_and_logged() -> None:
    files = {"main.tf": MAIN, "bootstrap/main.tf": BUCKET + VERSIONED + PRIVATE + LOGGED}
    (finding,) = judge(CHECK, files)
    assert finding.outcome == Outcome.PASS
    assert finding.places == (Place("bootstrap/main.tf", 1),)


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        (BUCKET + PRIVATE + LOGGED, "versioning"),
        (BUCKET + VERSIONED + LOGGED, "a public access block"),
        (BUCKET + VERSIONED + PRIVATE, "access logging"),
        (BUCKET + VERSIONED + LOGGED + PRIVATE.replace("block_public_acls = true\n", ""), "a public access block"),
    ],
)
def test_it_calls_a_bucket_partial_that_misses_one(parts: str, missing: str) -> None:
    (finding,) = judge(CHECK, {"main.tf": MAIN, "bootstrap/main.tf": parts})
    assert (finding.outcome, finding.value) == (Outcome.PARTIAL, missing)


def test_it_takes_the_older_blocks_within_the_bucket() -> None:
    old = BUCKET.replace(
        "}\n", '  versioning {\n    enabled = true\n  }\n  logging {\n    target_bucket = "l"\n  }\n}\n'
    )
    assert verdict(judge(CHECK, {"main.tf": MAIN, "bootstrap/main.tf": old + PRIVATE})) == Outcome.PASS


def test_it_takes_a_trail_of_data_events_for_logging() -> None:
    trail = (
        'resource "aws_cloudtrail" "t" {\n  event_selector {\n    data_resource {\n      type = "AWS::S3::Object"\n'
        '      values = ["${aws_s3_bucket.state.arn}/"]\n    }\n  }\n}\n'
    )
    files = {"main.tf": MAIN, "bootstrap/main.tf": BUCKET + VERSIONED + PRIVATE + trail}
    assert verdict(judge(CHECK, files)) == Outcome.PASS
    other = trail.replace("aws_s3_bucket.state.arn", "aws_s3_bucket.other.arn")
    assert (
        verdict(judge(CHECK, {**files, "bootstrap/main.tf": BUCKET + VERSIONED + PRIVATE + other})) == Outcome.PARTIAL
    )


def test_it_knows_a_state_bucket_with_a_computed_name_by_its_label() -> None:
    bucket = 'resource "aws_s3_bucket" "terraform_state" {\n  bucket = "${var.org}-x"\n}\n'
    assert verdict(judge(CHECK, {"main.tf": bucket})) == Outcome.PARTIAL


def test_it_asks_nothing_of_other_buckets_and_of_repositories_without_terraform() -> None:
    assert verdict(judge(CHECK, {"main.tf": 'resource "aws_s3_bucket" "media" {\n  bucket = "m"\n}\n'})) == Outcome.PASS
    assert judge(CHECK, {"a.tfstate": "{}"}) == []
