"""Our own answers, by the same keys as those of the tools."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Literal, NamedTuple

from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.registry import all_checks
from scorecards.reading import kinds
from scorecards.reading.running import workloads
from scorecards.reading.subject import Subject
from tests.referees.questions import Question, matches
from tests.referees.readings import READINGS
from tests.referees.repositories import Repository

DAY = date(2026, 11, 23)
SILENT = (Outcome.UNKNOWN, Outcome.NOT_APPLICABLE)
READING = "reading:"
_COVERAGE = "network-policy-covers-workloads"


class Answer(NamedTuple):
    """``open``: why it does not say."""

    fails: bool
    line: int
    text: str
    open: Literal["", "not_applicable", "unknown", "besides"] = ""


Answers = dict[str, Answer]  # by path, and what it is about in that file


def answers(repository: Repository, question: Question) -> Answers:
    """What our check says to a question: the worst answer for each key."""
    collected: dict[str, list[Answer]] = defaultdict(list)
    for finding in findings(repository, question.check):
        said = _answer(question, finding)
        for key, line in _keys(repository.tree, question, finding):
            collected[key].append(said._replace(line=line))
    if question.check == _COVERAGE:
        for one in _workloads(repository.tree):
            collected.setdefault(f"{one.path}:{one.line}", [Answer(False, one.line, "selected")])
    return {key: max(answers, key=_weight) for key, answers in collected.items()}


def _weight(answer: Answer) -> int:
    """Which of several answers counts: a fault, then what the check left open, then a pass."""
    order = {"not_applicable": 0, "": 1, "unknown": 2, "besides": 3}
    return 4 if answer.fails else order[answer.open]


def _answer(question: Question, finding: Finding) -> Answer:
    text = f"{finding.message} ({finding.value})" if finding.value else finding.message
    fails, silent = finding.outcome in question.failing and matches(question.saying, text), ""
    if finding.outcome in SILENT:
        fails, silent = False, str(finding.outcome)
    elif question.besides and matches(question.besides, text):
        fails, silent = False, "besides"
    return Answer(fails, 0, f"{finding.outcome}: {text}", silent)  # type: ignore[arg-type]


@cache
def findings(repository: Repository, name: str) -> list[Finding]:
    if name.startswith(READING):
        return list(READINGS[name.removeprefix(READING)](repository.tree))
    return list(all_checks()[name](Subject(repository.tree, DAY, name=repository.name.lower())))


def _keys(tree: RepositoryTree, question: Question, finding: Finding) -> Iterable[tuple[str, int]]:
    places = finding.places
    if question.check == _COVERAGE:
        return _uncovered(tree, finding)
    match question.per:
        case "workload":
            return _of_workload(tree, finding)
        case "file" if not places and tree.exists(finding.unit):  # a pass that has nothing to show
            return [(finding.unit, 0)]
        case "file":
            return [(place.path, place.line) for place in places[:1]]
        case "task":  # a task's own line comes last
            places = places[-1:]
    return [(f"{place.path}:{place.line}", place.line) for place in places]


def _of_workload(tree: RepositoryTree, finding: Finding) -> Iterator[tuple[str, int]]:
    """The workload that a finding is about, where it stands in a file of its own and not in a chart."""
    unit = finding.unit.partition(" container ")[0]
    found = tree.derive(_plain).get(unit, [])
    if not found and " in " not in unit:  # no workload that we can read
        kind, _, name = unit.partition(" ")
        yield f"{finding.places[0].path} {kind} {name.rpartition('/')[2]}", finding.places[0].line
    at = {(place.path, place.line) for place in finding.places}
    near = [one for one in found if any(path == one.path for path, _ in at)]
    for one in near or found:
        yield f"{one.path} {one.kind} {one.name}", one.line


def _uncovered(tree: RepositoryTree, finding: Finding) -> Iterator[tuple[str, int]]:
    """The workloads that no policy selects: the places of the finding."""
    at = {(one.path, one.line): one for one in _workloads(tree)}
    for place in finding.places:
        if found := at.get((place.path, place.line)):
            yield f"{found.path}:{found.line}", found.line


def _workloads(tree: RepositoryTree) -> "list[Plain]":
    return [one for ones in tree.derive(_plain).values() for one in ones]


class Plain(NamedTuple):
    path: str
    line: int
    kind: str
    name: str


def _plain(tree: RepositoryTree) -> dict[str, list[Plain]]:
    """Where the workloads stand, by their units, under the names that the files give them."""
    names = {
        (one.path, one.root.line): one.root.text_at("metadata", "name") for one in kinds.found(tree, "k8s") if one.root
    }
    found: dict[str, list[Plain]] = defaultdict(list)
    for workload in workloads(tree):
        manifest = workload.manifest
        if manifest.origin != "chart":
            name = names.get((manifest.path, manifest.line), manifest.name)
            found[workload.unit].append(Plain(manifest.path, manifest.line, manifest.kind, name))
    return found
