"""Findings as SARIF 2.1.0, as code scanning takes it."""

import json
from urllib.parse import unquote

import pytest

from scorecards.imported import Run, read_sarif
from scorecards.sarif import MAX_RESULTS, as_sarif
from scorecards.scanning.report import Report
from scorecards.scanning.result import Evidence, FileProblem, Scanned, ScannedFinding
from scorecards.standards.pack import builtin

CHECK = builtin().control_by_id["DOP-3.1-01"].check or ""
COMMIT = "a" * 40


def finding(outcome: str, path: str = "a.yml", line: int = 3, identity: str = "i") -> ScannedFinding:
    return ScannedFinding(outcome, "Deployment app", "No limits.", (Evidence(path, line, "x"),), (), identity)


def log_of(*findings: ScannedFinding, commit: str | None = COMMIT, problems: list[FileProblem] | None = None) -> dict:
    scanned = Scanned(commit=commit, name="acme/shop", findings={CHECK: list(findings)}, problems=problems or [])
    return json.loads(json.dumps(as_sarif([Report.of(builtin(), scanned)])))


def test_the_log_is_of_the_version_that_code_scanning_takes() -> None:
    log = log_of()
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")


def test_every_checked_control_is_a_rule_with_help() -> None:
    rules = log_of()["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [control.id for control in builtin().controls if not control.is_live]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert "security-severity" not in rule["properties"] or 0 < float(rule["properties"]["security-severity"]) <= 10


@pytest.mark.parametrize(("outcome", "level"), [("fail", "error"), ("partial", "warning")])
def test_what_is_not_held_is_a_result(outcome: str, level: str) -> None:
    [result] = log_of(finding(outcome))["runs"][0]["results"]
    rules = log_of()["runs"][0]["tool"]["driver"]["rules"]
    assert (result["ruleId"], result["level"]) == ("DOP-3.1-01", level)
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("a.yml", 3)


@pytest.mark.parametrize("outcome", ["pass", "not_applicable", "unknown"])
def test_what_is_held_or_unknown_is_no_result(outcome: str) -> None:
    assert log_of(finding(outcome))["runs"][0]["results"] == []


def test_what_is_unknown_or_was_not_read_is_told_beside_the_results() -> None:
    log = log_of(finding("unknown"), problems=[FileProblem("b.yml", 2, "broken", "No YAML.")])
    told = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [one["descriptor"]["id"] for one in told] == ["broken", "unknown"]


def test_a_fingerprint_is_the_identity_and_does_not_move_with_the_line() -> None:
    first, second = (log_of(finding("fail", line=line))["runs"][0]["results"][0] for line in (3, 9))
    assert first["partialFingerprints"] == second["partialFingerprints"]
    assert (
        log_of(finding("fail", identity="j"))["runs"][0]["results"][0]["partialFingerprints"]
        != first["partialFingerprints"]
    )


@pytest.mark.parametrize("path", ["a b.yml", "é/ü.yml", "a#b?.yml", "100%.yml", "a:b.yml"])
def test_a_path_is_a_relative_reference(path: str) -> None:
    uri = log_of(finding("fail", path))["runs"][0]["results"][0]["locations"][0]["physicalLocation"][
        "artifactLocation"
    ]["uri"]
    assert uri.isascii()
    assert not set(uri) & set(" #?")
    assert unquote(uri) == path


def test_a_finding_without_a_line_stands_on_the_first() -> None:
    place = log_of(finding("fail", line=0))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] == 1


def test_a_commit_is_named_only_where_the_files_are_its_own() -> None:
    assert log_of()["runs"][0]["properties"]["commit"] == COMMIT
    assert "properties" not in log_of(commit=None)["runs"][0]


def test_a_run_has_no_more_results_than_are_taken() -> None:
    many = [finding("fail", identity=str(number)) for number in range(MAX_RESULTS + 5)]
    [run] = log_of(*many)["runs"]
    assert len(run["results"]) == MAX_RESULTS
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith("5 more results")


def test_a_repository_can_write_no_link_into_a_message() -> None:
    found = ScannedFinding("fail", "[Fix this](https://evil.example)", "No limits.", (Evidence("a.yml", 3),))
    assert "](" not in log_of(found)["runs"][0]["results"][0]["message"]["text"]


def test_what_we_write_we_can_read() -> None:
    [run] = read_sarif(log_of(finding("fail"), finding("partial", "b.yml")))
    assert isinstance(run, Run)
    assert [(result.rule, result.verdict, result.path) for result in run.results] == [
        ("DOP-3.1-01", "fail", "a.yml"),
        ("DOP-3.1-01", "partial", "b.yml"),
    ]
