"""Our own answers, by the same keys as those of the tools."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, Outcome
from scorecards.checks.registry import all_checks
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
    """``origin``: ``overlay`` where a kustomization changes what stands in the file."""

    fails: bool
    line: int
    text: str
    origin: str = ""


Answers = dict[str, Answer]  # by path, and what it is about in that file


def answers(repository: Repository, question: Question) -> Answers:
    """What our check says to a question: the worst answer for each key; what it leaves open is not among them."""
    collected: dict[str, list[Answer]] = defaultdict(list)
    for finding in findings(repository, question.check):
        if finding.outcome in SILENT or (question.besides and matches(question.besides, finding.message)):
            continue
        fails = finding.outcome in question.failing and matches(question.saying, finding.message)
        for key, line, origin in _keys(repository.tree, question, finding):
            collected[key].append(Answer(fails, line, f"{finding.outcome}: {finding.message}", origin))
    return {key: max(said, key=lambda one: one.fails) for key, said in collected.items()}


@cache
def findings(repository: Repository, name: str) -> list[Finding]:
    if name.startswith(READING):
        return list(READINGS[name.removeprefix(READING)](repository.tree))
    return list(all_checks()[name](Subject(repository.tree, DAY, name=repository.name.lower())))


def _keys(tree: RepositoryTree, question: Question, finding: Finding) -> Iterable[tuple[str, int, str]]:
    if question.check == _COVERAGE:
        return _uncovered(tree, finding)
    if question.per == "workload":
        return _of_workload(tree, finding)
    places = finding.places[:1] if question.per == "file" else finding.places
    if question.per == "task":  # a task's own line comes last
        places = finding.places[-1:]
    if question.per == "file":
        return [(place.path, place.line, "") for place in places]
    return [(f"{place.path}:{place.line}", place.line, "") for place in places]


def _of_workload(tree: RepositoryTree, finding: Finding) -> Iterator[tuple[str, int, str]]:
    """The workload that a finding is about, where it stands in a file of its own and not in a chart."""
    unit = finding.unit.partition(" container ")[0]
    for path, line, kind, name, origin in tree.derive(_plain).get(unit, ()):
        yield f"{path} {kind} {name}", line, origin


def _uncovered(tree: RepositoryTree, finding: Finding) -> Iterator[tuple[str, int, str]]:
    """The workloads that no policy selects: the places of the finding."""
    at = {(one.path, one.line): one for ones in tree.derive(_plain).values() for one in ones}
    for place in finding.places:
        if found := at.get((place.path, place.line)):
            yield f"{found.path} {found.kind} {found.name}", found.line, found.origin


class Plain(NamedTuple):
    path: str
    line: int
    kind: str
    name: str
    origin: str


def _plain(tree: RepositoryTree) -> dict[str, list[Plain]]:
    found: dict[str, list[Plain]] = defaultdict(list)
    for workload in workloads(tree):
        manifest = workload.manifest
        if manifest.origin != "chart":
            told = Plain(manifest.path, manifest.line, manifest.kind, manifest.name, manifest.origin)
            found[workload.unit].append(told)
    return found
