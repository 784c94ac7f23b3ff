"""(pure) What makes a release go back by itself, and whose release."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.canaries import canaries, kind_of, rollouts
from scorecards.reading.canaries.measures import flaw
from scorecards.reading.commands import deeds, release_name
from scorecards.reading.reconcilers import flux_objects
from scorecards.reading.rollback.alertmanager import receivers
from scorecards.reading.rollback.policies import policies
from scorecards.reading.rules import rule_files

WANTED = ("errors", "latency", "crashes")
_ROLLBACK = re.compile(r"(?i)roll[-_ ]?back")


@dataclass(frozen=True, slots=True)
class Trigger:
    """``kinds``: what it watches. ``evaluated``: something acts on it; else it only says what should be.

    ``names`` are those of the release, to tell whose it is.
    """

    told: str
    kinds: frozenset[str]
    evaluated: bool
    place: Place
    names: frozenset[str] = frozenset()


def triggers(tree: RepositoryTree) -> list[Trigger]:
    """Every trigger of a tree, those first that something acts on."""
    return tree.derive(_triggers)


def _triggers(tree: RepositoryTree) -> list[Trigger]:
    found = [*_of_canaries(tree), *_of_rollouts(tree), *_of_helm(tree), *_of_releases(tree), *_of_alerts(tree)]
    found += [Trigger(policy.unit, policy.kinds, False, policy.place) for policy in policies(tree) if policy.triggers]
    return sorted(found, key=lambda trigger: not trigger.evaluated)


def _of_canaries(tree: RepositoryTree) -> Iterator[Trigger]:
    for canary in canaries(tree):
        skipped = canary.manifest.get("spec", "skipAnalysis")
        watched = frozenset(measure.kind for measure in canary.measures if not flaw(measure))
        if canary.analysis is not None and watched and not (skipped is not None and skipped.is_true):
            names = frozenset({canary.manifest.name, canary.target[1]})
            yield Trigger(canary.unit, watched, True, canary.analysis_place("metrics"), names)


def _of_rollouts(tree: RepositoryTree) -> Iterator[Trigger]:
    for rollout in rollouts(tree):
        watched = frozenset(measure.kind for measure in rollout.measures if not flaw(measure))
        if watched:
            place = rollout.manifest.place_of("spec", "strategy", rollout.kind)
            yield Trigger(rollout.unit, watched, True, place, frozenset({rollout.manifest.name}))


def _of_helm(tree: RepositoryTree) -> Iterator[Trigger]:
    """Helm goes back where a release does not come up; what fails later it does not see."""
    for deed in deeds(tree):
        run = deed.run
        if run.program == "helm" and not deed.local and run.has("--atomic", "--rollback-on-failure"):
            yield Trigger(
                f"helm in {deed.unit}", frozenset({"start"}), True, deed.place, frozenset({release_name(deed)})
            )


def _of_releases(tree: RepositoryTree) -> Iterator[Trigger]:
    for release in flux_objects(tree, "HelmRelease"):
        remedy = release.get("spec", "upgrade", "remediation")
        if remedy is not None and remedy.is_mapping and remedy.text_at("strategy") in ("", "rollback"):
            place = release.place_of("spec", "upgrade", "remediation")
            yield Trigger(release.unit, frozenset({"start"}), True, place, frozenset({release.name}))


def _of_alerts(tree: RepositoryTree) -> Iterator[Trigger]:
    wired = bool(receivers(tree))
    for file in rule_files(tree):
        for rule in file.alerts:
            told = {**rule.labels, **rule.annotations}
            if any(_ROLLBACK.search(name) or _ROLLBACK.search(_labelled(name, value)) for name, value in told.items()):
                kind = kind_of(rule.alert, rule.query.text if rule.query is not None else "")
                yield Trigger(f"alert {rule.alert}", frozenset({kind}), wired, rule.place)


def _labelled(name: str, value: str) -> str:
    """The value of a label that may route; prose that mentions a rollback asks a person for one."""
    return value if name in ("action", "remediation", "automation", "webhook", "receiver", "type") else ""
