"""Pipelines cover what they must, in order, pinned, with tests, artifacts and events that hold."""

from scorecards.checks.finding import Finding, Outcome
from tests.scorecards.checks.judging import judge, verdict

CI = ".github/workflows/ci.yml"
GO = {"main.go": "package main\n", "go.mod": "module x\n"}
FULL = """\
on:
  pull_request:
  push: {branches: [main]}
permissions: {contents: read}
jobs:
  lint:
    runs-on: ubuntu-24.04
    steps:
      - run: golangci-lint run
  test:
    needs: lint
    runs-on: ubuntu-24.04
    steps:
      - run: go test ./...
  build:
    needs: test
    runs-on: ubuntu-24.04
    steps:
      - run: go build ./...
"""
DEPLOY = """\
  deploy:
    needs: build
    runs-on: ubuntu-24.04
    environment: production
    steps:
      - run: helm upgrade app ./chart
"""


def outcome(check: str, workflow: str, **more: str) -> Outcome:
    return verdict(judge(check, {CI: workflow, **GO, **more}))


def only(check: str, workflow: str, **more: str) -> Finding:
    (found,) = judge(check, {CI: workflow, **GO, **more})
    return found


class TestCoverage:
    """DOP-2.1-01."""

    name = "pipeline-covers-all-stages"

    def test_it_passes_when_quality_build_and_test_run_on_pull_requests(self) -> None:
        assert outcome(self.name, FULL) is Outcome.PASS

    def test_it_asks_for_a_deployment_where_an_image_is_made(self) -> None:
        files = {"Dockerfile": "FROM scratch\n"}
        assert outcome(self.name, FULL, **files) is Outcome.PARTIAL
        assert outcome(self.name, FULL + DEPLOY, **files) is Outcome.PASS

    def test_it_is_partial_when_one_stage_is_missing(self) -> None:
        assert outcome(self.name, FULL.replace("golangci-lint run", "date").replace("lint", "first")) is Outcome.PARTIAL

    def test_it_is_partial_when_pull_requests_start_nothing(self) -> None:
        found = only(self.name, FULL.replace("  pull_request:\n", ""))
        assert found.outcome is Outcome.PARTIAL
        assert "Pull requests" in found.message

    def test_it_is_partial_when_a_job_leaves_pull_requests_out(self) -> None:
        text = FULL.replace("  test:\n", "  test:\n    if: github.event_name == 'push'\n")
        assert outcome(self.name, text) is Outcome.PARTIAL

    def test_it_fails_without_any_pipeline(self) -> None:
        assert verdict(judge(self.name, GO)) is Outcome.FAIL

    def test_it_fails_with_the_line_of_a_key_that_no_job_has(self) -> None:
        found = only(self.name, FULL.replace("    needs: build\n", "").replace("needs: lint", "need: lint"))
        assert found.outcome is Outcome.FAIL
        assert found.places[0].line == 11

    def test_it_fails_when_a_workflow_has_no_trigger(self) -> None:
        assert outcome(self.name, FULL[FULL.index("permissions") :]) is Outcome.FAIL

    def test_it_fails_when_a_called_workflow_does_not_exist(self) -> None:
        call = "  more:\n    uses: ./.github/workflows/none.yml\n"
        assert "none.yml" in only(self.name, FULL + call).message

    def test_it_can_not_know_what_a_workflow_of_others_does(self) -> None:
        text = "on: pull_request\njobs:\n  all:\n    uses: other/repo/.github/workflows/all.yml@v1\n"
        assert outcome(self.name, text) is Outcome.UNKNOWN

    def test_it_does_not_ask_of_documents(self) -> None:
        assert judge(self.name, {"README.md": "# Words\n"}) == []


