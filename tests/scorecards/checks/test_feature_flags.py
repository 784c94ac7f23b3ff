"""Feature flags are defined and used, rolled out in stages, owned and removed."""

from datetime import UTC, datetime

import pytest

from scorecards.checks.finding import Outcome
from tests.scorecards.checks.judging import Past, judge, verdict

FLAG = """flags:
  - key: new-search
    description: A better search
    enabled: true
    owner: team-search
    expires: 2027-06-30
    rules:
      - type: gradual-rollout
        stages:
          - {percentage: 5, duration: 1h}
          - {percentage: 50, duration: 2d}
          - {percentage: 100}
"""
GO = (
    'package a\n\nimport "github.com/open-feature/go-sdk/openfeature"\n\n'
    'var x, _ = c.BooleanValue(ctx, "new-search", false, e)\n'
)
FLAGD = """{"flags": {"new-search": {
  "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
  "targeting": {"fractional": [["on", 30], ["off", 70]]}}}}
"""


# ---------------------------------------------------------------- DOP-7.2-01


def test_it_passes_flags_that_are_defined_described_and_used() -> None:
    (finding,) = judge("feature-flags-versioned", {"flags/flags.yaml": FLAG, "a.go": GO})
    assert finding.outcome is Outcome.PASS


def test_it_reads_flags_of_flagd() -> None:
    assert verdict(judge("feature-flags-versioned", {"flags.flagd.json": FLAGD, "a.go": GO})) is Outcome.PASS
    assert verdict(judge("feature-flags-staged", {"flags.flagd.json": FLAGD})) is Outcome.PASS


@pytest.mark.parametrize(
    ("before", "after"),
    [("    description: A better search\n", ""), ("new-search", "newSearch"), ("    enabled: true\n", "")],
)
def test_it_is_partial_when_a_flag_is_not_described_or_used(before: str, after: str) -> None:
    text = FLAG.replace(before, after)
    assert verdict(judge("feature-flags-versioned", {"flags.yaml": text, "a.go": GO.replace(before, after)})) is (
        Outcome.PARTIAL
    )


def test_it_is_partial_when_no_code_asks_for_a_flag() -> None:
    (finding,) = judge("feature-flags-versioned", {"flags.yaml": FLAG, "a.go": "package a\n"})
    assert finding.outcome is Outcome.PARTIAL
    assert "evaluated nowhere" in finding.message


def test_it_fails_a_key_that_is_defined_nowhere() -> None:
    (finding,) = judge("feature-flags-versioned", {"flags.yaml": FLAG, "a.go": GO.replace("new-search", "old-search")})
    assert finding.outcome is Outcome.FAIL
    assert finding.places == (("a.go", 5),)


def test_it_does_not_know_the_flags_of_a_service_elsewhere() -> None:
    assert verdict(judge("feature-flags-versioned", {"a.go": GO})) is Outcome.UNKNOWN


def test_it_asks_nothing_where_no_flags_are() -> None:
    assert judge("feature-flags-versioned", {"a.go": "package a\n"}) == []
    assert judge("feature-flags-versioned", {"flags.yaml": FLAG}) == []
    assert judge("feature-flags-staged", {"charts/flagger/values.yaml": "serviceMonitor: {enabled: true}\n"}) == []


# ---------------------------------------------------------------- DOP-7.2-02


def test_it_passes_stages_that_rise() -> None:
    (finding,) = judge("feature-flags-staged", {"flags.yaml": FLAG})
    assert finding.outcome is Outcome.PASS
    assert finding.places[0] == ("flags.yaml", 10)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (", duration: 2d", ""),
        ("percentage: 5,", "percentage: 40,"),
        ("{percentage: 100}", "{percentage: 90}"),
        ("enabled: true\n    owner", "enabled: false\n    owner"),
    ],
)
def test_it_is_partial_when_the_plan_has_a_gap(before: str, after: str) -> None:
    text = FLAG.replace(before, after).replace("type: gradual-rollout", "type: gradual-rollout\n        enabled: true")
    assert verdict(judge("feature-flags-staged", {"flags.yaml": text})) is Outcome.PARTIAL


@pytest.mark.parametrize(
    ("before", "after"), [("percentage: 50", "percentage: 3"), ("{percentage: 100}", "{percentage: 120}")]
)
def test_it_fails_shares_that_fall_or_lie_outside(before: str, after: str) -> None:
    assert verdict(judge("feature-flags-staged", {"flags.yaml": FLAG.replace(before, after)})) is Outcome.FAIL


def test_it_is_partial_when_all_get_it_at_once() -> None:
    text = FLAG[: FLAG.index("    rules:")] + "    rules: [{type: percentage, percentage: 100}]\n"
    assert verdict(judge("feature-flags-staged", {"flags.yaml": text})) is Outcome.PARTIAL


def test_it_sums_weights_of_variants() -> None:
    text = FLAGD.replace('["on", 30]', '["on", 20]')
    assert verdict(judge("feature-flags-staged", {"flags.json": text})) is Outcome.PARTIAL


# ---------------------------------------------------------------- DOP-7.2-03


def test_it_passes_a_flag_with_owner_and_end() -> None:
    assert verdict(judge("feature-flags-owned-and-dated", {"flags.yaml": FLAG})) is Outcome.PASS


@pytest.mark.parametrize("gone", ["    owner: team-search\n", "    expires: 2027-06-30\n"])
def test_it_is_partial_without_either(gone: str) -> None:
    assert verdict(judge("feature-flags-owned-and-dated", {"flags.yaml": FLAG.replace(gone, "")})) is Outcome.PARTIAL


def test_it_asks_no_end_of_flags_that_are_to_stay() -> None:
    text = FLAG.replace("expires: 2027-06-30", "type: ops")
    assert verdict(judge("feature-flags-owned-and-dated", {"flags.yaml": text})) is Outcome.PASS


def test_it_fails_a_flag_that_has_expired() -> None:
    (finding,) = judge("feature-flags-owned-and-dated", {"flags.yaml": FLAG.replace("2027-06-30", "2026-01-31")})
    assert finding.outcome is Outcome.FAIL


@pytest.mark.parametrize(("month", "expected"), [(11, Outcome.PASS), (7, Outcome.PARTIAL), (1, Outcome.FAIL)])
def test_it_tells_how_long_a_flag_has_been_on_for_everyone(month: int, expected: Outcome) -> None:
    past = Past(changed={"flags.yaml": datetime(2026, month, 1, tzinfo=UTC)})
    assert verdict(judge("feature-flags-owned-and-dated", {"flags.yaml": FLAG}, history=past)) is expected


def test_it_flags_single_users_and_never_names_them() -> None:
    text = FLAG + "      - {type: user-list, users: [user-4711]}\n"
    (finding,) = judge("feature-flags-owned-and-dated", {"flags.yaml": text})
    assert finding.outcome is Outcome.PARTIAL
    assert "4711" not in str(finding)
