"""Odd shapes at any place of the objects of progressive delivery and GitOps end in a finding, never in an error."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ingest.repository.memory import tree_of
from scorecards.checks.registry import all_checks
from scorecards.checks.subject import Subject
from tests.scorecards.checks.delivery import (
    ALERT,
    APPLICATION,
    CANARY,
    DEPLOYMENT,
    KUSTOMIZATION,
    PROJECT,
    PROVIDER,
    ROLLOUT,
    SOURCE,
    TEMPLATE,
)
from tests.scorecards.checks.judging import AS_OF

CHECKS = (
    "blue-green-colours-match", "blue-green-switch-gated", "canary-analysed-by-thresholds", "canary-steps-are-small",
    "canary-tested-under-load", "production-reconciled-with-self-heal", "reconciler-scope-restricted",
    "reconciler-revision-immutable", "flux-reconcilers-complete", "flux-sources-verified", "flux-substitutions-resolve",
    "canary-target-resolves", "canary-metrics-resolve", "canary-webhooks-fit-their-type", "canary-alerts-reach-people",
    "rollback-triggers-evaluated", "rollback-wired-end-to-end", "rollback-procedure-documented",
    "rollback-scripts-safe", "manual-rollback-verified-and-recorded",
)  # fmt: skip
OBJECTS = {
    "canary": CANARY, "provider": PROVIDER, "deployment": DEPLOYMENT, "rollout": ROLLOUT, "template": TEMPLATE,
    "application": APPLICATION, "project": PROJECT, "source": SOURCE, "kustomization": KUSTOMIZATION, "alert": ALERT,
}  # fmt: skip
ODD: tuple[Any, ...] = (None, "", [None, []], {"a": {}}, 1e308, float("nan"), "{{ x }}")


def ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of a value."""
    if way:
        yield way
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in below:
        yield from ways(part, (*way, key))


def replaced(text: str, way: tuple[Any, ...], odd: Any) -> str:
    document = yaml.safe_load(text)
    part = document
    for key in way[:-1]:
        part = part[key]
    part[way[-1]] = odd
    return yaml.safe_dump(document)


@pytest.mark.parametrize("name", OBJECTS)
def test_it_survives_any_shape_at_any_place(name: str) -> None:
    checks = all_checks()
    for at, way in enumerate(ways(yaml.safe_load(OBJECTS[name]))):
        odd = ODD[at % len(ODD)]
        files = {f"{other}.yaml": text for other, text in OBJECTS.items()} | {
            f"{name}.yaml": replaced(OBJECTS[name], way, odd)
        }
        subject = Subject(tree_of(files), AS_OF, name="acme/pay")
        for check in CHECKS:
            for finding in checks[check](subject):
                assert finding.unit and finding.message, (check, way, odd)