class TestOrder:
    """DOP-2.1-02."""

    name = "pipeline-stages-depend-in-order"

    def test_it_passes_when_deploy_needs_tests_and_quality(self) -> None:
        assert outcome(self.name, FULL + DEPLOY) is Outcome.PASS

    def test_it_is_partial_without_quality(self) -> None:
        text = (FULL + DEPLOY).replace("    needs: lint\n", "")
        assert outcome(self.name, text) is Outcome.PARTIAL

    def test_it_fails_when_deploy_needs_nothing(self) -> None:
        found = only(self.name, FULL + DEPLOY.replace("    needs: build\n", ""))
        assert found.outcome is Outcome.FAIL
        assert "without tests" in found.message

    def test_it_fails_when_a_condition_ignores_failures(self) -> None:
        text = FULL + DEPLOY.replace("    needs: build\n", "    needs: build\n    if: always()\n")
        assert outcome(self.name, text) is Outcome.FAIL

    def test_it_accepts_a_condition_that_asks_for_the_result(self) -> None:
        condition = "    needs: build\n    if: always() && needs.build.result == 'success'\n"
        assert outcome(self.name, FULL + DEPLOY.replace("    needs: build\n", condition)) is Outcome.PASS

    def test_it_follows_another_workflow_that_must_have_succeeded(self) -> None:
        deploy = (
            "on:\n  workflow_run: {workflows: [CI], types: [completed]}\njobs:\n  deploy:\n"
            "    if: github.event.workflow_run.conclusion == 'success'\n    runs-on: x\n"
            "    steps: [{run: kubectl apply -f k8s}]\n"
        )
        files = {CI: "name: CI\n" + FULL, ".github/workflows/deploy.yml": deploy}
        assert verdict(judge(self.name, files)) is Outcome.PASS
        files[".github/workflows/deploy.yml"] = deploy.replace("success", "failure")
        assert verdict(judge(self.name, files)) is Outcome.FAIL

    def test_it_does_not_count_a_job_that_may_fail(self) -> None:
        text = FULL.replace("  test:\n", "  test:\n    continue-on-error: true\n") + DEPLOY
        assert outcome(self.name, text) is Outcome.FAIL

    def test_it_reads_the_stages_of_gitlab_in_order(self) -> None:
        text = (
            "stages: [test, deploy]\nlint: {stage: test, script: [ruff check]}\n"
            "unit: {stage: test, script: [pytest]}\nprod: {stage: deploy, script: [kubectl apply -f k8s]}\n"
        )
        assert verdict(judge(self.name, {".gitlab-ci.yml": text})) is Outcome.PASS
        early = text.replace("stage: deploy,", "stage: deploy, needs: [],")
        assert verdict(judge(self.name, {".gitlab-ci.yml": early})) is Outcome.FAIL

    def test_it_does_not_ask_of_a_pipeline_that_ships_nothing(self) -> None:
        assert outcome(self.name, FULL) is Outcome.NOT_APPLICABLE

    def test_it_takes_what_is_applied_to_a_throw_away_cluster_for_a_test(self) -> None:
        text = (
            "on: push\njobs:\n  e2e:\n    runs-on: x\n    steps:\n      - run: kind create cluster\n"
            "      - run: helm install a b\n"
        )
        assert outcome(self.name, text) is Outcome.NOT_APPLICABLE


class TestScanning:
    """DOP-2.1-03."""

    name = "pipeline-blocks-vulnerabilities-and-licences"
    head = "on: pull_request\njobs:\n  scan:\n    runs-on: x\n    steps:\n"

    def test_it_passes_with_a_blocking_scanner_and_a_dependency_review(self) -> None:
        text = self.head + "      - uses: actions/dependency-review-action@v4\n      - run: govulncheck ./...\n"
        assert outcome(self.name, text) is Outcome.PASS

    def test_it_is_partial_when_the_scanner_can_not_fail(self) -> None:
        found = only(self.name, self.head + "      - uses: aquasecurity/trivy-action@v1\n")
        assert (found.outcome, found.places[0].line) == (Outcome.PARTIAL, 6)
        assert "exit-code" in found.message

    def test_it_is_partial_when_failure_is_ignored(self) -> None:
        assert "ignored" in only(self.name, self.head + "      - run: bandit -r . || true\n").message

    def test_it_is_partial_without_a_licence_gate(self) -> None:
        text = self.head + "      - uses: aquasecurity/trivy-action@v1\n        with: {exit-code: '1'}\n"
        assert outcome(self.name, text) is Outcome.PARTIAL

    def test_it_knows_a_licence_pattern_that_never_matches(self) -> None:
        run = (
            "      - run: |\n          bandit -r .\n          pip install -r requirements.txt\n"
            "          pip-licenses --fail-on={}\n"
        )
        assert "whole licence name" in only(self.name, self.head + run.format("GPL")).message
        assert outcome(self.name, self.head + run.format("'GPL' --partial-match")) is Outcome.PASS

    def test_it_fails_without_any_scanner(self) -> None:
        assert outcome(self.name, FULL) is Outcome.FAIL

    def test_it_finds_a_scanner_in_a_make_target(self) -> None:
        assert (
            outcome(self.name, self.head + "      - run: make sec\n", Makefile="sec:\n\tgosec ./...\n")
            is Outcome.PARTIAL
        )
        assert outcome(self.name, self.head + "      - run: make sec\n", Makefile="other:\n\tgosec\n") is Outcome.FAIL

    def test_it_does_not_ask_without_a_pipeline(self) -> None:
        assert judge(self.name, GO) == []


