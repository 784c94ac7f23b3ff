"""(pure) Scanners that look for vulnerabilities and weak code: which run, and whether they can fail a pipeline."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.github import local
from scorecards.reading.pipelines.model import Job, Step
from scorecards.reading.pipelines.tools import action_stages, command_stages
from scorecards.reading.pipelines.trails import Command, trail
from scorecards.reading.pipelines.words import Run, run_of

_ONLY_REPORT = frozenset({"scorecard", "codacy-analysis-cli"})
_REPORTING_ACTIONS = ("ossf/scorecard-action", "zizmorcore/zizmor-action", "step-security/")
_REUSABLE = {
    "google/osv-scanner-action/.github/workflows": "fail-on-vuln",
    "google/osv-scanner/.github/workflows": "fail-on-vuln",
}


class Scanner(NamedTuple):
    """A scanner that runs. ``harmless`` says why it can't fail the pipeline; empty where it can."""

    name: str
    path: str
    line: int
    harmless: str = ""
    harmless_line: int = 0

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)

    @property
    def places(self) -> tuple[Place, ...]:
        return (self.place, Place(self.path, self.harmless_line)) if self.harmless_line else (self.place,)


def scanners(tree: RepositoryTree, job: Job) -> list[Scanner]:
    """The scanners of a job, those of local actions, targets and scripts too."""
    way = trail(tree, job)
    found = [scanner for step in way.steps for scanner in _of_step(step)]
    found += [scanner for command in way.commands for scanner in _of_command(command)]
    found += list(_of_reusable(job))
    if job.continue_on_error:
        found = [scanner._replace(harmless=scanner.harmless or "its job may fail") for scanner in found]
    return found


def _of_reusable(job: Job) -> Iterator[Scanner]:
    flag = next((flag for start, flag in _REUSABLE.items() if job.uses.startswith(start)), "")
    if flag and local(job.uses) is None:
        off = flag in job.with_ and job.with_[flag].text == "false"
        yield Scanner(job.uses.partition("/.github")[0], job.path, job.uses_line, f"{flag} is false" if off else "")


# ---------------------------------------------------------------- actions


def _of_step(step: Step) -> Iterator[Scanner]:
    if not step.uses or "security" not in action_stages(step):
        return
    harmless = "continue-on-error is set" if step.continue_on_error else _why_harmless(step)
    line = step.root.line_of("continue-on-error") if step.continue_on_error and step.root is not None else 0
    yield Scanner(step.uses.partition("@")[0], step.path, step.uses_line, harmless, line)


def _why_harmless(step: Step) -> str:
    """Why an action's findings do not fail its step; facts of the actions' own descriptions."""
    name = step.action
    if name.startswith("aquasecurity/trivy"):
        return "" if step.given("exit-code").strip() not in ("", "0") else "exit-code is not set"
    if name.startswith("anchore/scan-action"):
        return "fail-build is false" if step.given("fail-build") == "false" else ""
    if name.startswith(("bridgecrewio/checkov-action", "aquasecurity/tfsec-action")):
        return "soft_fail is set" if step.given("soft_fail").lower() in ("true", "1") else ""
    if name.startswith("docker/scout-action"):
        return "" if step.given("exit-code") == "true" else "exit-code is not set"
    if name.startswith("checkmarx/kics"):
        return "ignore_on_exit is set" if step.given("ignore_on_exit") in ("results", "all") else ""
    if name.startswith("securego/gosec"):
        return "-no-fail is set" if "-no-fail" in step.given("args") else ""
    if name.startswith("golang/govulncheck-action"):
        return "" if step.given("output-format") in ("", "text") else "that output format reports only"
    if name.startswith("actions/dependency-review-action"):
        return "warn-only is set" if step.given("warn-only") == "true" else ""
    return "it reports only" if name.startswith(_REPORTING_ACTIONS) else ""


# ---------------------------------------------------------------- commands


def _of_command(command: Command) -> Iterator[Scanner]:
    run = run_of(command.words)
    if not _is_scanner(run):
        return
    harmless = "its failure is ignored" if command.tolerated else _command_harmless(run)
    yield Scanner(run.program, command.path, command.line, harmless)


def _is_scanner(run: Run) -> bool:
    if run.program in _ONLY_REPORT or run.has("--version", "--help") or run.plain[:1] in (("version",), ("help",)):
        return False
    if run.program in _TARGETS or "security" not in command_stages(run):
        return False
    return not (run.program == "snyk" and run.plain[:1] in (("monitor",), ("auth",)))


_TARGETS = frozenset({"make", "just", "task", "rake", "tox", "nox", "gradle", "gradlew", "mvn", "mvnw", "mage"})


def _command_harmless(run: Run) -> str:
    """Why a scanner's findings do not end its command with an error."""
    match run.program:
        case "trivy":
            return "" if run.value("--exit-code") not in ("", "0") else "--exit-code is not set"
        case "grype":
            return "" if run.has("--fail-on", "-f") else "--fail-on is not set"
        case "semgrep" | "opengrep":
            blocks = run.plain[:1] == ("ci",) or run.has("--error")
            return "" if blocks else "--error is not set"
        case "checkov":
            return "--soft-fail is set" if run.has("--soft-fail", "-s") else ""
        case "tfsec":
            return "--soft-fail is set" if run.has("--soft-fail", "-s") else ""
        case "trufflehog":
            return "" if run.has("--fail") else "--fail is not set"
        case "gitleaks":
            return "--exit-code is 0" if run.value("--exit-code") == "0" else ""
        case "gosec":
            return "-no-fail is set" if run.has("-no-fail", "--no-fail") else ""
        case "govulncheck":
            return "that output format reports only" if run.has("-format", "-json", "--format") else ""
        case "bandit":
            return "--exit-zero is set" if run.has("--exit-zero") else ""
        case "docker":
            return "" if run.has("--exit-code", "-e") else "--exit-code is not set"
        case _:
            return ""
