"""(pure) Jenkins: a stage is a job, stages follow each other unless they stand in ``parallel``."""

from collections.abc import Iterator

from ingest.repository.documents.groovy import Call, GroovyString, Jenkinsfile
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.pipelines.model import EnvValue, Job, Pipeline, Step, Triggers

MAX_STAGES = 500
_SCRIPTS = ("sh", "bat", "powershell", "pwsh")
LIBRARY = "vars/"
_BLOCKS = frozenset(
    {"script", "steps", "dir", "node", "container", "ansiColor", "timestamps", "retry", "catchError", "withEnv", "lock",
     "timeout", "stage", "stages", "parallel", "pipeline", "if", "else", "try", "catch", "finally", "for", "each", "ws",
     "wrap", "def"}
)  # fmt: skip


def pipelines(tree: RepositoryTree) -> list[Pipeline]:
    """Every Jenkinsfile; shared-library files are told as pipelines that only others call."""
    return [
        _pipeline(found.path, file)
        for found in kinds.found(tree, "jenkins")
        if (file := tree.jenkinsfile(found.path)) is not None
    ]


def _pipeline(path: str, file: Jenkinsfile) -> Pipeline:
    root = next(iter(file.find("pipeline")), None)
    stages = _Reader(path)
    if root is not None:
        ends: tuple[str, ...] = ()
        for listed in inner(root, "stages"):
            ends = stages.sequence(listed.children, ends)
    else:
        stages.sequence([call for call in file.walk() if call.name == "stage" and call.block is not None], ())
    jobs = stages.jobs or [Job(path, "pipeline", 1, steps=tuple(steps(path, file.calls)))]
    triggers = Triggers(pull_request=True, push=True) if not path.startswith(LIBRARY) else Triggers(reusable_only=True)
    line = root.line if root is not None else 1
    env = environment(root) if root is not None else {}
    return Pipeline(path, "jenkins", "", line, None, triggers, tuple(jobs), env)


def inner(call: Call, *names: str) -> list[Call]:
    """The calls of these names directly within a call."""
    return [child for child in call.children if child.name in names]


class _Reader:
    """Lists stages as jobs, each with the ids of those before it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.jobs: list[Job] = []
        self.names: set[str] = set()

    def sequence(self, calls: list[Call], before: tuple[str, ...]) -> tuple[str, ...]:
        """The ids of the last stages of a sequence."""
        for call in calls:
            if call.name == "stage" and len(self.jobs) < MAX_STAGES:
                before = self._stage(call, before)
        return before

    def _stage(self, call: Call, before: tuple[str, ...]) -> tuple[str, ...]:
        ends: list[str] = []
        for group in inner(call, "parallel"):
            for branch in inner(group, "stage"):
                ends.extend(self._stage(branch, before))
        for group in inner(call, "stages"):
            ends.extend(self.sequence(group.children, before))
        for group in inner(call, "matrix"):
            for listed in inner(group, "stages"):
                ends.extend(self.sequence(listed.children, before))
        return tuple(ends) if ends else (self._alone(call, before),)

    def _alone(self, call: Call, before: tuple[str, ...]) -> str:
        name = call.first_string or "stage"
        while name in self.names:
            name += "'"
        self.names.add(name)
        body = inner(call, "steps") or [call]
        when = next(iter(inner(call, "when")), None)
        self.jobs.append(Job(
            self.path, name, call.line,
            name=call.first_string or "",
            needs=before,
            condition=when.text if when is not None else "",
            condition_line=when.line if when is not None else 0,
            steps=tuple(step for group in body for step in steps(self.path, group.children)),
            env=environment(call),
            manual=bool(inner(call, "input")) or any(found.name == "input" for found in call.walk()),
            timeout=any(found.name == "timeout" for found in call.walk()),
        ))  # fmt: skip
        return name


def environment(*calls: Call) -> dict[str, EnvValue]:
    """What ``environment`` blocks directly within calls set: name -> the right side as written."""
    return {
        assigned.name: EnvValue(assigned.value, assigned.line)
        for call in calls
        for block in inner(call, "environment")
        for assigned in block.assignments
    }


def steps(path: str, calls: list[Call]) -> Iterator[Step]:
    """The calls of a stage as steps: scripts, and others by their names; blocks are opened."""
    for call in (found for top in calls for found in (top, *top.walk())):
        if call.name in _SCRIPTS:
            yield _script(path, call)
        elif call.name not in _BLOCKS:
            yield Step(path, call.line, uses=call.name, uses_line=call.line,
                       with_={"arguments": EnvValue(call.arguments, call.line)})  # fmt: skip


def _script(path: str, call: Call) -> Step:
    found = command_string(call)
    shell = "" if call.name == "sh" else call.name
    if found is None:
        return Step(path, call.line, run="", run_line=call.line, shell=shell)
    return Step(path, call.line, run=found.text, run_line=found.line, shell=shell)


def command_string(call: Call) -> GroovyString | None:
    """The script that ``sh`` and its like run; ``None`` where it is computed."""
    if not call.strings:
        return None
    labelled = call.arguments.lstrip("( \n").startswith("label") and len(call.strings) > 1
    return call.strings[1 if labelled else 0]