class TestPinning:
    """DOP-2.1-04."""

    name = "pipeline-actions-pinned"
    head = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: "

    def judged(self, uses: str) -> Outcome:
        return outcome(self.name, self.head + uses + "\n")

    def test_it_passes_a_hash_and_notes_a_missing_version(self) -> None:
        sha = "0123456789abcdef0123456789abcdef01234567"
        assert only(self.name, f"{self.head}some/action@{sha}\n").notes
        assert not only(self.name, f"{self.head}some/action@{sha} # v2.1.0\n").notes
        assert self.judged(f"some/action@{sha}") is Outcome.PASS

    def test_it_passes_a_version_of_the_platform_and_of_the_owner(self) -> None:
        assert self.judged("actions/checkout@v6") is Outcome.PASS
        own = judge(self.name, {CI: self.head + "acme/lint@v1\n"}, name="acme/shop")
        assert verdict(own) is Outcome.PASS

    def test_it_is_partial_for_a_tag_of_others(self) -> None:
        assert self.judged("some/action@v2") is Outcome.PARTIAL

    def test_it_fails_a_branch(self) -> None:
        assert self.judged("some/action@main") is Outcome.FAIL
        assert self.judged("some/action@release/v1") is Outcome.FAIL

    def test_it_fails_what_is_retired_also_behind_a_hash(self) -> None:
        assert self.judged("actions/upload-artifact@v3") is Outcome.FAIL
        sha = "0123456789abcdef0123456789abcdef01234567"
        assert self.judged(f"actions/cache@{sha} # v2.1.0") is Outcome.FAIL

    def test_it_fails_a_retired_runner(self) -> None:
        assert outcome(self.name, "on: push\njobs:\n  a: {runs-on: ubuntu-20.04, steps: [{run: x}]}\n") is Outcome.FAIL

    def test_it_judges_images(self) -> None:
        job = "on: push\njobs:\n  a: {{runs-on: u, container: '{}', steps: [{{run: x}}]}}\n"
        digest = "sha256:" + "a" * 64
        assert outcome(self.name, job.format("node")) is Outcome.FAIL
        assert outcome(self.name, job.format("node:latest")) is Outcome.FAIL
        assert outcome(self.name, job.format("node:22")) is Outcome.PARTIAL
        assert outcome(self.name, job.format(f"node@{digest}")) is Outcome.PASS

    def test_it_can_not_know_an_expression_but_resolves_a_matrix(self) -> None:
        assert self.judged("some/action@${{ inputs.v }}") is Outcome.UNKNOWN
        text = (
            "on: push\njobs:\n  a:\n    runs-on: '${{ matrix.os }}'\n"
            "    strategy: {matrix: {os: [ubuntu-20.04]}}\n    steps: [{run: x}]\n"
        )
        assert outcome(self.name, text) is Outcome.FAIL

    def test_it_leaves_local_actions_alone(self) -> None:
        assert judge(self.name, {CI: self.head + "./actions/x\n"}) == []

    def test_it_judges_images_of_gitlab(self) -> None:
        assert verdict(judge(self.name, {".gitlab-ci.yml": "a: {image: python, script: [x]}\n"})) is Outcome.FAIL


