"""Workflows of GitHub Actions are read with their lines, and refused where GitHub would refuse them."""

import pytest

from ingest.repository.memory import tree_of
from scorecards.reading.pipelines import Pipeline, marks, on_pull_requests, pipelines, stages, trail

CI = ".github/workflows/ci.yml"


def read(text: str) -> Pipeline:
    (found,) = pipelines(tree_of({CI: text}))
    return found


@pytest.mark.parametrize("on", ["push", "[push, pull_request]", "{push: , pull_request: {branches: [main]}}"])
def test_it_reads_every_form_of_a_trigger(on: str) -> None:
    triggers = read(f"on: {on}\njobs: {{}}\n").triggers
    assert (triggers.push, triggers.pull_request) == (True, "pull" in on)


def test_it_tells_tags_branches_and_calls() -> None:
    tags = read("on: {push: {tags: ['v*']}}\njobs: {}\n").triggers
    assert (tags.tags_only, tags.on_branch("main")) == (True, False)
    branches = read("on: {push: {branches: [main, 'release/*']}}\njobs: {}\n").triggers
    assert (branches.branches, branches.on_branch("main"), branches.tags) == (("main", "release/*"), True, False)
    assert read("on: workflow_call\njobs: {}\n").triggers.reusable_only
    assert read("on: {workflow_run: {workflows: [CI]}}\njobs: {}\n").triggers.workflow_run == ("CI",)


JOB = """\
on: push
env: {A: b}
jobs:
  one:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [a, b]
        include: [{os: c}]
    timeout-minutes: 5
    environment: {name: prod}
    services:
      db: {image: 'postgres:16', ports: ['5432:5432']}
    steps:
      - uses: actions/checkout@v6
        with: {ref: x}
      - name: Build
        run: |
          first

          second
  two:
    needs: one
    if: ${{ always() }}
    runs-on: u
    steps: [{run: x}]
"""


def test_it_reads_jobs_and_steps_with_lines() -> None:
    one, two = read(JOB).jobs
    assert (one.line, one.environment, one.timeout, one.services[0].ports) == (4, "prod", True, ("5432:5432",))
    assert one.matrix == {"os": ("a", "b", "c")}
    checkout, build = one.steps
    assert (checkout.action, checkout.version, checkout.given("ref")) == ("actions/checkout", "v6", "x")
    assert (build.name, build.run_line, build.exact) == ("Build", 19, True)
    assert (two.needs, two.needs_line, two.gated) == (("one",), 23, False)


def test_it_knows_what_must_have_ended_before() -> None:
    found = read(JOB)
    assert [job.id for job in found.before(found.jobs[1])] == ["one"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("jobs: {a: {runs-on: u, steps: [{run: x}]}}\n", 1, "“on”"),
        ("on: push\n", 1, "no jobs"),
        ("on: psuh\njobs: {a: {runs-on: u, steps: [{run: x}]}}\n", 1, "psuh"),
        ("on: push\nstages: []\njobs: {a: {runs-on: u, steps: [{run: x}]}}\n", 2, "stages"),
        ("on: push\njobs:\n  a: {runs-on: u}\n", 3, "no steps"),
        ("on: push\njobs:\n  a: {steps: [{run: x}]}\n", 3, "runs-on"),
        ("on: push\njobs:\n  a:\n    runs-on: u\n    steps:\n      - name: x\n", 6, "neither"),
        ("on: push\njobs:\n  a:\n    runs-on: u\n    steps:\n      - {run: x, uses: y}\n", 6, "both"),
        ("on: push\njobs:\n  a:\n    needs: [b]\n    runs-on: u\n    steps: [{run: x}]\n", 4, "no job"),
        ("on: push\njobs:\n  a: {uses: ./x.yml, steps: [{run: x}]}\n", 3, "calls a workflow"),
        ("on: push\njobs:\n  - a\n", 2, "no jobs"),
        ("- a\n", 1, "mapping"),
        ("on: push\njobs: {a: [\n", 2, "YAML"),
    ],
)
def test_it_says_why_github_refuses_a_workflow(text: str, line: int, words: str) -> None:
    found = read(text)
    assert not found.valid
    assert words in found.errors[0].text
    assert found.errors[0].line == line


def test_it_finds_jobs_that_wait_for_each_other() -> None:
    job = "{{needs: {}, runs-on: u, steps: [{{run: x}}]}}"
    text = f"on: push\njobs:\n  a: {job.format('b')}\n  b: {job.format('a')}\n  c: {job.format('a')}\n"
    assert "wait for each other" in read(text).errors[0].text


def test_it_takes_a_workflow_that_calls_others_for_valid() -> None:
    assert read("on: push\njobs: {a: {uses: o/r/.github/workflows/x.yml@v1, secrets: inherit}}\n").valid


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("github.event_name == 'push'", False),
        ("github.ref == 'refs/heads/main'", False),
        ("startsWith(github.ref, 'refs/tags/')", False),
        ("github.event_name == 'pull_request'", True),
        ("github.event_name == 'push' || github.event_name == 'pull_request'", True),
        ("github.repository == 'a/b'", True),
    ],
)
def test_it_tells_whether_a_job_runs_on_pull_requests(condition: str, runs: bool) -> None:
    found = read(f"on: pull_request\njobs:\n  a:\n    if: {condition}\n    runs-on: u\n    steps: [{{run: x}}]\n")
    assert on_pull_requests(found, found.jobs[0]) is runs


def test_it_follows_composite_actions_and_called_workflows() -> None:
    tree = tree_of(
        {
            CI: "on: push\njobs:\n  a: {runs-on: u, steps: [{uses: ./.github/actions/check}]}\n"
            "  b: {uses: ./.github/workflows/called.yml}\n  c: {runs-on: u, steps: [{uses: ./none}]}\n",
            ".github/actions/check/action.yml": "runs:\n  using: composite\n  steps:\n    - run: ruff check\n"
            "      shell: bash\n",
            ".github/workflows/called.yml": "on: workflow_call\njobs:\n  t: {runs-on: u, steps: [{run: pytest}]}\n",
        }
    )
    found = next(pipeline for pipeline in pipelines(tree) if pipeline.path == CI)
    assert [stages(tree, job) for job in found.jobs] == [{"quality"}, {"test"}, frozenset()]
    assert marks(tree, found.jobs[0])[0].place == (".github/actions/check/action.yml", 4)
    assert trail(tree, found.jobs[2]).absent[0].name == "./none"


def test_a_workflow_that_calls_itself_ends() -> None:
    tree = tree_of({CI: "on: [push, workflow_call]\njobs:\n  a: {uses: ./.github/workflows/ci.yml}\n"})
    assert stages(tree, pipelines(tree)[0].jobs[0]) == frozenset()
