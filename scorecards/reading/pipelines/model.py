"""(pure) What a pipeline is, whatever system runs it: triggers, jobs in their order, steps and scripts with lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ingest.repository.node import Node, Place

System = Literal[
    "github", "gitlab", "azure", "bitbucket", "circleci", "jenkins", "tekton", "drone", "woodpecker", "buildkite",
    "travis", "cloudbuild", "appveyor",
]  # fmt: skip


class EnvValue(NamedTuple):
    """A value as written and its line in the pipeline's file."""

    text: str
    line: int


Values = Mapping[str, EnvValue]
NO_VALUES: Values = {}


class Fault(NamedTuple):
    """Why a pipeline's file does not run."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Triggers:
    """What starts a pipeline. ``branches`` are the filters of pushes, none: every branch; ``raw`` the names as written.

    ``pull_request``: it runs on pull or merge requests, also as branch pipeline where the system has no other.
    ``tags``: it runs for pushed tags or published releases. ``reusable_only``: only other pipelines call it.
    """

    pull_request: bool = False
    push: bool = False
    branches: tuple[str, ...] = ()
    branches_ignored: tuple[str, ...] = ()
    tags: bool = False
    schedule: bool = False
    manual: bool = False
    reusable_only: bool = False
    workflow_run: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()
    line: int = 1

    @property
    def on_change(self) -> bool:
        """A person's change starts it."""
        return self.pull_request or self.push

    def on_branch(self, *names: str) -> bool:
        """Whether a push to one of these branches may start it."""
        if not self.push or self.tags_only:
            return False
        return not self.branches or any(
            name in self.branches or _is_pattern(filtered) for name in names for filtered in self.branches
        )

    @property
    def tags_only(self) -> bool:
        return self.tags and self.push and "tags" in self.raw and not self.branches and "branches" not in self.raw


def _is_pattern(filtered: str) -> bool:
    return "*" in filtered or "$" in filtered


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """A container that runs beside a job. ``ports`` are those published, as written."""

    name: str
    line: int
    image: EnvValue
    ports: tuple[str, ...] = ()
    options: str = ""
    env: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A script, an action or a plugin. Lines count from 1; 0 where there is none.

    ``run_line`` is the file's line of the script's first line; where ``exact`` is false (folded or quoted text), all
    its lines are told as that one. ``uses`` of a Jenkins step is the name of the call.
    """

    path: str
    line: int
    name: str = ""
    id: str = ""
    uses: str = ""
    uses_line: int = 0
    run: str = ""
    run_line: int = 0
    exact: bool = True
    with_: Values = field(default_factory=dict)
    env: Values = field(default_factory=dict)
    condition: str = ""
    condition_line: int = 0
    continue_on_error: bool = False
    shell: str = ""
    folder: str = ""
    root: Node | None = None

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)

    @property
    def action(self) -> str:
        """The action's name without its version, lower case; empty for a script."""
        return self.uses.partition("@")[0].lower()

    @property
    def version(self) -> str:
        return self.uses.partition("@")[2]

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        first = self.run.strip().partition("\n")[0]
        return (self.name or self.uses or first)[:80]

    def given(self, *names: str) -> str:
        """The first input of these names that is set; empty where none is."""
        for name in names:
            if name in self.with_ and self.with_[name].text:
                return self.with_[name].text
        return ""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A unit that is scheduled as one: a job, or a stage of a system that only has stages.

    ``needs`` names the jobs that must have ended before; in systems with ordered stages these are all of the stage
    before. ``gated`` is false where a condition lets the job run after a failure of one that it needs.
    """

    path: str
    id: str
    line: int
    name: str = ""
    stage: str = ""
    needs: tuple[str, ...] = ()
    needs_line: int = 0
    condition: str = ""
    condition_line: int = 0
    environment: str = ""
    environment_line: int = 0
    steps: tuple[Step, ...] = ()
    env: Values = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    container: EnvValue | None = None
    permissions: Node | None = None
    runs_on: tuple[str, ...] = ()
    uses: str = ""
    uses_line: int = 0
    with_: Values = field(default_factory=dict)
    matrix: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    continue_on_error: bool = False
    manual: bool = False
    timeout: bool = False
    concurrency: bool = False
    root: Node | None = None

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)

    @property
    def gated(self) -> bool:
        text = self.condition.replace("!failure()", "").replace("! failure()", "")
        breaks = any(word in text for word in ("always()", "failure()", "cancelled()"))
        return not breaks or ".result" in text or "success()" in text


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline:
    """A file, or a document of one, that a system runs. ``valid`` is false where the system would refuse it."""

    path: str
    system: System
    name: str = ""
    line: int = 1
    root: Node | None = None
    triggers: Triggers = Triggers()
    jobs: tuple[Job, ...] = ()
    env: Values = field(default_factory=dict)
    permissions: Node | None = None
    concurrency: bool = False
    valid: bool = True
    errors: tuple[Fault, ...] = ()

    @property
    def place(self) -> Place:
        return Place(self.path, self.line)

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for job in self.jobs for step in job.steps)

    def job(self, name: str) -> Job | None:
        return next((job for job in self.jobs if job.id == name), None)

    def before(self, job: Job) -> tuple[Job, ...]:
        """The jobs that must have ended before this one starts, near and far."""
        by_id = {other.id: other for other in self.jobs}
        seen: dict[str, Job] = {}
        waiting = list(job.needs)
        while waiting:
            name = waiting.pop()
            if name in by_id and name not in seen and by_id[name] is not job:
                seen[name] = by_id[name]
                waiting.extend(by_id[name].needs)
        return tuple(seen.values())