class TestArtifacts:
    """DOP-2.1-06."""

    name = "artifact-built-once-and-promoted"
    build = (
        "on: push\njobs:\n  build:\n    runs-on: u\n    steps:\n      - uses: docker/build-push-action@v6\n"
        "        with: {{push: {push}, tags: 'r/app:{tag}', {cache}}}\n"
    )
    deploy = "  deploy:\n    needs: build\n    runs-on: u\n    steps:\n      - run: kubectl set image d app=r/app:{}\n"
    sha = "${{ github.sha }}"
    cache = "cache-from: type=gha"

    def test_it_passes_when_the_pushed_tag_is_deployed(self) -> None:
        text = self.build.format(push="true", tag=self.sha, cache=self.cache) + self.deploy.format(self.sha)
        assert outcome(self.name, text) is Outcome.PASS

    def test_it_is_partial_without_a_cache(self) -> None:
        assert outcome(self.name, self.build.format(push="true", tag=self.sha, cache="load: false")) is Outcome.PARTIAL

    def test_it_is_partial_for_a_moving_tag(self) -> None:
        text = self.build.format(push="true", tag="latest", cache=self.cache) + self.deploy.format("latest")
        assert "move" in only(self.name, text).message

    def test_it_fails_when_the_tested_artifact_goes_nowhere(self) -> None:
        text = self.build.format(push="false", tag=self.sha, cache=self.cache) + self.deploy.format(self.sha)
        assert outcome(self.name, text) is Outcome.FAIL

    def test_it_fails_when_deploy_builds_again(self) -> None:
        again = self.deploy.format(self.sha) + "      - run: docker build -t r/app:1 .\n"
        text = self.build.format(push="true", tag=self.sha, cache=self.cache) + again
        assert outcome(self.name, text) is Outcome.FAIL

    def test_it_can_not_know_what_hidden_commands_deploy(self) -> None:
        hidden = "  deploy:\n    needs: build\n    runs-on: u\n    steps:\n      - run: kubectl apply -f k8s\n"
        text = self.build.format(push="true", tag="1.2.3", cache=self.cache) + hidden
        assert outcome(self.name, text) is Outcome.UNKNOWN

    def test_it_does_not_ask_where_no_artifact_is_built(self) -> None:
        assert (
            outcome(self.name, "on: push\njobs:\n  a: {runs-on: u, steps: [{run: pytest}]}\n") is Outcome.NOT_APPLICABLE
        )


class TestTesting:
    """DOP-2.1-07."""

    name = "tests-run-with-coverage"
    service = (
        "    services:\n      db:\n        image: postgres:16\n        ports: ['5432:5432']\n"
        "        options: --health-cmd pg_isready\n"
    )
    head = "on: push\njobs:\n  test:\n    runs-on: u\n    timeout-minutes: 10\n"
    steps = (
        "    steps:\n      - run: |\n          pytest --cov --cov-fail-under=80 tests/unit\n"
        "          pytest tests/integration\n"
        "        env: {URL: 'postgres://localhost:5432/x'}\n"
    )

    def test_it_passes_with_both_kinds_a_healthy_service_and_a_gate(self) -> None:
        assert outcome(self.name, self.head + self.service + self.steps) is Outcome.PASS

    def test_it_is_partial_without_timeout_health_or_gate(self) -> None:
        whole = self.head + self.service + self.steps
        assert "timeout" in only(self.name, whole.replace("    timeout-minutes: 10\n", "")).message
        assert "health" in only(self.name, whole.replace("        options: --health-cmd pg_isready\n", "")).message
        assert "gate" in only(self.name, whole.replace("--cov-fail-under=80", "")).message
        assert "coverage" in only(self.name, whole.replace("--cov --cov-fail-under=80", "")).message

    def test_it_fails_when_a_service_publishes_no_port(self) -> None:
        text = self.head + self.service.replace("        ports: ['5432:5432']\n", "") + self.steps
        assert outcome(self.name, text) is Outcome.FAIL

    def test_it_fails_when_the_port_is_another_one(self) -> None:
        text = self.head + self.service.replace("5432:5432", "6000:5432") + self.steps
        assert outcome(self.name, text) is Outcome.FAIL

    def test_it_knows_that_a_job_in_a_container_reaches_services_by_name(self) -> None:
        job = self.head + "    container: python:3.12\n" + self.service.replace("        ports: ['5432:5432']\n", "")
        assert outcome(self.name, job + self.steps.replace("localhost", "db")) is Outcome.PASS
        assert outcome(self.name, job + self.steps) is Outcome.FAIL

    def test_it_does_not_ask_where_nothing_tests(self) -> None:
        assert judge(self.name, {CI: "on: push\njobs:\n  a: {runs-on: u, steps: [{run: ruff check}]}\n"}) == []


