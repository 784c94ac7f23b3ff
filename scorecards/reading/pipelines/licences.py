"""(pure) Tools that refuse licences: which run, and whether their pattern can ever match what they look at."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.model import Job, Step
from scorecards.reading.pipelines.trails import Command, trail
from scorecards.reading.pipelines.words import Run, run_of

_ACTIONS = ("actions/dependency-review-action", "fossas/fossa-action", "fossa-contrib/fossa-action",
            "apache/skywalking-eyes/dependency", "pilosus/action-pip-license-checker", "github/licensed",
            "embarkstudios/cargo-deny-action", "licensefinder/")  # fmt: skip
_COMMANDS: dict[str, tuple[str, ...]] = {
    "pip-licenses": (), "license-checker": (), "license-checker-rseidelsohn": (), "license-checker-evergreen": (),
    "go-licenses": ("check",), "license_finder": (), "liccheck": (), "licensed": ("status",),
    "license-eye": ("dependency",), "dep": ("check",), "fossa": ("test",), "cargo-deny": (), "scancode": (),
    "licensecheck": (), "cargo": ("deny",),
}  # fmt: skip
_FAILING = {
    "pip-licenses": ("--fail-on", "--allow-only"),
    "license-checker": ("--failOn", "--onlyAllow"),
    "license-checker-rseidelsohn": ("--failOn", "--onlyAllow"),
    "license-checker-evergreen": ("--failOn", "--onlyAllow"),
}
# A family's bare name is never the whole name of a licence as packages tell it.
_FAMILY = re.compile(r"(?:[AL]?GPL|MPL|EPL|CDDL|EUPL|SSPL|GNU|CC|BSL|copyleft)(?:v?\d(?:\.\d)?)?\+?\Z", re.I)
_PYTHON_INSTALLS = (
    ("pip", "install"), ("poetry", "install"), ("uv", "sync"), ("uv", "pip"), ("pipenv", "install"), ("pipenv", "sync"),
    ("pdm", "install"), ("pdm", "sync"), ("hatch", "env"), ("conda", "env"),
)  # fmt: skip
_PROJECT = re.compile(r"^(?:-r|--requirement|-e|--editable|\.|\.\[.*|.*requirements.*\.txt|-r.+|--requirement=.+)$")
_NODE = frozenset({"npm", "yarn", "pnpm", "bun"})


class LicenceGate(NamedTuple):
    """A tool that looks at licences. ``idle`` says why it refuses nothing; empty where it can."""

    name: str
    path: str
    line: int
    idle: str = ""

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)


def licence_gates(tree: RepositoryTree, job: Job) -> list[LicenceGate]:
    """The licence tools of a job."""
    way = trail(tree, job)
    found = [gate for step in way.steps for gate in _of_step(step)]
    for index, command in enumerate(way.commands):
        found += _of_command(command, way.commands[:index])
    if job.continue_on_error:
        found = [gate._replace(idle=gate.idle or "its job may fail") for gate in found]
    return found


def _of_step(step: Step) -> Iterator[LicenceGate]:
    name = step.action
    if name.startswith(_ACTIONS):
        idle = "continue-on-error is set" if step.continue_on_error else ""
        if step.given("warn-only") == "true" or step.given("license-check") == "false":
            idle = idle or "it only warns"
        yield LicenceGate(name, step.path, step.uses_line, idle)
    elif name.startswith("aquasecurity/trivy") and "license" in step.given("scanners"):
        yield LicenceGate(
            name, step.path, step.uses_line, "" if step.given("exit-code") not in ("", "0") else "it only reports"
        )


def _of_command(command: Command, before: Sequence[Command]) -> Iterator[LicenceGate]:
    run = run_of(command.words)
    wanted = _COMMANDS.get(run.program)
    if wanted is None or (wanted and run.plain[:1] != wanted):
        return
    idle = "its failure is ignored" if command.tolerated else _idle(run, before)
    yield LicenceGate(run.program, command.path, command.line, idle)


def _idle(run: Run, before: Sequence[Command]) -> str:
    if run.program in _FAILING and not run.has(*_FAILING[run.program]):
        return "it names no licence that fails"
    if run.program == "pip-licenses":
        if not any(_installs_project(run_of(command.words)) for command in before):
            return "the project's dependencies are not installed before it"
        names = [name.strip() for name in run.value("--fail-on").split(";") if name.strip()]
        if names and not run.has("--partial-match") and all(_FAMILY.match(name) for name in names):
            return f"“{names[0][:30]}” is no whole licence name, and --partial-match is not set"
    if run.program.startswith("license-checker") and not any(
        run_of(command.words).program in _NODE for command in before
    ):
        return "the project's dependencies are not installed before it"
    return ""


def _installs_project(run: Run) -> bool:
    program = "pip" if run.program.startswith("pip") and run.program != "pipenv" else run.program
    if (program, *run.plain[:1]) not in _PYTHON_INSTALLS:
        return False
    return program != "pip" or any(_PROJECT.match(word) for word in run.arguments)
