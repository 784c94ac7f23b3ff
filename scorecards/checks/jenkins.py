"""(pure) Jenkinsfiles: guard-rails, order of publishing, credentials and libraries."""

import re
from collections.abc import Iterator, Sequence

from ingest.repository.documents.groovy import Assignment, Call, Jenkinsfile
from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.pipelines import Mark, Pipeline, marks, pipelines, shipments
from scorecards.reading.pipelines.jenkins import LIBRARY, command_string
from scorecards.reading.pipelines.references import firmness_of
from scorecards.reading.secret_names import is_literal_secret, masked

_NOTICES = re.compile(
    r"slack|mail|notify|teams|office365|discord|hipchat|telegram|pagerduty|opsgenie|hangouts|googlechat|webhook", re.I
)
_BRANCHES = re.compile(r"\b(?:branch|tag|buildingTag|BRANCH_NAME|TAG_NAME|GIT_BRANCH|environment)\b")
_READ = re.compile(r"(?<!\\)\$(?:\{(?:env\.)?([A-Za-z_]\w{0,100})\}|([A-Za-z_]\w{0,100}))")
_VARIABLE = re.compile(r"\b\w{0,20}[vV]ariable\s*:\s*['\"](\w{1,100})['\"]")
_MARKS = {
    "discarder": "buildDiscarder",
    "concurrency": "disableConcurrentBuilds or a lock",
    "cleanup": "cleaning of the workspace in post",
    "notice": "a notice on failure",
}


def _files(subject: Subject) -> Iterator[tuple[str, Jenkinsfile]]:
    """The Jenkinsfiles; files of a shared library are no pipelines of their own."""
    for found in kinds.found(subject.tree, "jenkins"):
        file = subject.tree.jenkinsfile(found.path)
        if file is not None and not found.path.startswith(LIBRARY):
            yield found.path, file


# ---------------------------------------------------------------- DOP-2.1-08


@check("jenkins-pipeline-has-guard-rails")
def jenkins_pipeline_has_guard_rails(subject: Subject) -> Iterator[Finding]:
    """A Jenkinsfile is declarative, ends in time, keeps few builds, cleans up and tells of failures."""
    for path, file in _files(subject):
        yield _guarded(path, file)


def _guarded(path: str, file: Jenkinsfile) -> Finding:
    root = next(iter(file.find("pipeline")), None)
    start = root or next(iter(file.find("node")), None)
    line = start.line if start is not None else 1
    found = _guards(file)
    missing = [text for name, text in _MARKS.items() if name not in found]
    places = [Place(path, line), *(Place(path, at) for at in found.values())]
    value = " ".join(sorted(found))
    if "timeout" not in found:
        text = "Nothing ends a hanging build: set options { timeout(...) }."
        return failed(path, text, *places, value=value)
    if root is None:
        return partial(path, "It is a scripted pipeline: write it as a declarative one.", *places, value=value)
    if not missing:
        return passed(path, "It ends in time, keeps few builds, cleans up and tells of failures.", *places, value=value)
    outcome = partial if len(missing) <= 2 else failed
    return outcome(path, f"It lacks {', '.join(missing)}.", *places, value=value)


def _guards(file: Jenkinsfile) -> dict[str, int]:
    """Which guards there are, with their lines."""
    found: dict[str, int] = {}
    for call in file.walk():
        name = {"timeout": "timeout", "buildDiscarder": "discarder", "disableConcurrentBuilds": "concurrency",
                "lock": "concurrency", "milestone": "concurrency"}.get(call.name)  # fmt: skip
        if name:
            found.setdefault(name, call.line)
        if call.name == "properties" and "disableConcurrentBuilds" in call.arguments:
            found.setdefault("concurrency", call.line)
        if call.name in ("always", "cleanup", "finally"):
            found.update(_first("cleanup", (inner for inner in call.walk() if _cleans(inner))))
        if call.name in ("failure", "always", "unsuccessful", "changed", "catch", "finally", "cleanup"):
            found.update(_first("notice", (inner for inner in call.walk() if _NOTICES.search(inner.name))))
    return found


