"""(pure) A tree against standards. What no change touches is taken over from the receipt of the scan before."""

import importlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import orjson

from ingest.repository.memory import tree_of
from ingest.repository.node import Place
from ingest.repository.tree import SETTLED, Dependency, RepositoryTree, glob_pattern
from scorecards.checks import registry
from scorecards.checks.finding import Finding, unknown
from scorecards.reading import kinds
from scorecards.reading.secrets import redacted, without_tokens
from scorecards.reading.subject import AS_OF, FLEET, HISTORY, Subject
from scorecards.rules import judge_rule
from scorecards.scanning.result import Evidence, FileProblem, Scanned, ScannedFinding
from scorecards.standards.standard import Standard

logger = logging.getLogger(__name__)

MAX_FINDINGS = 5_000  # of one check; what is beyond is counted in the last one's message
MAX_SNIPPET = 160
RULE = "rule:"  # a rule may be another one under the same name, and costs little: it is judged each time
GIVEN = "given"  # the key of what every check may look at without telling
# What may be read after all when it is tried again.
_TRANSIENT = frozenset({"missing", "too_slow", "crashed", "left_out"})
# Names whose coming and going changes what other files are.
SHAPING = glob_pattern(("**/Chart.yaml",))
Judge = Callable[[Subject], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Before:
    """The receipt of an earlier scan, and what has changed since."""

    tree: RepositoryTree
    checks: dict[str, Any]
    settled: dict[str, Any]
    touched: frozenset[str]  # paths whose content changed, that came or went
    moved: frozenset[str]  # paths that came or went
    kinds: frozenset[str]  # kinds that a touched file was or is
    stale_keys: frozenset[str]

    def holds(self, seen: Iterable[Iterable[str]]) -> bool:
        """Whether nothing that was looked at has changed."""
        return not any(self._changed(Dependency(*dependency)) for dependency in seen)  # type: ignore[arg-type]

    def answers(self, check: str) -> bool:
        """Whether what a check found can be taken over: nothing that it looked at, or shows, has changed."""
        earlier = self.checks.get(check)
        if earlier is None or not self.holds(earlier["seen"]):
            return False
        return all(self.touched.isdisjoint(place[0] for place in one["evidence"]) for one in earlier["findings"])

    def _changed(self, dependency: Dependency) -> bool:
        kind, what = dependency
        if kind == "read":
            return what in self.touched
        if kind == "path":
            return what in self.moved
        if kind == "glob":
            return any(map(glob_pattern((what,)).match, self.moved))
        if kind == "under":
            return any(path.startswith(what) for path in self.moved)
        if what.startswith(SETTLED):
            return not self._settles_alike(what.removeprefix(SETTLED))
        return what in self.stale_keys or what.removeprefix("kind:") in self.kinds

    def _settles_alike(self, name: str) -> bool:
        """Whether a settled value is still the same: nothing that it rests on has changed, or it comes out alike."""
        told = self.settled.get(name)
        if told is None:
            return False
        if name not in self.tree.settled:
            if self.holds(told["seen"]):
                self.tree.settled[name] = (told["value"], frozenset(Dependency(*one) for one in told["seen"]))
                return True
            module, _, function = name.partition(":")
            if not module.startswith("scorecards."):
                return False
            self.tree.settle(getattr(importlib.import_module(module), function))
        return orjson.dumps(self.tree.settled[name][0]) == orjson.dumps(told["value"])


def judges(standards: Iterable[Standard]) -> dict[str, Judge]:
    """What decides the standards' controls, by name."""
    checks = registry.all_checks()
    wanted: dict[str, Judge] = {}
    for standard in standards:
        for control in standard.controls:
            if control.check is not None:
                wanted[control.check] = checks[control.check]
            elif control.rule is not None:
                wanted[f"{RULE}{control.id}"] = _rule(control.id, control.rule)
    return wanted


def _rule(name: str, rule: Any) -> Judge:
    return lambda subject: judge_rule(rule, subject)


def scan(
    subject: Subject,
    standards: Iterable[Standard],
    *,
    receipt: dict[str, Any] | None = None,
    keys: dict[str, str] | None = None,
    skip: Mapping[str, str] | None = None,
    strict: bool = False,
    tell: Callable[[str], None] = lambda check: None,
) -> Scanned:
    """The findings of every check that the standards name.

    ``receipt``: of the scan before, with checks of the same version. ``keys``: what stands for the day, the past and
    the fleet; a check that asked for one runs again when it differs. ``skip``: why a check is not to be run.
    ``strict``: a defect of a check is raised instead of told as ``unknown``. ``tell`` is called with each check's name
    before it runs.
    """
    tree, keys = subject.tree, (keys or {}) | {GIVEN: _given(subject)}
    before = _before(tree, receipt, keys) if receipt else None
    if before is None:
        tree.forget()
    result = Scanned(name=subject.name, files=len(tree.paths), left_out=len(tree.all_paths) - len(tree.paths))
    result.links, result.submodules = len(tree.links), len(tree.submodules)
    receipts: dict[str, Any] = {}
    for name, judge in judges(standards).items():
        if before and not name.startswith(RULE) and before.answers(name):
            receipts[name] = before.checks[name]
            result.findings[name] = [ScannedFinding.from_json(one) for one in receipts[name]["findings"]]
            result.reused += 1
            continue
        if skip and name in skip:
            result.findings[name] = [_skipped(name, skip[name], tree)]
            continue
        tell(name)
        with tree.watching() as watch:
            result.findings[name] = list(_told(name, judge, subject, strict))
        receipts[name] = {
            "seen": sorted(map(list, watch.seen)),
            "findings": [one.to_json() for one in result.findings[name]],
        }
    result.problems = _problems(tree, receipt["problems"] if receipt else (), before)
    result.receipt = _receipt(tree, receipts, keys, result.problems)
    return result


def _told(name: str, judge: Judge, subject: Subject, strict: bool) -> Iterator[ScannedFinding]:
    """A check's findings as they are kept. A check that fails is told as such: its answer is unknown, never a pass."""
    count = 0
    try:
        for finding in judge(subject):
            count += 1
            if count <= MAX_FINDINGS:
                yield _kept(name, finding, subject.tree)
    except Exception as error:
        if strict:
            raise
        logger.exception("The check %s failed", name)
        message = f"The check itself failed ({type(error).__name__}). This is a defect of Plumbline: please report it."
        yield _kept(name, unknown("the whole repository", message), subject.tree, code="check_error")
    if count > MAX_FINDINGS:
        message = f"{count - MAX_FINDINGS:,} more units were found; one scan keeps {MAX_FINDINGS:,} of a check."
        yield _kept(name, unknown("the rest", message), subject.tree, code="too_many")


def _skipped(name: str, why: str, tree: RepositoryTree) -> ScannedFinding:
    reason = "took too long" if why == "too_slow" else "ended the scanner"
    return _kept(name, unknown("the whole repository", f"This check {reason} on this repository."), tree, code=why)


def _kept(name: str, finding: Finding, tree: RepositoryTree, code: str = "") -> ScannedFinding:
    identity = sha256("\0".join((name, finding.unit, finding.value or finding.outcome)).encode()).hexdigest()[:20]
    evidence = tuple(_evidence(place, tree) for place in finding.places if place.path)
    unit, message = _told_of(finding.unit, 500), _told_of(finding.message, 600)
    notes = tuple(_told_of(note, 400) for note in finding.notes)
    return ScannedFinding(str(finding.outcome), unit, message, evidence, notes, identity, finding.count, code)


def _told_of(text: str, limit: int) -> str:
    return _clean(without_tokens(text[:limit]), limit)


def _clean(text: str, limit: int) -> str:
    """A text of a repository as it may be stored and shown: no controls, no lone surrogates."""
    cut = text[:limit]
    if cut.isprintable():
        return cut
    plain = "".join(character if character.isprintable() else " " for character in cut)
    return plain.encode("utf-8", "replace").decode("utf-8")


def _evidence(place: Place, tree: RepositoryTree) -> Evidence:
    if not place.line:
        return Evidence(place.path, 0)
    with tree.watching():  # the snippet decides nothing
        return tree.derive(_shown, place)


def _shown(tree: RepositoryTree, place: Place) -> Evidence:
    lines = tree.lines(place.path)
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    return Evidence(place.path, place.line, _clean(redacted(line.strip()[:400]), MAX_SNIPPET))


# ---------------------------------------------------------------- receipts


def _given(subject: Subject) -> str:
    return sha256(repr((subject.name, subject.options)).encode()).hexdigest()[:16]


def _before(tree: RepositoryTree, receipt: dict[str, Any], keys: dict[str, str]) -> Before | None:
    old: dict[str, str] = receipt["blobs"]
    new = _blobs(tree)
    moved = frozenset(old.keys() ^ new.keys())
    if any(map(SHAPING.match, moved)) or receipt["keys"].get(GIVEN) != keys[GIVEN]:
        return None
    touched = moved | {path for path in old.keys() & new.keys() if old[path] != new[path]}
    touched |= {problem["path"] for problem in receipt["problems"] if problem["code"] in _TRANSIENT}
    changed_kinds = {kind for path in touched for kind in receipt["kinds"].get(path, ())}
    changed_kinds.update(kind for path in touched & set(tree.paths) for kind in kinds.kinds_of(tree, path))
    stale = {what for what in (AS_OF.what, HISTORY.what, FLEET.what) if receipt["keys"].get(what) != keys.get(what)}
    return Before(
        tree, receipt["checks"], receipt["settled"], touched, moved, frozenset(changed_kinds), frozenset(stale)
    )


def _blobs(tree: RepositoryTree) -> dict[str, str]:
    entries = (tree.entry(path) for path in tree.all_paths)
    return {entry.path: f"{entry.blob} {entry.mode}" for entry in entries if entry}


def _receipt(
    tree: RepositoryTree, checks: dict[str, Any], keys: dict[str, str], problems: list[FileProblem]
) -> dict[str, Any]:
    return {
        "blobs": _blobs(tree),
        "kinds": {path: found for path in tree.paths if (found := sorted(kinds.kinds_of(tree, path)))},
        "memory": _memory(tree, problems),
        "settled": {
            name: {"value": value, "seen": sorted(map(list, seen))} for name, (value, seen) in tree.settled.items()
        },
        "checks": checks,
        "keys": dict(keys),
        "problems": [asdict(problem) for problem in problems],
    }


def _memory(tree: RepositoryTree, problems: list[FileProblem]) -> dict[str, Any]:
    """What the tree remembers, without that of files which it may read another time."""
    unread = {problem.path for problem in problems if problem.code in _TRANSIENT}
    return {key: value for key, value in tree.remembered.items() if key.split(" ", 3)[3] not in unread}


def _problems(tree: RepositoryTree, earlier: Iterable[Mapping[str, Any]], before: Before | None) -> list[FileProblem]:
    """What could not be read: in this scan, and, of files that are still there and did not change, in the one
    before."""
    found = {
        FileProblem(problem.path, problem.line, problem.code, _told_of(problem.message, 400)): None
        for problem in tree.problems
    }
    there = set(tree.all_paths)
    for told in earlier if before else ():
        if told["path"] in there and told["path"] not in before.touched:  # type: ignore[union-attr]
            found.setdefault(FileProblem(**told))
    return sorted(found, key=lambda problem: (problem.path, problem.line, problem.code))


# ---------------------------------------------------------------- without a tree


def of_kept_facts(name: str, finding: Finding) -> ScannedFinding:
    """A rule's finding over kept facts: as a scan keeps it, without the lines of its evidence."""
    return _kept(name, finding, tree_of({}))
