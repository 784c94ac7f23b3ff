"""(pure) What pipelines take from elsewhere is pinned, and none of it is retired."""

from collections.abc import Iterator
from datetime import date

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.lifecycle import End, ended
from scorecards.reading.pipelines.outdated import old_commands
from scorecards.reading.pipelines.references import FIRST_PARTY, Reference, references

_OWN_PIPES = ("atlassian/",)
_EXACT = 2  # dots of a version that names one release


@check("pipeline-actions-pinned")
def pipeline_actions_pinned(subject: Subject) -> Iterator[Finding]:
    """Actions of others are pinned by hash, images have a tag, and nothing in use is retired."""
    tree = subject.tree
    if not any(kinds.has(tree, kind) for kind in ("gha", "gha-action", "ci-other")):
        return
    by_unit: dict[str, list[Reference]] = {}
    for reference in references(tree):
        by_unit.setdefault(reference.unit, []).append(reference)
    for same in by_unit.values():
        yield from _judged(subject, same)
    for old in old_commands(tree):
        text = f"It uses the workflow command {old.name}, which is to be removed: write to {old.instead}."
        yield partial(f"{old.path} {old.name}", text, *old.places, value=old.name)


def _judged(subject: Subject, same: list[Reference]) -> Iterator[Finding]:
    first = same[0]
    places = [reference.place for reference in same]
    end = retired(first, subject.as_of)
    if end is not None:
        text = f"{_short(first)} was retired on {end.on.isoformat()}: use {end.successor or 'a current version'}."
        yield failed(first.unit, text, *places, value=f"{first.name}@{first.told or first.version}")
    elif first.kind != "runner":
        yield _pinned(subject, first, places)


def _pinned(subject: Subject, first: Reference, places: list[Place]) -> Finding:
    value = f"{first.kind} {first.firmness}"
    match first.firmness:
        case "unknown":
            return unknown(first.unit, f"{_short(first)} is known only when it runs.", *places, value=value)
        case "none":
            what = "no tag, which means latest" if first.kind == "image" else "no version"
            return failed(first.unit, f"{_short(first)} has {what}: pin it.", *places, value=value)
        case "moving":
            return failed(first.unit, f"{_short(first)} moves: pin it to a version or hash.", *places, value=value)
        case "hash":
            bare = first.kind == "action" and not first.told
            notes = ("No comment tells the hash's version, which update bots need.",) if bare else ()
            return passed(first.unit, "It is pinned by hash.", *places, value=value, notes=notes)
        case "tag" if is_trusted(subject, first):
            return passed(first.unit, "It is pinned to a version of the platform's own.", *places, value=value)
        case _:
            what = "digest" if first.kind == "image" else "hash"
            return partial(first.unit, f"{_short(first)} is pinned by tag only: add its {what}.", *places, value=value)


def is_trusted(subject: Subject, reference: Reference) -> bool:
    """Whether a version tag is enough: the platform's own, the repository owner's own, orbs of one release."""
    if reference.kind == "orb":
        return reference.version.count(".") >= _EXACT
    own = (f"{subject.owner}/",) if subject.owner else ()
    return reference.kind in ("action", "pipe") and reference.name.startswith((*FIRST_PARTY, *_OWN_PIPES, *own))


def retired(reference: Reference, as_of: date) -> End | None:
    """What says that the version in use has ended; a hash is known by the version in its comment."""
    if reference.kind == "runner":
        return ended("runner", reference.name, "", as_of)
    if reference.kind != "action":
        return None
    version = reference.told if reference.firmness == "hash" else reference.version
    name = "/".join(reference.name.split("/")[:2])
    comparable = version if version.lstrip("vV")[:1].isdigit() else ""
    end = ended("action", name, comparable, as_of)
    return end if end is not None and (comparable or not (end.before or end.versions)) else None


def _short(reference: Reference) -> str:
    text = reference.text
    return text if len(text) <= 60 else f"{reference.name[:45]}@{reference.version[:10]}…"