def _first(name: str, calls: Iterator[Call]) -> dict[str, int]:
    call = next(calls, None)
    return {name: call.line} if call is not None else {}


def _cleans(call: Call) -> bool:
    return call.name in ("cleanWs", "deleteDir", "step") and (call.name != "step" or "WsCleanup" in call.arguments)


# ---------------------------------------------------------------- DOP-2.1-09


@check("jenkins-publishes-after-tests")
def jenkins_publishes_after_tests(subject: Subject) -> Iterator[Finding]:
    """Nothing is pushed or deployed before a test stage, and deployments are kept to a branch or tag."""
    files = dict(_files(subject))
    for pipeline in pipelines(subject.tree):
        if pipeline.system == "jenkins" and pipeline.path in files:
            yield _ordered(subject, pipeline, files[pipeline.path])


def _ordered(subject: Subject, pipeline: Pipeline, file: Jenkinsfile) -> Finding:
    shipped = shipments(subject.tree, pipeline)
    if not shipped:
        return not_applicable(pipeline.path, "It publishes and deploys nothing.")
    tests = [mark.place for job in pipeline.jobs for mark in marks(subject.tree, job) if mark.stage == "test"][:1]
    early = [shipment.mark for shipment in shipped if not shipment.after("test")]
    if early:
        text = f"“{_how(early[0])}” runs before any test stage: publish after the tests."
        return failed(pipeline.path, text, *(mark.place for mark in early), *tests, value="before tests")
    deploying = [shipment for shipment in shipped if shipment.mark.stage == "deploy" and not shipment.job.manual]
    open_jobs = [shipment for shipment in deploying if not _is_guarded(shipment.job.condition)]
    if open_jobs:
        text = f"“{open_jobs[0].job.id}” deploys from every branch: add when {{ branch }} or when {{ tag }}."
        return failed(pipeline.path, text, *(shipment.mark.place for shipment in open_jobs), *tests, value="unguarded")
    return _held(pipeline, file, [shipment.mark for shipment in shipped], tests)


def _is_guarded(condition: str) -> bool:
    return bool(_BRANCHES.search(condition))


def _how(mark: Mark) -> str:
    """What ships, by its first words: arguments may hold secrets."""
    return " ".join(mark.how.split()[:2])[:60]


def _held(pipeline: Pipeline, file: Jenkinsfile, shipped: Sequence[Mark], tests: Sequence[Place]) -> Finding:
    weak = [(text, Place(pipeline.path, line)) for text, line in _weak(file)]
    places = [mark.place for mark in shipped]
    if weak:
        return partial(pipeline.path, weak[0][0], *(place for _, place in weak), *places, *tests, value="weak gate")
    return passed(pipeline.path, "It publishes after its tests, and deploys from chosen branches.", *places, *tests)


def _weak(file: Jenkinsfile) -> Iterator[tuple[str, int]]:
    """What keeps reports or the quality gate from holding."""
    sonar = next((call for call in file.walk() if call.name == "withSonarQubeEnv"), None)
    if sonar is not None and not any(call.name == "waitForQualityGate" for call in file.walk()):
        yield "withSonarQubeEnv gates nothing without waitForQualityGate: add it.", sonar.line
    for call in file.walk():
        for report in call.children if call.name == "steps" else ():
            if report.name == "junit":
                yield "junit stands behind the tests, so a failing test hides its report: move it to post.", report.line
        if call.name.endswith(".push") and call.first_string == "latest":
            yield "It pushes the tag latest, which moves: push a version.", call.line


# ---------------------------------------------------------------- DOP-2.1-10


@check("jenkins-credentials-bound-safely")
def jenkins_credentials_bound_safely(subject: Subject) -> Iterator[Finding]:
    """Secrets come from bindings, stay out of Groovy strings, and shared libraries are pinned."""
    for path, file in _files(subject):
        yield _bound(path, file)


