"""(pure) A canary is tested before it gets traffic, and has traffic while it is analysed."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.canaries import Canary, Hook, Rollout, canaries, rollouts
from scorecards.reading.canaries.acceptance import (
    accepts,
    loads,
    stated_traffic,
    task_accepts,
    task_loads,
    wrong_address,
)


@check("canary-tested-under-load")
def canary_tested_under_load(subject: Subject) -> Iterator[Finding]:
    """A canary is tested before it gets traffic, and has traffic while it is analysed."""
    for canary in canaries(subject.tree):
        yield _canary_tested(subject, canary)
    for rollout in rollouts(subject.tree):
        if rollout.kind == "canary":
            yield _rollout_tested(rollout)


def _canary_tested(subject: Subject, canary: Canary) -> Finding:
    look = canary.manifest.look("spec", "analysis", "webhooks")
    if not canary.hooks and look.undecided and canary.analysis is not None:
        return unknown(canary.unit, "Its webhooks are only known when the template is rendered.", canary.manifest.place)
    acceptance = [hook for hook in canary.hooks if accepts(hook)]
    load = [hook for hook in canary.hooks if loads(hook)]
    notes = tuple(why for hook in canary.hooks if (why := wrong_address(canary, hook)))
    if notes:
        acceptance, load = (_addressed(canary, acceptance), _addressed(canary, load))
    places = [hook.place for hook in canary.hooks] or [canary.analysis_place("webhooks")]
    traffic = stated_traffic(subject.tree, canary.manifest)
    return _tested(canary.unit, bool(acceptance), bool(load), traffic, places, notes)


def _addressed(canary: Canary, hooks: list[Hook]) -> list[Hook]:
    return [hook for hook in hooks if not wrong_address(canary, hook)]


def _tested(
    unit: str, acceptance: bool, load: bool, traffic: Place | None, places: Sequence[Place], notes: tuple[str, ...]
) -> Finding:
    value = " ".join(word for word, there in (("acceptance", acceptance), ("load", load)) if there)
    why = f" {notes[0]}" if notes else ""
    if acceptance and load:
        return passed(unit, "It is tested before the rollout and under load during it.", *places, value=value)
    if acceptance:
        return partial(unit, f"It is tested before the rollout, but nothing makes load.{why}", *places, value=value)
    if load:
        text = f"Load is made, but no check that can fail runs before the rollout.{why}"
        return partial(unit, text, *places, value=value)
    if traffic is not None:
        return partial(unit, "Live traffic is said to be enough; no check runs before the rollout.", traffic)
    return failed(
        unit, f"Nothing tests it and nothing makes load: add both to its analysis.{why}", *places, value=value
    )


def _rollout_tested(rollout: Rollout) -> Finding:
    place = rollout.manifest.place_of("spec", "strategy", "canary")
    acceptance = [task for task in rollout.tasks if task_accepts(task)]
    load = [task for task in rollout.tasks if task_loads(task)]
    if rollout.missing and not (acceptance and load):
        return unknown(rollout.unit, f"Its analysis template {rollout.missing[0]} is not in this repository.", place)
    places = [task.place for task in rollout.tasks] or [place]
    return _tested(rollout.unit, bool(acceptance), bool(load), None, places, ())
