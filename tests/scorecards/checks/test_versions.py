"""Tags, changelogs and commit messages of releases."""

from datetime import UTC, datetime, timedelta

import pytest

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import CommitSeen, Options, Tag
from tests.scorecards.checks.judging import Past, judge, verdict

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
PACKAGE = {"package.json": '{"name": "x", "version": "1.1.0"}'}


def past(*names: str, subjects: tuple[str, ...] = (), shallow: bool = False, first: datetime = LONG_AGO) -> Past:
    """Tags a day apart, the last one yesterday; commits of today."""
    tags = tuple(Tag(name, "0" * 40, NOW - timedelta(len(names) - at), True) for at, name in enumerate(names))
    commits = tuple(CommitSeen(f"{at:040}", NOW, text, "", False, False) for at, text in enumerate(subjects))
    return Past(tags, commits, shallow, True, first)


# ---------------------------------------------------------------- DOP-8.1-01


@pytest.mark.parametrize(
    "names",
    [
        ("v1.0.0", "v1.0.1", "v1.1.0"),
        ("v1.1.0", "v1.0.9"),
        ("api/v1.0.0", "web-v1.0.0"),
        ("v1", "v1.1.0"),
        ("1.0.0-rc.1", "1.0.0"),
    ],
)
def test_it_passes_semantic_tags_that_rise(names: tuple[str, ...]) -> None:
    found = judge("releases-tagged-semantically", PACKAGE, history=past(*names))
    assert verdict(found) is Outcome.PASS, found


@pytest.mark.parametrize(
    "names", [("v1.0.0", "release-today"), ("v1.0.2", "v1.0.1"), ("v1.0.0", "v1.2.0"), ("2026.11.1",)]
)
def test_it_is_partial_for_odd_tags_wrong_order_and_a_manifest_behind(names: tuple[str, ...]) -> None:
    assert verdict(judge("releases-tagged-semantically", PACKAGE, history=past(*names))) is Outcome.PARTIAL


def test_it_takes_dates_where_the_organisation_does() -> None:
    found = judge(
        "releases-tagged-semantically", PACKAGE, history=past("2026.11.1"), options=Options(calendar_versions=True)
    )
    assert verdict(found) is Outcome.PASS


def test_it_fails_without_tags_and_does_not_know_with_a_short_past() -> None:
    assert verdict(judge("releases-tagged-semantically", PACKAGE, history=past())) is Outcome.FAIL
    assert verdict(judge("releases-tagged-semantically", PACKAGE, history=past(shallow=True))) is Outcome.UNKNOWN
    assert verdict(judge("releases-tagged-semantically", PACKAGE, history=past(first=NOW))) is Outcome.UNKNOWN
    assert verdict(judge("releases-tagged-semantically", PACKAGE)) is Outcome.UNKNOWN


def test_it_asks_nothing_of_what_is_not_released() -> None:
    for name in ("releases-tagged-semantically", "changelog-generated-from-history", "commits-follow-convention"):
        assert judge(name, {"README.md": "x"}, history=past()) == []


def test_it_notes_when_the_last_release_is_old() -> None:
    old = Past((Tag("v1.1.0", "0" * 40, LONG_AGO, False),), (), False, True, LONG_AGO)
    (finding,) = judge("releases-tagged-semantically", PACKAGE, history=old)
    assert finding.outcome is Outcome.PASS
    assert len(finding.notes) == 2


# ---------------------------------------------------------------- DOP-8.1-05


def release(*steps: str) -> dict[str, str]:
    head = "on: {push: {tags: ['v*']}}\njobs:\n  release:\n    runs-on: ubuntu-24.04\n    steps:\n"
    return {**PACKAGE, ".github/workflows/release.yml": head + "".join(f"      - {step}\n" for step in steps)}


CLIFF = "{id: notes, uses: orhun/git-cliff-action@v4}"


