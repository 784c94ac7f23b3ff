"""SARIF of other scanners, read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards import imported
from scorecards.imported import Run, UnreadableSarif, controls_by_rule, mapped, read_sarif
from scorecards.standards.pack import builtin

HADOLINT = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "Hadolint", "version": "2.12.0", "rules": [{"id": "DL3002"}]}},
            "versionControlProvenance": [
                {"repositoryUri": "https://github.com/acme/checkout.git", "revisionId": "A" * 40}
            ],
            "results": [
                {
                    "ruleId": "DL3006",
                    "level": "error",
                    "message": {"text": "Always tag the version of an image"},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "./docker/Docker%20file"},
                                "region": {"startLine": 3},
                            }
                        }
                    ],
                },
                {"ruleIndex": 0, "message": {"text": "Last USER should not be root"}},
            ],
        }
    ],
}


def run_of(**result: Any) -> Run:
    told = {"ruleId": "X", "message": {"text": "m"}} | result
    [run] = read_sarif({"runs": [{"tool": {"driver": {"name": "t"}}, "results": [told]}]})
    assert isinstance(run, Run)
    return run


def test_a_run_tells_its_tool_its_commit_and_its_results() -> None:
    [run] = read_sarif(HADOLINT)
    assert isinstance(run, Run)
    assert (run.tool, run.version, run.repository, run.commit) == ("Hadolint", "2.12.0", "acme/checkout", "a" * 40)
    first, second = run.results
    assert (first.rule, first.verdict, first.path, first.line) == ("DL3006", "fail", "docker/Docker file", 3)
    assert (second.rule, second.verdict, second.path, second.line) == ("DL3002", "partial", "", 0)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"level": "error"}, "fail"),
        ({"level": "warning"}, "partial"),
        ({}, "partial"),
        ({"level": "note"}, None),
        ({"level": "none"}, None),
        ({"kind": "open", "level": "error"}, None),
    ],
)
def test_levels_become_verdicts(said: dict[str, Any], verdict: str | None) -> None:
    assert run_of(**said).results[0].verdict == verdict


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "pass"},
        {"kind": "notApplicable"},
        {"baselineState": "absent"},
        {"suppressions": [{"kind": "inSource"}]},
        {"suppressions": [{"kind": "external", "status": "accepted"}]},
    ],
)
def test_what_is_well_gone_or_suppressed_is_no_result(said: dict[str, Any]) -> None:
    assert run_of(**said).results == ()


def test_a_suppression_that_was_rejected_hides_nothing() -> None:
    assert run_of(suppressions=[{"kind": "external", "status": "rejected"}]).results


@pytest.mark.parametrize("uri", ["/etc/passwd", "../x", "a/../../x", "file:///x", "C:\\x", "a\\b", "a%2F..%2Fb"])
def test_a_path_that_leads_out_is_no_path(uri: str) -> None:
    location = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    assert run_of(locations=[location]).results[0].path == ""


def test_the_identity_follows_the_tools_fingerprints_and_not_the_line() -> None:
    def at(line: int) -> list[Any]:
        return [{"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": line}}}]

    assert run_of(locations=at(1)).results[0].identity == run_of(locations=at(9)).results[0].identity
    one, two = (run_of(partialFingerprints={"h": value}).results[0].identity for value in "ab")
    assert one != two


def test_a_message_is_kept_without_the_secret_that_it_quotes() -> None:
    [result] = run_of(message={"text": "Found password=Tr0ub4dor-and-3 in plain text"}).results
    assert result.message == "Found password=… in plain text"


@pytest.mark.parametrize(
    "document", [[], {}, None, "x", {"runs": {}}, {"runs": [], "version": "1.0"}, {"runs": [1] * 101}]
)
def test_what_is_no_log_is_refused(document: Any) -> None:
    with pytest.raises(UnreadableSarif):
        read_sarif(document)


def test_a_run_that_can_not_be_read_hides_no_other() -> None:
    bad, good = read_sarif({"runs": [{"results": []}, HADOLINT["runs"][0]]})
    assert isinstance(bad, UnreadableSarif)
    assert isinstance(good, Run)


def test_rules_are_mapped_by_the_catalogues_equivalents() -> None:
    [run] = read_sarif(HADOLINT)
    assert isinstance(run, Run)
    rules = controls_by_rule([builtin()], run.tool)
    found = list(mapped(run.results, rules))
    assert {control for _, control, _ in found} <= set(builtin().control_by_id)
    assert any(finding.unit.startswith("DL3006") for _, _, finding in found)


def test_of_many_results_the_worst_are_kept_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported, "MAX_FINDINGS", 2)
    results = [run_of(message={"text": str(at)}, level=level).results[0] for at, level in enumerate(LEVELS)]
    found = [finding for _, _, finding in mapped(results, {"x": [("DOP", "c")]})]
    assert [(one.outcome, one.count) for one in found] == [("fail", 1), ("fail", 1), ("unknown", 3)]
    assert found[-1].message.startswith("3 more results were sent")


LEVELS = ("note", "error", "warning", "error", "note")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["tool", "driver", "name", "results", "rules", "ruleId", "ruleIndex", "message", "text", "locations",
             "level", "physicalLocation", "artifactLocation", "uri", "region", "startLine", "suppressions", "status",
             "kind"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=25,
)  # fmt: skip


@given(st.lists(JSON, max_size=4))
def test_any_json_is_read_or_refused(runs: list[Any]) -> None:
    for run in read_sarif({"runs": runs}):
        assert isinstance(run, Run | UnreadableSarif)


@pytest.mark.parametrize(
    "run",
    [
        {"tool": {"driver": {"name": "t"}}},
        {"tool": {"driver": {"name": "t"}}, "results": None},
        {"tool": {"driver": {"name": "t"}}, "results": [], "invocations": [{"executionSuccessful": False}]},
    ],
)
def test_a_run_that_was_not_made_to_its_end_does_not_say_that_all_is_well(run: Any) -> None:
    [found] = read_sarif({"runs": [run]})
    assert isinstance(found, UnreadableSarif)
