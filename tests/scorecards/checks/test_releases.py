"""Versions follow from commits; releases are gated, made of what exists, and signed."""

from scorecards.checks.finding import Finding, Outcome
from tests.scorecards.checks.judging import judge, verdict

RELEASE = ".github/workflows/release.yml"
GO = {"go.mod": "module x\n"}


def only(check: str, workflow: str, **more: str) -> Finding:
    (found,) = judge(check, {RELEASE: workflow, **GO, **more})
    return found


class TestVersions:
    """DOP-8.1-02."""

    name = "version-derived-from-commits"
    head = (
        "on: {push: {branches: [main]}}\njobs:\n  r:\n    runs-on: u\n    steps:\n      - uses: actions/checkout@v6\n"
    )
    deep = "        with: {fetch-depth: 0}\n"

    def test_it_passes_a_tool_that_sees_the_history(self) -> None:
        assert only(self.name, self.head + self.deep + "      - run: npx semantic-release\n").outcome is Outcome.PASS

    def test_it_is_partial_when_the_history_is_cut(self) -> None:
        assert "fetch-depth" in only(self.name, self.head + "      - run: npx semantic-release\n").message

    def test_it_is_partial_when_rules_are_not_a_comma_list(self) -> None:
        rules = (
            "      - uses: mathieudutour/github-tag-action@v6.2\n        with:\n          custom_release_rules: {}\n"
        )
        lines = "|\n            feat:minor\n            fix:patch\n"
        assert only(self.name, self.head + rules.format(lines)).outcome is Outcome.PARTIAL
        assert only(self.name, self.head + rules.format("'feat:minor,fix:patch'")).outcome is Outcome.PASS

    def test_it_is_partial_when_a_branch_never_starts_it(self) -> None:
        step = "      - uses: mathieudutour/github-tag-action@v6.2\n        with: {pre_release_branches: develop}\n"
        assert "develop" in only(self.name, self.head + step).message

    def test_it_is_partial_when_no_pipeline_runs_the_tool(self) -> None:
        files = {**GO, ".releaserc": "{}\n"}
        assert verdict(judge(self.name, files)) is Outcome.PARTIAL

    def test_it_fails_manual_versions(self) -> None:
        assert verdict(judge(self.name, GO)) is Outcome.FAIL

    def test_it_does_not_ask_where_nothing_is_released(self) -> None:
        assert judge(self.name, {"README.md": "x"}) == []


class TestGates:
    """DOP-8.1-03."""

    name = "releases-gated-by-pipeline"
    text = """\
on: {push: {branches: [main]}}
permissions: {contents: read}
jobs:
  test:
    runs-on: u
    steps:
      - run: go test ./...
  release:
    needs: test
    runs-on: u
    permissions: {contents: write}
    steps:
      - run: go build -o dist/app .
      - uses: softprops/action-gh-release@v2
        with:
          files: |
            dist/app
"""

    def test_it_passes_what_waits_for_tests(self) -> None:
        assert only(self.name, self.text).outcome is Outcome.PASS

    def test_it_passes_what_only_tags_start(self) -> None:
        text = self.text.replace("branches: [main]", "tags: ['v*']").replace("    needs: test\n", "")
        assert only(self.name, text).notes

    def test_it_is_partial_without_permissions(self) -> None:
        text = self.text.replace("permissions: {contents: read}\n", "").replace(
            "    permissions: {contents: write}\n", ""
        )
        assert only(self.name, text).value == "permissions"

    def test_it_is_partial_when_a_tool_is_not_pinned(self) -> None:
        text = self.text.replace(
            "      - run: go build", "      - run: npm install -g some-tool\n      - run: go build"
        )
        assert only(self.name, text).value == "unpinned tool"
        assert only(self.name, text.replace("some-tool", "some-tool@1.2.3")).outcome is Outcome.PASS

    def test_it_fails_without_a_gate(self) -> None:
        assert only(self.name, self.text.replace("    needs: test\n", "")).value == "ungated"

    def test_it_fails_with_the_line_of_a_file_that_nothing_makes(self) -> None:
        found = only(self.name, self.text.replace("      - run: go build -o dist/app .\n", ""))
        assert (found.outcome, found.places[0].line) == (Outcome.FAIL, 16)

    def test_it_accepts_a_file_that_a_command_writes_or_the_repository_holds(self) -> None:
        written = self.text.replace("go build -o dist/app .", "cat x > dist/app")
        assert only(self.name, written).outcome is Outcome.PASS
        kept = self.text.replace("      - run: go build -o dist/app .\n", "").replace("dist/app", "install.sh")
        assert only(self.name, kept, **{"install.sh": "x\n"}).outcome is Outcome.PASS

    def test_it_does_not_ask_where_nothing_is_released(self) -> None:
        assert judge(self.name, {RELEASE: "on: push\njobs:\n  a: {runs-on: u, steps: [{run: pytest}]}\n"}) == []


class TestSignatures:
    """DOP-8.1-04."""

    name = "releases-signed-with-provenance"
    text = "on: {{push: {{tags: ['v*']}}}}\njobs:\n  r:\n    runs-on: u\n    steps:\n{}"
    push = "      - uses: docker/build-push-action@{}\n        with: {{push: true, {}}}\n"

    def judged(self, *steps: str) -> Finding:
        return only(self.name, self.text.format("".join(steps)))

    def test_it_passes_a_signature_with_a_list_of_contents(self) -> None:
        assert self.judged(self.push.format("v6", "provenance: mode=max, sbom: true")).outcome is Outcome.PASS
        run = "      - run: docker push r/a:1 && cosign sign r/a@sha256:1 && syft r/a:1\n"
        assert self.judged(run).outcome is Outcome.PASS

    def test_it_is_partial_with_one_of_them(self) -> None:
        found = self.judged(self.push.format("v6", "context: ."))
        assert (found.outcome, "by default" in found.message) == (Outcome.PARTIAL, True)

    def test_it_is_partial_with_checksums_alone(self) -> None:
        assert (
            self.judged("      - run: sha256sum a > sums\n      - run: gh release create v1 a\n").outcome
            is Outcome.PARTIAL
        )

    def test_it_fails_without_anything(self) -> None:
        assert self.judged("      - run: docker push r/a:1\n").outcome is Outcome.FAIL
        assert self.judged(self.push.format("v3", "context: .")).outcome is Outcome.FAIL

    def test_it_reads_what_goreleaser_is_told(self) -> None:
        step = "      - uses: goreleaser/goreleaser-action@v6\n        with: {args: release}\n"
        files = {".goreleaser.yml": "signs: [{cmd: cosign}]\nsboms: [{artifacts: archive}]\n"}
        assert only(self.name, self.text.format(step), **files).outcome is Outcome.PASS

    def test_it_does_not_ask_where_nothing_is_published(self) -> None:
        assert judge(self.name, {RELEASE: self.text.format("      - run: pytest\n")}) == []