def test_it_passes_notes_that_a_release_uses() -> None:
    used = "{uses: softprops/action-gh-release@v2, with: {body: '${{ steps.notes.outputs.content }}'}}"
    assert verdict(judge("changelog-generated-from-history", release(CLIFF, used))) is Outcome.PASS
    whole = release("{uses: googleapis/release-please-action@v4}")
    assert verdict(judge("changelog-generated-from-history", whole)) is Outcome.PASS


def test_it_is_partial_when_nothing_uses_the_notes() -> None:
    (finding,) = judge("changelog-generated-from-history", release(CLIFF, "{uses: softprops/action-gh-release@v2}"))
    assert finding.outcome is Outcome.PARTIAL
    assert "neither" in finding.message


def test_it_is_partial_when_a_body_names_a_step_that_is_not_there() -> None:
    used = "{uses: softprops/action-gh-release@v2, with: {body: '${{ steps.other.outputs.content }}'}}"
    (finding,) = judge("changelog-generated-from-history", release("{run: git-cliff -o n.md && git push}", used))
    assert finding.outcome is Outcome.PARTIAL
    assert "steps.other" in finding.message


def test_it_is_partial_when_notes_are_one_flat_list_or_written_by_hand() -> None:
    native = release("{run: gh release create v1 --generate-notes}")
    assert verdict(judge("changelog-generated-from-history", native)) is Outcome.PARTIAL
    assert verdict(judge("changelog-generated-from-history", {**native, ".github/release.yml": "x"})) is Outcome.PASS
    by_hand = {**PACKAGE, "CHANGELOG.md": "## 1.1.0\n"}
    assert verdict(judge("changelog-generated-from-history", by_hand)) is Outcome.PARTIAL


def test_it_fails_without_any_and_with_a_stale_one() -> None:
    assert verdict(judge("changelog-generated-from-history", PACKAGE)) is Outcome.FAIL
    stale = {**PACKAGE, "CHANGELOG.md": "# Changes\n\n## [0.9.0] - 2025\n"}
    (finding,) = judge("changelog-generated-from-history", stale, history=past("v1.0.0", "v1.1.0"))
    assert finding.outcome is Outcome.FAIL
    assert finding.places == (("CHANGELOG.md", 3),)


# ---------------------------------------------------------------- DOP-8.1-06

GOOD = ("feat: a", "fix(api)!: b", "chore(deps): c", "docs: d") * 6
ENFORCED = {**PACKAGE, "commitlint.config.js": "module.exports = {}\n"}


def test_it_passes_commits_that_follow_when_something_enforces_it() -> None:
    (finding,) = judge("commits-follow-convention", ENFORCED, history=past(subjects=GOOD))
    assert finding.outcome is Outcome.PASS


def test_it_is_partial_when_nothing_enforces_it_or_some_do_not_follow() -> None:
    assert verdict(judge("commits-follow-convention", PACKAGE, history=past(subjects=GOOD))) is Outcome.PARTIAL
    some = past(subjects=(*GOOD, *("Update things",) * 6))
    assert verdict(judge("commits-follow-convention", ENFORCED, history=some)) is Outcome.PARTIAL


def test_it_fails_when_most_do_not_follow() -> None:
    few = past(subjects=("Update",) * 30)
    assert verdict(judge("commits-follow-convention", ENFORCED, history=few)) is Outcome.FAIL


def test_it_leaves_the_share_out_of_few_commits() -> None:
    few = past(subjects=("Update",) * 5)
    assert verdict(judge("commits-follow-convention", ENFORCED, history=few)) is Outcome.UNKNOWN
    assert verdict(judge("commits-follow-convention", PACKAGE, history=few)) is Outcome.PARTIAL


def test_it_tells_a_parser_that_knows_bare_prefixes_alone() -> None:
    script = {"scripts/release-notes.ts": "if (m.startsWith('feat:')) {}\n"}
    (finding,) = judge("commits-follow-convention", {**ENFORCED, **script}, history=past(subjects=GOOD))
    assert finding.outcome is Outcome.PARTIAL
    assert finding.places[0] == ("scripts/release-notes.ts", 1)
