"""Skeletons are rendered and judged like the services that come from them."""

from scorecards.checks.finding import Finding, Outcome
from tests.scorecards.checks.judging import judge, verdict

TEMPLATE = """
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: service}
spec:
  parameters:
    properties:
      name: {type: string}
      cache: {type: boolean, default: false}
  steps:
    - action: fetch:template
      input:
        url: ./skeleton
        values: {name: "${{ parameters.name }}", cache: "${{ parameters.cache }}"}
    - action: publish:github
"""
WORKFLOW = """on: {push: {branches: [main]}, pull_request: {}}
permissions: {contents: read}
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - run: pytest
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: "${{ values.name }}"}
spec:
  template:
    spec:
      containers:
        - name: app
{% if values.cache %}
          image: cache:latest
{% else %}
          image: app:latest
{% endif %}
"""


def judged(skeleton: dict[str, str], template: str = TEMPLATE) -> list[Finding]:
    files = {f"t/skeleton/{path}": text for path, text in skeleton.items()}
    return judge("golden-path-passes-standard", {"t/template.yaml": template, **files})


def test_it_fails_a_skeleton_that_breaks_more_than_three_controls_and_points_into_it() -> None:
    (finding,) = judged({"k8s/deployment.yaml": DEPLOYMENT})
    assert finding.outcome is Outcome.FAIL
    assert finding.unit == "skeleton t/skeleton"
    assert "DOP-3.1-01" in finding.value
    assert ("t/skeleton/k8s/deployment.yaml", 8) in finding.places


def test_it_is_partial_when_few_controls_fail() -> None:
    (finding,) = judged({"src/main.py": "x = 1\n"})
    assert finding.outcome is Outcome.PARTIAL
    assert "DOP-2.1-01" in finding.message


def test_it_passes_a_skeleton_that_fails_nothing() -> None:
    found = judged({"lib/main.py": "x = 1\n", "lib/test_main.py": "def test_it(): pass\n", ".gitlab-ci.yml": GITLAB})
    assert verdict(found) is Outcome.PASS, found


GITLAB = """stages: [test]
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
lint:
  stage: test
  image: python@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  script: [ruff check .]
test:
  stage: test
  image: python@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  script: [pytest]
scan:
  stage: test
  image: python@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  script: ["trivy fs --exit-code 1 .", "gitleaks detect", "semgrep scan --error", "pip-licenses --fail-on GPL"]
"""


def test_it_tells_stages_that_the_template_promises_and_the_pipeline_lacks() -> None:
    promising = TEMPLATE + "    - {action: 'own:pipeline', input: {stages: [test, deploy]}}\n"
    (finding,) = judged({"src/main.py": "x = 1\n", ".github/workflows/ci.yml": WORKFLOW}, promising)
    assert "promised stage deploy" in finding.value
    assert "promised stage test" not in finding.value


def test_it_asks_nothing_of_templates_that_change_a_repository() -> None:
    changing = TEMPLATE.replace("publish:github", "publish:github:pull-request")
    assert verdict(judged({"src/main.py": "x = 1\n"}, changing)) is Outcome.NOT_APPLICABLE


def test_it_does_not_judge_a_skeleton_of_documents() -> None:
    assert verdict(judged({"README.md": "# Hello\n"})) is Outcome.UNKNOWN


def test_it_asks_nothing_without_a_skeleton() -> None:
    assert judge("golden-path-passes-standard", {"t/template.yaml": TEMPLATE}) == []


def test_it_does_not_nest_when_a_skeleton_holds_a_template() -> None:
    inner = {f"t/{path}": text for path, text in {"template.yaml": TEMPLATE, "skeleton/a.py": "x = 1\n"}.items()}
    assert all(finding.outcome is not Outcome.FAIL for finding in judged({**inner, "main.py": "x = 1\n"}))


def test_it_renders_skeletons_of_cookiecutter() -> None:
    files = {"cookiecutter.json": '{"name": "x"}', "{{cookiecutter.name}}/main.py": "x = 1\n"}
    (finding,) = judge("golden-path-passes-standard", files)
    assert finding.unit == "skeleton {{cookiecutter.name}}"