class TestInfrastructure:
    """DOP-1.3-03."""

    name = "infrastructure-checked-in-ci"
    tf = {"main.tf": 'resource "x" "y" {}\n'}

    def judged(self, *commands: str, **more: str) -> Outcome:
        lines = "".join(f"      - run: {command}\n" for command in commands)
        text = "on: pull_request\njobs:\n  a:\n    runs-on: u\n    steps:\n" + lines
        return verdict(judge(self.name, {CI: text, **self.tf, **more}))

    def test_it_passes_with_all_four(self) -> None:
        assert self.judged("terraform fmt -check", "terraform validate", "tflint", "terraform test") is Outcome.PASS

    def test_it_is_partial_with_two(self) -> None:
        assert self.judged("terraform fmt -check -recursive", "tofu validate") is Outcome.PARTIAL

    def test_it_fails_with_one_and_a_format_that_only_writes(self) -> None:
        assert self.judged("terraform fmt", "terraform validate") is Outcome.FAIL

    def test_it_counts_hooks_only_where_they_run(self) -> None:
        hooks = "repos: [{repo: x, hooks: [{id: terraform_fmt}, {id: terraform_validate}, {id: terraform_tflint}]}]\n"
        files = {".pre-commit-config.yaml": hooks}
        assert self.judged("pre-commit run -a", **files) is Outcome.PARTIAL
        assert self.judged("date", **files) is Outcome.FAIL

    def test_it_sees_nothing_in_a_makefile_that_is_not_there(self) -> None:
        assert self.judged("make fmt validate lint test") is Outcome.FAIL

    def test_it_does_not_ask_without_infrastructure_code(self) -> None:
        assert judge(self.name, {CI: FULL}) == []


class TestEvents:
    """DOP-8.3-03."""

    name = "deployment-events-emitted"
    job = "on: push\njobs:\n  deploy:\n    runs-on: u\n{}    steps:\n      - run: kubectl apply -f k8s\n{}"

    def test_it_passes_with_an_environment(self) -> None:
        assert outcome(self.name, self.job.format("    environment: production\n", "")) is Outcome.PASS

    def test_it_passes_with_a_request_that_tells_commit_and_status(self) -> None:
        body = '{"sha": "$GITHUB_SHA", "status": "ok"}'
        send = f"      - run: |\n          curl -X POST https://x/deployments -d '{body}'\n"
        assert outcome(self.name, self.job.format("", send)) is Outcome.PASS

    def test_it_is_partial_when_fields_are_missing(self) -> None:
        send = '      - run: |\n          curl -X POST https://x/deployments -d \'{"service": "a"}\'\n'
        assert outcome(self.name, self.job.format("", send)) is Outcome.PARTIAL

    def test_it_fails_when_nobody_is_told(self) -> None:
        assert outcome(self.name, self.job.format("", "")) is Outcome.FAIL

    def test_it_passes_where_deployments_are_received(self) -> None:
        assert verdict(judge(self.name, {CI: self.job.format("", "")}, ships_events=True)) is Outcome.PASS

    def test_it_does_not_ask_where_nothing_deploys(self) -> None:
        assert judge(self.name, {CI: FULL}) == []
