"""(pure) New services meet the standard from their first commit. Definition: DOP-4.1-07."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ingest.repository.memory import tree_of
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, Outcome, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import Check, all_checks, check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.pipelines import pipelines, stages
from scorecards.reading.pipelines.content import holds_code
from scorecards.reading.templates.rendering import Rendering, renderings
from scorecards.reading.templates.skeletons import Skeleton, changes_repository, skeletons
from scorecards.standards.pack import Level, builtin

NAME = "golden-path-passes-standard"
FEW = 3
# What is rendered of all skeletons together; each file counts a little more than it holds.
MAX_CHARACTERS, PER_FILE = 1_500_000, 1_000
_STAGES = {"build": "build", "test": "test", "scan": "security", "security": "security", "deploy": "deploy",
           "lint": "quality", "publish": "publish", "release": "release"}  # fmt: skip


class Failure(NamedTuple):
    """A control that a new service fails, or a stage that its pipeline lacks, and where in the skeleton."""

    what: str
    place: Place


@check(NAME)
def golden_path_passes_standard(subject: Subject) -> Iterator[Finding]:
    """No skeleton, rendered with its defaults, fails a REQUIRED control."""
    left = MAX_CHARACTERS
    for skeleton in skeletons(subject.tree):
        if changes_repository(subject.tree, skeleton):
            text = "It changes a repository that is there already; no new service comes from it."
            yield not_applicable(skeleton.unit, text, skeleton.place)
            continue
        rendered = renderings(subject.tree, skeleton) if left > 0 else []
        left -= sum(len(text) + PER_FILE for one in rendered for text in one.files.values())
        if left > 0:
            yield _judged(subject, skeleton, rendered)
        else:
            yield unknown(skeleton.unit, "There is more to render than is rendered in one scan.", skeleton.place)


def _judged(subject: Subject, skeleton: Skeleton, rendered: list[Rendering]) -> Finding:
    if not any(holds_code(tree_of(one.files)) for one in rendered):
        return unknown(skeleton.unit, "It holds nothing that can be judged: no code, no manifest.", skeleton.place)
    worst: dict[str, Failure] = {}
    for one in rendered:
        for failure in _failures(subject, skeleton, one):
            worst.setdefault(failure.what, failure)
    notes = _notes(rendered)
    if not worst:
        return passed(skeleton.unit, "A new service fails no REQUIRED control.", skeleton.place, notes=notes)
    places = [failure.place for failure in worst.values()]
    named = ", ".join(list(worst)[:6]) + (" …" if len(worst) > 6 else "")
    text = f"A new service fails {len(worst)} of what is REQUIRED: {named}."
    told = partial if len(worst) <= FEW else failed
    return told(skeleton.unit, text, *places, value=" ".join(sorted(worst)), notes=notes)


def _notes(rendered: list[Rendering]) -> tuple[str, ...]:
    cut = any(not one.complete for one in rendered)
    return ("Only its first files were rendered.",) if cut else ()


# ---------------------------------------------------------------- one rendering


def _failures(subject: Subject, skeleton: Skeleton, one: Rendering) -> Iterator[Failure]:
    """What fails in one rendering. The new service has no past, and nobody else is known to it."""
    service = Subject(tree_of(one.files), subject.as_of, options=subject.options, name=_name_of(subject))
    for identity, judge in _required():
        for finding in judge(service):
            if finding.outcome is Outcome.FAIL:
                yield Failure(identity, _origin(skeleton, one, finding.places))
                break
    promised = subject.tree.derive(_promised, skeleton.template)
    yield from _lacking(service.tree, promised)


def _name_of(subject: Subject) -> str:
    return f"{subject.owner}/sample-service" if subject.owner else "sample-service"


def _required() -> Iterator[tuple[str, Check]]:
    """The REQUIRED controls that a repository shows by itself, this one left out so that no skeleton nests."""
    known = all_checks()
    for control in builtin().controls:
        if control.level is Level.REQUIRED and control.check in known and control.check != NAME:
            yield control.id, known[control.check]


def _origin(skeleton: Skeleton, one: Rendering, places: tuple[Place, ...]) -> Place:
    """Where in the skeleton a finding points; the template where it points nowhere."""
    for place in places:
        if place.path in one.origins:
            return Place(one.origins[place.path], place.line)
    return skeleton.place


# ---------------------------------------------------------------- promises


def _promised(tree: RepositoryTree, template: str) -> Mapping[str, Place]:
    """Stages that a template promises in a list called so, with where."""
    found: dict[str, Place] = {}
    for one in kinds.found(tree, "scaffolder"):
        if one.path == template and one.root is not None:
            for way, node in one.root.walk(lambda node: node.is_sequence):
                if way and way[-1] == "stages":
                    found.update({item.text.lower(): item.place for item in node.items()[:50] if item.text})
    return found


def _lacking(service: RepositoryTree, promised: Mapping[str, Place]) -> Iterator[Failure]:
    if not promised:
        return
    there = {stage for pipeline in pipelines(service) for job in pipeline.jobs for stage in stages(service, job)}
    for name, place in promised.items():
        if name in _STAGES and _STAGES[name] not in there:
            yield Failure(f"promised stage {name}", place)
