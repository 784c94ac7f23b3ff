"""A platform is described, matches what runs, offers a golden path, and its tools were chosen for reasons."""

from scorecards.checks.finding import Outcome
from scorecards.checks.subject import Fleet, Options
from tests.scorecards.checks.judging import judge, verdict

WHOLE = """
platform:
  name: ours
  version: "1"
  components:
    portal: {type: backstage}
    ci_cd: {type: tekton, integrations: [github]}
    infrastructure: {provisioning: crossplane, providers: [aws]}
    observability: {metrics: prometheus, logs: loki}
    security: {secrets: vault}
  self_service:
    templates: [service]
"""
DESCRIPTION = {"platform/architecture.yaml": WHOLE}
TEMPLATE = """
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: service}
spec:
  type: service
  parameters:
    - required: [name]
      properties:
        name: {type: string, description: Its name, pattern: "^[a-z-]+$"}
  steps:
    - {id: fetch, action: "fetch:template", input: {url: ./skeleton, values: {name: "${{ parameters.name }}"}}}
    - {id: publish, action: "publish:github"}
    - {id: register, action: "catalog:register"}
"""
SKELETON = {
    "templates/service/skeleton/src/main.py": "x = 1\n",
    "templates/service/skeleton/tests/test_main.py": "def test_it(): pass\n",
    "templates/service/skeleton/.github/workflows/ci.yml": "on: push\n",
    "templates/service/skeleton/k8s/deployment.yaml": "kind: Deployment\n",
    "templates/service/skeleton/catalog-info.yaml": "kind: Component\n",
}


# ---------------------------------------------------------------- DOP-4.1-01


def test_it_passes_a_description_of_six_areas() -> None:
    (finding,) = judge("platform-described-by-machine", DESCRIPTION)
    assert finding.outcome is Outcome.PASS
    assert finding.places[0] == ("platform/architecture.yaml", 6)


def test_it_is_partial_when_an_area_names_nothing() -> None:
    text = WHOLE.replace("    security: {secrets: vault}\n", "    security: {}\n")
    (finding,) = judge("platform-described-by-machine", {"platform/a.yaml": text})
    assert finding.outcome is Outcome.PARTIAL
    assert "security" in finding.message


def test_it_fails_a_description_of_few_areas_and_a_platform_without_any() -> None:
    few = "platform:\n  portal: backstage\n  security: {policy: opa}\n"
    assert verdict(judge("platform-described-by-machine", {"platform/a.yaml": few})) is Outcome.FAIL
    settings = Options(platform_repositories=("us/platform",))
    assert verdict(
        judge("platform-described-by-machine", {"README.md": "x"}, options=settings, name="us/platform")
    ) is (Outcome.FAIL)


def test_it_reads_the_entities_of_one_system() -> None:
    names = ("portal", "pipelines", "crossplane", "grafana", "vault", "scaffolder")
    text = "---\n".join(
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n"
        "spec: {type: platform, system: base}\n"
        for name in names
    )
    found = judge(
        "platform-described-by-machine", {"catalog-info.yaml": text},
        options=Options(platform_repositories=("us/platform",)), name="us/platform",
    )  # fmt: skip
    assert verdict(found) is Outcome.PASS


def test_it_asks_nothing_of_ordinary_repositories() -> None:
    assert judge("platform-described-by-machine", {"main.go": "package main\n"}) == []
    assert judge("golden-path-scaffolds-everything", {"main.go": "package main\n"}) == []
    assert judge("tool-choices-recorded", {"main.go": "package main\n"}) == []


def test_it_knows_a_platform_by_its_portal_and_by_an_app_of_apps() -> None:
    portal = {"app-config.yaml": "app: {title: x}\nbackend: {baseUrl: x}\n"}
    assert verdict(judge("platform-described-by-machine", portal)) is Outcome.FAIL
    app = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: %s}\nspec: {source: {path: %s}}\n"
    apps = {"root.yaml": app % ("root", "apps"), "apps/one.yaml": app % ("one", "charts/one")}
    assert verdict(judge("platform-described-by-machine", apps)) is Outcome.FAIL
    assert judge("platform-described-by-machine", {"apps/one.yaml": app % ("one", "charts/one")}) == []


# ---------------------------------------------------------------- DOP-4.1-02


def test_it_does_not_know_what_runs_without_the_fleet() -> None:
    assert verdict(judge("platform-description-matches-deployment", DESCRIPTION)) is Outcome.UNKNOWN


def test_it_passes_when_every_named_tool_is_used_by_any_of_its_names() -> None:
    tools = frozenset({"backstage", "tekton", "crossplane", "kube-prometheus-stack", "loki-stack", "vault"})
    found = judge("platform-description-matches-deployment", DESCRIPTION, fleet=Fleet(tools=tools))
    assert verdict(found) is Outcome.PASS


