"""Odd shapes at any place of what platforms, catalogues, templates and flags are made of end in a finding."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ingest.repository.memory import tree_of
from scorecards.checks.registry import all_checks
from scorecards.checks.subject import Fleet, Options, Subject
from tests.scorecards.checks import (
    test_application_configuration,
    test_catalogue,
    test_feature_flags,
    test_platform,
    test_platform_api,
    test_self_service,
)
from tests.scorecards.checks.judging import AS_OF, fresh

CHECKS = (
    "platform-described-by-machine", "platform-description-matches-deployment", "repository-registered-with-owner",
    "catalogue-relations-resolve", "catalogue-links-operational", "golden-path-scaffolds-everything",
    "self-service-parameters-bounded", "self-service-choices-render", "self-service-defaults-secure",
    "platform-api-authorises-by-team", "platform-api-audits-attempts", "platform-api-hides-credentials",
    "service-configured-for-resilience", "feature-flags-versioned", "feature-flags-staged",
    "feature-flags-owned-and-dated", "releases-tagged-semantically", "changelog-generated-from-history",
    "commits-follow-convention", "tool-choices-recorded",
)  # fmt: skip
FILES = {
    "platform/a.yaml": test_platform.WHOLE,
    "t/template.yaml": test_platform.TEMPLATE,
    "catalog-info.yaml": test_catalogue.COMPONENT,
    "api.yaml": test_catalogue.API,
    "platform/database.yaml": test_self_service.DATABASE,
    "xrd.yaml": test_self_service.XRD,
    "composition.yaml": test_self_service.COMPOSITION,
    "kro.yaml": test_self_service.KRO,
    "openapi.yaml": test_platform_api.CONTRACT,
    "config.yaml": test_application_configuration.CONFIG_MAP,
    "src/main/resources/application.yaml": test_application_configuration.SPRING,
    "flags.yaml": test_feature_flags.FLAG,
}
ODD: tuple[Any, ...] = (None, "", [None, []], {"a": {}}, 1e308, float("nan"), "{{ x }}", {"$ref": "#/"}, "**/" * 20)


def variants(node: Any, odd: Any) -> Iterator[Any]:
    """The document with the odd value at each of its places in turn."""
    yield odd
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(members):
        for changed in variants(value, odd):
            copy = dict(node) if isinstance(node, dict) else list(node)
            copy[key] = changed
            yield copy


@pytest.mark.parametrize("path", FILES)
def test_it_takes_any_shape_at_any_place(path: str) -> None:
    document = next(one for one in yaml.safe_load_all(FILES[path]) if one is not None)
    options = Options(platform_repositories=("us/x",), platform_apis=("us/x",))
    for odd in ODD:
        for number, changed in enumerate(variants(document, odd)):
            files = {**FILES, path: yaml.safe_dump(changed)}
            fleet = Fleet() if number % 2 else None
            tree = tree_of({name: files[name] for name in {path, "catalog-info.yaml", "platform/a.yaml", "xrd.yaml"}})
            subject = Subject(tree, AS_OF, history=fresh(), fleet=fleet, options=options, name="us/x")
            for name in CHECKS:
                for finding in all_checks()[name](subject):
                    assert finding.unit
                    assert finding.message