def _bound(path: str, file: Jenkinsfile) -> Finding:
    wrong = [(text, Place(path, line)) for text, line in _wrong(file)]
    if wrong:
        return failed(path, wrong[0][0], *(place for _, place in wrong), value=wrong[0][0].partition(" ")[0])
    loose = list(_libraries(file))
    moving = [(text, line) for firm, text, line in loose if not firm]
    if moving:
        text = f"The library {moving[0][0]} moves: name a version tag or hash of it."
        return partial(path, text, *(Place(path, line) for _, line in moving), value="library")
    idle = list(_unused(file))
    if idle:
        return partial(
            path, f"{idle[0][0]} is bound and never used: remove it.", Place(path, idle[0][1]), value="unused"
        )
    places = [Place(path, line) for _, _, line in loose] + [Place(path, line) for _, line in _bindings(file)]
    text = "Secrets are bound, and libraries are pinned." if places else "It binds no secret and takes no library."
    return passed(path, text, *places)


def _wrong(file: Jenkinsfile) -> Iterator[tuple[str, int]]:
    names = {name for name, _ in _bindings(file)}
    for call in file.walk():
        if call.name == "docker.withRegistry":
            address = call.arguments.partition(",")[0].strip().strip("\"'${}")
            if address in names:
                yield f"{address} holds credentials, but docker.withRegistry takes an address first.", call.line
        if call.name in ("sh", "bat", "powershell", "pwsh"):
            yield from _interpolated(call, names)
    for assigned in _assignments(file):
        literal = assigned.value.strip()
        if literal[:1] in "\"'" and is_literal_secret(assigned.name, literal.strip("\"'")) and literal:
            shown = masked(literal.strip("\"'"))
            yield f"{assigned.name} is written out ({shown}): use credentials().", assigned.line


def _interpolated(call: Call, names: set[str]) -> Iterator[tuple[str, int]]:
    script = command_string(call)
    if script is None or not script.interpolated:
        return
    for match in _READ.finditer(script.text[:100_000]):
        name = match[1] or match[2]
        if name in names or any(name == f"{bound}{part}" for bound in names for part in ("_USR", "_PSW")):
            line = script.line + script.text.count("\n", 0, match.start())
            yield f"{name} is filled into a double-quoted script, so it is seen: use single quotes.", line
            return


def _bindings(file: Jenkinsfile) -> Iterator[tuple[str, int]]:
    """(variable, line) of every secret that is bound."""
    for assigned in _assignments(file):
        if assigned.value.strip().startswith("credentials("):
            yield assigned.name, assigned.line
    for call in file.walk():
        if call.name == "withCredentials":
            for name in _VARIABLE.findall(call.arguments[:10_000]):
                yield name, call.line


def _assignments(file: Jenkinsfile) -> Iterator[Assignment]:
    yield from file.assignments
    for call in file.walk():
        yield from call.assignments


def _unused(file: Jenkinsfile) -> Iterator[tuple[str, int]]:
    """Secrets of an environment block that nothing names; a script may still read them from its environment."""
    texts = [call.arguments + (call.block or "") for call in file.calls]
    runs = any(call.name in ("sh", "bat", "powershell", "pwsh") for call in file.walk())
    for name, line in _bindings(file):
        if not runs and sum(text.count(name) for text in texts) <= 1:
            yield name, line


def _libraries(file: Jenkinsfile) -> Iterator[tuple[bool, str, int]]:
    """(whether it is pinned, name, line) of each shared library."""
    told = [(string.text, annotation.line) for annotation in file.annotations if annotation.name == "Library"
            for string in annotation.strings]  # fmt: skip
    told += [(call.first_string, call.line) for call in file.walk() if call.name in ("library", "library.identifier")]
    for text, line in told:
        yield _is_pinned(text.partition("@")[2]), text[:60], line


def _is_pinned(version: str) -> bool:
    """Whether a version is a hash or names one release; a bare major version is moved like a branch."""
    firmness = firmness_of(version)
    return firmness == "hash" or (firmness == "tag" and "." in version)