def test_it_tells_phantoms_and_ci_systems_that_nobody_named() -> None:
    tools = frozenset({"backstage", "tekton", "crossplane", "prometheus", "loki"})
    fleet = Fleet(tools=tools, ci_systems=frozenset({"jenkins"}))
    (finding,) = judge("platform-description-matches-deployment", DESCRIPTION, fleet=fleet)
    assert finding.outcome is Outcome.PARTIAL
    assert "vault" in finding.message
    assert "jenkins" in finding.notes[0]
    (finding,) = judge("platform-description-matches-deployment", DESCRIPTION, fleet=Fleet())
    assert finding.outcome is Outcome.FAIL


def test_it_asks_no_match_of_a_description_that_fails() -> None:
    assert judge("platform-description-matches-deployment", {"platform/a.yaml": "platform: {portal: x}\n"}) == []


# ---------------------------------------------------------------- DOP-4.1-06


def test_it_passes_a_template_that_makes_everything_from_checked_inputs() -> None:
    files = {**DESCRIPTION, "templates/service/template.yaml": TEMPLATE, **SKELETON}
    (finding,) = judge("golden-path-scaffolds-everything", files)
    assert finding.outcome is Outcome.PASS, finding.message


def test_it_is_partial_when_a_template_makes_less_or_checks_nothing() -> None:
    files = {**DESCRIPTION, "templates/service/template.yaml": TEMPLATE, **SKELETON}
    del files["templates/service/skeleton/k8s/deployment.yaml"]
    (finding,) = judge("golden-path-scaffolds-everything", files)
    assert finding.outcome is Outcome.PARTIAL
    assert "no deployment" in finding.message
    loose = TEMPLATE.replace(', pattern: "^[a-z-]+$"', "")
    files = {**DESCRIPTION, "templates/service/template.yaml": loose, **SKELETON}
    (finding,) = judge("golden-path-scaffolds-everything", files)
    assert finding.outcome is Outcome.PARTIAL
    assert "not validated" in finding.message


def test_it_is_partial_when_only_a_command_makes_services() -> None:
    text = "export const c = new Command('create-service')\n  .option('-n, --name <name>', 'Name')\n"
    (finding,) = judge("golden-path-scaffolds-everything", {**DESCRIPTION, "cli/commands/create.ts": text})
    assert finding.outcome is Outcome.PARTIAL
    assert "name" in finding.message


def test_it_does_not_know_what_lies_in_another_repository() -> None:
    remote = TEMPLATE.replace("./skeleton", "https://example.org/us/skeleton")
    files = {**DESCRIPTION, "templates/service/template.yaml": remote}
    assert verdict(judge("golden-path-scaffolds-everything", files)) is Outcome.UNKNOWN


def test_it_fails_a_platform_without_a_golden_path() -> None:
    assert verdict(judge("golden-path-scaffolds-everything", DESCRIPTION)) is Outcome.FAIL


# ---------------------------------------------------------------- DOP-9.2-01

RECORD = """# 1. Use {tool}

## Status

{status}

## Context

It integrates with what we have, scales with us, has a large community, is secure, and its cost is low.

## Decision

We take {tool}.
"""
TOOLS = ("backstage", "tekton", "crossplane", "prometheus", "loki", "vault")


def recorded(status: str = "Accepted", tools: tuple[str, ...] = TOOLS) -> dict[str, str]:
    return {f"docs/adr/{n:04}-{tool}.md": RECORD.format(tool=tool, status=status) for n, tool in enumerate(tools)}


def test_it_passes_when_every_tool_has_a_record() -> None:
    assert verdict(judge("tool-choices-recorded", {**DESCRIPTION, **recorded()})) is Outcome.PASS


def test_it_is_partial_when_tools_or_criteria_are_missing() -> None:
    (finding,) = judge("tool-choices-recorded", {**DESCRIPTION, **recorded(tools=TOOLS[1:])})
    assert finding.outcome is Outcome.PARTIAL
    assert "backstage" in finding.message
    short = {path: text.replace("is secure, and its cost is low", "is fine") for path, text in recorded().items()}
    assert verdict(judge("tool-choices-recorded", {**DESCRIPTION, **short})) is Outcome.PARTIAL


def test_it_notes_superseded_records_and_never_counts_them() -> None:
    (finding,) = judge("tool-choices-recorded", {**DESCRIPTION, **recorded("Superseded")})
    assert finding.outcome is Outcome.PARTIAL
    assert "superseded" in finding.notes[0]


def test_it_fails_a_platform_without_records() -> None:
    assert verdict(judge("tool-choices-recorded", DESCRIPTION)) is Outcome.FAIL
