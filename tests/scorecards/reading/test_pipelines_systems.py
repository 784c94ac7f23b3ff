"""Pipelines of the other systems have jobs in their order, triggers, images and scripts with lines."""

from ingest.repository.memory import tree_of
from scorecards.reading.pipelines import Pipeline, pipelines, stages


def read(path: str, text: str, **more: str) -> Pipeline:
    return pipelines(tree_of({path: text, **more}))[0]


def needs(found: Pipeline) -> dict[str, tuple[str, ...]]:
    return {job.id: job.needs for job in found.jobs}


GITLAB = """\
include: [{local: /ci/more.yml}, {project: x, file: y}]
default: {image: 'python:3.12', before_script: [pip install .]}
variables: {A: b}
stages: [check, ship]
.base:
  stage: check
  script: &s [a]
lint:
  extends: .base
  script:
    - ruff check
    - |
      b
      c
unit:
  stage: check
  needs: []
  script: [!reference [.base, script], pytest]
deploy:
  stage: ship
  rules: [{if: '$CI_COMMIT_BRANCH == "main"', when: manual}]
  environment: {name: production}
  script: [kubectl apply -f k8s]
"""


def test_it_reads_gitlab() -> None:
    found = read(".gitlab-ci.yml", GITLAB, **{"ci/more.yml": "scan: {stage: check, script: [bandit -r .]}\n"})
    assert needs(found) == {"lint": (), "unit": (), "deploy": ("lint", "unit", "scan"), "scan": ()}
    lint, unit, deploy, scan = found.jobs
    assert lint.container is not None
    assert (lint.container.text, lint.steps[1].run, lint.steps[1].run_line) == ("python:3.12", "ruff check\n\nb\nc", 11)
    assert (unit.steps[1].run.split(), scan.path) == (["a", "pytest"], "ci/more.yml")
    assert (deploy.environment, deploy.manual, "CI_COMMIT_BRANCH" in deploy.condition) == ("production", True, True)


def test_it_reads_azure() -> None:
    text = (
        "trigger: [main]\npr: none\nstages:\n- stage: A\n  jobs:\n  - job: x\n    steps:\n    - script: make test\n"
        "    - template: steps.yml\n- stage: B\n  jobs:\n  - deployment: y\n    environment: prod\n    strategy:\n"
        "      runOnce: {deploy: {steps: [{bash: kubectl apply -f k}]}}\n"
    )
    found = read("azure-pipelines.yml", text, **{"steps.yml": "steps:\n- script: make lint\n"})
    assert needs(found) == {"A.x": (), "B.y": ("A.x",)}
    assert [step.run for step in found.jobs[0].steps] == ["make test", "make lint"]
    assert (found.triggers.pull_request, found.triggers.branches, found.jobs[1].environment) == (
        False,
        ("main",),
        "prod",
    )


def test_it_reads_bitbucket() -> None:
    text = (
        "image: node:22\npipelines:\n  default:\n    - parallel:\n      - step: {name: a, script: [npm test]}\n"
        "      - step: {name: b, script: [npm run lint]}\n    - step:\n        name: c\n        deployment: prod\n"
        "        script:\n          - pipe: atlassian/aws-ecs-deploy:1.2.3\n  branches:\n    main:\n"
        "      - step: {script: [x]}\n"
    )
    first, second = pipelines(tree_of({"bitbucket-pipelines.yml": text}))
    assert needs(first) == {"a 1": (), "b 2": (), "c 3": ("a 1", "b 2")}
    assert (first.jobs[2].environment, first.jobs[2].steps[1].action) == ("prod", "atlassian/aws-ecs-deploy")
    assert (first.triggers.pull_request, second.triggers.branches) == (True, ("main",))


def test_it_reads_circleci() -> None:
    text = (
        "version: 2.1\norbs: {node: circleci/node@5.1.0}\ncommands: {say: {steps: [{run: echo hi}]}}\njobs:\n"
        "  t:\n    docker: [{image: 'cimg/go:1.2'}, {image: postgres}]\n"
        "    steps: [checkout, say, {run: {command: go test}}]\n"
        "workflows:\n  all:\n    jobs:\n      - t\n      - node/test: {requires: [t]}\n"
    )
    found = read(".circleci/config.yml", text)
    assert needs(found) == {"t": (), "node/test": ("t",)}
    assert [step.run for step in found.jobs[0].steps if step.run] == ["echo hi", "go test"]
    assert found.jobs[1].uses == "circleci/node/test@5.1.0"
    assert found.jobs[0].services[0].image.text == "postgres"


def test_it_reads_drone_woodpecker_and_buildkite() -> None:
    drone = read(
        ".drone.yml",
        "kind: pipeline\nsteps:\n- {name: a, image: go, commands: [go test]}\n- {name: b, image: plugins/docker}\n",
    )
    assert needs(drone) == {"a": (), "b": ("a",)}
    wood = read(".woodpecker.yml", "when: [{event: pull_request}]\nsteps:\n  t: {image: go, commands: [go test]}\n")
    assert (wood.system, wood.triggers.pull_request, wood.triggers.push) == ("woodpecker", True, False)
    kite = read(
        ".buildkite/pipeline.yml", "steps:\n- {label: t, command: make test}\n- wait\n- {label: d, commands: [x, y]}\n"
    )
    assert needs(kite) == {"t": (), "d": ("t",)}


def test_it_reads_tekton() -> None:
    text = (
        "apiVersion: tekton.dev/v1\nkind: PipelineRun\n"
        "metadata: {annotations: {pipelinesascode.tekton.dev/on-event: '[pull_request]'}}\n"
        "spec:\n  pipelineSpec:\n    tasks:\n    - {name: t, taskSpec: {steps: [{image: go, script: go test}]}}\n"
        "    - {name: d, runAfter: [t], taskRef: {name: kubectl}}\n"
    )
    found = read(".tekton/run.yaml", text)
    assert (needs(found), found.triggers.pull_request) == ({"t": (), "d": ("t",)}, True)


def test_it_reads_systems_with_one_list_of_scripts() -> None:
    travis = read(".travis.yml", "language: go\nscript:\n  - go test\ndeploy: {provider: releases}\n")
    assert [step.run or step.uses for step in travis.jobs[0].steps] == ["go test", "releases"]
    cloud = read("cloudbuild.yaml", "steps:\n- {name: gcr.io/cloud-builders/docker, args: [build, .]}\n")
    assert cloud.jobs[0].steps[0].run == "docker build ."


def test_it_reads_jenkins() -> None:
    text = (
        "pipeline {\n agent any\n environment { T = credentials('x') }\n stages {\n  stage('Check') {\n   parallel {\n"
        "    stage('Lint') { steps { sh 'make lint' } }\n    stage('Unit') { steps { sh 'pytest' } }\n   }\n  }\n"
        "  stage('Deploy') {\n   when { branch 'main' }\n   steps { deployToCluster('x') }\n  }\n }\n}\n"
    )
    tree = tree_of({"Jenkinsfile": text})
    found = pipelines(tree)[0]
    assert needs(found) == {"Lint": (), "Unit": (), "Deploy": ("Lint", "Unit")}
    assert [stages(tree, job) for job in found.jobs] == [{"quality"}, {"test"}, {"deploy"}]
    assert (found.env["T"].text, found.jobs[2].condition_line) == ("credentials('x')", 12)
