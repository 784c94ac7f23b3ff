"""Whatever stands in a pipeline's file, reading and judging it ends, and ends without an error."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.repository.memory import tree_of
from scorecards.checks.registry import all_checks
from scorecards.checks.subject import Subject
from scorecards.reading.pipelines import marks, pipelines

CHECKS = (
    "pipeline-covers-all-stages", "pipeline-stages-depend-in-order", "pipeline-blocks-vulnerabilities-and-licences",
    "pipeline-actions-pinned", "workflow-token-has-least-privilege", "artifact-built-once-and-promoted",
    "tests-run-with-coverage", "jenkins-pipeline-has-guard-rails", "jenkins-publishes-after-tests",
    "jenkins-credentials-bound-safely", "pipeline-secrets-exposed-narrowly", "pipeline-secrets-fetched-by-identity",
    "pipeline-never-prints-secrets", "workflow-guarded-against-untrusted-code", "version-derived-from-commits",
    "releases-gated-by-pipeline", "releases-signed-with-provenance", "deployment-events-emitted",
    "infrastructure-checked-in-ci",
)  # fmt: skip
PATHS = (
    ".github/workflows/a.yml", ".github/actions/a/action.yml", ".gitlab-ci.yml", "azure-pipelines.yml", ".drone.yml",
    "bitbucket-pipelines.yml", ".circleci/config.yml", ".tekton/a.yaml", ".woodpecker.yml", ".buildkite/pipeline.yml",
    ".travis.yml", "cloudbuild.yaml", "appveyor.yml", "Taskfile.yml", "package.json", ".pre-commit-config.yaml",
    ".goreleaser.yml",
)  # fmt: skip
WORDS = [
    "on", "jobs", "steps", "run", "uses", "with", "env", "needs", "if", "permissions", "services", "image",
    "strategy", "matrix", "include", "stages", "script", "extends", "rules", "pipelines", "default", "step",
    "parallel", "workflows", "requires", "commands", "docker", "tasks", "spec", "pipelineSpec", "environment",
    "container", "secrets", "push", "pull_request", "branches", "trigger", "inherit", "name", "runs", "cmds",
    "deps", "scripts", "repos", "hooks", "./x.sh", "actions/checkout@v4", "a/b@main", "make test",
    "docker push $TOKEN", "${{ secrets.A }}",
]  # fmt: skip
VALUES = st.recursive(
    st.sampled_from(WORDS) | st.none() | st.booleans() | st.integers(-1, 99999),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=25,
)


def judge_all(files: dict[str, str]) -> None:
    tree = tree_of({"main.go": "package main\n", "main.tf": "", "Dockerfile": "FROM scratch\n", **files})
    subject = Subject(tree, date(2026, 11, 23), name="acme/shop")
    for pipeline in pipelines(tree):
        for job in pipeline.jobs:
            marks(tree, job)
    for name in CHECKS:
        for finding in all_checks()[name](subject):
            assert finding.message
            assert finding.unit


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PATHS), VALUES)
def test_it_takes_any_value_at_any_place(path: str, value: Any) -> None:
    judge_all({path: json.dumps(value)})


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_it_takes_any_text(text: str) -> None:
    judge_all({"Jenkinsfile": "pipeline {\n" + text, "Makefile": text, ".github/workflows/a.yml": text, "x.sh": text})


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="${}()`\"' \n\\<>|&;#@:=-/abx.*!", max_size=200))
def test_it_takes_any_script(script: str) -> None:
    step = {"run": script, "env": {"A": "${{ secrets.A }}"}}
    workflow = {"on": "push", "jobs": {"a": {"runs-on": "u", "steps": [step, {"run": "make x"}]}}}
    judge_all({".github/workflows/a.yml": json.dumps(workflow), "Makefile": f"x:\n\t{script}\n"})


@pytest.mark.parametrize(
    "text",
    [
        "b0: &b0 []\n"
        + "".join(f"b{at}: &b{at} [*b{at - 1}, *b{at - 1}]\n" for at in range(1, 60))
        + "x: {script: *b59}\n",
        "x:\n  script:\n" + "    - echo\n" * 50_000,
        "".join(f"j{at}: {{script: [x], needs: [j{at + 1}]}}\n" for at in range(5_000)),
        "a: {script: [x], extends: [b]}\nb: {extends: [a]}\n",
        "".join(f"j{at}: {{stage: deploy, script: [kubectl apply -f x]}}\n" for at in range(5_000)),
    ],
)  # fmt: skip
def test_it_ends_on_aliases_lengths_and_circles(text: str) -> None:
    judge_all({".gitlab-ci.yml": text})


@pytest.mark.parametrize(
    "makefile",
    [
        "a " * 100_000 + "\n",
        "X = $(X) $(X)\nx:\n\t$(X)\n",
        "x: " + "y " * 50_000 + "\n",
        "\\\n" * 100_000,
        "include Makefile\nx: x\n\tmake x\n",
        ("a" + " " * 2_000 + "b\n") * 200,
    ],
)
def test_it_ends_on_odd_makefiles(makefile: str) -> None:
    workflow = "on: push\njobs:\n  a: {runs-on: u, steps: [{run: make x}]}\n"
    judge_all({".github/workflows/a.yml": workflow, "Makefile": makefile})


def test_it_ends_on_a_workflow_of_many_steps() -> None:
    steps = [{"uses": "actions/checkout@v6"}, {"run": "docker push $A", "env": {"A": "${{ secrets.A }}"}}] * 8_000
    workflow = {"on": "push", "permissions": {}, "jobs": {"a": {"runs-on": "u", "steps": steps}}}
    judge_all({".github/workflows/a.yml": json.dumps(workflow)})
