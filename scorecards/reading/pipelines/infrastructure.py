"""(pure) Which checks of infrastructure code pipelines run: format, validity, static analysis, tests."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.model import Job, Step
from scorecards.reading.pipelines.trails import Command, trail
from scorecards.reading.pipelines.words import Run, run_of

Ability = Literal["format", "validation", "analysis", "tests"]
ABILITIES: tuple[Ability, ...] = ("format", "validation", "analysis", "tests")
_TERRAFORM = frozenset({"terraform", "tofu", "terragrunt"})
_ANALYSERS = frozenset({"tflint", "checkov", "terrascan", "kics", "tfsec", "regula", "snyk-iac"})
_ANALYSER_ACTIONS = (
    "bridgecrewio/checkov-action", "aquasecurity/tfsec-action", "aquasecurity/tfsec-pr-commenter-action",
    "tenable/terrascan-action", "checkmarx/kics-github-action", "checkmarx/kics-action", "snyk/actions/iac",
    "terraform-linters/tflint-action", "reviewdog/action-tflint", "reviewdog/action-tfsec",
    "triat/terraform-security-scan",
)  # fmt: skip
_ACTIONS: dict[str, Ability] = {
    "dflook/terraform-fmt-check": "format", "dflook/terraform-validate": "validation",
    "dflook/tofu-validate": "validation", "dflook/tofu-fmt-check": "format", "dflook/terraform-test": "tests",
    "dflook/tofu-test": "tests",
}  # fmt: skip
_HOOKS: dict[str, Ability] = {
    "terraform_fmt": "format", "tofu_fmt": "format", "terragrunt_fmt": "format", "terraform-fmt": "format",
    "terraform_validate": "validation", "tofu_validate": "validation", "terraform-validate": "validation",
    "terragrunt_validate": "validation", "terraform_tflint": "analysis", "tofu_tflint": "analysis",
    "tflint": "analysis", "terraform_checkov": "analysis", "checkov": "analysis", "terraform_trivy": "analysis",
    "tofu_trivy": "analysis", "terraform_tfsec": "analysis", "terraform-tfsec": "analysis", "terrascan": "analysis",
    "tofu_checkov": "analysis", "terraform_test": "tests",
}  # fmt: skip
_PRE_COMMIT_ACTIONS = (
    "pre-commit/action", "pre-commit-ci/lite-action", "clowdhaus/terraform-composite-actions/pre-commit",
)  # fmt: skip
MAX_TESTS = 500
_CONFIG = (".pre-commit-config.yaml", ".pre-commit-config.yml")


class Shown(NamedTuple):
    """Where an ability is exercised."""

    ability: Ability
    place: Place


def abilities(tree: RepositoryTree, job: Job) -> list[Shown]:
    """What a job checks of infrastructure code, pre-commit's hooks where it runs them."""
    way = trail(tree, job)
    found = [shown for step in way.steps for shown in _of_step(tree, step)]
    found += [shown for command in way.commands for shown in _of_command(tree, command)]
    return found


def _of_step(tree: RepositoryTree, step: Step) -> Iterator[Shown]:
    place = Place(step.path, step.uses_line)
    if step.action.startswith(_PRE_COMMIT_ACTIONS):
        yield from _hooks(tree, place)
    elif step.action.startswith(_ANALYSER_ACTIONS) or _is_trivy_config(step):
        yield Shown("analysis", place)
    elif step.action in _ACTIONS:
        yield Shown(_ACTIONS[step.action], place)


def _is_trivy_config(step: Step) -> bool:
    return step.action.startswith("aquasecurity/trivy-action") and step.given("scan-type") in ("config", "iac")


def _of_command(tree: RepositoryTree, command: Command) -> Iterator[Shown]:
    run = run_of(command.words)
    if run.program in ("pre-commit", "prek") and run.plain[:1] == ("run",):
        yield from _hooks(tree, command.place, run.plain[1] if len(run.plain) > 1 else "")
        return
    ability = _ability(tree, run)
    if ability is not None:
        yield Shown(ability, command.place)


def _ability(tree: RepositoryTree, run: Run) -> Ability | None:
    verbs = run.plain[:3]
    if run.program in _TERRAFORM:
        if "fmt" in verbs or "hclfmt" in verbs:
            return "format" if run.has("-check", "--check", "--terragrunt-check", "-diff", "--hclfmt-check") else None
        return "validation" if "validate" in verbs else "tests" if "test" in verbs else None
    if run.program in _ANALYSERS:
        return None if run.has("--version", "--init") else "analysis"
    if run.program == "trivy":
        return "analysis" if verbs[:1] in (("config",), ("conf",)) or "misconfig" in run.value("--scanners") else None
    if run.program == "snyk":
        return "analysis" if verbs[:1] == ("iac",) else None
    if run.program in ("go", "gotestsum", "pytest"):
        tests = run.program != "go" or verbs[:1] == ("test",)
        return "tests" if tests and _has_terratest(tree) else None
    return None


def _has_terratest(tree: RepositoryTree) -> bool:
    return tree.derive(_terratest)


def _terratest(tree: RepositoryTree) -> bool:
    """Whether tests of infrastructure are written in Go or Python."""
    named = tree.files("**/*_test.go", "**/test_*.py")
    return any("terratest" in text or "tftest" in text for path in named[:MAX_TESTS] if (text := tree.text(path)))


def _hooks(tree: RepositoryTree, place: Place, only: str = "") -> Iterator[Shown]:
    """The hooks that pre-commit runs."""
    for path in _CONFIG:
        for document in tree.yaml(path) if tree.exists(path) else ():
            for repo in document.root.items_at("repos"):
                for hook in repo.items_at("hooks"):
                    ability = _HOOKS.get(hook.text_at("id"))
                    if ability is not None and only in ("", hook.text_at("id")):
                        yield Shown(ability, place)
                        yield Shown(ability, Place(path, hook.line))
